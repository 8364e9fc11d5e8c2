//! `storage-list`: the storage attached to the unit, provisioned or not.

use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "storage-list",
    arguments: "[<storage-name>]",
    arguments_in_relation: None,
    summary: "list storage attached to the unit",
    printing: Printing::Smart,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let name = options.arguments.first().map_or("", String::as_str);
    let unit = call.unit();
    let listed =
        call.model.attached_storage(&unit).filter(|instance| name.is_empty() || instance.id.name() == name);
    Ok(Output::Value(Value::Texts(listed.map(|instance| instance.id.to_string()).collect())))
}
