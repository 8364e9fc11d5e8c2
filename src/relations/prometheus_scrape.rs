//! The interface `prometheus_scrape`, from the side that exposes metrics (its provider).
//!
//! Source: `prometheus_k8s.v0.prometheus_scrape`.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `scrape_jobs` | JSON list of jobs; a target `*:9121` stands for that port of every unit |
//! | ours, application | `scrape_metadata` | JSON: the topology |
//! | ours, application | `alert_rules` | JSON: groups of rules, or `{}` |
//! | ours, each unit | `prometheus_scrape_unit_address`, `…_name`, `…_fqdn` | where the unit is scraped |
//! | theirs, application | `event` | what the other side could not use |

use std::collections::BTreeMap;

use serde::Serialize;

use super::Databag;
use super::alert_rules::AlertRules;
use super::bags::{bag_of, json_text};
use super::topology::Topology;

/// One job: what is scraped where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Its name, which tells it from the application's other jobs; the first may do without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    /// The path of the metrics.
    pub metrics_path: String,
    /// `https`, where it is not `http`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The targets.
    pub static_configs: Vec<StaticConfig>,
}

/// Targets, and labels for what they give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StaticConfig {
    /// `HOST:PORT`, or `*:PORT` for every unit.
    pub targets: Vec<String>,
    /// Further labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Job {
    /// A job over this port of every unit.
    pub fn over_every_unit(port: u16, metrics_path: &str) -> Self {
        let all = StaticConfig { targets: vec![format!("*:{port}")], labels: BTreeMap::new() };
        Self {
            job_name: None,
            metrics_path: metrics_path.to_owned(),
            scheme: None,
            static_configs: vec![all],
        }
    }
}

/// What the leader publishes.
pub fn publish(jobs: &[Job], rules: &AlertRules, topology: &Topology) -> Databag {
    bag_of([
        ("scrape_jobs", json_text(jobs)),
        ("scrape_metadata", json_text(topology)),
        ("alert_rules", rules.to_json()),
    ])
}

/// What the leader publishes who has one job over all units, and no alert rules of its own.
///
/// # Errors
/// Never for a topology made of valid names; serde's signature is kept.
pub fn application_bag(port: u16, topology: &Topology) -> Result<Databag, serde_json::Error> {
    Ok(publish(&[Job::over_every_unit(port, "/metrics")], &AlertRules::default(), topology))
}

/// What each unit publishes: where it can be scraped.
pub fn unit_bag(own_address: &str, own_host: &str, topology: &Topology) -> Databag {
    bag_of([
        ("prometheus_scrape_unit_address", own_address.to_owned()),
        ("prometheus_scrape_unit_name", topology.unit.to_string()),
        ("prometheus_scrape_unit_fqdn", own_host.to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::topology;

    #[test]
    fn the_bags_are_what_prometheus_reads() {
        insta::assert_debug_snapshot!(application_bag(9121, &topology()).unwrap(), @r#"
        {
            "alert_rules": "{}",
            "scrape_jobs": "[{\"metrics_path\":\"/metrics\",\"static_configs\":[{\"targets\":[\"*:9121\"]}]}]",
            "scrape_metadata": "{\"model\":\"dev\",\"model_uuid\":\"11111111-1111-4111-8111-111111111111\",\"application\":\"redis\",\"unit\":\"redis/0\",\"charm_name\":\"redis-k8s\"}",
        }
        "#);
        insta::assert_debug_snapshot!(unit_bag("10.1.2.3", "redis-0.x", &topology()), @r#"
        {
            "prometheus_scrape_unit_address": "10.1.2.3",
            "prometheus_scrape_unit_fqdn": "redis-0.x",
            "prometheus_scrape_unit_name": "redis/0",
        }
        "#);
    }

    #[test]
    fn an_application_may_have_several_jobs() {
        let labels = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
        let targets = vec!["app-0.app-endpoints.dev.svc.cluster.local:8081".to_owned(), "*:9000".to_owned()];
        let scheduler = Job {
            job_name: Some("scheduler".to_owned()),
            scheme: Some("https".to_owned()),
            static_configs: vec![StaticConfig { targets, labels }],
            ..Job::over_every_unit(1, "/stats")
        };
        let jobs = [Job::over_every_unit(9102, "/metrics"), scheduler];
        let bag = publish(&jobs, &AlertRules::default().with_host_health(&topology()), &topology());
        insta::assert_snapshot!(bag["scrape_jobs"], @r#"[{"metrics_path":"/metrics","static_configs":[{"targets":["*:9102"]}]},{"job_name":"scheduler","metrics_path":"/stats","scheme":"https","static_configs":[{"targets":["app-0.app-endpoints.dev.svc.cluster.local:8081","*:9000"],"labels":{"team":"a"}}]}]"#);
        assert!(bag["alert_rules"].contains("HostHealth"));
    }
}
