//! `open-port`: opens a port, at the flush.

use super::call::Call;
use super::flags::Options;
use super::port;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "open-port",
    arguments: port::ARGUMENTS,
    arguments_in_relation: None,
    summary: "register a request to open a port or port range",
    printing: Printing::Ignored,
    flags: &[port::ENDPOINTS],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    for port in port::requested(options)? {
        call.context.open_port(call.model, port);
    }
    Ok(Output::Nothing)
}
