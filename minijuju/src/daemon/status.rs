//! The status of a model as Juju tells it, computed from the model. Pure. [`crate::cli`] renders it.
//!
//! The shape of the JSON is that of `juju status --format json`, as far as a model on one machine has something to say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{ApplicationName, UnitName};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::controller::application::Application;
use crate::controller::life::Life;
use crate::controller::model::Model;
use crate::controller::relation::{Relation, Role, Side};
use crate::controller::status::{StatusInfo, worst};
use crate::controller::unit::{OpenedPort, Unit};

/// How Juju writes a time in a status: `25 Nov 2026 19:26:01Z`.
const SINCE: &[BorrowedFormatItem<'_>] =
    format_description!("[day] [month repr:short] [year] [hour]:[minute]:[second]Z");
const CLOCK: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]:[second]Z");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullStatus {
    pub model: ModelStatus,
    /// Always empty here.
    pub machines: BTreeMap<String, String>,
    pub applications: BTreeMap<String, ApplicationStatus>,
    #[serde(default)]
    pub storage: StorageStatus,
    pub controller: ControllerStatus,
    /// Not in Juju's JSON, which has each relation at both its applications.
    pub relations: Vec<RelationStatus>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ModelStatus {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub controller: String,
    pub cloud: String,
    pub version: String,
    pub model_status: Current,
    pub sla: String,
}

/// One status, with its time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    pub current: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub since: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ApplicationStatus {
    pub charm: String,
    pub charm_origin: String,
    pub charm_name: String,
    pub charm_rev: u32,
    pub scale: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    pub exposed: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub life: String,
    pub application_status: Current,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relations: BTreeMap<String, Vec<RelatedApplication>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, UnitStatus>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RelatedApplication {
    pub related_application: String,
    pub interface: String,
    pub scope: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct UnitStatus {
    pub workload_status: Current,
    pub juju_status: Current,
    #[serde(default, skip_serializing_if = "is_false")]
    pub leader: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub life: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_ports: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    pub provider_id: String,
}

/// A row of the table of relations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationStatus {
    pub provider: String,
    pub requirer: String,
    pub interface: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageStatus {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filesystems: BTreeMap<String, FilesystemStatus>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesystemStatus {
    pub unit: String,
    pub storage: String,
    pub location: String,
    pub life: String,
    pub status: Current,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControllerStatus {
    pub timestamp: String,
}

impl FullStatus {
    /// Tells the status of a model at a time.
    pub fn of(model: &Model, now: OffsetDateTime) -> Self {
        let applications = model.applications.values();
        Self {
            model: ModelStatus {
                name: model.name.clone(),
                kind: "caas".to_owned(),
                controller: "minijuju".to_owned(),
                cloud: "localhost".to_owned(),
                version: model.settings.agent_version.clone(),
                model_status: Current { current: "available".to_owned(), ..Current::default() },
                sla: "unsupported".to_owned(),
            },
            machines: BTreeMap::new(),
            applications: applications
                .map(|application| (application.name.to_string(), application_status(model, application)))
                .collect(),
            storage: storage_status(model),
            controller: ControllerStatus { timestamp: now.format(CLOCK).unwrap_or_default() },
            relations: model.relations.values().filter_map(relation_status).collect(),
        }
    }
}

fn application_status(model: &Model, application: &Application) -> ApplicationStatus {
    let units = || model.units.values().filter(|unit| unit.name.application() == application.name);
    // What the leader said last holds until a leader says something else, also when no unit is left.
    let own_or_derived = application.status.as_ref().or_else(|| worst(units().map(recorded_workload)));
    let nothing = || Current { current: "unknown".to_owned(), ..Current::default() };
    // The version is the units': without any there is none.
    let version = units().next().and(application.workload_version.as_ref());
    let (name, revision) = charm_and_revision(&application.charm_url);
    ApplicationStatus {
        charm: application.charm_url.clone(),
        charm_origin: "local".to_owned(),
        charm_name: name.to_owned(),
        charm_rev: revision,
        scale: application.scale,
        address: application.service_address.map(|address| address.to_string()).unwrap_or_default(),
        exposed: false,
        life: life(application.life),
        application_status: own_or_derived.map_or_else(nothing, current),
        relations: related(model, &application.name),
        units: units().map(|unit| (unit.name.to_string(), unit_status(model, application, unit))).collect(),
        version: version.cloned().unwrap_or_default(),
    }
}

fn unit_status(model: &Model, application: &Application, unit: &Unit) -> UnitStatus {
    let mut agent = current(&unit.agent_status);
    let mut workload = current(recorded_workload(unit));
    if is_lost(unit) {
        if agent.current != "error" {
            "unknown".clone_into(&mut workload.current);
            workload.message = format!("agent lost, see 'juju show-status-log {}'", unit.name);
        }
        "lost".clone_into(&mut agent.current);
        "agent is not communicating with the server".clone_into(&mut agent.message);
    } else if agent.current == "error" {
        // Juju shows a failed hook as the workload's status.
        agent = Current { current: "idle".to_owned(), since: agent.since, ..Current::default() };
    }
    agent.version.clone_from(&model.settings.agent_version);
    UnitStatus {
        workload_status: workload,
        juju_status: agent,
        leader: is_leader(application, &unit.name),
        life: life(unit.life),
        open_ports: unit.ports.iter().map(port).collect(),
        address: unit.address.map(|address| address.to_string()).unwrap_or_default(),
        provider_id: unit.name.pod(),
    }
}

fn is_leader(application: &Application, unit: &UnitName) -> bool {
    application.leadership.leader.as_ref() == Some(unit)
}

fn recorded_workload(unit: &Unit) -> &StatusInfo {
    match unit.agent_status.status.as_str() {
        "error" => &unit.agent_status,
        _ => &unit.workload_status,
    }
}

/// Whether nobody is there to stand by what the unit said last. One that has not begun cannot be lost yet, and one that
/// has run its last hook is not missed.
fn is_lost(unit: &Unit) -> bool {
    let (agent, workload) = (&unit.agent_status, &unit.workload_status);
    let begins = match (agent.status.as_str(), workload.status.as_str()) {
        ("allocating", _) => true,
        ("executing", _) if agent.message == "running install hook" => true,
        (_, "maintenance") => workload.message == "installing charm software",
        (_, "waiting") => matches!(workload.message.as_str(), "installing agent" | "agent initialising"),
        _ => false,
    };
    unit.agent_gone && !unit.agent.removed && !begins
}

fn current(status: &StatusInfo) -> Current {
    Current {
        current: status.status.clone(),
        message: status.message.clone(),
        since: status.since.to_offset(time::UtcOffset::UTC).format(SINCE).unwrap_or_default(),
        version: String::new(),
    }
}

fn life(life: Life) -> String {
    match life {
        Life::Alive => "",
        Life::Dying => "dying",
        Life::Dead => "dead",
    }
    .to_owned()
}

/// `local:redis-k8s-0` is the charm `redis-k8s` and its revision 0.
fn charm_and_revision(url: &str) -> (&str, u32) {
    let name = url.strip_prefix("local:").unwrap_or(url);
    let (name, revision) = name.rsplit_once('-').unwrap_or((name, ""));
    (name, revision.parse().unwrap_or(0))
}

fn port(port: &OpenedPort) -> String {
    let OpenedPort { protocol, from, to, .. } = port;
    match protocol.as_str() {
        "icmp" => "icmp".to_owned(),
        _ if from == to => format!("{from}/{protocol}"),
        _ => format!("{from}-{to}/{protocol}"),
    }
}

fn related(model: &Model, application: &ApplicationName) -> BTreeMap<String, Vec<RelatedApplication>> {
    let mut related: BTreeMap<String, Vec<RelatedApplication>> = BTreeMap::new();
    for relation in model.relations.values() {
        for side in relation.sides.iter().filter(|side| side.application == *application) {
            let other = relation.sides.iter().find(|other| *other != side).unwrap_or(side);
            related.entry(side.endpoint.to_string()).or_default().push(RelatedApplication {
                related_application: other.application.to_string(),
                interface: relation.interface.clone(),
                scope: "global".to_owned(),
            });
        }
    }
    related
}

fn relation_status(relation: &Relation) -> Option<RelationStatus> {
    let end = |side: &Side| format!("{}:{}", side.application, side.endpoint);
    let requirer = relation.sides.iter().find(|side| side.role == Role::Requirer);
    let provider = relation.sides.first()?;
    let kind = if provider.role == Role::Peer { "peer" } else { "regular" };
    let message = match (relation.life, relation.suspended) {
        (Life::Alive, true) => "suspended",
        (Life::Alive, false) => "",
        (Life::Dying | Life::Dead, _) => "removing",
    };
    Some(RelationStatus {
        provider: end(provider),
        requirer: end(requirer.unwrap_or(provider)),
        interface: relation.interface.clone(),
        kind: kind.to_owned(),
        message: message.to_owned(),
    })
}

fn storage_status(model: &Model) -> StorageStatus {
    let filesystems = model.storage.values().map(|storage| {
        let current = if storage.provisioned { "attached" } else { "pending" };
        let status = FilesystemStatus {
            unit: storage.unit.to_string(),
            storage: storage.id.to_string(),
            location: storage.location.clone(),
            life: if storage.life == Life::Alive { "alive".to_owned() } else { life(storage.life) },
            status: Current { current: current.to_owned(), ..Current::default() },
        };
        (storage.id.to_string(), status)
    });
    StorageStatus { filesystems: filesystems.collect() }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
pub mod tests;
