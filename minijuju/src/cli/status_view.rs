//! A status as people read it: Juju's tables. Pure.

use super::table::{Cell, Lean, Look, Paint, Table, printable};
use crate::daemon::status::{ApplicationStatus, Current, FullStatus, UnitStatus};

/// What beside applications and units is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sections {
    pub relations: bool,
    pub storage: bool,
}

/// The tables of a status.
pub fn render(status: &FullStatus, sections: Sections, paint: Paint) -> String {
    let mut tables = vec![model(status)];
    if status.applications.is_empty() {
        let heading = tables.iter().map(|table| table.render(paint)).collect::<String>();
        return format!("{heading}\nModel \"{}\" is empty.\n", status.model.name);
    }
    tables.extend([applications(status), units(status)]);
    if sections.relations {
        tables.push(relations(status));
    }
    if sections.storage {
        tables.push(storage(status));
    }
    let tables = tables.iter().filter(|table| !table.is_empty()).map(|table| table.render(paint));
    tables.collect::<Vec<_>>().join("\n")
}

/// The look of a status word.
pub fn look(status: &str) -> Look {
    match status {
        "active" | "idle" | "attached" | "completed" => Look::Good,
        "blocked" | "error" | "failed" | "lost" | "terminated" => Look::Bad,
        "waiting" | "maintenance" | "allocating" | "executing" | "pending" | "running" => Look::Busy,
        _ => Look::Plain,
    }
}

fn left<const N: usize>(names: [&'static str; N]) -> [(&'static str, Lean); N] {
    names.map(|name| (name, Lean::Left))
}

fn model(status: &FullStatus) -> Table {
    let mut table = Table::new(&left(["Model", "Controller", "Cloud/Region", "Version", "SLA", "Timestamp"]));
    let model = &status.model;
    table.push(
        [
            &model.name,
            &model.controller,
            &model.cloud,
            &model.version,
            &model.sla,
            &status.controller.timestamp,
        ]
        .map(|text| Cell::from(text.as_str()))
        .into(),
    );
    table
}

fn applications(status: &FullStatus) -> Table {
    let mut table = Table::new(&[
        ("App", Lean::Left),
        ("Version", Lean::Left),
        ("Status", Lean::Left),
        ("Scale", Lean::Right),
        ("Charm", Lean::Left),
        ("Rev", Lean::Right),
        ("Address", Lean::Left),
        ("Message", Lean::Left),
    ]);
    for (name, application) in &status.applications {
        let current = &application.application_status;
        table.push(vec![
            name.as_str().into(),
            printable(&application.version).into(),
            word(current),
            scale(application).into(),
            application.charm_name.as_str().into(),
            application.charm_rev.to_string().into(),
            application.address.as_str().into(),
            printable(&current.message).into(),
        ]);
    }
    table
}

/// `3`, or `2/3` while units are missing.
fn scale(application: &ApplicationStatus) -> String {
    match u32::try_from(application.units.len()) {
        Ok(units) if units != application.scale => format!("{units}/{}", application.scale),
        _ => application.scale.to_string(),
    }
}

fn units(status: &FullStatus) -> Table {
    let mut table = Table::new(&left(["Unit", "Workload", "Agent", "Address", "Ports", "Message"]));
    let units = status.applications.values().flat_map(|application| &application.units);
    let mut units: Vec<_> = units.collect();
    // Juju sorts by number, not by text: 2 comes before 10.
    units.sort_by_key(|(name, _)| split_unit(name));
    for (name, unit) in units {
        table.push(unit_row(name, unit));
    }
    table
}

fn unit_row(name: &str, unit: &UnitStatus) -> Vec<Cell> {
    let mark = if unit.leader { "*" } else { "" };
    vec![
        format!("{name}{mark}").into(),
        word(&unit.workload_status),
        word(&unit.juju_status),
        unit.address.as_str().into(),
        unit.open_ports.join(",").into(),
        printable(&message(unit)).into(),
    ]
}

/// The workload's message, and in brackets what the agent is doing. Of a lost one the workload's message tells.
fn message(unit: &UnitStatus) -> String {
    let agent = match unit.juju_status.message.as_str() {
        "" => String::new(),
        _ if unit.juju_status.current == "lost" => String::new(),
        doing => format!("({doing})"),
    };
    let parts = [agent, unit.workload_status.message.clone()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn split_unit(name: &str) -> (&str, u32) {
    let (application, number) = name.split_once('/').unwrap_or((name, ""));
    (application, number.parse().unwrap_or(0))
}

fn relations(status: &FullStatus) -> Table {
    let mut table = Table::new(&left(["Integration provider", "Requirer", "Interface", "Type", "Message"]));
    let mut relations: Vec<_> = status.relations.iter().collect();
    relations.sort_by_key(|relation| (&relation.provider, &relation.requirer));
    for relation in relations {
        table.push(
            [&relation.provider, &relation.requirer, &relation.interface, &relation.kind, &relation.message]
                .map(|text| Cell::from(text.as_str()))
                .into(),
        );
    }
    table
}

fn storage(status: &FullStatus) -> Table {
    let mut table = Table::new(&left(["Storage Unit", "Storage ID", "Type", "Mountpoint", "Status"]));
    for filesystem in status.storage.filesystems.values() {
        table.push(vec![
            filesystem.unit.as_str().into(),
            filesystem.storage.as_str().into(),
            "filesystem".into(),
            filesystem.location.as_str().into(),
            word(&filesystem.status),
        ]);
    }
    table
}

fn word(status: &Current) -> Cell {
    Cell::new(status.current.as_str(), look(&status.current))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::status::tests::{empty_model, example};
    use time::macros::datetime;

    const ALL: Sections = Sections { relations: true, storage: true };

    #[test]
    fn a_model_is_shown_as_jujus_tables() {
        let status = FullStatus::of(&example(), datetime!(2026-11-25 10:20:30 UTC));
        insta::assert_snapshot!(render(&status, ALL, Paint::Plain), @r#"
        Model  Controller  Cloud/Region  Version  SLA          Timestamp
        demo   minijuju    localhost     3.6.9    unsupported  10:20:30Z

        App        Version  Status   Scale  Charm      Rev  Address     Message
        redis-k8s  7.0.15   waiting    2/3  redis-k8s    0  10.87.12.1  Waiting for the master
        web                 error        1  web          0              hook failed: "install"

        Unit          Workload  Agent      Address    Ports     Message
        redis-k8s/0*  active    idle       10.87.0.2  6379/tcp  master
        redis-k8s/10  waiting   executing  10.87.0.3            (running config-changed hook) Waiting for the master
        web/0         error     idle       10.87.0.4            hook failed: "install"

        Integration provider   Requirer               Interface    Type     Message
        redis-k8s:redis        web:cache              redis        regular
        redis-k8s:redis-peers  redis-k8s:redis-peers  redis-peers  peer

        Storage Unit  Storage ID  Type        Mountpoint                        Status
        redis-k8s/0   database/0  filesystem  /var/lib/juju/storage/database/0  attached
        "#);
    }

    #[test]
    fn a_lost_unit_says_it_once() {
        let mut model = example();
        model.units.values_mut().for_each(|unit| unit.agent_gone = true);
        let status = FullStatus::of(&model, datetime!(2026-11-25 10:20:30 UTC));
        insta::assert_snapshot!(units(&status).render(Paint::Plain), @r#"
        Unit          Workload  Agent  Address    Ports     Message
        redis-k8s/0*  unknown   lost   10.87.0.2  6379/tcp  agent lost, see 'juju show-status-log redis-k8s/0'
        redis-k8s/10  unknown   lost   10.87.0.3            agent lost, see 'juju show-status-log redis-k8s/10'
        web/0         error     lost   10.87.0.4            hook failed: "install"
        "#);
    }

    #[test]
    fn an_empty_model_says_so() {
        let status = FullStatus::of(&empty_model(), datetime!(2026-11-25 10:20:30 UTC));
        insta::assert_snapshot!(render(&status, ALL, Paint::Plain), @r#"
        Model  Controller  Cloud/Region  Version  SLA          Timestamp
        demo   minijuju    localhost     3.6.9    unsupported  10:20:30Z

        Model "demo" is empty.
        "#);
    }
}
