//! The relation tools.

use super::{HookTools, ToolError};
use crate::juju::names::{ApplicationName, EndpointName, RelationId, UnitName};
use crate::juju::wire::{self, Databag};

/// Whose databag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bag<'a> {
    /// A unit's. Reading this unit's own makes Juju write it back when the hook ends.
    Unit(&'a UnitName),
    /// An application's. In a relation that is not a peer relation only the leader may read its own.
    Application(&'a ApplicationName),
}

/// Which of the own databags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This unit's.
    Unit,
    /// The application's, which only the leader may write.
    Application,
}

impl HookTools {
    /// The relations of an endpoint, ordered as texts. One that is going may be among them.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn relation_ids(&self, endpoint: &EndpointName) -> Result<Vec<RelationId>, ToolError> {
        self.ask("relation-ids", &[endpoint.as_str()], wire::relation_ids).await
    }

    /// The other side's units, this unit's peers in a peer relation.
    ///
    /// # Errors
    /// When the relation is gone, or Juju does not answer.
    pub async fn relation_list(&self, relation: &RelationId) -> Result<Vec<UnitName>, ToolError> {
        self.ask("relation-list", &["-r", relation.as_str()], wire::relation_units).await
    }

    /// The other side's application: also in -broken, where the environment may not tell it.
    ///
    /// # Errors
    /// When the relation is gone, or Juju does not answer.
    pub async fn relation_application(
        &self,
        relation: &RelationId,
    ) -> Result<Option<ApplicationName>, ToolError> {
        self.ask("relation-list", &["-r", relation.as_str(), "--app"], wire::related_application).await
    }

    /// All that a databag holds. Another unit's is as it was when this unit was last told of it.
    ///
    /// # Errors
    /// When the relation is gone, the bag is not this unit's to read, or Juju does not answer.
    pub async fn relation_get(&self, relation: &RelationId, bag: Bag<'_>) -> Result<Databag, ToolError> {
        match bag {
            Bag::Unit(unit) => {
                self.ask("relation-get", &["-r", relation.as_str(), "-", unit.as_str()], wire::databag).await
            }
            Bag::Application(application) => {
                let arguments = ["-r", relation.as_str(), "--app", "-", application.as_str()];
                self.ask("relation-get", &arguments, wire::databag).await
            }
        }
    }

    /// Changes an own databag, when the hook ends well. An empty value deletes its key; no change runs nothing.
    ///
    /// # Errors
    /// When the relation is gone, only the leader may do it, or Juju does not answer.
    pub async fn relation_set(
        &self,
        relation: &RelationId,
        scope: Scope,
        changes: &Databag,
    ) -> Result<(), ToolError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut arguments = vec!["-r", relation.as_str(), "--file", "-"];
        if scope == Scope::Application {
            arguments.push("--app");
        }
        self.run("relation-set", &arguments, Some(wire::render(changes).as_bytes())).await.map(drop)
    }

    /// The uuid of the model that the other side is in (Juju 3.6.2).
    ///
    /// # Errors
    /// When the relation is gone, this Juju cannot tell, or does not answer.
    pub async fn relation_model_get(&self, relation: &RelationId) -> Result<String, ToolError> {
        self.ask("relation-model-get", &["-r", relation.as_str()], wire::relation_model).await
    }
}
