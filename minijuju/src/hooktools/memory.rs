//! What a unit agent remembers from hook to hook and forgets when it restarts, as far as the hook tools need it.
//!
//! What survives a restart is in the model ([`crate::controller::unit::AgentRecord`]).

use std::collections::BTreeMap;

use sidecharm::juju::names::{RelationId, UnitName};

use crate::controller::life::Life;
use crate::controller::model::Model;

/// The agent's own copies. The uniter holds one per agent run, lends it to each [`super::context::HookContext`]
/// and takes it back with `into_memory`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentMemory {
    /// Relations whose scope the unit has entered, by number. The tools know no others; entries stay until the
    /// relation's end has been committed, also when the controller has forgotten the relation.
    pub relations: BTreeMap<u32, KnownRelation>,
}

/// A relation as it was when the agent learned of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRelation {
    /// From this unit's side.
    pub id: RelationId,
    /// The unit's own application in a peer relation.
    pub remote_application: String,
    /// As read when the scope was entered or the agent started: a removal afterwards does not show here.
    pub life: Life,
    /// Followed by the agent, unlike `life`.
    pub suspended: bool,
    /// Remote units' bags as of the last notification, or of their first read.
    pub unit_bags: BTreeMap<UnitName, BTreeMap<String, String>>,
}

impl KnownRelation {
    /// What an agent learns of a relation when it enters its scope or starts. `None` if the controller knows no
    /// such relation of the unit's application.
    pub fn learn(model: &Model, unit: &UnitName, relation: u32) -> Option<Self> {
        let relation = model.relations.get(&relation)?;
        let application = unit.application();
        Some(Self {
            id: relation.id(&application)?,
            remote_application: relation.remote_side(&application)?.application.to_string(),
            life: relation.life,
            suspended: relation.suspended,
            unit_bags: BTreeMap::new(),
        })
    }
}
