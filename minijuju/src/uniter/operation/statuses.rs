//! The statuses that the agent itself sets around its operations.

use std::collections::BTreeMap;

use sidecharm::juju::names::UnitName;
use time::OffsetDateTime;

use crate::controller::model::Model;
use crate::controller::status::StatusInfo;
use crate::controller::unit::{Step, Unit};
use crate::run::{Hook, Run};

/// Before a run of this full name.
pub(super) fn before(unit: &mut Unit, run: &Run, name: &str, now: OffsetDateTime) {
    let message = match run {
        // It would come too often.
        Run::Hook(Hook::UpdateStatus) => return,
        Run::Hook(hook) => {
            if let Some(message) = workload_before(hook, unit.agent.status_set) {
                unit.workload_status = StatusInfo::new("maintenance", message, now);
            }
            format!("running {name} hook{}", about(hook))
        }
        Run::Action { .. } | Run::Exec { action: Some(_), .. } => format!("running action {name}"),
        Run::Exec { action: None, .. } => "running commands".to_owned(),
    };
    set_agent(unit, "executing", &message, BTreeMap::new(), now);
}

/// After a hook that ran and ended well.
pub(super) fn after(unit: &mut Unit, hook: &Hook, now: OffsetDateTime) {
    unit.workload_status = match hook {
        Hook::Start if !unit.agent.status_set => StatusInfo::new("unknown", "", now),
        Hook::Stop => StatusInfo::new("maintenance", "", now),
        Hook::Remove => StatusInfo::new("terminated", "", now),
        _ => return,
    };
}

/// When the agent has nothing to do: idle, or in error because of a hook. Says whether that is news.
pub fn settle(model: &mut Model, unit: &UnitName, now: OffsetDateTime) -> bool {
    let failed = failed_hook(model, unit);
    let Some(unit) = model.units.get_mut(unit) else { return false };
    let hook = unit.agent.operation.as_ref().map(|operation| operation.hook.clone());
    let (Some(name), Some(hook)) = (failed, hook) else {
        return set_agent(unit, "idle", "", BTreeMap::new(), now);
    };
    let message = format!("hook failed: \"{name}\"");
    let mut data = BTreeMap::from([("hook".to_owned(), name)]);
    match &hook {
        Hook::Relation { relation, remote_unit, .. } => {
            data.insert("relation-id".to_owned(), relation.to_string());
            if let Some(remote) = remote_unit {
                data.insert("remote-unit".to_owned(), remote.to_string());
            }
        }
        Hook::Secret { secret, .. } => {
            data.insert("secret-uri".to_owned(), secret.to_uri());
            // Empty even where the hook was told a label.
            data.insert("secret-label".to_owned(), String::new());
        }
        _ => {}
    }
    set_agent(unit, "error", &message, data, now)
}

/// The failed hook, as the status names it: in full for a relation's, without the storage or container for others.
pub fn failed_hook(model: &Model, unit: &UnitName) -> Option<String> {
    let unit = model.units.get(unit)?;
    let failed = unit.agent.operation.as_ref().filter(|operation| operation.step == Step::Pending)?;
    let Hook::Relation { relation, .. } = &failed.hook else { return Some(failed.hook.kind().to_owned()) };
    let side = model.relations.get(relation).and_then(|relation| relation.side(&unit.name.application()));
    let prefix = side.map(|side| format!("{}-", side.endpoint)).unwrap_or_default();
    Some(format!("{prefix}{}", failed.hook.kind()))
}

/// The agent's worker is about to restart.
pub fn worker_failed(model: &mut Model, unit: &UnitName, now: OffsetDateTime) {
    if let Some(unit) = model.units.get_mut(unit) {
        set_agent(unit, "failed", "resolver loop error", BTreeMap::new(), now);
    }
}

/// Sets the agent's status, unless it is that already.
pub(super) fn set_agent(
    unit: &mut Unit,
    status: &str,
    message: &str,
    data: BTreeMap<String, String>,
    now: OffsetDateTime,
) -> bool {
    let old = &unit.agent_status;
    if (old.status.as_str(), old.message.as_str(), &old.data) == (status, message, &data) {
        return false;
    }
    unit.agent_status = StatusInfo { data, ..StatusInfo::new(status, message, now) };
    true
}

fn workload_before(hook: &Hook, status_set: bool) -> Option<&'static str> {
    match hook {
        Hook::Install if !status_set => Some("installing charm software"),
        Hook::Stop => Some("stopping charm software"),
        Hook::Remove => Some("cleaning up prior to charm deletion"),
        _ => None,
    }
}

/// ` for web/1`, where a hook is about a unit or a secret.
fn about(hook: &Hook) -> String {
    match hook {
        Hook::Relation { remote_unit: Some(remote), .. } => format!(" for {remote}"),
        Hook::Secret { secret, revision: Some(revision), .. } => {
            format!(" for {}/{revision}", secret.to_uri())
        }
        Hook::Secret { secret, .. } => format!(" for {}", secret.to_uri()),
        _ => String::new(),
    }
}
