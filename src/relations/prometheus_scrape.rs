//! The interface `prometheus_scrape`, from the side that exposes metrics (its provider).
//!
//! Source: `prometheus_k8s.v0.prometheus_scrape`. A target `*:9121` stands for that port of every unit.

use super::Databag;
use super::topology::Topology;

/// What the leader publishes: one job over all units, no alert rules of our own yet.
///
/// # Errors
/// Never for a topology made of valid names; serde's signature is kept.
pub fn application_bag(port: u16, topology: &Topology) -> Result<Databag, serde_json::Error> {
    let jobs = serde_json::json!([{"metrics_path": "/metrics", "static_configs": [{"targets": [format!("*:{port}")]}]}]);
    Ok(Databag::from([
        ("scrape_jobs".to_owned(), jobs.to_string()),
        ("scrape_metadata".to_owned(), serde_json::to_string(topology)?),
        ("alert_rules".to_owned(), "{}".to_owned()),
    ]))
}

/// What each unit publishes: where it can be scraped.
pub fn unit_bag(own_address: &str, own_host: &str, topology: &Topology) -> Databag {
    Databag::from([
        ("prometheus_scrape_unit_address".to_owned(), own_address.to_owned()),
        ("prometheus_scrape_unit_name".to_owned(), topology.unit.to_string()),
        ("prometheus_scrape_unit_fqdn".to_owned(), own_host.to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::juju::names::UnitName;

    #[test]
    fn the_bags_are_what_prometheus_reads() {
        let unit = UnitName::parse("redis/0").unwrap();
        let topology = Topology {
            model: "dev".to_owned(),
            model_uuid: "11111111-1111-4111-8111-111111111111".to_owned(),
            application: unit.application(),
            unit,
            charm_name: "redis-k8s".to_owned(),
        };
        insta::assert_debug_snapshot!(application_bag(9121, &topology).unwrap(), @r#"
        {
            "alert_rules": "{}",
            "scrape_jobs": "[{\"metrics_path\":\"/metrics\",\"static_configs\":[{\"targets\":[\"*:9121\"]}]}]",
            "scrape_metadata": "{\"model\":\"dev\",\"model_uuid\":\"11111111-1111-4111-8111-111111111111\",\"application\":\"redis\",\"unit\":\"redis/0\",\"charm_name\":\"redis-k8s\"}",
        }
        "#);
        insta::assert_debug_snapshot!(unit_bag("10.1.2.3", "redis-0.x", &topology), @r#"
        {
            "prometheus_scrape_unit_address": "10.1.2.3",
            "prometheus_scrape_unit_fqdn": "redis-0.x",
            "prometheus_scrape_unit_name": "redis/0",
        }
        "#);
    }
}
