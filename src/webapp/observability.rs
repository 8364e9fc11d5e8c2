//! Metrics, dashboards, alert rules and logs: what an application tells Prometheus, Grafana and Loki.
//!
//! Source: `paas_charm.observability`, and the libraries of the charms on the other side.

pub mod assets;
pub mod logs;
pub mod scrape;

use std::collections::BTreeMap;

use crate::effects::{Bag, Effect};
use crate::juju::names::EndpointName;
use crate::juju::wire::Databag;
use crate::observed::Relation;
use crate::relations::alert_rules::{AlertRules, Language, RuleFile};
use crate::relations::grafana_dashboard::{self, DashboardFile};
use crate::relations::prometheus_scrape::Job;
use crate::relations::topology::Topology;
use crate::relations::{loki_push_api, prometheus_scrape};

use assets::{Assets, DASHBOARDS, LOG_RULES, METRIC_RULES};

/// The endpoint that Prometheus is related to.
pub const METRICS_ENDPOINT: &str = "metrics-endpoint";
/// The endpoint that Grafana is related to.
pub const DASHBOARD_ENDPOINT: &str = "grafana-dashboard";
/// The endpoint that Loki is related to.
pub const LOGGING_ENDPOINT: &str = "logging";

/// What is told.
#[derive(Debug, Clone, Copy)]
pub struct Observability<'a> {
    /// Where it comes from.
    pub topology: &'a Topology,
    /// The unit's full name.
    pub host: &'a str,
    /// What is scraped.
    pub jobs: &'a [Job],
    /// Dashboards and alert rules.
    pub assets: &'a Assets<'a>,
}

/// What has to be written, and what is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published<W> {
    /// The databags that differ.
    pub effects: Vec<Effect<W>>,
    /// What the charm's author must mend; none of it keeps the app from running.
    pub problems: Vec<String>,
}

impl Observability<'_> {
    /// Writes the bags of all three endpoints, where they differ from what is there.
    pub fn publish<W>(&self, relations: &BTreeMap<EndpointName, Vec<Relation>>) -> Published<W> {
        let mut published = Published { effects: Vec::new(), problems: Vec::new() };
        let metrics = of(relations, METRICS_ENDPOINT);
        for relation in metrics {
            if let Some(address) = &relation.address {
                let bag = prometheus_scrape::unit_bag(address, self.host, self.topology);
                published.write(relation, Bag::Unit, relation.own_unit.as_ref(), bag);
            }
        }
        published.write_application(metrics, || self.metrics());
        published.write_application(of(relations, DASHBOARD_ENDPOINT), || self.dashboards());
        published.write_application(of(relations, LOGGING_ENDPOINT), || self.logging());
        published
    }

    fn metrics(&self) -> (Databag, Vec<String>) {
        let (mut rules, problems) = self.rules(METRIC_RULES, Language::PromQl);
        // An application that nobody scrapes has no metrics that could be missing.
        if !self.jobs.is_empty() {
            rules = rules.with_host_health(self.topology);
        }
        (prometheus_scrape::publish(self.jobs, &rules, self.topology), problems)
    }

    fn dashboards(&self) -> (Databag, Vec<String>) {
        let paths: Vec<_> = self.assets.of(DASHBOARDS).map(|(name, text)| (merged(name), text)).collect();
        let files: Vec<_> = paths.iter().map(|(path, text)| DashboardFile { path, text }).collect();
        let (bag, refused) = grafana_dashboard::publish(&files, self.topology);
        (bag, refused.into_iter().map(|path| refusal(path, "a dashboard in JSON")).collect())
    }

    fn logging(&self) -> (Databag, Vec<String>) {
        let (rules, problems) = self.rules(LOG_RULES, Language::LogQl);
        (loki_push_api::publish(&rules, self.topology), problems)
    }

    fn rules(&self, folder: &str, language: Language) -> (AlertRules, Vec<String>) {
        let files: Vec<_> = self.assets.of(folder).map(|(path, text)| RuleFile { path, text }).collect();
        let (rules, refused) = AlertRules::read(&files, language, self.topology);
        let refused =
            refused.into_iter().map(|name| refusal(&format!("{folder}/{name}"), "alert rules in YAML"));
        (rules, refused.collect())
    }
}

impl<W> Published<W> {
    /// The application's bag is the leader's to write, who alone could read it: nobody else works it out.
    fn write_application(&mut self, relations: &[Relation], wanted: impl Fn() -> (Databag, Vec<String>)) {
        let led: Vec<_> = relations
            .iter()
            .filter_map(|relation| Some((relation, relation.own_application.as_ref()?)))
            .collect();
        if led.is_empty() {
            return;
        }
        let (wanted, problems) = wanted();
        self.problems.extend(problems);
        for (relation, now) in led {
            self.write(relation, Bag::Application, Some(now), wanted.clone());
        }
    }

    fn write(&mut self, relation: &Relation, bag: Bag, now: Option<&Databag>, wanted: Databag) {
        self.effects.extend(Effect::publish(&relation.id, bag, now, Some(wanted)));
    }
}

fn of<'r>(relations: &'r BTreeMap<EndpointName, Vec<Relation>>, endpoint: &str) -> &'r [Relation] {
    relations.iter().find(|(name, _)| name.as_str() == endpoint).map_or(&[], |(_, found)| found)
}

/// Where paas-charm keeps a dashboard: its id in Grafana is made of this path.
fn merged(name: &str) -> String {
    format!("cos_merged/{DASHBOARDS}/{name}")
}

fn refusal(path: &str, expected: &str) -> String {
    let path =
        path.strip_prefix("cos_merged/").unwrap_or(path).replacen(&format!("/{}", assets::CUSTOM), "/", 1);
    format!("{}/{path} is not {expected}: it is left out", assets::FOLDER)
}

#[cfg(test)]
mod tests;
