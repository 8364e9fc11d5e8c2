//! An action, or a command of `exec`, from the moment it is asked for.

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::UnitName;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// What an action's tools have set by its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionOutcome {
    /// `action-set`: nested maps of texts.
    pub results: serde_json::Map<String, serde_json::Value>,
    /// `action-fail`'s message.
    pub failed: Option<String>,
}

/// How an action ends, as the agent reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionFinish {
    pub status: ActionStatus,
    pub message: String,
    pub results: serde_json::Map<String, serde_json::Value>,
}

impl ActionOutcome {
    /// The report of an action whose process ended. `process_error` is Go's text of a bad end (`exit status 1`), which
    /// replaces an `action-fail` message; `flush_error` the refusal of its changes. What the process printed is the
    /// caller's to add to the results beforehand.
    pub fn finish(self, process_error: Option<&str>, flush_error: Option<&str>) -> ActionFinish {
        let Self { mut results, failed } = self;
        let text = |text: &str| serde_json::Value::String(text.to_owned());
        let message = match (process_error, flush_error) {
            (Some(error), _) => Some(error.to_owned()),
            (None, Some(error)) => {
                results.insert("stderr".to_owned(), text(error));
                results.entry("return-code").or_insert_with(|| text("1"));
                Some(failed.unwrap_or_else(|| "committing requested changes failed".to_owned()))
            }
            (None, None) => failed,
        };
        let status = if message.is_some() { ActionStatus::Failed } else { ActionStatus::Completed };
        ActionFinish { status, message: message.unwrap_or_default(), results }
    }
}
