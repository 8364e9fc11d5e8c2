//! A relation: its endpoints, who is in scope, and the databags with their versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{ApplicationName, EndpointName, RelationId, UnitName};
use time::OffsetDateTime;

use super::life::Life;
use super::status::StatusInfo;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub number: u32,
    pub interface: String,
    pub life: Life,
    pub suspended: bool,
    /// `joining` until the first unit of an application with a leader enters, then `joined`.
    pub status: StatusInfo,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Requirer,
    Provider,
    Peer,
}

/// A databag. The version grows with every write that changes something; 0 = never written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Databag {
    pub version: u64,
    pub data: BTreeMap<String, String>,
}

impl Relation {
    /// The side of this application; of a peer relation the only one.
    pub fn side(&self, application: &ApplicationName) -> Option<&Side> {
        self.sides.iter().find(|side| side.application == *application)
    }

    /// The side of this application, to change it.
    pub fn side_mut(&mut self, application: &ApplicationName) -> Option<&mut Side> {
        self.sides.iter_mut().find(|side| side.application == *application)
    }

    /// The side that this application's units call remote: the other one, or its own in a peer relation.
    pub fn remote_side(&self, application: &ApplicationName) -> Option<&Side> {
        if self.is_peer() {
            return self.side(application);
        }
        self.side(application)?;
        self.sides.iter().find(|side| side.application != *application)
    }

    pub fn is_peer(&self) -> bool {
        self.sides.len() == 1
    }

    /// The relation as this application's units name it: `db:1`.
    pub fn id(&self, application: &ApplicationName) -> Option<RelationId> {
        self.side(application).map(|side| RelationId::new(&side.endpoint, self.number))
    }

    /// Juju's key, the requirer first: `web:db mysql:server`; a peer's is `web:cluster`.
    pub fn key(&self) -> String {
        self.join_sides(':', " ")
    }

    /// Juju's tag, the key in other letters: `relation-web.db#mysql.server`.
    pub fn tag(&self) -> String {
        format!("relation-{}", self.join_sides('.', "#"))
    }

    /// A unit enters scope: its bag holds the address keys alone, also if it was in scope before, and the other side may
    /// see it. The relation becomes `joined` by a leader's entry.
    pub fn enter_scope(
        &mut self,
        unit: &UnitName,
        address_keys: &BTreeMap<String, String>,
        leads: bool,
        now: OffsetDateTime,
    ) {
        let Some(side) = self.side_mut(&unit.application()) else { return };
        let scope = side.units.entry(unit.clone()).or_default();
        if !scope.in_scope {
            scope.in_scope = true;
            scope.bag.data.clear();
        }
        scope.bag.write(address_keys);
        if leads && self.status.status == "joining" {
            self.status = StatusInfo::new("joined", "", now);
        }
    }

    fn join_sides(&self, mark: char, separator: &str) -> String {
        let mut sides: Vec<&Side> = self.sides.iter().collect();
        sides.sort_by_key(|side| side.role);
        let parts: Vec<String> =
            sides.iter().map(|side| format!("{}{mark}{}", side.application, side.endpoint)).collect();
        parts.join(separator)
    }
}

impl Databag {
    /// Applies a write: an empty value deletes its key. The version grows only if something changed.
    pub fn write(&mut self, changes: &BTreeMap<String, String>) {
        let before = self.data.clone();
        for (key, value) in changes {
            if value.is_empty() {
                self.data.remove(key);
            } else {
                self.data.insert(key.clone(), value.clone());
            }
        }
        if self.data != before {
            self.version += 1;
        }
    }
}
