//! The interface `loki_push_api`, from the side that sends logs (its requirer).
//!
//! Source: `loki_k8s.v1.loki_push_api`. Pebble sends the services' output itself.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | theirs, each unit | `endpoint` | `{"url": "…/loki/api/v1/push"}` |
//! | theirs, application | `event` | what the other side could not use |
//! | ours, application | `metadata` | JSON: the topology |
//! | ours, application | `alert_rules` | JSON: groups of rules, or `{}` |

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Databag;
use super::alert_rules::AlertRules;
use super::bags::{bag_of, json_text};
use super::topology::Topology;
use crate::juju::names::UnitName;
use crate::pebble::types::{LogTarget, LogTargetKind};

/// A unit's `endpoint` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key \"endpoint\" holds no URL")]
pub struct UnusableEndpoint;

#[derive(Deserialize)]
struct Endpoint {
    url: String,
}

/// The push URL of one unit of the other side; `None` while it has published nothing.
///
/// # Errors
/// When it has published something that is not an HTTP URL in JSON.
pub fn parse(unit_bag: &Databag) -> Result<Option<String>, UnusableEndpoint> {
    let Some(text) = unit_bag.get("endpoint").filter(|text| !text.is_empty()) else { return Ok(None) };
    let endpoint: Endpoint = serde_json::from_str(text).map_err(|_| UnusableEndpoint)?;
    let usable = ["http://", "https://"].iter().any(|scheme| endpoint.url.starts_with(scheme));
    if usable { Ok(Some(endpoint.url)) } else { Err(UnusableEndpoint) }
}

/// What the leader publishes.
pub fn publish(rules: &AlertRules, topology: &Topology) -> Databag {
    bag_of([("metadata", json_text(topology)), ("alert_rules", rules.to_json())])
}

/// The labels of every line that this unit sends.
pub fn labels(topology: &Topology) -> BTreeMap<String, String> {
    let own = [
        ("product", "Juju".to_owned()),
        ("charm", topology.charm_name.clone()),
        ("juju_model", topology.model.clone()),
        ("juju_model_uuid", topology.model_uuid.clone()),
        ("juju_application", topology.application.to_string()),
        ("juju_unit", topology.unit.to_string()),
        ("job", format!("juju_{}", topology.identifier())),
    ];
    bag_of(own)
}

/// The log targets of a layer: one for each unit that takes logs, and those of the plan that are not wanted any more, told
/// to forward nothing (a layer cannot remove a target). Among these are the targets of a Python charm that this one
/// replaced: its library names them after Loki's units, `loki/0`.
///
/// Units whose endpoint cannot be used are returned beside.
pub fn log_targets(
    units: &BTreeMap<UnitName, Databag>,
    planned: &BTreeMap<String, LogTarget>,
) -> (BTreeMap<String, LogTarget>, Vec<UnitName>) {
    let mut unusable = Vec::new();
    let silent = |target: &LogTarget| LogTarget { services: Vec::new(), ..target.clone() };
    let ours =
        planned.iter().filter(|(name, _)| name.starts_with(TARGET_PREFIX) || UnitName::parse(name).is_ok());
    let mut targets: BTreeMap<_, _> = ours.map(|(name, target)| (name.clone(), silent(target))).collect();
    for (unit, bag) in units {
        match parse(bag) {
            Ok(Some(url)) => {
                let target = LogTarget::replace(LogTargetKind::Loki, url, vec!["all".to_owned()]);
                drop(targets.insert(format!("{TARGET_PREFIX}{}", unit.pod()), target));
            }
            Ok(None) => {}
            Err(UnusableEndpoint) => unusable.push(unit.clone()),
        }
    }
    (targets, unusable)
}

/// Marks the targets that are this relation's.
const TARGET_PREFIX: &str = "loki-of-";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::topology;

    fn check(endpoint: &str, expected: Result<Option<&str>, UnusableEndpoint>) {
        let bag = Databag::from([("endpoint".to_owned(), endpoint.to_owned())]);
        assert_eq!(parse(&bag), expected.map(|url| url.map(str::to_owned)), "{endpoint}");
    }

    #[test]
    fn an_endpoint_is_a_url_in_json() {
        check(
            r#"{"url": "http://loki-0:3100/loki/api/v1/push"}"#,
            Ok(Some("http://loki-0:3100/loki/api/v1/push")),
        );
        check("", Ok(None));
        assert_eq!(parse(&Databag::new()), Ok(None));
        for broken in ["{", "null", r#"{"url": 1}"#, r#"{"url": "ftp://x"}"#, "http://x"] {
            check(broken, Err(UnusableEndpoint));
        }
    }

    #[test]
    fn a_unit_that_left_gets_no_more_logs() {
        let unit = |name: &str| UnitName::parse(name).unwrap();
        let bag = Databag::from([("endpoint".to_owned(), r#"{"url": "http://a/push"}"#.to_owned())]);
        let broken = Databag::from([("endpoint".to_owned(), "x".to_owned())]);
        let units = BTreeMap::from([(unit("loki/0"), bag), (unit("loki/1"), broken)]);
        let (targets, unusable) = log_targets(&units, &BTreeMap::new());
        assert_eq!(targets["loki-of-loki-0"].location, "http://a/push");
        assert_eq!(unusable, [unit("loki/1")]);
        let (targets, _) = log_targets(&BTreeMap::new(), &targets);
        assert!(targets["loki-of-loki-0"].services.is_empty());
    }

    #[test]
    fn the_targets_of_a_python_charm_are_silenced() {
        let target = LogTarget::replace(LogTargetKind::Loki, "http://a/push", vec!["all".to_owned()]);
        let planned = BTreeMap::from(
            [("loki/0", &target), ("own", &target)].map(|(name, one)| (name.to_owned(), one.clone())),
        );
        let (targets, _) = log_targets(&BTreeMap::new(), &planned);
        assert_eq!(targets.keys().collect::<Vec<_>>(), ["loki/0"]);
        assert!(targets["loki/0"].services.is_empty());
    }

    #[test]
    fn lines_and_rules_say_where_they_come_from() {
        insta::assert_debug_snapshot!((publish(&AlertRules::default(), &topology()), labels(&topology())), @r#"
        (
            {
                "alert_rules": "{}",
                "metadata": "{\"model\":\"dev\",\"model_uuid\":\"11111111-1111-4111-8111-111111111111\",\"application\":\"redis\",\"unit\":\"redis/0\",\"charm_name\":\"redis-k8s\"}",
            },
            {
                "charm": "redis-k8s",
                "job": "juju_dev_11111111_redis",
                "juju_application": "redis",
                "juju_model": "dev",
                "juju_model_uuid": "11111111-1111-4111-8111-111111111111",
                "juju_unit": "redis/0",
                "product": "Juju",
            },
        )
        "#);
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(text in "\\PC*") {
            drop(parse(&Databag::from([("endpoint".to_owned(), text)])));
        }
    }
}
