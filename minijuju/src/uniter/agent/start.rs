//! What an agent does before its first choice, and what it follows between two of them.

use sidecharm::juju::names::UnitName;
use time::OffsetDateTime;

use super::{Agent, Arrival};
use crate::controller::access::leads;
use crate::controller::life::Life;
use crate::controller::model::Model;
use crate::controller::secret::{ModelSecret, SecretOwner};
use crate::controller::status::StatusInfo;
use crate::controller::unit::{Operation, Step};
use crate::hooktools::memory::{AgentMemory, KnownRelation};
use crate::run::Hook;
use crate::uniter::memory::{Chance, Memory};
use crate::uniter::process::CharmProcess;
use crate::uniter::resolver::{End, OBSOLETE_DELAY};

/// Brings the agent's record in line with what it finds: a new charm on disk, a hook cut off. Says if there is nothing
/// to run for.
pub(super) fn prepare<P: CharmProcess>(agent: &Agent<P>, arrival: Arrival) -> Option<End> {
    agent.shared.change(|model| arrive(model, &agent.unit, arrival, OffsetDateTime::now_utc()))
}

fn arrive(model: &mut Model, name: &UnitName, arrival: Arrival, now: OffsetDateTime) -> Option<End> {
    let version = model.applications.get(&name.application()).map(|found| found.charm_modified_version);
    let (Some(version), Some(unit)) = (version, model.units.get_mut(name)) else { return Some(End::Dead) };
    if unit.life == Life::Dead || (unit.life == Life::Dying && !unit.agent.installed) {
        return Some(End::Dead);
    }
    if unit.workload_status.message == "installing agent" {
        unit.workload_status = StatusInfo::new("waiting", "agent initialising", now);
    }
    let record = &mut unit.agent;
    let upgraded = record.charm_modified_version != version;
    let queue = |hook| Some(Operation { hook, step: Step::Queued, bag_version: None });
    if !record.installed {
        record.operation = record.operation.take().or_else(|| queue(Hook::Install));
    } else if arrival == Arrival::NewPod || upgraded {
        // A hook that waited for its turn or its retry takes the place of upgrade-charm, and counts as failed.
        match &mut record.operation {
            Some(operation) => operation.step = Step::Pending,
            none => *none = queue(Hook::UpgradeCharm),
        }
    }
    record.charm_modified_version = version;
    None
}

/// The memory of an agent that has just started.
pub(super) fn memory<P: CharmProcess>(agent: &Agent<P>) -> Memory {
    let unit = &agent.unit;
    agent.shared.change(|model| {
        forget_obsolete(model, unit);
        let scopes = model.relations.values().filter(|relation| {
            let side = relation.side(&unit.application());
            side.and_then(|side| side.units.get(unit)).is_some_and(|scope| scope.in_scope)
        });
        let known = scopes.filter_map(|relation| {
            Some((relation.number, KnownRelation::learn(model, unit, relation.number)?))
        });
        Memory {
            tools: AgentMemory { relations: known.collect() },
            start_owed: true,
            leader: leads(model, unit),
            chance: Chance { seed: agent.seed, turn: 0 },
            ..Memory::default()
        }
    })
}

/// Follows what the agent sees without a hook: suspended relations, relations that have gone, revisions that nobody
/// tracks any more. Says whether the model was changed.
pub(super) fn follow(model: &mut Model, name: &UnitName, memory: &mut Memory, now: OffsetDateTime) -> bool {
    let records = model.units.get(name).map(|unit| &unit.agent.relations);
    for (number, known) in &mut memory.tools.relations {
        // The tools see a suspended relation until its last -departed.
        let record = records.and_then(|records| records.get(number));
        let is_empty = record.is_none_or(|record| record.members.is_empty());
        if let Some(relation) = model.relations.get(number) {
            known.suspended = relation.suspended && is_empty;
        }
    }
    let obsolete: Vec<_> = obsolete(model, name);
    memory.obsolete.retain(|key, _| obsolete.contains(key));
    for key in obsolete {
        memory.obsolete.entry(key).or_insert(now + OBSOLETE_DELAY);
    }
    let relations = &model.relations;
    let Some(unit) = model.units.get_mut(name) else { return false };
    let before = unit.agent.relations.len();
    unit.agent.relations.retain(|number, record| !record.broken || relations.contains_key(number));
    unit.agent.relations.len() != before
}

/// What became obsolete while no agent ran is never announced.
fn forget_obsolete(model: &mut Model, name: &UnitName) {
    let obsolete = obsolete(model, name);
    if let Some(unit) = model.units.get_mut(name) {
        unit.agent.obsolete_announced.extend(obsolete);
    }
}

/// The revisions that nobody tracks, of secrets of the unit or its application.
fn obsolete(model: &Model, name: &UnitName) -> Vec<(sidecharm::juju::names::SecretId, u32)> {
    let own = |secret: &&ModelSecret| match &secret.owner {
        SecretOwner::Unit(unit) => unit == name,
        SecretOwner::Application(application) => *application == name.application(),
        SecretOwner::Model => false,
    };
    let revisions = |secret: &ModelSecret| {
        secret.obsolete_revisions().map(|one| (secret.id.clone(), one)).collect::<Vec<_>>()
    };
    model.secrets.values().filter(own).flat_map(revisions).collect()
}

#[cfg(test)]
mod tests;
