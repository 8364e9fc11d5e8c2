//! `secret-remove`: removes a secret or one revision of it, at the flush.

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::secret_set::check_leader;
use super::secret_uri;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "secret-remove",
    arguments: "<ID>",
    arguments_in_relation: None,
    summary: "remove an existing secret",
    printing: Printing::Plain,
    flags: &[Flag { names: &["revision"], kind: Kind::Integer, help: "remove the specified revision" }],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let uri = options.arguments.first().ok_or_else(|| ToolError::usage("missing secret URI"))?;
    let id = secret_uri::parse(uri).map_err(ToolError::Usage)?;
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    check_leader(call, &id)?;
    // Zero and less stand for all revisions.
    let revision = options.integer("revision").filter(|revision| *revision > 0);
    call.context.remove_secret(id, revision.map(|revision| u32::try_from(revision).unwrap_or(u32::MAX)));
    Ok(Output::Nothing)
}
