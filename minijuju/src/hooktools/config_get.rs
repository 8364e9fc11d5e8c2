//! `config-get`: the charm's options.

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "config-get",
    arguments: "[<key>]",
    arguments_in_relation: None,
    summary: "print application configuration",
    printing: Printing::Smart,
    flags: &[Flag { names: &["a", "all"], kind: Kind::Bool, help: "print all keys" }],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let (key, rest) = match options.arguments.split_first() {
        Some((key, rest)) => (key.as_str(), rest),
        None => ("", options.arguments.as_slice()),
    };
    let all = options.is_on("all");
    if all && !key.is_empty() {
        return Err(ToolError::Usage(format!("cannot use argument --all together with key {}", quote(key))));
    }
    no_more(rest)?;
    let config = call.context.config();
    if !key.is_empty() {
        return Ok(Output::Value(config.get(key).map_or(Value::Null, Value::from)));
    }
    let shown = config.iter().filter(|(_, value)| all || !value.is_null());
    Ok(Output::Value(Value::map(shown.map(|(key, value)| (key, Value::from(value))))))
}
