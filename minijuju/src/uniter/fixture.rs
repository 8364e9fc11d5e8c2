//! A model for the tests: applications `web` and `db`, related, with settled units.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use sidecharm::juju::metadata::{CharmFiles, Sources};
use sidecharm::juju::names::{ApplicationName, ContainerName, StorageId, UnitName};
use time::OffsetDateTime;
use time::macros::datetime;

use super::config_hash::Hashes;
use super::memory::Memory;
use super::operation::enter_scope;
use crate::controller::deploy::{Deployment, add_units, deploy};
use crate::controller::endpoints::{EndpointRef, integrate};
use crate::controller::model::Model;
use crate::controller::unit::{AgentRecord, Operation, RelationRecord, Step, Unit};
use crate::run::{Hook, RelationHook};

pub const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);
/// The peer relation of `web`, and its relation with `db`.
pub const PEERS: u32 = 0;
pub const DB: u32 = 1;

const WEB: &str = "{name: web, summary: s, description: d, peers: {cluster: {interface: p}}, \
                   requires: {db: {interface: kv}}, containers: {one: {}}, \
                   storage: {data: {type: filesystem, location: /srv}}}";
const STORE: &str =
    "{name: db, summary: s, description: d, provides: {db: {interface: kv}}, containers: {one: {}}}";

/// `web` with three units and `db` with two, nothing begun.
pub fn model() -> Model {
    let mut model = Model::empty("dev", "5e0a");
    for (metadata, units) in [(WEB, 3), (STORE, 2)] {
        put(&mut model, metadata, units);
    }
    let [web, db] = ["web:db", "db:db"].map(|text| EndpointRef::parse(text).unwrap());
    assert_eq!(integrate(&mut model, &web, &db, NOW), Ok(DB));
    model
}

/// The same with every unit settled: all that was due has run, and `web/0` and `db/0` lead.
pub fn settled() -> Model {
    let mut model = model();
    let units: Vec<UnitName> = model.units.keys().cloned().collect();
    for unit in &units {
        for number in numbers(&model, unit) {
            enter_scope(&mut model, unit, &mut Memory::default(), number, NOW);
        }
    }
    let snapshot = model.clone();
    for unit in model.units.values_mut() {
        settle(&snapshot, unit);
    }
    for (name, application) in &mut model.applications {
        application.leadership.leader = Some(UnitName::new(name, 0));
    }
    model
}

/// The memory of a settled unit's agent that has run since the relations came to be.
pub fn memory(model: &Model, name: &UnitName) -> Memory {
    let mut memory = Memory { leader: name.number() == 0, leader_settings: Some(0), ..Memory::default() };
    for number in numbers(model, name) {
        let known = crate::hooktools::memory::KnownRelation::learn(model, name, number).unwrap();
        memory.tools.relations.insert(number, known);
        memory.fresh_relations.insert(number);
    }
    memory
}

pub fn unit(text: &str) -> UnitName {
    UnitName::parse(text).unwrap()
}

pub fn application(text: &str) -> ApplicationName {
    ApplicationName::parse(text).unwrap()
}

pub fn container() -> ContainerName {
    ContainerName::parse("one").unwrap()
}

pub fn storage(text: &str) -> StorageId {
    StorageId::parse(text).unwrap()
}

pub fn record<'m>(model: &'m mut Model, name: &str) -> &'m mut AgentRecord {
    &mut model.units.get_mut(&unit(name)).unwrap().agent
}

/// A hook about a unit of a relation, or about the relation alone.
pub fn relation_hook(kind: RelationHook, relation: u32, remote: &str) -> Hook {
    let remote_application = remote.split('/').next().unwrap().to_owned();
    let remote_unit = remote.contains('/').then(|| unit(remote));
    Hook::Relation { kind, relation, remote_application, remote_unit, departing_unit: None }
}

pub fn operation(hook: Hook, step: Step) -> Operation {
    Operation { hook, step, bag_version: None }
}

fn numbers(model: &Model, unit: &UnitName) -> Vec<u32> {
    let own = model.relations.values().filter(|relation| relation.side(&unit.application()).is_some());
    own.map(|relation| relation.number).collect()
}

fn settle(model: &Model, unit: &mut Unit) {
    let application = &model.applications[&unit.name.application()];
    let record = &mut unit.agent;
    record.installed = true;
    record.started = true;
    record.status_set = true;
    record.leader = unit.name.number() == 0;
    Hashes::of(application).record(record);
    let own = model.storage.values().filter(|storage| storage.unit == unit.name);
    record.storage_attached = own.map(|storage| storage.id.clone()).collect();
    for (number, relation) in &model.relations {
        let Some(side) = relation.remote_side(&application.name) else { continue };
        let others = side.units.iter().filter(|(other, _)| **other != unit.name);
        let members = others.map(|(other, scope)| (other.clone(), scope.bag.version)).collect();
        let known = RelationRecord { created: true, members, ..RelationRecord::default() };
        record.relations.insert(*number, known);
    }
}

fn put(model: &mut Model, metadata: &str, units: u32) {
    let sources = Sources {
        metadata: Some(metadata),
        charmcraft: None,
        config: Some("{options: {port: {type: int, default: 80}}}"),
        actions: None,
        manifest: None,
    };
    let charm = CharmFiles::parse(&sources).unwrap();
    let name = charm.metadata.name.clone();
    let wanted = Deployment {
        name: name.clone(),
        charm: &charm,
        charm_dir: PathBuf::from("/charms/0"),
        charm_url: "local:x-0".to_owned(),
        units: 0,
        trust: false,
        options: BTreeMap::new(),
        resources: BTreeMap::new(),
        service_address: Ipv4Addr::new(10, 152, 183, 50),
        volumes: Path::new("/volumes"),
    };
    deploy(model, wanted, NOW).unwrap();
    add_units(model, &name, units, Path::new("/volumes"), NOW).unwrap();
}
