//! An action, or a command of `exec`, from the moment it is asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::UnitName;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub id: u64,
    pub unit: UnitName,
    /// The action's name; `juju-exec` for a command.
    pub name: String,
    pub parameters: serde_json::Map<String, serde_json::Value>,
    pub status: ActionStatus,
    pub message: String,
    /// Nested maps of texts, and `return-code` as a number.
    pub results: serde_json::Map<String, serde_json::Value>,
    /// `action-log` lines.
    pub log: Vec<String>,
    /// The operator asked to stop it.
    pub cancelled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionStatus {
    Pending,
    Running,
    Completed,
    Failed,
    Aborted,
}

/// What the end of an action's process reports, before it is recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActionOutcome {
    pub results: BTreeMap<String, serde_json::Value>,
    pub failed: Option<String>,
}
