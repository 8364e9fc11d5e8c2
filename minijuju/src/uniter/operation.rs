//! One operation of a unit agent in the model: begun, then recorded as done or failed. Runs no process.

mod commit;
mod statuses;

use sidecharm::juju::names::UnitName;
use time::OffsetDateTime;

use super::config_hash::Hashes;
use super::memory::{Memory, Ticks};
use super::resolver::Chosen;
use crate::controller::access::leads;
use crate::controller::action::{ActionFinish, ActionStatus};
use crate::controller::model::Model;
use crate::controller::secret::SecretOwner;
use crate::controller::unit::{Operation, Step, Unit};
use crate::run::{Hook, RelationHook, Run, SecretHook};

pub use commit::{Ran, accept_leadership, commit, enter_scope, resign_leadership};
pub use statuses::{failed_hook, settle, worker_failed};

/// What was seen when an operation began. Its end records this, not what has come since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub chosen: Chosen,
    hashes: Option<Hashes>,
    bag_version: Option<u64>,
    secret_revision: Option<u32>,
    settings_version: u64,
    ticks: Ticks,
    status_set: bool,
}

/// Whether a hook that was chosen still has a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    Begun(Box<Begun>),
    /// It had none: nothing runs, and nothing is recorded.
    Dropped,
}

/// How a hook that did not end well goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It is tried again after a while, or when the operator says so.
    Error,
    /// Its process was killed: it is run again at once.
    Terminated,
}

/// Begins an operation under its full name: it is recorded as begun, and the statuses say so.
pub fn begin(
    model: &mut Model,
    unit: &UnitName,
    memory: &mut Memory,
    chosen: Chosen,
    name: &str,
    now: OffsetDateTime,
) -> Start {
    memory.retry_due = false;
    memory.resolution = None;
    memory.chance.turn += 1;
    let begun = Begun::of(model, unit, memory, chosen);
    if let Run::Hook(hook) = &begun.chosen.run
        && lost_its_reason(model, unit, hook)
    {
        if let Some(unit) = model.units.get_mut(unit) {
            unit.agent.operation = None;
        }
        return Start::Dropped;
    }
    if let Run::Action { id } | Run::Exec { action: Some(id), .. } = &begun.chosen.run
        && let Some(action) = model.actions.get_mut(id)
    {
        action.status = ActionStatus::Running;
    }
    let Some(unit) = model.units.get_mut(unit) else { return Start::Dropped };
    statuses::before(unit, &begun.chosen.run, name, now);
    if let Run::Hook(hook) = &begun.chosen.run {
        unit.agent.operation =
            Some(Operation { hook: hook.clone(), step: Step::Pending, bag_version: begun.bag_version });
    }
    Start::Begun(Box::new(begun))
}

/// Records a failed hook as done without running it, as the operator wishes.
pub fn skip(model: &mut Model, unit: &UnitName, memory: &mut Memory, chosen: Chosen, now: OffsetDateTime) {
    memory.retry_due = false;
    memory.resolution = None;
    memory.chance.turn += 1;
    let begun = Begun::of(model, unit, memory, chosen);
    commit(model, unit, memory, &begun, Ran::Skipped, now);
}

/// Records that a hook failed. What a workload container reported is forgotten here: its source tells it again. A
/// status that only failed hooks have set does not count as set by the charm.
pub fn fail(model: &mut Model, unit: &UnitName, begun: &Begun, failure: Failure) {
    let Some(unit) = model.units.get_mut(unit) else { return };
    unit.agent.status_set = begun.status_set;
    let Run::Hook(hook) = &begun.chosen.run else { return };
    if hook.is_workload() {
        unit.agent.operation = None;
    } else if failure == Failure::Terminated
        && let Some(operation) = &mut unit.agent.operation
    {
        operation.step = Step::Queued;
    }
}

/// Records the end of an action's or a command's process; a status that it set does not count as set by the charm.
pub fn finish(model: &mut Model, unit: &UnitName, begun: &Begun, report: Option<ActionFinish>) {
    if let Some(unit) = model.units.get_mut(unit) {
        unit.agent.status_set = begun.status_set;
    }
    if let (Run::Action { id } | Run::Exec { action: Some(id), .. }, Some(report)) =
        (&begun.chosen.run, report)
    {
        finish_action(model, *id, report);
    }
}

/// Records the end of an action.
pub fn finish_action(model: &mut Model, id: u64, finish: ActionFinish) {
    let ActionFinish { status, message, results } = finish;
    if let Some(action) = model.actions.get_mut(&id) {
        action.status = status;
        action.message = message;
        action.results = results;
    }
}

impl Begun {
    fn of(model: &Model, unit: &UnitName, memory: &Memory, chosen: Chosen) -> Self {
        let application = model.applications.get(&unit.application());
        let unit = model.units.get(unit);
        let hook = match &chosen.run {
            Run::Hook(hook) => Some(hook),
            Run::Action { .. } | Run::Exec { .. } => None,
        };
        Self {
            hashes: application.map(Hashes::of).filter(|_| hook == Some(&Hook::ConfigChanged)),
            bag_version: hook.and_then(|hook| first_version(model, unit, hook)),
            secret_revision: hook.and_then(|hook| latest_revision(model, hook)),
            settings_version: application.map_or(0, |found| found.leadership.settings_version),
            ticks: memory.ticks,
            status_set: unit.is_some_and(|unit| unit.agent.status_set),
            chosen,
        }
    }
}

/// The bag's version as of the first time this hook was chosen.
fn first_version(model: &Model, unit: Option<&Unit>, hook: &Hook) -> Option<u64> {
    let Hook::Relation {
        kind: RelationHook::Joined | RelationHook::Changed,
        relation,
        remote_application,
        remote_unit,
        ..
    } = hook
    else {
        return None;
    };
    let operation = unit.and_then(|unit| unit.agent.operation.as_ref());
    if let Some(operation) = operation.filter(|operation| operation.hook == *hook) {
        return operation.bag_version;
    }
    let sides = &model.relations.get(relation)?.sides;
    let side = sides.iter().find(|side| side.application.as_str() == remote_application)?;
    match remote_unit {
        None => Some(side.bag.version),
        Some(remote) => side.units.get(remote).map(|scope| scope.bag.version),
    }
}

fn latest_revision(model: &Model, hook: &Hook) -> Option<u32> {
    let Hook::Secret { secret, .. } = hook else { return None };
    model.secrets.get(secret)?.revisions.keys().next_back().copied()
}

/// Hooks of a leader that leads no more.
fn lost_its_reason(model: &Model, unit: &UnitName, hook: &Hook) -> bool {
    match hook {
        Hook::LeaderElected => !leads(model, unit),
        Hook::Secret {
            kind: SecretHook::Rotate | SecretHook::Expired | SecretHook::Remove, secret, ..
        } => {
            let owner = model.secrets.get(secret).map(|secret| &secret.owner);
            matches!(owner, Some(SecretOwner::Application(_)) | None) && !leads(model, unit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
