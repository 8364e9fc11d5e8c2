//! The agent's context of one run: what the tools of this hook, action or command read and what they have set aside.
//!
//! Reads follow Juju's rules of what is cached and for how long; writes wait for [`HookContext::flush`]. It knows
//! nothing of sockets and processes: [`super::server`] brings the calls.

mod action;
mod bags;
mod environment;
mod flush;
mod identity;
mod ports;
mod secrets;
mod state;

use std::collections::BTreeMap;

use sidecharm::juju::names::UnitName;
use time::OffsetDateTime;

use super::effect::Effect;
use super::memory::AgentMemory;
use super::surroundings::Surroundings;
use crate::controller::access::leads;
use crate::controller::commit::StorageRequest;
use crate::controller::log::{Level, LogLine};
use crate::controller::model::Model;
use crate::controller::profile::Profile;
use crate::controller::secret_access::managed;
use crate::controller::status::StatusInfo;
use crate::run::{Hook, Run};

use action::RunningAction;
use bags::RelationBags;
pub(super) use flush::Reboot;
pub use flush::{FlushError, Flushed};
use identity::CurrentRelation;
use ports::PendingPorts;
use secrets::PendingSecrets;
pub(super) use secrets::SecretInfo;
use state::CharmState;

/// The context of one run.
#[derive(Debug)]
pub struct HookContext {
    unit: UnitName,
    run: Run,
    name: String,
    id: String,
    profile: Profile,
    surroundings: Surroundings,
    memory: AgentMemory,
    current: Option<CurrentRelation>,
    relations: BTreeMap<u32, RelationBags>,
    /// A "no" to the leadership question holds for the rest of the hook.
    minion: bool,
    /// The options, as of the run's beginning.
    config: BTreeMap<String, serde_json::Value>,
    /// The unit's status, as of its first read.
    unit_status: Option<StatusInfo>,
    state: Option<CharmState>,
    ports: PendingPorts,
    storage_requests: Vec<StorageRequest>,
    secrets: PendingSecrets,
    action: Option<RunningAction>,
    reboot: Option<Reboot>,
    effects: Vec<Effect>,
    environment: BTreeMap<String, String>,
}

impl HookContext {
    /// The context of this run, from the model as it is now. Takes the agent's memory; [`HookContext::into_memory`]
    /// gives it back.
    pub fn new(
        model: &Model,
        unit: &UnitName,
        run: &Run,
        surroundings: &Surroundings,
        memory: AgentMemory,
    ) -> Self {
        let profile = Profile::of(&model.settings.agent_version);
        let name = identity::run_name(model, &memory, run);
        let mut context = Self {
            unit: unit.clone(),
            run: run.clone(),
            id: identity::context_id(unit, &name, profile),
            name,
            profile,
            surroundings: surroundings.clone(),
            memory,
            current: None,
            relations: BTreeMap::new(),
            minion: false,
            config: options(model, unit),
            unit_status: None,
            state: None,
            ports: PendingPorts::default(),
            storage_requests: Vec::new(),
            secrets: PendingSecrets::of(managed(model, unit)),
            action: RunningAction::of(model, run),
            reboot: None,
            effects: Vec::new(),
            environment: BTreeMap::new(),
        };
        context.enter_relations(model);
        context.environment = environment::build(&context, model);
        context
    }

    /// `JUJU_CONTEXT_ID`: calls with another one are refused.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn unit(&self) -> &UnitName {
        &self.unit
    }

    /// The hook's full name (`db-relation-changed`), or the action's; empty for a command that is no action.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The complete environment of the process, by name.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// What the calls since the last time have done at once, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Ends the context and gives the agent's memory back, with what this run added to it.
    pub fn into_memory(self) -> AgentMemory {
        self.memory
    }

    pub(super) fn profile(&self) -> Profile {
        self.profile
    }

    pub(super) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Whether the unit leads. Once it does not, it does not for the rest of the hook.
    pub(super) fn is_leader(&mut self, model: &Model) -> bool {
        self.minion = self.minion || !leads(model, &self.unit);
        !self.minion
    }

    /// The charm's options, with their defaults.
    pub(super) fn config(&self) -> &BTreeMap<String, serde_json::Value> {
        &self.config
    }

    /// The unit's status as the charm sees it.
    pub(super) fn unit_status(&mut self, model: &Model) -> Option<&StatusInfo> {
        if self.unit_status.is_none() {
            self.unit_status = model.units.get(&self.unit).map(|unit| unit.workload_status.clone());
        }
        self.unit_status.as_ref()
    }

    /// The last request counts.
    pub(super) fn request_reboot(&mut self, when: Reboot) {
        self.reboot = Some(when);
    }

    pub(super) fn did(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Writes to the log under the unit's own name: `unit.web/0.juju-log`.
    pub(super) fn log(&mut self, level: Level, logger: &str, message: String, now: OffsetDateTime) {
        let module = format!("unit.{}.{logger}", self.unit);
        self.did(Effect::Log(LogLine { time: now, entity: self.unit.tag(), level, module, message }));
    }

    fn hook(&self) -> Option<&Hook> {
        match &self.run {
            Run::Hook(hook) => Some(hook),
            Run::Action { .. } | Run::Exec { .. } => None,
        }
    }
}

/// What the operator set, else the default. Juju reads them at the first config-get of a hook; reading them at its
/// beginning is the same but for a change in between, which the next config-changed brings anyway.
fn options(model: &Model, unit: &UnitName) -> BTreeMap<String, serde_json::Value> {
    let Some(application) = model.applications.get(&unit.application()) else { return BTreeMap::new() };
    let mut options = application.option_defaults.clone();
    options.extend(application.options.clone());
    options
}

#[cfg(test)]
mod tests;
