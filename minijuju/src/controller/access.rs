//! Who may read which databag. Writing is decided at the commit ([`super::commit`]).
//!
//! The texts are those of Juju 3.6's controller as its agents print them.

use std::collections::BTreeMap;

use sidecharm::juju::names::{ApplicationName, UnitName};

use super::model::Model;
use super::relation::Relation;

/// A read that the controller refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("permission denied")]
    Denied,
    /// The answer to a unit that asks as leader and is none.
    #[error("permission denied (unauthorized access)")]
    NotLeader,
    #[error(
        "cannot read settings for unit \"{unit}\" in relation \"{key}\": unit \"{unit}\": settings not found"
    )]
    NoSettings { unit: UnitName, key: String },
}

type Bag = BTreeMap<String, String>;

/// Reads a unit's bag. Units of either application may; only whether the application is part of the relation counts.
///
/// # Errors
/// When the relation is gone, the unit belongs to neither application, or it never was in scope.
pub fn unit_bag(model: &Model, reader: &UnitName, relation: u32, unit: &UnitName) -> Result<Bag, Refusal> {
    let relation = joined(model, reader, relation)?;
    let side = relation.side(&unit.application()).ok_or(Refusal::Denied)?;
    match side.units.get(unit) {
        Some(scope) => Ok(scope.bag.data.clone()),
        None => Err(Refusal::NoSettings { unit: unit.clone(), key: relation.key() }),
    }
}

/// Reads an application's bag: the remote one for anyone, one's own for the leader, or in a peer relation for all.
///
/// # Errors
/// When the relation is gone, the application is not part of it, or it is the reader's own and it does not lead.
pub fn application_bag(
    model: &Model,
    reader: &UnitName,
    relation: u32,
    application: &str,
) -> Result<Bag, Refusal> {
    let relation = joined(model, reader, relation)?;
    let application = ApplicationName::parse(application).map_err(|_| Refusal::Denied)?;
    let side = relation.side(&application).ok_or(Refusal::Denied)?;
    if application == reader.application() && !relation.is_peer() && !leads(model, reader) {
        return Err(Refusal::Denied);
    }
    Ok(side.bag.data.clone())
}

/// Reads the reader's own application's bag, as a leader does before it writes.
///
/// # Errors
/// When the relation is gone or the reader does not lead.
pub fn own_application_bag(model: &Model, reader: &UnitName, relation: u32) -> Result<Bag, Refusal> {
    let relation = joined(model, reader, relation).map_err(|_| Refusal::NotLeader)?;
    let side = relation.side(&reader.application()).ok_or(Refusal::NotLeader)?;
    if leads(model, reader) { Ok(side.bag.data.clone()) } else { Err(Refusal::NotLeader) }
}

/// Whether the unit holds its application's lease.
pub fn leads(model: &Model, unit: &UnitName) -> bool {
    let application = model.applications.get(&unit.application());
    application.is_some_and(|application| application.leadership.leader.as_ref() == Some(unit))
}

/// The relation, if the reader's application is part of it.
fn joined<'m>(model: &'m Model, reader: &UnitName, relation: u32) -> Result<&'m Relation, Refusal> {
    let relation = model.relations.get(&relation).ok_or(Refusal::Denied)?;
    relation.side(&reader.application()).ok_or(Refusal::Denied)?;
    Ok(relation)
}
