//! The end of a run that went well: everything set aside goes to the controller in one commit.

use time::OffsetDateTime;

use super::HookContext;
use super::state::CharmState;
use crate::controller::commit::{self, BagChanges, HookChanges};
use crate::controller::model::Model;
use crate::controller::status::StatusInfo;
use crate::hooktools::effect::Effect;
use crate::run::Hook;

/// What a flush sent.
pub type Flushed = HookChanges;

/// A flush that failed, and with it the hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FlushError {
    /// The controller's text.
    pub message: String,
    /// What had been sent.
    pub changes: Box<Flushed>,
    /// Whether it is in the model all the same: what failed is juju-reboot, which comes after the commit.
    pub applied: bool,
}

/// When juju-reboot wants the machine rebooted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reboot {
    /// After a run that ended well.
    AfterRun,
    /// However the run ends, which is killed for it.
    Now,
}

impl HookContext {
    /// Sends what the run has set aside. To be called once, after exit 0 (of a command: after any exit).
    ///
    /// # Errors
    /// When the controller refuses any part of it.
    pub fn flush(&mut self, model: &mut Model, now: OffsetDateTime) -> Result<Flushed, FlushError> {
        let changes = self.changes(model);
        let refusal = commit::commit(model, &self.unit, &changes, now).err().map(|error| error.to_string());
        let applied = refusal.is_none();
        match self.reboot(model, applied, now).or(refusal) {
            Some(message) => Err(FlushError { message, changes: Box::new(changes), applied }),
            None => Ok(changes),
        }
    }

    /// The reboot that the run asked for, once all else of it is over: why it fails, if one is due.
    pub fn reboot(&mut self, model: &mut Model, ended_well: bool, now: OffsetDateTime) -> Option<String> {
        match self.reboot.take()? {
            Reboot::AfterRun if !ended_well => return None,
            Reboot::AfterRun | Reboot::Now => {}
        }
        self.did(Effect::AgentStatus("rebooting".to_owned()));
        if let Some(unit) = model.units.get_mut(&self.unit) {
            unit.agent_status = StatusInfo::new("rebooting", "", now);
        }
        Some(format!("unit \"{}\" is not assigned to a machine", self.unit))
    }

    fn changes(&mut self, model: &Model) -> HookChanges {
        let relations = self.relations.iter().filter_map(|(number, bags)| {
            let id = self.memory.relations.get(number)?.id.clone();
            let unit = bags.own_unit.as_ref().map(|bag| bag.data.clone()).filter(|bag| !bag.is_empty());
            let application =
                bags.own_application.as_ref().filter(|bag| !bag.changed.is_empty()).map(|bag| {
                    let changed = bag.data.iter().filter(|(key, _)| bag.changed.contains(*key));
                    changed.map(|(key, value)| (key.clone(), value.clone())).collect()
                });
            (unit.is_some() || application.is_some())
                .then_some((*number, BagChanges { id, unit, application }))
        });
        let relations = relations.collect();
        let mut changes = HookChanges {
            network_info: self.hook() == Some(&Hook::ConfigChanged),
            // Juju's upgrade-charm of a leader sends a pod spec, which for a sidecar charm is empty and does nothing.
            pod_spec: self.hook() == Some(&Hook::UpgradeCharm) && self.is_leader(model),
            relations,
            charm_state: self.state.as_ref().and_then(CharmState::to_flush),
            open_ports: self.ports.open.clone(),
            close_ports: self.ports.close.clone(),
            add_storage: self.storage_requests.clone(),
            ..HookChanges::default()
        };
        self.secrets.add_to(&mut changes);
        changes
    }
}
