//! `status-get`: the unit's status, or the application's with those of its units.

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;
use crate::controller::status::{self, StatusInfo};

pub(super) const TOOL: Tool = Tool {
    name: "status-get",
    arguments: "",
    arguments_in_relation: None,
    summary: "print status information",
    printing: Printing::Smart,
    flags: &[
        Flag { names: &["include-data"], kind: Kind::Bool, help: "print all status data" },
        Flag {
            names: &["application"],
            kind: Kind::Bool,
            help: "print status for all units of this application if this unit is the leader",
        },
    ],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(&options.arguments)?;
    let data = options.is_on("include-data");
    if options.is_on("application") {
        return application(call, data, options.text("format"));
    }
    let Some(info) = call.context.unit_status(call.model) else { return Ok(Output::Value(Value::Null)) };
    // smart prints the bare word.
    if !data && matches!(options.text("format"), "" | "smart") {
        return Ok(Output::Value(Value::text(&info.status)));
    }
    Ok(Output::Value(Value::map(fields(info, data))))
}

fn application(call: &mut Call<'_>, data: bool, format: &str) -> Result<Output, ToolError> {
    if !call.context.is_leader(call.model) {
        return Err(ToolError::failed("finding application status: this unit is not the leader"));
    }
    let name = call.unit().application();
    let units = call.model.units.iter().filter(|(unit, _)| unit.application() == name);
    let units: Vec<(&str, &StatusInfo)> =
        units.map(|(name, unit)| (name.as_str(), &unit.workload_status)).collect();
    let set = call.model.applications.get(&name).and_then(|application| application.status.clone());
    let info = set.unwrap_or_else(|| {
        let infos: Vec<&StatusInfo> = units.iter().map(|(_, info)| *info).collect();
        status::derived(&infos, call.now)
    });
    if !data && matches!(format, "" | "smart") {
        return Ok(Output::Value(Value::text(&info.status)));
    }
    let units = units.into_iter().map(|(name, info)| (name.to_owned(), Value::map(fields(info, data))));
    let mut all = fields(&info, data);
    all.push(("units".to_owned(), Value::Map(units.collect())));
    Ok(Output::Value(Value::map([("application-status", Value::Map(all))])))
}

fn fields(info: &StatusInfo, data: bool) -> Vec<(String, Value)> {
    let mut fields = vec![("status".to_owned(), Value::text(&info.status))];
    if data {
        fields.push(("message".to_owned(), Value::text(&info.message)));
        fields.push(("status-data".to_owned(), Value::text_map(&info.data)));
    }
    fields
}
