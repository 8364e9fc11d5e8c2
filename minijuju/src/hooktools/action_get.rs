//! `action-get`: the parameters of the running action.

use serde_json::Value as Json;

use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "action-get",
    arguments: "[<key>[.<key>.<key>...]]",
    arguments_in_relation: None,
    summary: "get action parameters",
    printing: Printing::Smart,
    flags: &[],
    run,
};

/// What every action tool says in a hook.
pub(super) const NO_ACTION: &str = "not running an action";

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let parameters = call.context.action_parameters().ok_or_else(|| ToolError::failed(NO_ACTION))?;
    let Some(path) = options.arguments.first() else {
        return Ok(Output::Value(Value::map(
            parameters.iter().map(|(key, value)| (key, Value::from(value))),
        )));
    };
    let mut keys = path.split('.');
    let first = keys.next().and_then(|key| parameters.get(key));
    let found = keys.try_fold(first, |value, key| Some(value?.as_object()?.get(key))).flatten();
    Ok(Output::Value(found.map_or(Value::Null, |value: &Json| Value::from(value))))
}
