//! `storage-get`: what and where a storage instance is.

use sidecharm::juju::names::{StorageId, UnitName};

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;
use crate::controller::model::Model;
use crate::run::{Hook, Run};

pub(super) const TOOL: Tool = Tool {
    name: "storage-get",
    arguments: "[<key>]",
    arguments_in_relation: None,
    summary: "print information for storage instance with specified id",
    printing: Printing::Smart,
    flags: &[Flag { names: &["s"], kind: Kind::Storage, help: "specify a storage instance by id" }],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let given = options.get("s").and_then(|id| StorageId::parse(id).ok());
    let of_hook = match call.context.run() {
        Run::Hook(Hook::Storage { storage, .. }) => Some(storage.clone()),
        Run::Hook(_) | Run::Action { .. } | Run::Exec { .. } => None,
    };
    let id = given.or(of_hook).ok_or_else(|| ToolError::usage("no storage instance specified"))?;
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let instance = call.model.storage.get(&id);
    let instance = instance
        .ok_or_else(|| ToolError::Failed(format!("storage attachment {id}:{} not found", call.unit())))?;
    match options.arguments.first().map_or("", String::as_str) {
        "" => Ok(Output::Value(Value::map([
            ("kind", Value::text(&instance.kind)),
            ("location", Value::text(&instance.location)),
        ]))),
        "kind" => Ok(Output::Value(Value::text(&instance.kind))),
        "location" => Ok(Output::Value(Value::text(&instance.location))),
        other => Err(ToolError::Failed(format!("invalid storage attribute {}", quote(other)))),
    }
}

/// Judges a storage id given with `-s`: its form, and whether the unit has it, provisioned.
pub(super) fn check(model: &Model, unit: &UnitName, value: &str) -> Result<(), String> {
    let canonical =
        value.rsplit_once('/').is_some_and(|(_, number)| number == "0" || !number.starts_with('0'));
    let id = StorageId::parse(value).ok().filter(|_| canonical);
    let id = id.ok_or_else(|| format!("invalid storage ID {}", quote(value)))?;
    let instance = model.attached_storage(unit).find(|instance| instance.id == id);
    let instance = instance.ok_or_else(|| format!("storage attachment {id}:{unit} not found"))?;
    // A block device never gets into a pod's charm container.
    if instance.kind == "block" {
        return Err(format!("storage {id} not provisioned"));
    }
    if instance.provisioned {
        Ok(())
    } else {
        Err(format!("filesystem for storage {} not provisioned", quote(value)))
    }
}
