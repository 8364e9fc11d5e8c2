//! Which operation a unit agent does next: Juju's ranks, first match wins.
//!
//! Pure: it looks at the model, the agent's record there and its memory, and changes none of them. The ranks are those
//! of `worker/uniter/resolver.go` of Juju 3.6. What an operation does is in [`super::operation`].

mod relations;
mod secrets;
mod storage;

use sidecharm::juju::names::UnitName;
use time::OffsetDateTime;

use super::config_hash;
use super::memory::{Memory, Resolution};
use crate::controller::action::{Action, ActionStatus};
use crate::controller::application::Application;
use crate::controller::life::Life;
use crate::controller::model::Model;
use crate::controller::profile::Profile;
use crate::controller::unit::{AgentRecord, Operation, Step, Unit};
use crate::run::{Hook, Run};

pub use secrets::{OBSOLETE_DELAY, next_due};

/// What the agent is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing until something changes.
    Wait,
    /// Enter this relation's scope.
    EnterScope(u32),
    /// The unit leads: leader-elected is queued.
    AcceptLeadership,
    ResignLeadership,
    Run(Chosen),
    /// Record the hook as if it had run.
    Skip(Hook),
    /// An action that nobody will run: cancelled before it began, or cut off by the end of the agent.
    AbandonAction(u64),
    /// The agent's work is done.
    End(End),
}

/// What is to be run, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub run: Run,
    pub source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Model,
    /// The first of [`Memory::workload_events`].
    WorkloadEvent,
    /// The first of [`Memory::commands`].
    Command,
}

/// Why an agent ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The unit is gone.
    Dead,
    /// The pod ends, the unit stays.
    Shutdown,
}

/// What all the rules look at.
struct View<'v> {
    model: &'v Model,
    unit: &'v Unit,
    application: &'v Application,
    record: &'v AgentRecord,
    memory: &'v Memory,
    now: OffsetDateTime,
}

/// Chooses what the unit's agent does next.
pub fn next(model: &Model, unit: &UnitName, memory: &Memory, now: OffsetDateTime) -> Next {
    let Some(view) = View::of(model, unit, memory, now) else { return Next::End(End::Dead) };
    if view.unit.life == Life::Dead || view.record.removed {
        return Next::End(End::Dead);
    }
    let ranks: [fn(&View<'_>) -> Option<Next>; 9] = [
        start_after_restart,
        relations::created,
        leadership,
        workload_event,
        secrets::next,
        action,
        command,
        storage::next,
        in_progress,
    ];
    ranks.iter().find_map(|rank| rank(&view)).unwrap_or_else(|| in_order(&view))
}

impl<'v> View<'v> {
    fn of(model: &'v Model, unit: &UnitName, memory: &'v Memory, now: OffsetDateTime) -> Option<Self> {
        let unit = model.units.get(unit)?;
        let application = model.applications.get(&unit.name.application())?;
        Some(Self { model, unit, application, record: &unit.agent, memory, now })
    }

    fn is_alive(&self) -> bool {
        self.unit.life == Life::Alive
    }

    fn operation(&self) -> Option<&Operation> {
        self.record.operation.as_ref()
    }

    /// Whether no hook is queued, cut off or failed.
    fn is_free(&self) -> bool {
        self.record.operation.is_none()
    }

    /// In the order of the agent's chance.
    fn shuffled<T>(&self, items: impl Iterator<Item = T>, number: impl Fn(&T) -> u64) -> Vec<T> {
        let mut items: Vec<T> = items.collect();
        items.sort_by_key(|item| self.memory.chance.draw(number(item)));
        items
    }
}

fn hook(hook: Hook) -> Next {
    Next::Run(Chosen { run: Run::Hook(hook), source: Source::Model })
}

/// Rank 3: the agent of a started unit has restarted.
fn start_after_restart(view: &View<'_>) -> Option<Next> {
    let due = view.memory.start_owed && view.record.started && view.is_free();
    due.then(|| hook(Hook::Start))
}

/// Rank 6. The hook of a new leader is queued, and runs when its rank comes.
fn leadership(view: &View<'_>) -> Option<Next> {
    if !view.record.installed {
        return None;
    }
    if view.memory.leader && !view.record.leader && view.is_alive() && view.is_free() {
        return Some(Next::AcceptLeadership);
    }
    if view.record.leader && !(view.memory.leader && view.is_alive()) {
        return Some(Next::ResignLeadership);
    }
    let settings = view.application.leadership.settings_version;
    let told = view.memory.leader_settings == Some(settings) || view.record.leader || !view.is_alive();
    let exists = Profile::of(&view.model.settings.agent_version).before_four;
    (exists && !told && view.is_free()).then(|| hook(Hook::LeaderSettingsChanged))
}

/// Rank 7: kept, not run, while a hook is queued or in error; also told to a dying unit.
fn workload_event(view: &View<'_>) -> Option<Next> {
    let event = view.memory.workload_events.front().filter(|_| view.is_free())?;
    Some(Next::Run(Chosen { run: Run::Hook(event.hook.clone()), source: Source::WorkloadEvent }))
}

/// Rank 9: also while a hook is in error, but not before install or while one is queued.
fn action(view: &View<'_>) -> Option<Next> {
    let own = |action: &&Action| action.unit == view.unit.name;
    let cut_off = view.model.actions.values().filter(own).find(|action| {
        action.status == ActionStatus::Running || (action.status == ActionStatus::Pending && action.cancelled)
    });
    if let Some(action) = cut_off {
        return Some(Next::AbandonAction(action.id));
    }
    let may_run = view.operation().is_none_or(|operation| operation.step == Step::Pending);
    let pending = |action: &&Action| action.status == ActionStatus::Pending;
    let action = view.model.actions.values().filter(own).find(pending).filter(|_| may_run)?;
    let run = match action.parameters.get("command").filter(|_| action.name == "juju-exec") {
        Some(command) => Run::Exec {
            action: Some(action.id),
            command: command.as_str().unwrap_or_default().to_owned(),
            relation: None,
            remote_unit: None,
        },
        None => Run::Action { id: action.id },
    };
    Some(Next::Run(Chosen { run, source: Source::Model }))
}

/// Rank 10: whatever else is going on.
fn command(view: &View<'_>) -> Option<Next> {
    let command = view.memory.commands.front()?;
    Some(Next::Run(Chosen { run: command.run.clone(), source: Source::Command }))
}

/// Rank 12: the hook that is queued, failed, or ended unrecorded.
fn in_progress(view: &View<'_>) -> Option<Next> {
    let operation = view.operation()?;
    if operation.step == Step::Done {
        return Some(Next::Skip(operation.hook.clone()));
    }
    if view.memory.shutdown && view.is_alive() {
        // Neither queued nor failed hooks hold back the stop hook.
        return None;
    }
    match (operation.step, view.memory.resolution) {
        (Step::Queued, _) | (_, Some(Resolution::Retry)) => Some(hook(operation.hook.clone())),
        (_, Some(Resolution::Skip)) => Some(Next::Skip(operation.hook.clone())),
        (_, None) if view.memory.retry_due => Some(hook(operation.hook.clone())),
        (_, None) => Some(Next::Wait),
    }
}

/// Rank 13: nothing is in progress, or the pod ends.
fn in_order(view: &View<'_>) -> Next {
    let record = view.record;
    if !view.is_alive() {
        return relations::next(view).unwrap_or_else(|| tear_down(record));
    }
    if view.memory.shutdown {
        let stops = record.started && !record.stopped;
        return if stops { hook(Hook::Stop) } else { Next::End(End::Shutdown) };
    }
    if !record.installed {
        return hook(Hook::Install);
    }
    if config_hash::Hashes::of(view.application) != config_hash::Hashes::recorded(record) {
        return hook(Hook::ConfigChanged);
    }
    if let Some(next) = relations::next(view) {
        return next;
    }
    let ticks = view.memory.ticks;
    if ticks.fired == ticks.absorbed { Next::Wait } else { hook(Hook::UpdateStatus) }
}

/// The last hooks of a dying unit that has left its relations.
fn tear_down(record: &AgentRecord) -> Next {
    if record.started && !record.stopped {
        hook(Hook::Stop)
    } else if record.installed {
        hook(Hook::Remove)
    } else {
        Next::End(End::Dead)
    }
}

#[cfg(test)]
mod tests;
