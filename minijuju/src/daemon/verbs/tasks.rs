//! The verbs that run something in a unit: actions, commands, and failed hooks again.

use serde_json::{Map, Value, json};
use sidecharm::juju::names::{ApplicationName, UnitName};

use super::find_unit;
use crate::controller::action::{Action, ActionStatus};
use crate::controller::operate;
use crate::daemon::caller::Answer;
use crate::daemon::charm;
use crate::daemon::controller::Controller;
use crate::pod::error::chain;
use crate::uniter::memory::Resolution;

/// Queues an action and tells its number.
pub fn run(controller: &Controller, unit: &str, action: &str, parameters: Map<String, Value>) -> Answer {
    let unit = resolve(controller, unit)?;
    let folder = controller.model.read(|model| {
        model.applications.get(&unit.application()).map(|application| application.charm_dir.clone())
    });
    let folder = folder.ok_or_else(|| format!("application \"{}\" not found", unit.application()))?;
    let files = charm::files(&folder).map_err(|error| chain(&error))?;
    let queued = controller
        .model
        .change(|model| operate::queue_action(model, &unit, action, &files.actions, parameters));
    Ok(json!({ "id": queued.map_err(|error| error.to_string())?, "unit": unit }))
}

/// Queues a command and tells its number.
pub fn exec(controller: &Controller, unit: &str, command: &str) -> Answer {
    let unit = resolve(controller, unit)?;
    let queued = controller.model.change(|model| operate::queue_command(model, &unit, command));
    Ok(json!({ "id": queued.map_err(|error| error.to_string())?, "unit": unit }))
}

/// Waits for the end of a task and tells its result, as `juju run --format json` does for each unit.
pub async fn wait(controller: &Controller, id: u64) -> Answer {
    let mut changes = controller.model.subscribe();
    loop {
        let task = controller.model.read(|model| model.actions.get(&id).cloned());
        match task {
            None => return Err(format!("task \"{id}\" not found: its unit may be gone")),
            Some(task) if has_ended(task.status) => return Ok(show(&task)),
            Some(_) => {}
        }
        if changes.changed().await.is_err() {
            return Err("the controller ends".to_owned());
        }
    }
}

/// Tells the agent what to do about its failed hook.
pub fn resolved(controller: &Controller, unit: &str, retry: bool) -> Answer {
    let unit = find_unit(controller, unit)?;
    let units = controller.units.borrow();
    let handle = units.get(&unit).ok_or_else(|| format!("unit \"{unit}\" has no agent"))?;
    let failed = controller.model.read(|model| crate::uniter::operation::failed_hook(model, &unit));
    if failed.is_none() {
        return Err(format!("unit \"{unit}\" is not in an error state"));
    }
    handle.agent.borrow().resolve(if retry { Resolution::Retry } else { Resolution::Skip });
    Ok(Value::Null)
}

fn has_ended(status: ActionStatus) -> bool {
    match status {
        ActionStatus::Pending | ActionStatus::Running => false,
        ActionStatus::Completed | ActionStatus::Failed | ActionStatus::Aborted => true,
    }
}

fn show(task: &Action) -> Value {
    let mut shown = json!({
        "id": task.id.to_string(),
        "unit": task.unit,
        "status": task.status,
        "results": task.results,
    });
    if let Some(shown) = shown.as_object_mut() {
        if !task.message.is_empty() {
            shown.insert("message".to_owned(), json!(task.message));
        }
        if !task.log.is_empty() {
            shown.insert("log".to_owned(), json!(task.log));
        }
    }
    shown
}

/// The unit of this name; `redis-k8s/leader` is the one that leads.
fn resolve(controller: &Controller, name: &str) -> Result<UnitName, String> {
    let Some(application) = name.strip_suffix("/leader") else {
        return find_unit(controller, name);
    };
    let application =
        ApplicationName::parse(application).map_err(|_| format!("invalid unit name \"{name}\""))?;
    let leader = controller.model.read(|model| {
        model.applications.get(&application).map(|application| application.leadership.leader.clone())
    });
    match leader {
        None => Err(format!("application \"{application}\" not found")),
        Some(None) => Err(format!("could not determine leader for \"{application}\"")),
        Some(Some(leader)) => Ok(leader),
    }
}
