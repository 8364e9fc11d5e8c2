//! `juju-log`: a line for the model's log.

use super::call::Call;
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};
use crate::controller::log::Level;

pub(super) const TOOL: Tool = Tool {
    name: "juju-log",
    arguments: "<message>",
    arguments_in_relation: None,
    summary: "write a message to the juju log",
    printing: Printing::Ignored,
    flags: &[
        Flag { names: &["debug"], kind: Kind::Bool, help: "log at debug level" },
        Flag { names: &["l", "log-level"], kind: Kind::Text, help: "Send log message at the given level" },
    ],
    run,
};

/// The logger's name behind the unit's.
const LOGGER: &str = "juju-log";

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    if options.arguments.is_empty() {
        return Err(ToolError::usage("no message specified"));
    }
    let mut message = options.arguments.join(" ");
    let known = call.context.relation().and_then(|number| call.context.known_relation(number));
    if let Some(known) = known {
        message = format!("{}: {message}", known.id);
    }
    let name = options.text("log-level");
    let level = if options.is_on("debug") { Some(Level::Debug) } else { level(name) };
    match level {
        Some(level) => call.context.log(level, LOGGER, message, call.now),
        // Juju's logger has this level for "inherit", and drops what is sent at it.
        None if name.eq_ignore_ascii_case("unspecified") => {}
        None => {
            let warning = format!("Specified log level of {} is not valid", quote(name));
            call.context.log(Level::Warning, LOGGER, warning, call.now);
            call.context.log(Level::Info, LOGGER, message, call.now);
        }
    }
    Ok(Output::Nothing)
}

fn level(name: &str) -> Option<Level> {
    match name.to_ascii_uppercase().as_str() {
        "TRACE" => Some(Level::Trace),
        "DEBUG" => Some(Level::Debug),
        "INFO" | "" => Some(Level::Info),
        "WARN" | "WARNING" => Some(Level::Warning),
        "ERROR" => Some(Level::Error),
        "CRITICAL" => Some(Level::Critical),
        _ => None,
    }
}
