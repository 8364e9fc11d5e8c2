//! `action-fail`: the running action will have failed.

use super::action_get::NO_ACTION;
use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "action-fail",
    arguments: "[\"<failure message>\"]",
    arguments_in_relation: None,
    summary: "set action fail status with message",
    printing: Printing::Plain,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    if call.context.action_id().is_none() {
        return Err(ToolError::failed(NO_ACTION));
    }
    let given = options.arguments.first().map_or("", String::as_str);
    let default = "action failed without reason given, check action for errors";
    call.context.fail_action(if given.is_empty() { default } else { given });
    Ok(Output::Nothing)
}
