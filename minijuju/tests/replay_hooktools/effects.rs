//! Our effects in the words of the recordings.

use std::collections::{BTreeMap, BTreeSet};

use minijuju::controller::action::{ActionFinish, ActionStatus};
use minijuju::controller::commit::{HookChanges, SecretDetails};
use minijuju::controller::model::Model;
use minijuju::controller::secret::SecretOwner;
use minijuju::controller::unit::OpenedPort;
use minijuju::hooktools::effect::Effect;
use serde_json::{Map, Value as Json, json};
use sidecharm::juju::names::SecretId;
use time::format_description::well_known::Rfc3339;

use super::fixture::{NOW, unit};

/// An immediate effect.
pub fn immediate(effect: &Effect) -> Json {
    match effect {
        Effect::Log(line) if line.module.starts_with("unit.") => json!({
            "call": "log", "level": level(effect), "logger": line.module, "message": line.message
        }),
        Effect::Log(line) => json!({"call": "agent-log", "level": level(effect), "message": line.message}),
        Effect::UnitStatus { status, message } => {
            json!({"call": "set-unit-status", "status": status, "message": message})
        }
        Effect::ApplicationStatus { status, message } => {
            json!({"call": "set-application-status", "status": status, "message": message})
        }
        Effect::WorkloadVersion(version) => json!({"call": "set-workload-version", "version": version}),
        Effect::AgentStatus(status) => json!({"call": "set-agent-status", "status": status}),
        Effect::LeaderSettings(settings) => json!({"call": "leader-settings-merge", "settings": settings}),
        Effect::ActionLog(message) => json!({"call": "action-log", "message": message}),
        Effect::KillHook => json!({"call": "kill-hook-process"}),
        Effect::SecretContent(read) => {
            let mut object = json!({
                "call": "secret-content", "secret": read.secret, "revision-read": read.revision,
                "peek": read.peek, "refresh": read.refresh
            });
            let extra = [
                ("tracked-now", read.tracked.map(Json::from)),
                ("owner-label-set", read.owner_label.clone().map(Json::from)),
                ("consumer-label-set", read.consumer_label.clone().map(Json::from)),
            ];
            let extra = extra.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
            object.as_object_mut().unwrap().extend(extra);
            object
        }
    }
}

fn level(effect: &Effect) -> Json {
    let Effect::Log(line) = effect else { unreachable!() };
    serde_json::to_value(line.level).unwrap()
}

/// What a flush sends; bags as they are at its end.
pub fn flush(changes: &HookChanges, before: &Model) -> Json {
    let mut flush = Map::new();
    if changes.network_info {
        flush.insert("update-network-info".to_owned(), json!(true));
    }
    let bags: Map<String, Json> = changes
        .relations
        .iter()
        .map(|(number, bags)| {
            let mut bag = Map::new();
            if let Some(unit) = &bags.unit {
                bag.insert("unit".to_owned(), json!(unit));
            }
            if let Some(changed) = &bags.application {
                let committed = before.relations[number].side(&unit().application()).unwrap();
                let mut whole = committed.bag.data.clone();
                whole.extend(changed.clone());
                bag.insert("app".to_owned(), json!(whole));
            }
            (bags.id.to_string(), Json::Object(bag))
        })
        .collect();
    let mut put = |key: &str, value: Json| {
        let empty =
            value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
        if !empty && !value.is_null() {
            flush.insert(key.to_owned(), value);
        }
    };
    put("relation-bags", Json::Object(bags));
    put("charm-state", json!(changes.charm_state));
    put("open-ports", ports(&changes.open_ports));
    put("close-ports", ports(&changes.close_ports));
    let storage: Vec<String> =
        changes.add_storage.iter().map(|add| format!("{}={}", add.name, add.count)).collect();
    put("add-storage", json!(storage));
    put_secrets(&mut put, changes, before);
    Json::Object(flush)
}

fn put_secrets(put: &mut impl FnMut(&str, Json), changes: &HookChanges, before: &Model) {
    let creates: BTreeMap<&SecretId, Json> = changes
        .secret_creates
        .iter()
        .map(|(id, create)| {
            let mut object = details(&create.details);
            object.insert("owner".to_owned(), json!(owner(&create.owner)));
            object.insert("content-base64".to_owned(), json!(create.content));
            (id, Json::Object(object))
        })
        .collect();
    put("secret-create", json!(creates));
    let updates: BTreeMap<&SecretId, Json> = changes
        .secret_updates
        .iter()
        .map(|(id, update)| {
            let mut object = details(&update.details);
            if let Some(content) = &update.content {
                object.insert("content-base64".to_owned(), json!(content));
            }
            (id, Json::Object(object))
        })
        .collect();
    put("secret-update", json!(updates));
    put("secret-track-latest", json!(changes.secret_track_latest));
    let grants: Vec<Json> = changes
        .secret_grants
        .iter()
        .map(|grant| {
            let relation = before.relations.get(&grant.relation);
            let id = relation.and_then(|relation| relation.id(&unit().application()));
            // The recordings have one relation that only the agent knows.
            let scope = id.map_or_else(|| format!("website:{}", grant.relation), |id| id.to_string());
            json!({"role": "view", "scope": scope, "secret": grant.secret, "to": grant.to.tag()})
        })
        .collect();
    put("secret-grant", json!(grants));
    let revokes: Vec<Json> = changes
        .secret_revokes
        .iter()
        .map(|revoke| {
            let tag = revoke.from.tag();
            json!({"role": "", "scope": tag, "secret": revoke.secret, "to": tag})
        })
        .collect();
    put("secret-revoke", json!(revokes));
    let deletes: BTreeMap<&SecretId, Json> = changes
        .secret_deletes
        .iter()
        .map(|(id, revision)| (id, revision.map_or(json!("all"), |revision| json!([revision]))))
        .collect();
    put("secret-delete", json!(deletes));
}

/// The end of an action.
pub fn action_finish(finish: &ActionFinish) -> Json {
    let status = match finish.status {
        ActionStatus::Failed => "failed",
        ActionStatus::Completed => "completed",
        other => panic!("{other:?}"),
    };
    let results = if finish.results.is_empty() { Json::Null } else { Json::Object(finish.results.clone()) };
    json!({"message": finish.message, "results": results, "status": status})
}

/// Whether our answer is the recorded one, in which long texts are cut: `zzz...(100000 bytes)`.
pub fn equal(expected: &Json, ours: &Json) -> bool {
    match (expected, ours) {
        (Json::String(expected), Json::String(ours)) => expected == ours || is_cut(expected, ours),
        (Json::Array(expected), Json::Array(ours)) => {
            expected.len() == ours.len()
                && expected.iter().zip(ours).all(|(expected, ours)| equal(expected, ours))
        }
        (Json::Object(expected), Json::Object(ours)) => {
            expected.len() == ours.len()
                && expected.iter().all(|(key, value)| ours.get(key).is_some_and(|ours| equal(value, ours)))
        }
        (expected, ours) => expected == ours,
    }
}

fn is_cut(expected: &str, ours: &str) -> bool {
    let parts =
        expected.split_once("...(").and_then(|(start, rest)| Some((start, rest.strip_suffix(" bytes)")?)));
    parts.is_some_and(|(start, size)| ours.starts_with(start) && size.parse() == Ok(ours.len()))
}

fn details(details: &SecretDetails) -> Map<String, Json> {
    let expire = details.expire.map(|time| {
        if time.year() < 2027 && time > NOW {
            let minutes = (time - NOW).whole_minutes();
            return match (minutes / 60, minutes % 60) {
                (0, 0) => "now+0s".to_owned(),
                (hours, minutes) => format!("now+{hours}h{minutes}m0s"),
            };
        }
        time.to_offset(time::UtcOffset::UTC).format(&Rfc3339).unwrap()
    });
    let texts = [
        ("label", &details.label),
        ("description", &details.description),
        ("rotate", &details.rotate),
        ("expire", &expire),
    ];
    texts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value.as_ref()?)))).collect()
}

fn owner(owner: &SecretOwner) -> String {
    match owner {
        SecretOwner::Application(name) => format!("application-{name}"),
        SecretOwner::Unit(unit) => unit.tag(),
        SecretOwner::Model => "model".to_owned(),
    }
}

fn ports(ports: &BTreeSet<OpenedPort>) -> Json {
    let mut texts: Vec<String> = ports
        .iter()
        .map(|port| {
            let endpoint = if port.endpoint.is_empty() { "*" } else { &port.endpoint };
            match port.protocol.as_str() {
                "icmp" => format!("icmp@{endpoint}"),
                protocol if port.from == port.to => format!("{}/{protocol}@{endpoint}", port.from),
                protocol => format!("{}-{}/{protocol}@{endpoint}", port.from, port.to),
            }
        })
        .collect();
    texts.sort();
    json!(texts)
}
