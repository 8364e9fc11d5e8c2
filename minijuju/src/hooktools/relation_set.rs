//! `relation-set`: writes to the own databag, at the flush.

use super::call::Call;
use super::flags::{Flag, Kind, Options};
use super::pairs;
use super::relation_list::RELATION;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "relation-set",
    arguments: "key=value [key=value ...]",
    arguments_in_relation: None,
    summary: "set relation settings",
    printing: Printing::Ignored,
    flags: &[
        RELATION,
        pairs::FILE,
        Flag {
            names: &["app"],
            kind: Kind::Bool,
            help: "pick whether you are setting \"application\" settings or \"unit\" settings",
        },
    ],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let relation = call.relation(options)?;
    let settings = pairs::from_arguments(&options.arguments)?;
    let settings = pairs::with_file(call, options, settings)?;
    if !options.is_on("app") {
        let written = call.context.write_unit_bag(call.model, relation, &settings);
        written.map_err(|refusal| ToolError::Failed(format!("cannot read relation settings: {refusal}")))?;
        return Ok(Output::Nothing);
    }
    if !call.context.is_leader(call.model) {
        return Err(ToolError::failed("cannot write relation settings"));
    }
    let written = call.context.write_application_bag(call.model, relation, &settings);
    written.map_err(|refusal| {
        ToolError::Failed(format!("cannot read relation application settings: {refusal}"))
    })?;
    Ok(Output::Nothing)
}
