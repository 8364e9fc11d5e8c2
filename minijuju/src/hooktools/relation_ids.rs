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
    let endpoint = match options.arguments.split_first() {
        Some((name, rest)) => {
            no_more(rest)?;
            name.clone()
        }
        None => {
            let known = call.context.relation().and_then(|number| call.context.known_relation(number));
            known
                .map(|known| known.id.endpoint().to_string())
                .ok_or_else(|| ToolError::usage("no endpoint name specified"))?
        }
    };
    Ok(Output::Value(Value::Texts(call.context.relation_ids(&endpoint))))
}
