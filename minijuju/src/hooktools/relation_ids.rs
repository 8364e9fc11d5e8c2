//! `relation-ids`: the relations of an endpoint.

use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "relation-ids",
    arguments: "<name>",
    arguments_in_relation: Some("[<name>]"),
    summary: "list all relation ids for the given endpoint",
    printing: Printing::Smart,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let current = call.context.relation().and_then(|number| call.context.known_relation(number));
    let current = current.map(|known| known.id.endpoint().to_string());
    let endpoint = options.arguments.first().cloned().or(current);
    let endpoint = endpoint.ok_or_else(|| ToolError::usage("no endpoint name specified"))?;
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    Ok(Output::Value(Value::Texts(call.context.relation_ids(&endpoint))))
}
