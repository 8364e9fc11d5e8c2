//! Our commits in the words of the scenarios.

use std::collections::{BTreeMap, BTreeSet};

use minijuju::controller::commit::HookChanges;
use minijuju::controller::unit::OpenedPort;
use serde_json::{Map, Value as Json, json};
use sidecharm::juju::names::UnitName;

/// What the commit of this unit's run carried.
/// Relations that are gone by now have left their tags.
pub fn render(changes: &HookChanges, tags: &BTreeMap<u32, String>, unit: &UnitName) -> Map<String, Json> {
    let mut flushed = Map::new();
    let mut put = |name: &str, value: Json| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty) || value.is_null();
        if !is_empty {
            flushed.insert(name.to_owned(), value);
        }
    };
    let tag = unit.tag();
    if changes.network_info {
        put("update-network-info", json!(true));
    }
    if changes.pod_spec {
        put("pod-spec", json!({"tag": format!("application-{}", unit.application())}));
    }
    let bags = changes.relations.iter().map(|(number, bags)| {
        let relation = tags.get(number);
        json!({"application-settings": bags.application, "relation": relation, "settings": bags.unit, "unit": tag})
    });
    put("relation-unit-settings", Json::Array(bags.collect()));
    if let Some(state) = &changes.charm_state {
        put("unit-state", json!({"charm-state": state, "tag": tag}));
    }
    put("open-ports", ports(&changes.open_ports, &tag));
    put("close-ports", ports(&changes.close_ports, &tag));
    let storage: Vec<Json> = changes
        .add_storage
        .iter()
        .map(|add| json!({"name": add.name, "storage": {"count": add.count}, "unit": tag}))
        .collect();
    put("add-storage", Json::Array(storage));
    flushed
}

fn ports(ports: &BTreeSet<OpenedPort>, tag: &str) -> Json {
    let port = |port: &OpenedPort| {
        let [from, to] = [port.from, port.to].map(|number| match port.protocol.as_str() {
            "icmp" => -1,
            _ => i32::from(number),
        });
        json!({
            "endpoint": port.endpoint, "from-port": from, "protocol": port.protocol, "tag": tag, "to-port": to
        })
    };
    ports.iter().map(port).collect()
}
