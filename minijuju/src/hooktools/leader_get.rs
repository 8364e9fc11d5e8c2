//! `leader-get`: the application's leader settings (before 4.0).

use super::call::{Call, no_more};
use super::flags::Options;
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "leader-get",
    arguments: "[<key>]",
    arguments_in_relation: None,
    summary: "print application leadership settings",
    printing: Printing::Smart,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let key = options.arguments.first().map_or("", String::as_str);
    if key.contains('=') {
        return Err(ToolError::Usage(format!("invalid key {}", quote(key))));
    }
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let application = call.model.applications.get(&call.unit().application());
    let settings = application.map(|application| application.leader_settings.clone()).unwrap_or_default();
    Ok(Output::Value(match key {
        "" | "-" => Value::text_map(&settings),
        key => settings.get(key).map_or(Value::Null, Value::text),
    }))
}
