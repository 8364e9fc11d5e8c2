//! The verbs that show: status, log, units, secrets, settings.

use serde_json::{Map, Value};

use super::{call, duration};
use crate::cli::arguments::{DebugLog, Format, Status};
use crate::cli::output::{print, print_value};
use crate::cli::status_view::{Sections, render};
use crate::cli::table::{Lean, Table};
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

pub fn secrets(format: Format, place: &ModelPlace, surroundings: &Surroundings) -> Result<(), Failure> {
    let secrets = call(place, &Request::Secrets)?;
    if matches!(format, Format::Json | Format::Yaml) {
        return print_value(&secrets, format);
    }
    let mut table =
        Table::new(&["ID", "Name", "Owner", "Rotation", "Revision"].map(|name| (name, Lean::Left)));
    for (id, secret) in secrets.as_object().into_iter().flatten() {
        let text = |name: &str| match secret.get(name) {
            None | Some(Value::Null) => "-".to_owned(),
            Some(Value::String(text)) if text.is_empty() => "-".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let cells = [id.clone(), text("label"), text("owner"), text("rotation"), text("revision")];
        table.push(cells.map(Into::into).into());
    }
    print(&table.render(surroundings.paint()));
    Ok(())
}

pub fn settings(settings: &Value, format: Format) -> Result<(), Failure> {
    if matches!(format, Format::Json | Format::Yaml) {
        return print_value(settings, format);
    }
    let mut table = Table::new(&["Attribute", "Value"].map(|name| (name, Lean::Left)));
    for (name, value) in settings.as_object().into_iter().flatten() {
        table.push([name.as_str(), value.as_str().unwrap_or_default()].map(Into::into).into());
    }
    print(&table.render(crate::cli::table::Paint::Plain));
    Ok(())
}
