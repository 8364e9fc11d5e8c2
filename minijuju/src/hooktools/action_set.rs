//! `action-set`: results of the running action.

use super::action_get::NO_ACTION;
use super::call::Call;
use super::flags::Options;
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "action-set",
    arguments: "<key>=<value> [<key>=<value> ...]",
    arguments_in_relation: None,
    summary: "set action results",
    printing: Printing::Plain,
    flags: &[],
    run,
};

/// Results that only the agent sets.
const RESERVED: [&str; 4] = ["stdout", "stdout-encoding", "stderr", "stderr-encoding"];

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let mut results = Vec::new();
    for argument in &options.arguments {
        let Some((path, value)) = argument.split_once('=') else {
            let argument = quote(argument);
            return Err(ToolError::Usage(format!("argument {argument} must be of the form key...=value")));
        };
        let path: Vec<&str> = path.split('.').collect();
        path.iter().try_for_each(|key| check(key))?;
        results.push((path, value));
    }
    if results.is_empty() {
        return Ok(Output::Nothing);
    }
    if call.context.action_id().is_none() {
        return Err(ToolError::failed(NO_ACTION));
    }
    for (path, value) in results {
        call.context.set_result(&path, value);
    }
    Ok(Output::Nothing)
}

fn check(key: &str) -> Result<(), ToolError> {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = key.starts_with(alphanumeric)
        && key.ends_with(alphanumeric)
        && key.chars().all(|c| alphanumeric(c) || c == '-');
    if !good {
        return Err(ToolError::Usage(format!(
            "key {} must start and end with lowercase alphanumeric, and contain only lowercase alphanumeric, hyphens and periods",
            quote(key)
        )));
    }
    if RESERVED.contains(&key) {
        return Err(ToolError::Usage(format!("cannot set reserved action key {}", quote(key))));
    }
    Ok(())
}
