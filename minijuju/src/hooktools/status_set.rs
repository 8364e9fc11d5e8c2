//! `status-set`: the unit's status, or the leader's for the application; at once.

use super::call::{Call, no_more};
use super::effect::Effect;
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::tool::{Output, Printing, Tool, ToolError};
use crate::controller::status::StatusInfo;

pub(super) const TOOL: Tool = Tool {
    name: "status-set",
    arguments: "<maintenance | blocked | waiting | active> [message]",
    arguments_in_relation: None,
    summary: "set status information",
    printing: Printing::Plain,
    flags: &[Flag {
        names: &["application"],
        kind: Kind::Bool,
        help: "set this status for the application to which the unit belongs if the unit is the leader",
    }],
    run,
};

const STATUSES: [&str; 4] = ["maintenance", "blocked", "waiting", "active"];

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let Some((status, rest)) = options.arguments.split_first() else {
        return Err(ToolError::usage("invalid args, require <status> [message]"));
    };
    if !STATUSES.contains(&status.as_str()) {
        let expected = STATUSES.join(" ");
        return Err(ToolError::Usage(format!(
            "invalid status {}, expected one of [{expected}]",
            quote(status)
        )));
    }
    no_more(rest.get(1..).unwrap_or_default())?;
    let message = rest.first().cloned().unwrap_or_default();
    let info = StatusInfo::new(status, &message, call.now);
    let unit = call.unit();
    if options.is_on("application") {
        if !call.context.is_leader(call.model) {
            return Err(ToolError::failed("this unit is not the leader"));
        }
        if let Some(application) = call.model.applications.get_mut(&unit.application()) {
            application.status = Some(info);
        }
        call.context.did(Effect::ApplicationStatus { status: status.clone(), message });
    } else {
        if let Some(unit) = call.model.units.get_mut(&unit) {
            unit.workload_status = info;
            unit.agent.status_set = true;
        }
        call.context.did(Effect::UnitStatus { status: status.clone(), message });
    }
    Ok(Output::Nothing)
}
