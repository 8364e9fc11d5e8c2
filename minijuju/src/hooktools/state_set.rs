//! `state-set`: writes the charm's own state, at the flush.

use super::call::Call;
use super::flags::Options;
use super::pairs;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "state-set",
    arguments: "key=value [key=value ...]",
    arguments_in_relation: None,
    summary: "set server-side-state values",
    printing: Printing::Plain,
    flags: &[pairs::FILE],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let settings = pairs::from_arguments(&options.arguments)?;
    let settings = pairs::with_file(call, options, settings)?;
    for (key, value) in &settings {
        call.context.set_state(call.model, key, value).map_err(ToolError::Failed)?;
    }
    Ok(Output::Nothing)
}
