//! What the model says: options, leadership, networks, the planned units, the cloud.

use super::{HookTools, ToolError};
use crate::juju::names::RelationId;
use crate::juju::wire::{self, CloudSpec, Config, GoalState, Network};

/// Which of the addresses of `unit-get`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitAddress {
    /// Within the cloud.
    Private,
    /// From outside.
    Public,
}

impl HookTools {
    /// The options that have a value. It is the same all through one hook.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn config_get(&self) -> Result<Config, ToolError> {
        self.ask("config-get", &[], wire::config).await
    }

    /// Whether this unit leads; a yes is good for thirty seconds.
    ///
    /// # Errors
    /// When Juju does not know or does not answer.
    pub async fn is_leader(&self) -> Result<bool, ToolError> {
        self.ask("is-leader", &[], wire::boolean).await
    }

    /// The addresses of a binding: an endpoint, an extra binding or `juju-info`.
    ///
    /// # Errors
    /// When there is no such binding, or Juju does not answer.
    pub async fn network_get(
        &self,
        binding: &str,
        relation: Option<&RelationId>,
    ) -> Result<Network, ToolError> {
        match relation {
            Some(relation) => {
                self.ask("network-get", &["-r", relation.as_str(), "--", binding], wire::network).await
            }
            None => self.ask("network-get", &["--", binding], wire::network).await,
        }
    }

    /// What the model will be once all is done that the operator asked for.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn goal_state(&self) -> Result<GoalState, ToolError> {
        self.ask("goal-state", &[], wire::goal_state).await
    }

    /// One of this unit's addresses, without asking for a binding.
    ///
    /// # Errors
    /// When it has none, or Juju does not answer.
    pub async fn unit_get(&self, address: UnitAddress) -> Result<Option<String>, ToolError> {
        let name = match address {
            UnitAddress::Private => "private-address",
            UnitAddress::Public => "public-address",
        };
        self.ask("unit-get", &[name], wire::optional_text).await
    }

    /// How to log in to the cloud. The operator must trust the application; on Kubernetes from Juju 3.6.10 on.
    ///
    /// # Errors
    /// When the application is not trusted, this Juju cannot tell, or does not answer.
    pub async fn credential_get(&self) -> Result<CloudSpec, ToolError> {
        self.ask("credential-get", &[], wire::cloud_spec).await
    }
}
