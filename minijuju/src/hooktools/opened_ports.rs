//! `opened-ports`: the unit's ports, with what waits to be opened or closed.

use std::collections::{BTreeMap, BTreeSet};

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::port::PortRange;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "opened-ports",
    arguments: "",
    arguments_in_relation: None,
    summary: "list all ports or port ranges opened by the unit",
    printing: Printing::Smart,
    flags: &[Flag {
        names: &["endpoints"],
        kind: Kind::Bool,
        help: "display the list of target application endpoints for each port range",
    }],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(&options.arguments)?;
    let mut ranges: BTreeMap<PortRange, BTreeSet<String>> = BTreeMap::new();
    for port in call.context.opened_ports(call.model) {
        ranges.entry(PortRange::of(&port)).or_default().insert(port.endpoint);
    }
    let lines = ranges.into_iter().map(|(range, endpoints)| {
        if !options.is_on("endpoints") {
            return range.to_string();
        }
        // Open for all beats whatever is open for some.
        let all = endpoints.contains("");
        let endpoints: Vec<String> = endpoints.into_iter().collect();
        format!("{range} ({})", if all { "*".to_owned() } else { endpoints.join(", ") })
    });
    Ok(Output::Value(Value::Texts(lines.collect())))
}
