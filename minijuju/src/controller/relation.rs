//! A relation: its endpoints, who is in scope, and the databags with their versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{ApplicationName, EndpointName, UnitName};

use super::model::Life;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub number: u32,
    pub interface: String,
    pub life: Life,
    pub suspended: bool,
    /// One side for a peer relation, else two: provider first.
    pub sides: Vec<Side>,
}

/// One application's part in a relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    pub application: ApplicationName,
    pub endpoint: EndpointName,
    pub role: Role,
    pub bag: Databag,
    /// Units that are or were in scope. A bag stays readable after its unit left, until the relation goes.
    pub units: BTreeMap<UnitName, UnitScope>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitScope {
    /// Entered, and not yet left: seen by the other side.
    pub in_scope: bool,
    pub bag: Databag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Provider,
    Requirer,
    Peer,
}

/// A databag. The version grows with every write that changes something; 0 = never written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Databag {
    pub version: u64,
    pub data: BTreeMap<String, String>,
}
