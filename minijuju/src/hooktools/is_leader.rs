//! `is-leader`: whether the unit leads its application.

use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "is-leader",
    arguments: "",
    arguments_in_relation: None,
    summary: "print application leadership status",
    printing: Printing::Smart,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(&options.arguments)?;
    Ok(Output::Value(Value::Bool(call.context.is_leader(call.model))))
}
