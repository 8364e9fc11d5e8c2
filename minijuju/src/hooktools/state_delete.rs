//! `state-delete`: deletes a key of the charm's own state, at the flush.

use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "state-delete",
    arguments: "<key>",
    arguments_in_relation: None,
    summary: "delete server-side-state key value pairs",
    printing: Printing::Plain,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    if let Some(key) = options.arguments.first() {
        call.context.delete_state(call.model, key);
    }
    Ok(Output::Nothing)
}
