//! Things go: relations, units, applications, and what hangs on them. Ends no process and deletes no folder.
//!
//! Removing is asking: the thing is `Dying`, its units' agents run their last hooks, and what is empty then is dropped.

use sidecharm::juju::names::{ApplicationName, UnitName};

use super::life::Life;
use super::model::Model;
use super::secret::SecretOwner;

/// What cannot be removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoveError {
    #[error("application \"{0}\" not found")]
    NoApplication(ApplicationName),
    #[error("application \"{application}\" has {has} units, cannot remove {wanted}")]
    TooMany { application: ApplicationName, has: u32, wanted: u32 },
}

/// Asks for the end of a relation. It goes when its last unit has left it.
pub fn remove_relation(model: &mut Model, number: u32) {
    if let Some(relation) = model.relations.get_mut(&number) {
        relation.life = Life::Dying;
    }
    drop_if_empty(model, number);
}

/// Asks for the end of this many units, those with the highest ordinals, and returns them.
///
/// # Errors
/// When there is no such application, or it has not so many units.
pub fn remove_units(
    model: &mut Model,
    name: &ApplicationName,
    count: u32,
) -> Result<Vec<UnitName>, RemoveError> {
    let application =
        model.applications.get_mut(name).ok_or_else(|| RemoveError::NoApplication(name.clone()))?;
    let mut alive: Vec<UnitName> = model
        .units
        .values()
        .filter(|unit| unit.name.application() == *name && unit.life == Life::Alive)
        .map(|unit| unit.name.clone())
        .collect();
    let has = u32::try_from(alive.len()).unwrap_or(u32::MAX);
    if has < count {
        return Err(RemoveError::TooMany { application: name.clone(), has, wanted: count });
    }
    application.scale = application.scale.saturating_sub(count);
    alive.sort_by_key(|unit| std::cmp::Reverse(unit.number()));
    alive.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    for unit in &alive {
        if let Some(unit) = model.units.get_mut(unit) {
            unit.life = Life::Dying;
        }
    }
    Ok(alive)
}

/// Asks for the end of an application with its units and relations, and returns the units.
///
/// # Errors
/// When there is no such application.
pub fn remove_application(model: &mut Model, name: &ApplicationName) -> Result<Vec<UnitName>, RemoveError> {
    let application =
        model.applications.get_mut(name).ok_or_else(|| RemoveError::NoApplication(name.clone()))?;
    application.life = Life::Dying;
    application.scale = 0;
    let mut dying = Vec::new();
    for unit in model.units.values_mut().filter(|unit| unit.name.application() == *name) {
        unit.life = Life::Dying;
        dying.push(unit.name.clone());
    }
    let with_others =
        |relation: &&super::relation::Relation| !relation.is_peer() && relation.side(name).is_some();
    let numbers: Vec<u32> =
        model.relations.values().filter(with_others).map(|relation| relation.number).collect();
    for number in numbers {
        remove_relation(model, number);
    }
    drop_application_if_empty(model, name);
    Ok(dying)
}

/// A unit leaves a relation's scope: the other side no longer sees it. Its bag stays readable until the relation goes.
pub fn leave_scope(model: &mut Model, number: u32, unit: &UnitName) {
    let relation = model.relations.get_mut(&number);
    let side = relation.and_then(|relation| relation.side_mut(&unit.application()));
    if let Some(scope) = side.and_then(|side| side.units.get_mut(unit)) {
        scope.in_scope = false;
    }
    drop_if_empty(model, number);
}

/// A unit's pod is gone for good: its record goes, with its scopes, its lease, its actions and its own secrets. Its
/// storage stays for a unit of the same ordinal, as a volume claim does.
pub fn unit_gone(model: &mut Model, name: &UnitName) {
    let numbers: Vec<u32> = model.relations.keys().copied().collect();
    for number in numbers {
        leave_scope(model, number, name);
    }
    drop(model.units.remove(name));
    model.secrets.retain(|_, secret| secret.owner != SecretOwner::Unit(name.clone()));
    for secret in model.secrets.values_mut() {
        drop(secret.consumers.remove(name));
        secret.prune();
    }
    model.actions.retain(|_, action| action.unit != *name || action.results.contains_key("return-code"));
    let application = name.application();
    if let Some(application) = model.applications.get_mut(&application)
        && application.leadership.leader.as_ref() == Some(name)
    {
        application.leadership.leader = None;
    }
    drop_application_if_empty(model, &application);
}

fn drop_if_empty(model: &mut Model, number: u32) {
    let Some(relation) = model.relations.get(&number) else { return };
    let in_use = relation.sides.iter().any(|side| side.units.values().any(|scope| scope.in_scope));
    if relation.life == Life::Alive || in_use {
        return;
    }
    let applications: Vec<ApplicationName> =
        relation.sides.iter().map(|side| side.application.clone()).collect();
    drop_relation(model, number);
    for application in &applications {
        drop_application_if_empty(model, application);
    }
}

fn drop_relation(model: &mut Model, number: u32) {
    drop(model.relations.remove(&number));
    for secret in model.secrets.values_mut() {
        secret.grants.retain(|grant| grant.relation != Some(number));
    }
}

/// An application that is being removed goes with its last unit, but not before its relations: the other side's units
/// read what it left there until they have left too.
fn drop_application_if_empty(model: &mut Model, name: &ApplicationName) {
    let dying = model.applications.get(name).is_some_and(|application| application.life != Life::Alive);
    if !dying || model.units.keys().any(|unit| unit.application() == *name) {
        return;
    }
    let own = |relation: &&super::relation::Relation| relation.side(name).is_some();
    if model.relations.values().filter(own).any(|relation| !relation.is_peer()) {
        return;
    }
    let peers: Vec<u32> = model.relations.values().filter(own).map(|relation| relation.number).collect();
    for number in peers {
        drop_relation(model, number);
    }
    drop(model.applications.remove(name));
    model.secrets.retain(|_, secret| secret.owner != SecretOwner::Application(name.clone()));
    for secret in model.secrets.values_mut() {
        secret.grants.retain(|grant| grant.target != name.as_str());
    }
    model.storage.retain(|_, storage| storage.unit.application() != *name);
}

#[cfg(test)]
mod tests;
