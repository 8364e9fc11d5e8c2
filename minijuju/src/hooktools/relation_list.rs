//! `relation-list`: the remote units of a relation, or its remote application.

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

/// The flag that names a relation.
pub(super) const RELATION: Flag =
    Flag { names: &["r", "relation"], kind: Kind::Relation, help: "Specify a relation by id" };

pub(super) const TOOL: Tool = Tool {
    name: "relation-list",
    arguments: "",
    arguments_in_relation: None,
    summary: "list relation units",
    printing: Printing::Smart,
    flags: &[
        RELATION,
        Flag {
            names: &["app"],
            kind: Kind::Bool,
            help: "List remote application instead of participating units",
        },
    ],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let relation = call.relation(options)?;
    no_more(&options.arguments)?;
    if options.is_on("app") {
        let known = call.context.known_relation(relation);
        return Ok(Output::Value(Value::text(known.map_or("", |known| &known.remote_application))));
    }
    Ok(Output::Value(Value::Texts(call.context.members(relation))))
}
