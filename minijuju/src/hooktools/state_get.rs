//! `state-get`: the charm's own state.

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "state-get",
    arguments: "[<key>]",
    arguments_in_relation: None,
    summary: "print server-side-state value",
    printing: Printing::Smart,
    flags: &[Flag {
        names: &["strict"],
        kind: Kind::Bool,
        help: "Return an error if the requested key does not exist",
    }],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let key = options.arguments.first().map_or("", String::as_str);
    let state = call.context.charm_state(call.model);
    if matches!(key, "" | "-") {
        let all = Value::text_map(state);
        // A state without keys is Go's nil map.
        let json = if state.is_empty() { Value::Null } else { all.clone() };
        return Ok(Output::Forms { json, yaml: all });
    }
    match state.get(key) {
        Some(value) => Ok(Output::Value(Value::text(value))),
        None if options.is_on("strict") => Err(ToolError::Failed(format!("{} not found", quote(key)))),
        None => Ok(Output::Value(Value::text(""))),
    }
}
