//! `paas-config.yaml`, the charm author's file beside the charm's other files: how the app logs, what is scraped, where
//! the app listens, and what options are called in its environment.
//!
//! Source: paas-charm 1.12.3 and 2.0b1 (`paas_config.py`). What came with 2.x is taken in both generations.
//!
//! | key | value |
//! | --- | --- |
//! | `framework_logging_format` | `none` or `json` |
//! | `prometheus.scrape_configs[]` | `job_name`, `metrics_path` (`/metrics`), `static_configs[]` |
//! | `….static_configs[]` | `targets[]`, `labels` |
//! | `port`, `metrics-port`, `metrics-path` | where the app listens, and where its metrics are |
//! | `config.options.OPTION.env-var` | the option's variable |
//! | `config.options.OPTION.secret-env-vars` | the variables of the keys in the secret that the option names |

use std::collections::BTreeMap;
use std::fmt;

mod read;

/// All that the file may say. Without a file, or with an empty one, it is the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaasConfig {
    /// How the server logs.
    pub logging: LoggingFormat,
    /// What is scraped beside the app's own metrics; no two have the same name.
    pub scrape_jobs: Vec<ScrapeJob>,
    /// Where the app listens.
    pub port: Option<u16>,
    /// Where its metrics are.
    pub metrics_port: Option<u16>,
    /// The path of their URL; may be empty.
    pub metrics_path: Option<String>,
    /// What options are called in the environment, by the option. No two have the same variable.
    pub options: BTreeMap<String, Destination>,
}

/// How the server logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoggingFormat {
    /// As it does by itself.
    #[default]
    Plain,
    /// A JSON object per line.
    Json,
}

/// A job of Prometheus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrapeJob {
    /// Its name.
    pub name: String,
    /// The path of the URL: as it is written, so also relative or empty.
    pub metrics_path: String,
    /// What is scraped.
    pub groups: Vec<TargetGroup>,
}

/// Targets that share labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// The targets.
    pub targets: Vec<Target>,
    /// Their labels; absent where the file says nothing of any.
    pub labels: Option<BTreeMap<String, String>>,
}

/// What is scraped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `@scheduler:PORT`: the unit whose schedulers run, at this port.
    Scheduler(u16),
    /// `HOST:PORT`, or `*:PORT` for every unit; as it is written.
    At(String),
}

/// What an option is called in the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// The variable.
    Variable(String),
    /// The variables of the keys in the secret that the option names.
    SecretVariables(BTreeMap<String, String>),
}

impl Destination {
    /// The word that the file has for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Variable(_) => "env-var",
            Self::SecretVariables(_) => "secret-env-vars",
        }
    }
}

/// What is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid paas-config.yaml: {}", joined(.0))]
pub struct PaasConfigFaults(Vec<KeyFault>);

/// What is wrong at a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyFault {
    /// Which: `prometheus.scrape_configs.0.job_name`; empty for the whole file.
    pub key: String,
    /// Why.
    pub why: String,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.key.is_empty() { "" } else { ": " };
        write!(formatter, "{}{between}{}", self.key, self.why)
    }
}

fn joined(faults: &[KeyFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl PaasConfigFaults {
    /// The file is there and cannot be read.
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self(vec![KeyFault { key: String::new(), why: format!("cannot be read: {}", why.into()) }])
    }

    /// All is well only where nothing was found.
    pub(super) fn unless_empty(mut faults: Vec<KeyFault>) -> Result<(), Self> {
        faults.sort();
        faults.dedup();
        if faults.is_empty() { Ok(()) } else { Err(Self(faults)) }
    }

    /// What was found, by key.
    pub fn faults(&self) -> &[KeyFault] {
        &self.0
    }
}

impl PaasConfig {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not YAML, or says what the app cannot be run by: all that is wrong.
    pub fn parse(text: &str) -> Result<Self, PaasConfigFaults> {
        read::file(text)
    }
}

#[cfg(test)]
mod tests;
