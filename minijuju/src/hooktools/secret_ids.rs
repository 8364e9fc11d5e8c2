//! `secret-ids`: the secrets that the unit manages.

use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "secret-ids",
    arguments: "",
    arguments_in_relation: None,
    summary: "print secret IDs",
    printing: Printing::Smart,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(&options.arguments)?;
    let ids: Vec<String> = call.context.secret_infos().iter().map(|info| info.id.to_string()).collect();
    Ok(Output::Value(if ids.is_empty() { Value::NoTexts } else { Value::Texts(ids) }))
}
