//! The verbs that show: status, log, units, actions, settings.

use serde_json::{Map, Value};

use super::{call, duration};
use crate::cli::arguments::{DebugLog, Format, Status};
use crate::cli::output::{complain, print, print_value};
use crate::cli::status_view::{Sections, render};
use crate::cli::table::{Lean, Paint, Table, printable};
use crate::cli::{Failure, Surroundings, follow, log_view};
use crate::daemon::connection::{Connection, ModelPlace};
use crate::daemon::protocol::{LogFilter, Reply, Request};
use crate::daemon::status::FullStatus;

pub fn status(arguments: &Status, place: &ModelPlace, surroundings: &Surroundings) -> Result<(), Failure> {
    let sections = Sections { relations: arguments.relations, storage: arguments.storage };
    if let Some(interval) = &arguments.watch {
        return follow::watch(place, sections, arguments.format, duration(interval)?, surroundings);
    }
    let status = call(place, &Request::Status)?;
    match arguments.format {
        Format::Json | Format::Yaml => print_value(&status, arguments.format),
        Format::Tabular | Format::Plain => {
            let status: FullStatus =
                serde_json::from_value(status).map_err(|error| Failure::Told(error.to_string()))?;
            print(&render(&status, sections, surroundings.paint()));
            Ok(())
        }
    }
}

pub fn debug_log(
    arguments: DebugLog,
    place: &ModelPlace,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    let DebugLog { replay, tail, no_tail, include, exclude, level, lines } = arguments;
    let filter = LogFilter {
        last: (!replay).then_some(lines),
        // As in Juju: without a terminal the log ends where it ends.
        follow: tail || (surroundings.terminal && !no_tail),
        include,
        exclude,
        level,
    };
    let mut answers = Connection::open(place)?.ask(&Request::Log(filter), place)?;
    loop {
        match answers.next_reply()? {
            Reply::Log(line) => print(&log_view::render(&line, surroundings.paint())),
            Reply::Done(_) => return Ok(()),
            _ => {}
        }
    }
}

pub fn show_units(units: &[String], format: Format, place: &ModelPlace) -> Result<(), Failure> {
    let mut shown = Map::new();
    for unit in units {
        shown.insert(unit.clone(), call(place, &Request::ShowUnit { unit: unit.clone() })?);
    }
    print_value(&shown, format)
}

/// The actions of an application: a table, or with `schema` what each one takes.
pub fn actions(
    application: String,
    schema: bool,
    format: Option<Format>,
    place: &ModelPlace,
) -> Result<(), Failure> {
    let format = format.unwrap_or(if schema { Format::Yaml } else { Format::Tabular });
    let is_table = matches!(format, Format::Tabular | Format::Plain);
    if schema && is_table {
        return Err(Failure::Usage("full schema not compatible with tabular output".to_owned()));
    }
    let nothing = format!("No actions defined for {application}.");
    let actions = call(place, &Request::Actions { application })?;
    let field = if schema { "schema" } else { "description" };
    let shown: Map<String, Value> = actions
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, action)| (name.clone(), action.get(field).cloned().unwrap_or_default()))
        .collect();
    if !is_table {
        return print_value(&shown, format);
    }
    if shown.is_empty() {
        complain(&nothing);
        return Ok(());
    }
    print(&action_table(&shown).render(Paint::Plain));
    Ok(())
}

/// A description of several lines goes on below itself.
fn action_table(descriptions: &Map<String, Value>) -> Table {
    let mut table = Table::new(&["Action", "Description"].map(|name| (name, Lean::Left)));
    for (name, description) in descriptions {
        let lines = description.as_str().unwrap_or_default().trim().lines();
        for (number, line) in lines.enumerate() {
            let name = if number == 0 { name.as_str() } else { "" };
            table.push(vec![name.into(), printable(line).into()]);
        }
    }
    table
}

pub fn settings(settings: &Value, format: Format) -> Result<(), Failure> {
    if matches!(format, Format::Json | Format::Yaml) {
        return print_value(settings, format);
    }
    let mut table = Table::new(&["Attribute", "Value"].map(|name| (name, Lean::Left)));
    for (name, value) in settings.as_object().into_iter().flatten() {
        table.push([name.as_str(), value.as_str().unwrap_or_default()].map(Into::into).into());
    }
    print(&table.render(Paint::Plain));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_long_description_goes_on_below_itself() {
        let descriptions = json!({"back-up": "Saves all of it.\nTakes long.\n", "stop": "No description"});
        insta::assert_snapshot!(action_table(descriptions.as_object().unwrap()).render(Paint::Plain), @r"
        Action   Description
        back-up  Saves all of it.
                 Takes long.
        stop     No description
        ");
    }
}
