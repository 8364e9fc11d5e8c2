//! `action-log`: a progress line of the running action, at once.

use super::action_get::NO_ACTION;
use super::call::Call;
use super::effect::Effect;
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "action-log",
    arguments: "<message>",
    arguments_in_relation: None,
    summary: "record a progress message for the current action",
    printing: Printing::Plain,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    if options.arguments.is_empty() {
        return Err(ToolError::usage("no message specified"));
    }
    let id = call.context.action_id().ok_or_else(|| ToolError::failed(NO_ACTION))?;
    let message = options.arguments.join(" ");
    if let Some(action) = call.model.actions.get_mut(&id) {
        action.log.push(message.clone());
    }
    call.context.did(Effect::ActionLog(message));
    Ok(Output::Nothing)
}
