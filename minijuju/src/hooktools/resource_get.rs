//! `resource-get`: fetches a resource into the charm's container and prints where it is.

use super::call::{Call, no_more};
use super::flags::Options;
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "resource-get",
    arguments: "<resource name>",
    arguments_in_relation: None,
    summary: "get the path to the locally cached resource file",
    printing: Printing::Plain,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let name = options.arguments.first().ok_or_else(|| ToolError::usage("missing required resource name"))?;
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let unit = call.unit();
    let application = call.model.applications.get(&unit.application());
    let resource = application.and_then(|application| application.resources.get(name));
    let found = resource.and_then(|resource| Some((resource, resource.path.file_name()?)));
    let Some((resource, file)) = found else {
        return Err(ToolError::Failed(missing(call, name)));
    };
    let path = call.context.surroundings().base.join("resources").join(name).join(file);
    Ok(Output::Download { path, stored: resource.path.clone() })
}

/// Juju's text, in which an empty name shows as the last part of the address.
fn missing(call: &Call<'_>, name: &str) -> String {
    let unit = call.unit();
    let host = call.context.surroundings().api_addresses.split(' ').next().unwrap_or_default().to_owned();
    let mut address = format!("https://{host}/units/{}/resources", unit.tag());
    if !name.is_empty() {
        address = format!("{address}/{name}");
    }
    let name = if name.is_empty() { "resources" } else { name };
    let resource = quote(&format!("{}/{name}", unit.application()));
    format!("could not download resource: HTTP request failed: Get {address}: resource {resource} not found")
}
