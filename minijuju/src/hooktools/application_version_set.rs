//! `application-version-set`: the workload's version, at once.

use super::call::{Call, no_more};
use super::effect::Effect;
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "application-version-set",
    arguments: "<new-version>",
    arguments_in_relation: None,
    summary: "specify which version of the application is deployed",
    printing: Printing::Plain,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let version = options.arguments.first().ok_or_else(|| ToolError::usage("no version specified"))?;
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let name = call.unit();
    if let Some(unit) = call.model.units.get_mut(&name) {
        unit.workload_version = Some(version.clone());
    }
    if let Some(application) = call.model.applications.get_mut(&name.application()) {
        application.workload_version = Some(version.clone());
    }
    call.context.did(Effect::WorkloadVersion(version.clone()));
    Ok(Output::Nothing)
}
