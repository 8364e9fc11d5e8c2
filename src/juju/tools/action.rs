//! What an action may ask and tell.

use std::collections::BTreeMap;

use super::{HookTools, ToolError};
use crate::juju::wire::{self, Parameters};

impl HookTools {
    /// The parameters that the operator gave, defaults filled in.
    ///
    /// # Errors
    /// When no action runs, or Juju does not answer.
    pub async fn action_get(&self) -> Result<Parameters, ToolError> {
        self.ask("action-get", &[], wire::action_parameters).await
    }

    /// Adds to the action's results. A key's dots nest (`user.name`), its parts are lower-case letters, digits and hyphens.
    ///
    /// The tool takes results as arguments only, so that while it runs they can be seen in the process list of the
    /// charm container; Juju keeps them in the open anyway.
    ///
    /// # Errors
    /// When no action runs, a key is not allowed, or Juju does not answer.
    pub async fn action_set(&self, results: &BTreeMap<String, String>) -> Result<(), ToolError> {
        if results.is_empty() {
            return Ok(());
        }
        let pairs: Vec<String> = results.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let arguments: Vec<&str> = ["--"].into_iter().chain(pairs.iter().map(String::as_str)).collect();
        self.tell("action-set", &arguments).await
    }

    /// Marks the action as failed. What the hook buffered is kept if it then exits 0.
    ///
    /// # Errors
    /// When no action runs, or Juju does not answer.
    pub async fn action_fail(&self, message: &str) -> Result<(), ToolError> {
        self.tell("action-fail", &["--", message]).await
    }

    /// Tells the operator how far the action is.
    ///
    /// # Errors
    /// When no action runs, or Juju does not answer.
    pub async fn action_log(&self, message: &str) -> Result<(), ToolError> {
        self.tell("action-log", &["--", message]).await
    }
}
