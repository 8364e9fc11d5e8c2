use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::juju::names::UnitName;
use crate::relations::topology::unit_host;

fn framework() -> Option<FrameworkMetrics> {
    FrameworkMetrics::new(Some(8000), Some("/metrics"))
}

fn config(name: &str, path: &str, targets: &[&[&str]]) -> ScrapeConfig {
    let targets = targets.iter().map(|targets| StaticConfig {
        targets: targets.iter().map(|target| (*target).to_owned()).collect(),
        labels: BTreeMap::new(),
    });
    ScrapeConfig {
        job_name: name.to_owned(),
        metrics_path: path.to_owned(),
        static_configs: targets.collect(),
    }
}

fn labelled(mut config: ScrapeConfig, label: &str, value: &str) -> ScrapeConfig {
    for one in &mut config.static_configs {
        drop(one.labels.insert(label.to_owned(), value.to_owned()));
    }
    config
}

fn published(
    framework: Option<&FrameworkMetrics>,
    configs: &[ScrapeConfig],
    unit: &str,
    model: &str,
) -> String {
    let scheduler = unit_host(&UnitName::parse(unit).unwrap(), model);
    let jobs = jobs(framework, configs, &scheduler);
    jobs.iter().map(|job| serde_json::to_string(job).unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_target_on_the_scheduler_is_the_unit_that_runs_the_schedulers() {
    for (target, unit, model, expected) in [
        (
            "@scheduler:8081",
            "flask-app/0",
            "my-model",
            "flask-app-0.flask-app-endpoints.my-model.svc.cluster.local:8081",
        ),
        (
            "@scheduler:9090",
            "flask-app/0",
            "my-model",
            "flask-app-0.flask-app-endpoints.my-model.svc.cluster.local:9090",
        ),
        (
            "@scheduler:8081",
            "django-k8s/0",
            "production",
            "django-k8s-0.django-k8s-endpoints.production.svc.cluster.local:8081",
        ),
        ("@scheduler:8081", "app/3", "dev", "app-3.app-endpoints.dev.svc.cluster.local:8081"),
    ] {
        let scheduler = unit_host(&UnitName::parse(unit).unwrap(), model);
        assert_eq!(resolve(target, &scheduler), expected);
    }
}

#[test]
fn a_target_over_every_unit_stays() {
    assert_eq!(resolve("*:8000", "x"), "*:8000");
}

#[test]
fn a_target_that_names_a_host_stays() {
    for target in ["localhost:9090", "10.1.2.3:80", "a.b@scheduler:1"] {
        assert_eq!(resolve(target, "x"), target);
    }
}

#[test]
fn where_nothing_is_configured_nothing_is_scraped() {
    assert_eq!(jobs(None, &[], "x"), []);
}

#[test]
fn the_job_of_the_framework_has_no_name() {
    insta::assert_snapshot!(published(framework().as_ref(), &[], "app/0", "dev"), @r#"{"metrics_path":"/metrics","static_configs":[{"targets":["*:8000"]}]}"#);
}

#[test]
fn the_job_of_the_framework_is_over_every_unit_and_not_the_schedulers() {
    for port in [1, 8000, 65535] {
        let made = jobs(FrameworkMetrics::new(Some(port), Some("/m")).as_ref(), &[], "scheduler");
        assert_eq!(made[0].static_configs[0].targets, [format!("*:{port}")]);
    }
}

#[test]
fn jobs_of_ones_own_need_none_of_the_framework() {
    let own = [config("own", "/stats", &[&["*:8081"]])];
    insta::assert_snapshot!(published(None, &own, "app/0", "dev"), @r#"{"job_name":"own","metrics_path":"/stats","static_configs":[{"targets":["*:8081"]}]}"#);
}

#[test]
fn the_frameworks_job_comes_before_ones_own_in_their_order() {
    let own = [config("z", "/metrics", &[&["*:1"]]), config("a", "/metrics", &[&["*:2"]])];
    insta::assert_snapshot!(published(framework().as_ref(), &own, "app/0", "dev"), @r#"
    {"metrics_path":"/metrics","static_configs":[{"targets":["*:8000"]}]}
    {"job_name":"z","metrics_path":"/metrics","static_configs":[{"targets":["*:1"]}]}
    {"job_name":"a","metrics_path":"/metrics","static_configs":[{"targets":["*:2"]}]}
    "#);
}

#[test]
fn the_labels_of_a_target_are_kept() {
    let own = [labelled(config("scheduler", "/metrics", &[&["@scheduler:8081"]]), "role", "scheduler")];
    insta::assert_snapshot!(published(None, &own, "django/0", "production"), @r#"{"job_name":"scheduler","metrics_path":"/metrics","static_configs":[{"targets":["django-0.django-endpoints.production.svc.cluster.local:8081"],"labels":{"role":"scheduler"}}]}"#);
}

#[test]
fn a_job_may_have_several_lists_of_targets() {
    let own = [config("both", "/metrics", &[&["*:1", "*:2"], &["localhost:9090"]])];
    insta::assert_snapshot!(published(None, &own, "app/0", "dev"), @r#"{"job_name":"both","metrics_path":"/metrics","static_configs":[{"targets":["*:1","*:2"]},{"targets":["localhost:9090"]}]}"#);
}

#[test]
fn the_scheduler_may_stand_among_other_targets() {
    let own = [config("mixed", "/metrics", &[&["*:8000", "@scheduler:8081", "localhost:9090"]])];
    insta::assert_snapshot!(published(None, &own, "app/0", "model"), @r#"{"job_name":"mixed","metrics_path":"/metrics","static_configs":[{"targets":["*:8000","app-0.app-endpoints.model.svc.cluster.local:8081","localhost:9090"]}]}"#);
}

#[test]
fn an_unknown_metrics_port_makes_no_target() {
    assert_eq!(FrameworkMetrics::new(None, Some("/metrics")), None);
    for path in [None, Some("")] {
        assert_eq!(FrameworkMetrics::new(Some(8000), path), None);
    }
    let own = [config("own", "/metrics", &[&["*:1"]])];
    assert_eq!(jobs(FrameworkMetrics::new(None, Some("/metrics")).as_ref(), &own, "x").len(), 1);
}

proptest! {
    #[test]
    fn every_target_comes_out_once_and_none_names_the_placeholder(
        targets in prop::collection::vec("(@scheduler:|\\*:|host:|@sch)[0-9]{0,5}", 0..5),
    ) {
        let own = [config("a", "/", &[&targets.iter().map(String::as_str).collect::<Vec<_>>()])];
        let made = &jobs(None, &own, "unit")[0].static_configs[0].targets;
        prop_assert_eq!(made.len(), targets.len());
        for (made, given) in made.iter().zip(&targets) {
            prop_assert!(!made.starts_with(SCHEDULER));
            prop_assert!(given.starts_with(SCHEDULER) || made == given);
        }
    }
}
