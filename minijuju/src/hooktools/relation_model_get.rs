//! `relation-model-get`: the model of the other side of a relation (3.6.2).

use super::call::{Call, no_more};
use super::flags::Options;
use super::relation_list::RELATION;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "relation-model-get",
    arguments: "",
    arguments_in_relation: None,
    summary: "Get details about the model hosting a related application",
    printing: Printing::Smart,
    flags: &[RELATION],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    call.relation(options)?;
    no_more(&options.arguments)?;
    // There are no relations across models here: it is always this one.
    Ok(Output::Value(Value::map([("uuid", Value::text(&call.model.uuid))])))
}
