//! The recorded states as models of ours, and the charm's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use minijuju::controller::action::{Action, ActionStatus};
use minijuju::controller::application::{Application, Declared, Leadership, Resource};
use minijuju::controller::life::Life;
use minijuju::controller::model::{Model, Settings};
use minijuju::controller::relation::{Databag, Relation, Role, Side, UnitScope};
use minijuju::controller::secret::{Consumer, Grant, ModelSecret, SecretOwner, SecretValues};
use minijuju::controller::status::StatusInfo;
use minijuju::controller::storage::StorageInstance;
use minijuju::controller::unit::{AgentRecord, OpenedPort, RelationRecord, Unit};
use minijuju::hooktools::memory::{AgentMemory, KnownRelation};
use minijuju::hooktools::surroundings::Surroundings;
use minijuju::run::{Hook, RelationHook, Run, StorageHook};
use serde_json::{Map, Value as Json};
use sidecharm::juju::names::{ApplicationName, EndpointName, RelationId, SecretId, StorageId, UnitName};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

use super::record::{Record, Recordings};

type State = Map<String, Json>;

/// The time of every call.
pub const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);
/// The statuses of the recordings are as old as this.
const SINCE: OffsetDateTime = datetime!(2024-05-06 07:08:09 UTC);
/// The only action there is.
const TASK: u64 = 12;

/// A state, ready for a hook.
pub struct Prepared {
    pub model: Model,
    pub memory: AgentMemory,
    pub run: Run,
}

/// Builds the state of a record. What the recording's controller told a single tool only, is put in for that tool.
pub fn prepare(recordings: &Recordings, record: &Record) -> Prepared {
    let state = recordings.state(&record.state);
    let mut model = model(&state);
    let mut memory = AgentMemory::default();
    for relation in array(&state, "relations") {
        add_relation(&mut model, &mut memory, relation.as_object().unwrap());
    }
    for secret in array(&state, "secrets") {
        add_secret(&mut model, secret.as_object().unwrap());
    }
    for storage in array(&state, "storage") {
        add_storage(&mut model, storage.as_object().unwrap());
    }
    match record.tool.as_str() {
        "status-get" | "status-set" => {
            model.units.retain(|unit, _| matches!(unit.as_str(), "web/0" | "web/1"));
        }
        "goal-state" => make_goal_state(&mut model, state.get("goal-state").and_then(Json::as_str)),
        // Our bindings have addresses all or none.
        "network-get" if record.args.iter().flatten().any(|arg| arg == "admin-net") => {
            web(&mut model).service_address = None;
            model.units.get_mut(&unit()).unwrap().address = None;
        }
        // Our units are seen from outside through the Service alone.
        "unit-get" => {
            let public = state["public-address"].as_bool().unwrap().then(|| Ipv4Addr::new(203, 0, 113, 7));
            web(&mut model).service_address = public;
        }
        _ => {}
    }
    let run = run(&mut model, state["running"].as_object().unwrap());
    Prepared { model, memory, run }
}

/// The unit whose tools were recorded.
pub fn unit() -> UnitName {
    UnitName::parse("web/0").unwrap()
}

/// The agent's places, with the charm in a folder of the test's own.
pub fn surroundings(base: &Path) -> Surroundings {
    let kubernetes =
        [("KUBERNETES_PORT", "tcp://10.152.183.1:443"), ("KUBERNETES_SERVICE_HOST", "10.152.183.1")];
    Surroundings {
        base: base.to_owned(),
        tools: base.join("tools"),
        path: "/usr/bin:/bin".to_owned(),
        socket: format!("@{}/agent.socket", base.display()),
        api_addresses: "10.152.183.1:17070".to_owned(),
        cloud_api_version: "1.29.0".to_owned(),
        kubernetes: kubernetes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

/// Writes the charm's folder.
pub fn write_charm(recordings: &Recordings, dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    for (name, content) in &recordings.files {
        let bytes = match content {
            Json::String(text) => text.clone().into_bytes(),
            Json::Object(object) => match object.get("base64") {
                Some(encoded) => decode_base64(encoded.as_str().unwrap()),
                None => grown(object),
            },
            other => panic!("{name}: {other}"),
        };
        std::fs::write(dir.join(name), bytes).unwrap();
    }
}

/// Standard base64 with padding.
pub fn decode_base64(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> =
        text.chars().filter_map(|c| letters.find(c)).map(|digit| u32::try_from(digit).unwrap()).collect();
    let groups = digits.chunks(4).flat_map(|group| {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - group.len()));
        let [_, a, b, c] = bits.to_be_bytes();
        [a, b, c].into_iter().take(group.len() - 1)
    });
    groups.collect()
}

/// A long file, told by its size, its beginning, its end, and what fills it.
fn grown(object: &Map<String, Json>) -> Vec<u8> {
    let text = |name: &str| object[name].as_str().unwrap().as_bytes().to_vec();
    let size = usize::try_from(object["size"].as_u64().unwrap()).unwrap();
    let (mut bytes, end) = (text("starts"), text("ends"));
    while bytes.len() + end.len() < size {
        bytes.extend(text("then-repeats"));
    }
    bytes.extend(end);
    bytes
}

fn array<'s>(state: &'s State, key: &str) -> &'s [Json] {
    state[key].as_array().map_or(&[], Vec::as_slice)
}

fn texts(object: &Json) -> BTreeMap<String, String> {
    let entries = object.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn application_name(text: &str) -> ApplicationName {
    ApplicationName::parse(text).unwrap()
}

fn web(model: &mut Model) -> &mut Application {
    model.applications.get_mut(&application_name("web")).unwrap()
}

fn model(state: &State) -> Model {
    let name = application_name("web");
    let leads = state["leader"].as_bool().unwrap()
        && state
            .get("leadership")
            .and_then(Json::as_str)
            .is_none_or(|text| !text.contains("controller says not"));
    let leader = UnitName::parse(if leads { "web/0" } else { "web/1" }).unwrap();
    let resources = state["resources"].as_object().into_iter().flatten().map(|(name, resource)| {
        let path = PathBuf::from("/nowhere").join(resource["path"].as_str().unwrap());
        (name.clone(), Resource { path, revision: 1 })
    });
    let options = state["config"].as_object().unwrap();
    let application = Application {
        name: name.clone(),
        life: Life::Alive,
        charm_dir: PathBuf::new(),
        charm_url: "local:web-0".to_owned(),
        charm_modified_version: 0,
        scale: 4,
        trust: state["trust"].as_bool().unwrap(),
        options: BTreeMap::new(),
        option_defaults: options.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        bindings: ["cluster", "db", "website", "juju-info", "admin-net"].map(str::to_owned).into(),
        declared: Declared::default(),
        status: Some(StatusInfo::new("waiting", "app waits", SINCE)),
        workload_version: None,
        leader_settings: texts(&state["leader-settings"]),
        leadership: Leadership { leader: Some(leader), settings_version: 0 },
        service_address: Some(Ipv4Addr::new(10, 152, 183, 20)),
        resources: resources.collect(),
    };
    let mut model = Model {
        settings: Settings { agent_version: "3.6-beta2".to_owned(), ..Settings::default() },
        applications: BTreeMap::from([(name, application)]),
        ..Model::empty("prod", "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11")
    };
    for (number, status, message) in
        [(0, "active", "ready"), (1, "waiting", "for db"), (2, "active", ""), (10, "allocating", "")]
    {
        add_unit(&mut model, "web", number, StatusInfo::new(status, message, SINCE));
    }
    let current = model.units.get_mut(&unit()).unwrap();
    current.address = Some(Ipv4Addr::new(10, 1, 0, 12));
    current.workload_status.data = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    current.charm_state = state["charm-state"].is_object().then(|| texts(&state["charm-state"]));
    for (unit, endpoints) in state["ports"].as_object().into_iter().flatten() {
        let unit = model.units.get_mut(&UnitName::parse(unit).unwrap()).unwrap();
        unit.ports = endpoints
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(endpoint, ports)| opened(endpoint, ports))
            .collect();
    }
    model
}

fn opened(endpoint: &str, ports: &Json) -> Vec<OpenedPort> {
    let port = |port: &Json, key: &str| u16::try_from(port[key].as_u64().unwrap()).unwrap();
    let ports = ports.as_array().unwrap().iter().map(|range| OpenedPort {
        endpoint: endpoint.to_owned(),
        protocol: range["protocol"].as_str().unwrap().to_owned(),
        from: port(range, "from-port"),
        to: port(range, "to-port"),
    });
    ports.collect()
}

fn add_unit(model: &mut Model, application: &str, number: u32, status: StatusInfo) {
    let name = UnitName::new(&application_name(application), number);
    let unit = Unit {
        name: name.clone(),
        life: Life::Alive,
        address: None,
        workload_status: status,
        agent_status: StatusInfo::new("idle", "", SINCE),
        agent_gone: false,
        workload_version: None,
        ports: BTreeSet::new(),
        charm_state: None,
        agent: AgentRecord::default(),
    };
    model.units.insert(name, unit);
}

fn add_relation(model: &mut Model, memory: &mut AgentMemory, relation: &Map<String, Json>) {
    let text = |key: &str| relation[key].as_str().unwrap();
    let id = RelationId::parse(text("id")).unwrap();
    let life = if text("life") == "dying" { Life::Dying } else { Life::Alive };
    let suspended = relation["suspended"].as_bool().unwrap();
    let known = KnownRelation {
        id: id.clone(),
        remote_application: text("remote-app").to_owned(),
        life,
        suspended,
        unit_bags: BTreeMap::new(),
    };
    memory.relations.insert(id.number(), known);
    let members = relation["members-seen"].as_array().into_iter().flatten();
    let members = members.map(|unit| (UnitName::parse(unit.as_str().unwrap()).unwrap(), 1)).collect();
    let record = RelationRecord { created: true, members, ..RelationRecord::default() };
    model.units.get_mut(&unit()).unwrap().agent.relations.insert(id.number(), record);
    if relation["unknown-to-controller"].as_bool().unwrap() {
        return;
    }
    let role = match text("role") {
        "peer" => Role::Peer,
        "requirer" => Role::Requirer,
        _ => Role::Provider,
    };
    let mut sides = vec![side(relation, "web", id.endpoint().as_str(), role)];
    if role != Role::Peer {
        let other = if role == Role::Requirer { Role::Provider } else { Role::Requirer };
        sides.push(side(relation, text("remote-app"), text("remote-endpoint"), other));
    }
    let relation = Relation {
        number: id.number(),
        interface: text("interface").to_owned(),
        life,
        suspended,
        status: StatusInfo::new("joined", "", SINCE),
        sides,
    };
    model.relations.insert(id.number(), relation);
}

fn side(relation: &Map<String, Json>, application: &str, endpoint: &str, role: Role) -> Side {
    let application = application_name(application);
    let bag = |data: &Json| Databag { version: 1, data: texts(data) };
    let units = relation["unit-bags"].as_object().into_iter().flatten().filter_map(|(unit, data)| {
        let unit = UnitName::parse(unit).unwrap();
        let scope = UnitScope { in_scope: true, bag: bag(data) };
        (unit.application() == application).then_some((unit, scope))
    });
    Side {
        endpoint: EndpointName::parse(endpoint).unwrap(),
        role,
        bag: bag(&relation["app-bags"][application.as_str()]),
        units: units.collect(),
        application,
    }
}

fn add_secret(model: &mut Model, secret: &Map<String, Json>) {
    let text = |key: &str| secret[key].as_str().unwrap_or_default();
    let time = |key: &str| secret[key].as_str().map(|text| OffsetDateTime::parse(text, &Rfc3339).unwrap());
    let id = SecretId::parse(text("id")).unwrap();
    let owner = match text("owner").split_once('-').unwrap() {
        ("application", name) => SecretOwner::Application(application_name(name)),
        ("unit", _) => SecretOwner::Unit(unit()),
        _ => SecretOwner::Model,
    };
    let mut grants: BTreeSet<Grant> = secret["grants"].as_array().into_iter().flatten().map(grant).collect();
    let ours = matches!(&owner, SecretOwner::Application(name) if name.as_str() == "web");
    if secret["this-unit-may-read"].as_bool().unwrap() && !ours && !matches!(owner, SecretOwner::Unit(_)) {
        let relation = (owner != SecretOwner::Model).then_some(1);
        grants.insert(Grant { target: "web".to_owned(), relation });
    }
    let tracked = secret.get("tracked-by-this-unit").map(|tracked| {
        let revision = u32::try_from(tracked["revision"].as_u64().unwrap()).unwrap();
        (unit(), Consumer { label: tracked["label"].as_str().unwrap().to_owned(), revision })
    });
    let revisions = secret["revisions-base64"].as_object().unwrap().iter();
    let secret = ModelSecret {
        id: id.clone(),
        owner,
        label: text("label").to_owned(),
        description: text("description").to_owned(),
        rotate: text("rotate").to_owned(),
        next_rotate: time("next-rotate"),
        expire: time("expire"),
        revisions: revisions
            .map(|(number, content)| (number.parse().unwrap(), SecretValues(texts(content))))
            .collect(),
        grants,
        consumers: tracked.into_iter().collect(),
        auto_prune: false,
        created: None,
        updated: None,
    };
    model.secrets.insert(id, secret);
}

fn grant(grant: &Json) -> Grant {
    assert_eq!(grant["scope-tag"], "relation-web.db#mysql.server");
    let target = match grant["target-tag"].as_str().unwrap() {
        "unit-mysql-0" => "mysql/0",
        "application-mysql" => "mysql",
        other => panic!("{other}"),
    };
    Grant { target: target.to_owned(), relation: Some(1) }
}

fn add_storage(model: &mut Model, storage: &Map<String, Json>) {
    let text = |key: &str| storage[key].as_str().unwrap();
    let id = StorageId::parse(text("id")).unwrap();
    let instance = StorageInstance {
        id: id.clone(),
        unit: unit(),
        kind: text("kind").to_owned(),
        location: text("location").to_owned(),
        source: PathBuf::new(),
        life: if text("life") == "dying" { Life::Dying } else { Life::Alive },
        provisioned: storage["provisioned"].as_bool().unwrap(),
    };
    // What is dying and still there was attached, and has not been detached yet.
    if instance.life == Life::Dying {
        model.units.get_mut(&unit()).unwrap().agent.storage_attached.insert(id.clone());
    }
    model.storage.insert(id, instance);
}

/// What the recording's controller answered for goal-state: it had other relations and statuses than the rest.
fn make_goal_state(model: &mut Model, text: Option<&str>) {
    if text.is_some_and(|text| text.starts_with("only web/0")) {
        model.units.retain(|unit, _| unit.as_str() == "web/0");
        return;
    }
    model.relations.retain(|number, _| [1, 2, 4].contains(number));
    model.relations.get_mut(&4).unwrap().status.status = "joining".to_owned();
    let units = &mut model.units;
    units.get_mut(&UnitName::parse("web/1").unwrap()).unwrap().workload_status.since =
        datetime!(2024-05-06 9:00 +2);
    units.get_mut(&UnitName::parse("web/2").unwrap()).unwrap().life = Life::Dying;
    for number in [0, 1] {
        add_unit(model, "mysql", number, StatusInfo::new("active", "", SINCE));
    }
}

fn run(model: &mut Model, running: &Map<String, Json>) -> Run {
    let text = |key: &str| running.get(key).and_then(Json::as_str).unwrap_or_default();
    let unit_named = |key: &str| UnitName::parse(text(key)).ok();
    let relation = running.get("relation-id").and_then(Json::as_u64).map(|id| u32::try_from(id).unwrap());
    if running.contains_key("juju-exec") {
        let remote_unit = unit_named("remote-unit-given");
        return Run::Exec { action: None, command: String::new(), relation, remote_unit };
    }
    if running.contains_key("action") {
        let action = Action {
            id: TASK,
            unit: unit(),
            name: text("action").to_owned(),
            parameters: running["params"].as_object().cloned().unwrap_or_default(),
            status: ActionStatus::Running,
            message: String::new(),
            results: Map::new(),
            log: Vec::new(),
            cancelled: false,
        };
        model.actions.insert(TASK, action);
        return Run::Action { id: TASK };
    }
    Run::Hook(match text("kind") {
        "update-status" => Hook::UpdateStatus,
        "config-changed" => Hook::ConfigChanged,
        "storage-attached" => {
            let storage = StorageId::parse(text("storage-id")).unwrap();
            Hook::Storage { kind: StorageHook::Attached, storage }
        }
        kind => Hook::Relation {
            kind: relation_hook(kind),
            relation: relation.unwrap(),
            remote_application: text("remote-app").to_owned(),
            remote_unit: unit_named("remote-unit"),
            departing_unit: unit_named("departing-unit"),
        },
    })
}

/// `relation-changed` and the like.
pub fn relation_hook(kind: &str) -> RelationHook {
    match kind {
        "relation-created" => RelationHook::Created,
        "relation-joined" => RelationHook::Joined,
        "relation-changed" => RelationHook::Changed,
        "relation-departed" => RelationHook::Departed,
        "relation-broken" => RelationHook::Broken,
        other => panic!("no such hook: {other}"),
    }
}
