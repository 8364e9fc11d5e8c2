//! What a charm may keep with the controller: its unit's state, and up to Juju 3 the leader's settings.

use std::collections::BTreeMap;

use super::{HookTools, ToolError};
use crate::juju::wire;

impl HookTools {
    /// All that this unit keeps.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn state_get(&self) -> Result<BTreeMap<String, String>, ToolError> {
        self.ask("state-get", &[], wire::state).await
    }

    /// Keeps values, when the hook ends well. An empty value is a value.
    ///
    /// # Errors
    /// When it is too much, or Juju does not answer.
    pub async fn state_set(&self, values: &BTreeMap<String, String>) -> Result<(), ToolError> {
        if values.is_empty() {
            return Ok(());
        }
        self.run("state-set", &["--file", "-"], Some(wire::render(values).as_bytes())).await.map(drop)
    }

    /// Forgets a value, when the hook ends well.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn state_delete(&self, key: &str) -> Result<(), ToolError> {
        self.tell("state-delete", &["--", key]).await
    }

    /// The leader's settings, for every unit to read (until Juju 4).
    ///
    /// # Errors
    /// When this Juju has none, or does not answer.
    pub async fn leader_get(&self) -> Result<BTreeMap<String, String>, ToolError> {
        self.ask("leader-get", &[], wire::state).await
    }

    /// Changes the leader's settings, at once (until Juju 4). They pass as arguments: never a secret.
    ///
    /// # Errors
    /// When this unit does not lead, this Juju has none, or does not answer.
    pub async fn leader_set(&self, settings: &BTreeMap<String, String>) -> Result<(), ToolError> {
        if settings.is_empty() {
            return Ok(());
        }
        let pairs: Vec<String> = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let arguments: Vec<&str> = ["--"].into_iter().chain(pairs.iter().map(String::as_str)).collect();
        self.tell("leader-set", &arguments).await
    }
}
