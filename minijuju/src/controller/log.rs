//! One line of the model's log (`minijuju debug-log`).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub time: OffsetDateTime,
    /// The agent's tag: `unit-redis-k8s-0`, or `controller`.
    pub entity: String,
    pub level: Level,
    /// `juju.worker.uniter.operation`, `unit.redis-k8s/0.juju-log` …
    pub module: String,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}
