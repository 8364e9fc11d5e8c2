//! What Prometheus scrapes: the framework's own job, then those of `paas-config.yaml`.

use crate::relations::prometheus_scrape::Job;
pub use crate::relations::prometheus_scrape::StaticConfig;

/// What a target begins with that is the unit on which the schedulers run.
const SCHEDULER: &str = "@scheduler:";

/// Where the framework gives its metrics, on every unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkMetrics {
    port: u16,
    path: String,
}

impl FrameworkMetrics {
    /// Nothing where the port or the path is unknown.
    pub fn new(port: Option<u16>, path: Option<&str>) -> Option<Self> {
        let path = path.filter(|path| !path.is_empty())?;
        Some(Self { port: port?, path: path.to_owned() })
    }
}

/// A job of `paas-config.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrapeConfig {
    /// Its name.
    pub job_name: String,
    /// The path of the metrics.
    pub metrics_path: String,
    /// The targets: `HOST:PORT`, `*:PORT` for every unit, `@scheduler:PORT` for the one that runs the schedulers.
    pub static_configs: Vec<StaticConfig>,
}

/// All jobs, the framework's first. `scheduler` is the full name of the unit on which the schedulers run.
pub fn jobs(framework: Option<&FrameworkMetrics>, configs: &[ScrapeConfig], scheduler: &str) -> Vec<Job> {
    // The other side names a job without a name itself.
    let own = framework.map(|metrics| Job::over_every_unit(metrics.port, &metrics.path));
    own.into_iter().chain(configs.iter().map(|config| job(config, scheduler))).collect()
}

fn job(config: &ScrapeConfig, scheduler: &str) -> Job {
    let resolved = |one: &StaticConfig| StaticConfig {
        targets: one.targets.iter().map(|target| resolve(target, scheduler)).collect(),
        labels: one.labels.clone(),
    };
    Job {
        job_name: Some(config.job_name.clone()),
        metrics_path: config.metrics_path.clone(),
        scheme: None,
        static_configs: config.static_configs.iter().map(resolved).collect(),
    }
}

fn resolve(target: &str, scheduler: &str) -> String {
    target.strip_prefix(SCHEDULER).map_or_else(|| target.to_owned(), |port| format!("{scheduler}:{port}"))
}

#[cfg(test)]
mod tests;
