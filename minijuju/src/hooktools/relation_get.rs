//! `relation-get`: reads a databag.

use sidecharm::juju::names::{ApplicationName, UnitName};

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::relation_list::RELATION;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;

pub(super) const TOOL: Tool = Tool {
    name: "relation-get",
    arguments: "<key> <unit id>",
    arguments_in_relation: Some("[<key> [<unit id>]]"),
    summary: "get relation settings",
    printing: Printing::Smart,
    flags: &[
        RELATION,
        Flag {
            names: &["app"],
            kind: Kind::Bool,
            help: "Get the relation data for the overall application, not just a unit",
        },
    ],
    run,
};

/// Whose bag is read.
enum Target {
    Unit(UnitName),
    /// Whatever was given for an application; a bad name is found out when it is read.
    Application(String),
}

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let relation = call.relation(options)?;
    let mut arguments = options.arguments.iter();
    let key = arguments.next().map_or("", String::as_str);
    let target = target(call, options, arguments.next())?;
    no_more(options.arguments.get(2..).unwrap_or_default())?;
    let bag = match &target {
        Target::Unit(unit) => call.context.unit_bag(call.model, relation, unit)?,
        Target::Application(name) if ApplicationName::parse(name).is_err() => {
            return Err(ToolError::failed("\"\" is not a valid unit or application"));
        }
        Target::Application(name) => call.context.application_bag(call.model, relation, name)?,
    };
    Ok(Output::Value(match key {
        "" | "-" => Value::text_map(&bag),
        key => bag.get(key).map_or(Value::Null, Value::text),
    }))
}

fn target(call: &Call<'_>, options: &Options, given: Option<&String>) -> Result<Target, ToolError> {
    let app = options.is_on("app");
    match given {
        Some(name) if app => {
            // A unit stands for its application, whether it exists or not.
            let application = UnitName::parse(name).map(|unit| unit.application().to_string());
            Ok(Target::Application(application.unwrap_or_else(|_| name.clone())))
        }
        Some(name) => match UnitName::parse(name) {
            Ok(unit) => Ok(Target::Unit(unit)),
            Err(_) if ApplicationName::parse(name).is_ok() => {
                Err(ToolError::Usage(format!("expected unit name, got application name {}", quote(name))))
            }
            Err(_) => Err(ToolError::Usage(format!("invalid unit name {}", quote(name)))),
        },
        None => match (call.context.remote_unit(), call.context.remote_application()) {
            (Some(unit), _) if !app => Ok(Target::Unit(unit.clone())),
            (_, Some(application)) => Ok(Target::Application(application.to_owned())),
            (_, None) => Err(ToolError::usage("no unit or application specified")),
        },
    }
}
