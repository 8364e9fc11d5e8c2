//! What the good end of an operation, or a skip, leaves in the agent's record.

use std::collections::BTreeMap;

use sidecharm::juju::names::UnitName;
use time::{Duration, OffsetDateTime};

use super::{Begun, statuses};
use crate::controller::access::leads;
use crate::controller::commit::address_keys;
use crate::controller::model::Model;
use crate::controller::removal::leave_scope;
use crate::controller::secret::rotation_period;
use crate::controller::unit::{AgentRecord, Operation, RelationRecord, Step};
use crate::hooktools::memory::KnownRelation;
use crate::run::{Hook, RelationHook, Run, SecretHook, StorageHook};
use crate::uniter::memory::Memory;

/// Juju asks again after this long about a secret that its owner did not rotate, or still has after its expiry.
const ASK_AGAIN: Duration = Duration::minutes(5);

/// Whether the hook really ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    Yes,
    /// The operator skipped it: recorded as if it had, but its statuses are not set.
    Skipped,
}

/// Records that an operation ended well.
pub fn commit(
    model: &mut Model,
    unit: &UnitName,
    memory: &mut Memory,
    begun: &Begun,
    ran: Ran,
    now: OffsetDateTime,
) {
    let Run::Hook(hook) = &begun.chosen.run else { return };
    memory.ticks.absorbed = begun.ticks.fired;
    memory.start_owed = memory.start_owed && !matches!(hook, Hook::Start);
    match hook {
        Hook::LeaderSettingsChanged => memory.leader_settings = Some(begun.settings_version),
        Hook::Relation { kind: RelationHook::Broken, relation, .. } => {
            leave_scope(model, *relation, unit);
            drop(memory.tools.relations.remove(relation));
            memory.fresh_relations.remove(relation);
        }
        Hook::Secret { kind, secret, .. } => {
            let latest = begun.secret_revision;
            if let Some(secret) = model.secrets.get_mut(secret) {
                match kind {
                    SecretHook::Rotate => {
                        let rotated = Some(secret.latest()) != latest;
                        let period = rotation_period(&secret.rotate).filter(|_| rotated);
                        let next = |due| period.map_or(now + ASK_AGAIN, |period| due + period);
                        secret.next_rotate = secret.next_rotate.map(next);
                    }
                    SecretHook::Expired => {
                        secret.expire =
                            secret.expire.map(|due| if due <= now { now + ASK_AGAIN } else { due });
                    }
                    SecretHook::Changed | SecretHook::Remove => {}
                }
            }
        }
        _ => {}
    }
    let Some(unit) = model.units.get_mut(unit) else { return };
    record(&mut unit.agent, begun, hook);
    if ran == Ran::Yes {
        statuses::after(unit, hook, now);
    }
}

fn record(record: &mut AgentRecord, begun: &Begun, hook: &Hook) {
    record.operation = None;
    match hook {
        Hook::Install => record.installed = true,
        Hook::Start => {
            record.started = true;
            record.stopped = false;
        }
        Hook::Stop => record.stopped = true,
        Hook::Remove => record.removed = true,
        Hook::UpgradeCharm => record.operation = Some(queued(Hook::ConfigChanged)),
        Hook::ConfigChanged => {
            if let Some(hashes) = begun.hashes.clone() {
                hashes.record(record);
            }
            record.operation = (!record.started).then(|| queued(Hook::Start));
        }
        Hook::Relation { kind, relation, remote_application, remote_unit, .. } => {
            let relation = record.relations.entry(*relation).or_default();
            of_relation(relation, *kind, remote_application, remote_unit.as_ref(), begun.bag_version);
        }
        Hook::Storage { kind: StorageHook::Attached, storage } => {
            record.storage_attached.insert(storage.clone());
        }
        Hook::Storage { kind: StorageHook::Detaching, storage } => {
            record.storage_attached.remove(storage);
        }
        Hook::Secret { kind: SecretHook::Changed, secret, .. } => {
            if let Some(revision) = begun.secret_revision {
                record.secret_revisions.insert(secret.clone(), revision);
            }
        }
        Hook::Secret { kind: SecretHook::Remove, secret, revision: Some(revision), .. } => {
            record.obsolete_announced.insert((secret.clone(), *revision));
        }
        Hook::Secret { .. }
        | Hook::LeaderElected
        | Hook::LeaderSettingsChanged
        | Hook::UpdateStatus
        | Hook::PebbleReady { .. }
        | Hook::PebbleCustomNotice { .. }
        | Hook::PebbleCheck { .. } => {}
    }
}

fn of_relation(
    record: &mut RelationRecord,
    kind: RelationHook,
    remote_application: &str,
    remote_unit: Option<&UnitName>,
    version: Option<u64>,
) {
    match (kind, remote_unit) {
        (RelationHook::Created, _) => record.created = true,
        (RelationHook::Joined, Some(unit)) => {
            record.members.insert(unit.clone(), version.unwrap_or(0));
            record.changed_pending = Some(unit.clone());
        }
        (RelationHook::Changed, Some(unit)) => {
            record.members.insert(unit.clone(), version.unwrap_or(0));
            record.changed_pending = None;
        }
        (RelationHook::Changed, None) => {
            record.application_versions.insert(remote_application.to_owned(), version.unwrap_or(0));
        }
        (RelationHook::Departed, Some(unit)) => {
            record.members.remove(unit);
        }
        (RelationHook::Broken, _) => {
            // A relation that was only suspended begins anew, but -created does not run again.
            *record = RelationRecord { created: true, broken: true, ..RelationRecord::default() };
        }
        (RelationHook::Joined | RelationHook::Departed, None) => {}
    }
}

fn queued(hook: Hook) -> Operation {
    Operation { hook, step: Step::Queued, bag_version: None }
}

/// The unit leads: it is recorded, and leader-elected queued.
pub fn accept_leadership(model: &mut Model, unit: &UnitName) {
    if let Some(unit) = model.units.get_mut(unit) {
        unit.agent.leader = true;
        unit.agent.operation = Some(queued(Hook::LeaderElected));
    }
}

/// The unit leads no more. No hook tells the charm.
pub fn resign_leadership(model: &mut Model, unit: &UnitName) {
    if let Some(unit) = model.units.get_mut(unit) {
        unit.agent.leader = false;
    }
}

/// The unit enters a relation's scope: the other side may see it from now on.
pub fn enter_scope(
    model: &mut Model,
    unit: &UnitName,
    memory: &mut Memory,
    number: u32,
    now: OffsetDateTime,
) {
    let Some(known) = KnownRelation::learn(model, unit, number) else { return };
    let keys: BTreeMap<String, String> = address_keys(model, unit);
    let leader = leads(model, unit);
    if let Some(relation) = model.relations.get_mut(&number) {
        relation.enter_scope(unit, &keys, leader, now);
    }
    drop(memory.tools.relations.insert(number, known));
    memory.fresh_relations.insert(number);
    if let Some(unit) = model.units.get_mut(unit) {
        unit.agent.relations.entry(number).or_default().broken = false;
    }
}
