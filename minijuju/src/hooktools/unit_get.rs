//! `unit-get`: the unit's addresses (deprecated; network-get says more).

use std::net::Ipv4Addr;

use super::call::{Call, no_more};
use super::flags::Options;
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "unit-get",
    arguments: "<setting>",
    arguments_in_relation: None,
    summary: "print public-address or private-address",
    printing: Printing::Smart,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let setting = options.arguments.first().ok_or_else(|| ToolError::usage("no setting specified"))?;
    let unit = call.unit();
    let address: Option<Ipv4Addr> = match setting.as_str() {
        "private-address" => call.model.units.get(&unit).and_then(|unit| unit.address),
        // The Service's, which is all that is seen of a unit from outside its pod.
        "public-address" => {
            let application = call.model.applications.get(&unit.application());
            application.and_then(|application| application.service_address)
        }
        other => return Err(ToolError::Usage(format!("unknown setting {}", quote(other)))),
    };
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let address =
        address.ok_or_else(|| ToolError::Failed(format!("{} not found", setting.replace('-', " "))))?;
    Ok(Output::Value(Value::text(address.to_string())))
}
