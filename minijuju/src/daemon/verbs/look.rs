//! The verbs that only look, and the model's settings.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::sync::broadcast::error::RecvError;

use super::{find_application, to_answer};
use crate::daemon::caller::{Answer, Caller};
use crate::daemon::controller::Controller;
use crate::daemon::protocol::{LogFilter, Reply};
use crate::daemon::status::FullStatus;
use crate::daemon::{charm, log_file, settings};
use crate::pod::error::chain;

pub fn status(controller: &Controller) -> Answer {
    to_answer(full_status(controller))
}

/// A status now and after each change, until the verb goes away.
pub async fn watch(controller: &Controller, caller: &mut Caller) -> Answer {
    let mut changes = controller.model.subscribe();
    loop {
        let status = to_answer(full_status(controller))?;
        if caller.tell(&Reply::Item(status)).await.is_err() || changes.changed().await.is_err() {
            return Ok(Value::Null);
        }
    }
}

/// The lines of the log, and new ones if wanted.
pub async fn log(controller: &Controller, filter: &LogFilter, caller: &mut Caller) -> Answer {
    if let Some(level) = filter.level.as_deref().filter(|level| log_file::parse_level(level).is_none()) {
        return Err(format!(
            "level value \"{level}\" is not one of \"TRACE\", \"DEBUG\", \"INFO\", \"WARNING\", \"ERROR\""
        ));
    }
    let mut new = controller.model.subscribe_log();
    let path = log_file::path(&controller.folders);
    let old = log_file::read(&path, filter).map_err(|error| format!("cannot read the log: {error}"))?;
    for line in old {
        if caller.tell(&Reply::Log(line)).await.is_err() {
            return Ok(Value::Null);
        }
    }
    if !filter.follow {
        return Ok(Value::Null);
    }
    loop {
        match new.recv().await {
            Ok(line) if log_file::passes(&line, filter) => {
                if caller.tell(&Reply::Log(line)).await.is_err() {
                    break;
                }
            }
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => break,
        }
    }
    Ok(Value::Null)
}

/// The actions with their descriptions and schemas, as the charm declares them and Juju completes them.
pub fn actions(controller: &Controller, application: &str) -> Answer {
    let application = find_application(controller, application)?;
    let files = charm::files(&application.charm_dir).map_err(|error| chain(&error))?;
    let shown = files.actions.actions.iter().map(|(name, action)| {
        let description = match action.description.as_str() {
            "" => "No description",
            text => text,
        };
        let mut schema: Map<String, Value> = action.schema.clone();
        schema.insert("description".to_owned(), json!(description));
        schema.insert("title".to_owned(), json!(name));
        (name.to_string(), json!({ "description": description, "schema": schema }))
    });
    Ok(Value::Object(shown.collect()))
}

pub fn model_config(controller: &Controller) -> Answer {
    to_answer(controller.model.read(|model| settings::show(&model.settings)))
}

pub fn set_model_config(controller: &Controller, changes: &BTreeMap<String, String>) -> Answer {
    let settings = controller.model.read(|model| settings::set(&model.settings, changes))?;
    controller.model.change(|model| model.settings = settings);
    Ok(Value::Null)
}

fn full_status(controller: &Controller) -> FullStatus {
    controller.model.read(|model| FullStatus::of(model, OffsetDateTime::now_utc()))
}
