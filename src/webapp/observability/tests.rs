use super::scrape::{FrameworkMetrics, jobs};
use super::*;
use crate::juju::names::{RelationId, UnitName};
use crate::webapp::framework::{Framework, Generation, Profile};

type Relations = BTreeMap<EndpointName, Vec<Relation>>;

pub(super) fn topology(charm: &str) -> Topology {
    let unit = UnitName::parse("myapp/0").unwrap();
    Topology {
        model: "dev".to_owned(),
        model_uuid: "11111111-1111-4111-8111-111111111111".to_owned(),
        application: unit.application(),
        unit,
        charm_name: charm.to_owned(),
    }
}

/// One relation of this endpoint, seen by the leader or by another unit.
fn related(endpoint: &str, leads: bool) -> Relations {
    let relation = Relation {
        id: RelationId::parse(&format!("{endpoint}:7")).unwrap(),
        application: Databag::new(),
        own_unit: Some(Databag::new()),
        own_application: leads.then(Databag::new),
        address: Some("10.1.2.3".to_owned()),
        units: BTreeMap::new(),
        in_other_model: false,
    };
    BTreeMap::from([(EndpointName::parse(endpoint).unwrap(), vec![relation])])
}

fn publish(profile: Profile, custom: &BTreeMap<String, String>, relations: &Relations) -> Published<()> {
    let metrics = profile.default_metrics();
    let jobs = jobs(FrameworkMetrics::new(Some(metrics.port), Some(metrics.path)).as_ref(), &[], "x");
    publish_jobs(profile.framework, &jobs, custom, relations)
}

fn publish_jobs(
    framework: Framework,
    jobs: &[Job],
    custom: &BTreeMap<String, String>,
    relations: &Relations,
) -> Published<()> {
    let (assets, _) = Assets::merge(framework, custom);
    let topology = topology(&format!("{framework}-k8s"));
    let host = "myapp-0.myapp-endpoints.dev.svc.cluster.local";
    Observability { topology: &topology, host, jobs, assets: &assets }.publish(relations)
}

fn first(framework: Framework) -> Profile {
    Profile { framework, generation: Generation::First }
}

/// What is written in a bag.
fn written(published: &Published<()>, which: Bag) -> Databag {
    let bag = |effect: &Effect<()>| match effect {
        Effect::Databag(_, bag, changes) if *bag == which => Some(changes.clone()),
        _ => None,
    };
    published.effects.iter().find_map(bag).unwrap_or_default()
}

/// The relations as Juju shows them once the writes are kept.
fn kept(mut relations: Relations, published: &Published<()>) -> Relations {
    for relation in relations.values_mut().flatten() {
        for effect in &published.effects {
            match effect {
                Effect::Databag(_, Bag::Unit, changes) => {
                    relation.own_unit.get_or_insert_default().extend(changes.clone());
                }
                Effect::Databag(_, Bag::Application, changes) => {
                    relation.own_application.as_mut().unwrap().extend(changes.clone());
                }
                _ => panic!("{effect:?}"),
            }
        }
    }
    relations
}

#[test]
fn every_framework_tells_prometheus_its_unit_its_port_and_its_path() {
    let mut shown = Vec::new();
    for framework in Framework::ALL {
        let published = publish(first(framework), &BTreeMap::new(), &related(METRICS_ENDPOINT, true));
        insta::allow_duplicates! {
            insta::assert_debug_snapshot!(written(&published, Bag::Unit), @r#"
            {
                "prometheus_scrape_unit_address": "10.1.2.3",
                "prometheus_scrape_unit_fqdn": "myapp-0.myapp-endpoints.dev.svc.cluster.local",
                "prometheus_scrape_unit_name": "myapp/0",
            }
            "#);
        }
        shown.push(format!("{framework} {}", written(&published, Bag::Application)["scrape_jobs"]));
        assert_eq!(published.problems, Vec::<String>::new());
    }
    insta::assert_snapshot!(shown.join("\n"), @r#"
    flask [{"metrics_path":"/metrics","static_configs":[{"targets":["*:9102"]}]}]
    django [{"metrics_path":"/metrics","static_configs":[{"targets":["*:9102"]}]}]
    fastapi [{"metrics_path":"/metrics","static_configs":[{"targets":["*:8080"]}]}]
    go [{"metrics_path":"/metrics","static_configs":[{"targets":["*:8080"]}]}]
    expressjs [{"metrics_path":"/metrics","static_configs":[{"targets":["*:8080"]}]}]
    spring-boot [{"metrics_path":"/actuator/prometheus","static_configs":[{"targets":["*:8080"]}]}]
    "#);
}

#[test]
fn a_flask_app_that_is_not_scraped_raises_an_alert() {
    let published = publish(first(Framework::Flask), &BTreeMap::new(), &related(METRICS_ENDPOINT, true));
    let bag = written(&published, Bag::Application);
    let rules: serde_json::Value = serde_json::from_str(&bag["alert_rules"]).unwrap();
    let names = |group: &serde_json::Value| group["name"].as_str().unwrap().to_owned();
    let groups: Vec<_> = rules["groups"].as_array().unwrap().iter().map(names).collect();
    assert_eq!(groups, ["dev_11111111_myapp_flask_rules", "dev_11111111_myapp_HostHealth_rules"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&rules["groups"][0]["rules"]).unwrap(), @r#"
    [
      {
        "alert": "FlaskTargetMissing",
        "annotations": {
          "description": "For two minutes Prometheus has not reached {{ $labels.instance }}, where the Flask application {{ $labels.juju_application }} in the model {{ $labels.juju_model }} gives its metrics. Look at the status of {{ $labels.juju_unit }} and at the service statsd-exporter in its container.",
          "summary": "{{ $labels.juju_unit }}: {{ $labels.instance }} gives no metrics"
        },
        "expr": "up == 0",
        "for": "2m",
        "labels": {
          "juju_application": "myapp",
          "juju_charm": "flask-k8s",
          "juju_model": "dev",
          "juju_model_uuid": "11111111-1111-4111-8111-111111111111",
          "severity": "critical"
        }
      }
    ]
    "#);
    insta::assert_snapshot!(bag["scrape_metadata"], @r#"{"model":"dev","model_uuid":"11111111-1111-4111-8111-111111111111","application":"myapp","unit":"myapp/0","charm_name":"flask-k8s"}"#);
}

#[test]
fn flask_and_django_watch_their_own_target_and_the_others_the_host_only() {
    let alerts = |framework| {
        let published = publish(first(framework), &BTreeMap::new(), &related(METRICS_ENDPOINT, true));
        let rules = written(&published, Bag::Application)["alert_rules"].clone();
        let names = rules.split(r#""alert":""#).skip(1).filter_map(|rest| rest.split('"').next());
        format!("{framework}: {}", names.collect::<Vec<_>>().join(" "))
    };
    insta::assert_snapshot!(Framework::ALL.map(alerts).join("\n"), @"
    flask: FlaskTargetMissing HostDown HostMetricsMissing
    django: DjangoTargetMissing HostDown HostMetricsMissing
    fastapi: HostDown HostMetricsMissing
    go: HostDown HostMetricsMissing
    expressjs: HostDown HostMetricsMissing
    spring-boot: HostDown HostMetricsMissing
    ");
}

#[test]
fn an_app_that_is_scraped_nowhere_raises_no_alert_about_missing_metrics() {
    let published = publish_jobs(Framework::Go, &[], &BTreeMap::new(), &related(METRICS_ENDPOINT, true));
    let bag = written(&published, Bag::Application);
    assert_eq!((bag["scrape_jobs"].as_str(), bag["alert_rules"].as_str()), ("[]", "{}"));
}

#[test]
fn what_is_published_already_is_not_written_again() {
    for endpoint in [METRICS_ENDPOINT, DASHBOARD_ENDPOINT, LOGGING_ENDPOINT] {
        let relations = related(endpoint, true);
        let published = publish(first(Framework::Django), &BTreeMap::new(), &relations);
        assert!(!published.effects.is_empty(), "{endpoint}");
        let again = publish(first(Framework::Django), &BTreeMap::new(), &kept(relations, &published));
        assert_eq!(again.effects, [], "{endpoint}");
    }
}

#[test]
fn a_unit_that_does_not_lead_writes_its_own_bag_only() {
    let effects =
        |endpoint| publish(first(Framework::Go), &BTreeMap::new(), &related(endpoint, false)).effects;
    assert!(matches!(effects(METRICS_ENDPOINT)[..], [Effect::Databag(_, Bag::Unit, _)]));
    assert_eq!(effects(DASHBOARD_ENDPOINT), []);
    assert_eq!(effects(LOGGING_ENDPOINT), []);
}

#[test]
fn where_nobody_is_related_nothing_is_written() {
    let published = publish(first(Framework::Flask), &BTreeMap::new(), &BTreeMap::new());
    assert_eq!(published, Published { effects: vec![], problems: vec![] });
}

#[test]
fn loki_is_told_where_logs_come_from_and_the_authors_rules() {
    let custom = BTreeMap::from([(
        "loki_alert_rules/errors.rule".to_owned(),
        "alert: Errors\nexpr: sum(rate({%%juju_topology%%} |= \"ERROR\" [5m])) > 10\n".to_owned(),
    )]);
    let published = publish(first(Framework::Go), &custom, &related(LOGGING_ENDPOINT, true));
    insta::assert_debug_snapshot!(written(&published, Bag::Application), @r#"
    {
        "alert_rules": "{\"groups\":[{\"name\":\"dev_11111111_myapp_custom_errors_rules\",\"rules\":[{\"alert\":\"Errors\",\"expr\":\"sum(rate({job=~\\\".+\\\"} |= \\\"ERROR\\\" [5m])) > 10\",\"labels\":{\"juju_application\":\"myapp\",\"juju_charm\":\"go-k8s\",\"juju_model\":\"dev\",\"juju_model_uuid\":\"11111111-1111-4111-8111-111111111111\"}}]}]}",
        "metadata": "{\"model\":\"dev\",\"model_uuid\":\"11111111-1111-4111-8111-111111111111\",\"application\":\"myapp\",\"unit\":\"myapp/0\",\"charm_name\":\"go-k8s\"}",
    }
    "#);
}

/// Ids of the dashboards and of the same in Grafana's databases.
fn templates(published: &Published<()>) -> Vec<String> {
    let bag = written(published, Bag::Application);
    let dashboards: serde_json::Value = serde_json::from_str(&bag["dashboards"]).unwrap();
    dashboards["templates"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn grafana_gets_the_frameworks_dashboard_and_the_authors() {
    let custom = BTreeMap::from([("grafana_dashboards/sales.json".to_owned(), "{}".to_owned())]);
    for (framework, expected) in [
        (Framework::Flask, "file:flask"),
        (Framework::Django, "file:django"),
        (Framework::FastApi, "file:fastapi"),
        (Framework::Go, "file:go"),
        (Framework::ExpressJs, "file:expressjs"),
        (Framework::SpringBoot, "file:spring_boot"),
    ] {
        let published = publish(first(framework), &custom, &related(DASHBOARD_ENDPOINT, true));
        assert_eq!(templates(&published), ["file:custom_sales", expected]);
    }
}

#[test]
fn a_change_of_the_authors_files_is_published_in_the_next_pass() {
    let custom = |text: &str| BTreeMap::from([("grafana_dashboards/a.json".to_owned(), text.to_owned())]);
    let relations = related(DASHBOARD_ENDPOINT, true);
    let before = publish(first(Framework::Go), &custom("{}"), &relations);
    let relations = kept(relations, &before);
    assert_eq!(publish(first(Framework::Go), &custom("{}"), &relations).effects, []);
    let after = publish(first(Framework::Go), &custom(r#"{"title": "A"}"#), &relations);
    assert_eq!(templates(&after), ["file:custom_a", "file:go"]);
    let gone = publish(first(Framework::Go), &BTreeMap::new(), &relations);
    assert_eq!(templates(&gone), ["file:go"]);
}

#[test]
fn an_asset_that_cannot_be_used_is_named_by_its_path_and_left_out() {
    let custom: BTreeMap<_, _> =
        ["grafana_dashboards/a.json", "loki_alert_rules/b.rule", "prometheus_alert_rules/c.yaml"]
            .map(|path| (path.to_owned(), "[".to_owned()))
            .into();
    let mut relations = Relations::new();
    for endpoint in [METRICS_ENDPOINT, DASHBOARD_ENDPOINT, LOGGING_ENDPOINT] {
        relations.extend(related(endpoint, true));
    }
    let published = publish(first(Framework::Go), &custom, &relations);
    insta::assert_snapshot!(published.problems.join("\n"), @"
    cos_custom/prometheus_alert_rules/c.yaml is not alert rules in YAML: it is left out
    cos_custom/grafana_dashboards/a.json is not a dashboard in JSON: it is left out
    cos_custom/loki_alert_rules/b.rule is not alert rules in YAML: it is left out
    ");
    assert_eq!(published.effects.len(), 4);
}
