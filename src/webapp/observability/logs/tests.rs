use std::collections::BTreeMap;

use super::*;
use crate::juju::names::{RelationId, UnitName};
use crate::juju::wire::Databag;
use crate::pebble::types::{LogTarget, LogTargetKind};
use crate::webapp::framework::{Framework, Generation};
use crate::webapp::observability::tests::topology;

const FLASK: Profile = Profile { framework: Framework::Flask, generation: Generation::First };

fn juju(text: &str) -> JujuVersion {
    JujuVersion::parse(text).unwrap()
}

/// A relation with units of Loki that publish these endpoints.
fn loki(endpoints: &[&str]) -> Relation {
    let unit = |(number, endpoint): (usize, &&str)| {
        let bag = Databag::from([("endpoint".to_owned(), (*endpoint).to_owned())]);
        (UnitName::parse(&format!("loki/{number}")).unwrap(), bag)
    };
    Relation {
        id: RelationId::parse("logging:7").unwrap(),
        application: Databag::new(),
        own_unit: Some(Databag::new()),
        own_application: None,
        address: None,
        units: endpoints.iter().enumerate().map(unit).collect(),
        in_other_model: false,
    }
}

fn forward_to(relations: &[Relation], plan: &Plan) -> Forwarding {
    forward(FLASK, relations, plan, &topology("flask-k8s"), &juju("3.6.9"))
}

fn layer(forwarding: &Forwarding) -> (&'static str, Layer) {
    let Some(ContainerChange::AddLayer { label, layer }) = &forwarding.change else {
        panic!("no layer: {forwarding:?}")
    };
    (label, layer.as_ref().clone())
}

const FIRST: &str = r#"{"url": "http://loki-0.x:3100/loki/api/v1/push"}"#;
const SECOND: &str = r#"{"url": "http://loki-1.x:3100/loki/api/v1/push"}"#;

#[test]
fn logs_are_forwarded_from_juju_3_4_on() {
    for (version, expected) in
        [("3.1.8", false), ("3.3.1", false), ("3.4.0", true), ("3.6.9", true), ("4.0.1", true)]
    {
        assert_eq!(forwards_logs(&juju(version)), expected, "{version}");
    }
}

#[test]
fn every_unit_of_loki_gets_all_services_with_the_units_labels() {
    let (label, layer) = layer(&forward_to(&[loki(&[FIRST, SECOND])], &Plan::default()));
    assert_eq!(label, "flask-app-log-forwarding");
    insta::assert_snapshot!(serde_json::to_string_pretty(&layer.log_targets).unwrap(), @r#"
    {
      "loki-of-loki-0": {
        "override": "replace",
        "type": "loki",
        "location": "http://loki-0.x:3100/loki/api/v1/push",
        "services": [
          "all"
        ],
        "labels": {
          "charm": "flask-k8s",
          "job": "juju_dev_11111111_myapp",
          "juju_application": "myapp",
          "juju_model": "dev",
          "juju_model_uuid": "11111111-1111-4111-8111-111111111111",
          "juju_unit": "myapp/0",
          "product": "Juju"
        }
      },
      "loki-of-loki-1": {
        "override": "replace",
        "type": "loki",
        "location": "http://loki-1.x:3100/loki/api/v1/push",
        "services": [
          "all"
        ],
        "labels": {
          "charm": "flask-k8s",
          "job": "juju_dev_11111111_myapp",
          "juju_application": "myapp",
          "juju_model": "dev",
          "juju_model_uuid": "11111111-1111-4111-8111-111111111111",
          "juju_unit": "myapp/0",
          "product": "Juju"
        }
      }
    }
    "#);
}

#[test]
fn a_plan_that_is_so_already_is_left_alone() {
    let relations = [loki(&[FIRST])];
    let plan = Plan::default().with(&layer(&forward_to(&relations, &Plan::default())).1);
    assert_eq!(forward_to(&relations, &plan), Forwarding { change: None, problems: vec![] });
    assert_eq!(forward_to(&[], &Plan::default()).change, None);
}

#[test]
fn a_loki_that_is_gone_gets_nothing_more_and_is_left_alone_then() {
    let plan = Plan::default().with(&layer(&forward_to(&[loki(&[FIRST])], &Plan::default())).1);
    let (_, silent) = layer(&forward_to(&[], &plan));
    assert!(silent.log_targets.values().all(|target| target.services.is_empty()));
    assert_eq!(forward_to(&[], &plan.with(&silent)).change, None);
}

#[test]
fn the_targets_of_the_python_charm_that_was_replaced_get_nothing_more() {
    let target = LogTarget::replace(LogTargetKind::Loki, "http://old/push", vec!["all".to_owned()]);
    let plan = Plan { log_targets: BTreeMap::from([("loki/0".to_owned(), target)]), ..Plan::default() };
    let (_, layer) = layer(&forward_to(&[loki(&[FIRST])], &plan));
    let served = layer.log_targets.iter().map(|(name, target)| (name.as_str(), target.services.len()));
    assert_eq!(served.collect::<Vec<_>>(), [("loki-of-loki-0", 1), ("loki/0", 0)]);
}

#[test]
fn a_unit_without_an_endpoint_keeps_no_other_from_its_logs() {
    let forwarding = forward_to(&[loki(&["", "ftp://x", SECOND])], &Plan::default());
    assert_eq!(layer(&forwarding).1.log_targets.keys().collect::<Vec<_>>(), ["loki-of-loki-2"]);
    assert_eq!(forwarding.problems, ["loki/1 gave no usable endpoint for logs: check its charm"]);
}

#[test]
fn an_older_juju_forwards_nothing_and_the_log_says_so() {
    let old = |relations: &[Relation]| {
        forward(FLASK, relations, &Plan::default(), &topology("flask-k8s"), &juju("3.3.1"))
    };
    let forwarding = old(&[loki(&[FIRST])]);
    assert_eq!(forwarding.change, None);
    insta::assert_snapshot!(forwarding.problems.join("\n"), @"this Juju's Pebble sends no logs: nothing is sent over logging before Juju 3.4");
    assert_eq!(old(&[]).problems, Vec::<String>::new());
}

#[test]
fn the_layer_is_the_one_of_the_python_library() {
    for generation in [Generation::First, Generation::Second] {
        for framework in Framework::ALL {
            let profile = Profile { framework, generation };
            assert_eq!(layer_label(profile), format!("{}-log-forwarding", profile.container()));
        }
    }
}
