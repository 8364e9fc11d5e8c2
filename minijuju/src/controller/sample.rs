//! A small model for unit tests: `web` (web/0 leads, web/1) with the peer relation `cluster:0`, related as `db:1` to
//! `mysql` (mysql/0 leads).

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::PathBuf;

use sidecharm::juju::names::{ApplicationName, EndpointName, UnitName};
use time::OffsetDateTime;
use time::macros::datetime;

use super::application::{Application, Declared, Leadership};
use super::commit::address_keys;
use super::life::Life;
use super::model::Model;
use super::relation::{Databag, Relation, Role, Side};
use super::status::StatusInfo;
use super::unit::{AgentRecord, RelationRecord, Unit};

/// The time of the sample's events.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);

pub(crate) fn unit(name: &str) -> UnitName {
    UnitName::parse(name).unwrap()
}

pub(crate) fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The model, in which every unit has entered its relations and seen the others.
pub(crate) fn model() -> Model {
    let mut model = Model::empty("prod", "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11");
    add_application(&mut model, "web", Ipv4Addr::new(10, 0, 0, 1), &["web/0", "web/1"]);
    add_application(&mut model, "mysql", Ipv4Addr::new(10, 0, 0, 2), &["mysql/0"]);
    add_relation(&mut model, 0, &[("web", "cluster", Role::Peer)]);
    add_relation(&mut model, 1, &[("mysql", "server", Role::Provider), ("web", "db", Role::Requirer)]);
    model
}

fn add_application(model: &mut Model, name: &str, service: Ipv4Addr, units: &[&str]) {
    let name = ApplicationName::parse(name).unwrap();
    let application = Application {
        name: name.clone(),
        life: Life::Alive,
        charm_dir: PathBuf::new(),
        charm_url: format!("local:{name}-0"),
        charm_modified_version: 0,
        scale: 1,
        trust: false,
        options: BTreeMap::new(),
        option_defaults: BTreeMap::from([
            ("port".to_owned(), 8080.into()),
            ("title".to_owned(), serde_json::Value::Null),
        ]),
        bindings: BTreeSet::from(["cluster".to_owned(), "db".to_owned(), "juju-info".to_owned()]),
        declared: Declared::default(),
        status: None,
        workload_version: None,
        leader_settings: BTreeMap::new(),
        leadership: Leadership { leader: units.first().map(|name| unit(name)), settings_version: 0 },
        service_address: Some(service),
        resources: BTreeMap::new(),
    };
    model.applications.insert(name, application);
    for name in units {
        let name = unit(name);
        let unit = Unit {
            name: name.clone(),
            life: Life::Alive,
            address: Some(Ipv4Addr::new(10, 1, 0, u8::try_from(name.number()).unwrap())),
            workload_status: StatusInfo::new("waiting", "agent initialising", NOW),
            agent_status: StatusInfo::new("executing", "", NOW),
            agent_gone: false,
            workload_version: None,
            ports: BTreeSet::new(),
            charm_state: None,
            agent: AgentRecord::default(),
        };
        model.units.insert(name, unit);
    }
}

fn add_relation(model: &mut Model, number: u32, sides: &[(&str, &str, Role)]) {
    let side = |(application, endpoint, role): &(&str, &str, Role)| Side {
        application: ApplicationName::parse(application).unwrap(),
        endpoint: EndpointName::parse(endpoint).unwrap(),
        role: *role,
        bag: Databag::default(),
        units: BTreeMap::new(),
    };
    let mut relation = Relation {
        number,
        interface: "sample".to_owned(),
        life: Life::Alive,
        suspended: false,
        status: StatusInfo::new("joining", "", NOW),
        sides: sides.iter().map(side).collect(),
    };
    let names: Vec<UnitName> = model.units.keys().cloned().collect();
    for name in &names {
        let keys = address_keys(model, name);
        relation.enter_scope(name, &keys, name.number() == 0, NOW);
    }
    for name in &names {
        let Some(remote) = relation.remote_side(&name.application()) else { continue };
        let members =
            remote.units.keys().filter(|member| *member != name).map(|member| (member.clone(), 1)).collect();
        let record = RelationRecord { created: true, members, ..RelationRecord::default() };
        model.units.get_mut(name).unwrap().agent.relations.insert(number, record);
    }
    model.relations.insert(number, relation);
}
