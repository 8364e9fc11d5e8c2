//! `juju-reboot`: asks for a reboot of the machine, of which a Kubernetes unit has none: the hook fails at its end.

use super::call::{Call, no_more};
use super::context::Reboot;
use super::effect::Effect;
use super::flags::{Flag, Kind, Options};
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "juju-reboot",
    arguments: "",
    arguments_in_relation: None,
    summary: "Reboot the host machine",
    printing: Printing::Plain,
    flags: &[Flag {
        names: &["now"],
        kind: Kind::Bool,
        help: "reboot immediately, killing the invoking process",
    }],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(&options.arguments)?;
    if call.context.action_id().is_some() {
        return Err(ToolError::failed("juju-reboot is not supported when running an action."));
    }
    if options.is_on("now") {
        call.context.request_reboot(Reboot::Now);
        call.context.did(Effect::KillHook);
    } else {
        call.context.request_reboot(Reboot::AfterRun);
    }
    Ok(Output::Nothing)
}
