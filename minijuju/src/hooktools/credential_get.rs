//! `credential-get`: the cloud's credential, which a Kubernetes model does not give out (Juju before 3.6.10).

use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "credential-get",
    arguments: "",
    arguments_in_relation: None,
    summary: "access cloud credentials",
    printing: Printing::Smart,
    flags: &[],
    run,
};

fn run(_call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(&options.arguments)?;
    Err(ToolError::failed(
        "cannot access cloud credentials: credential-get on a \"caas\" model not supported",
    ))
}
