//! Our commits in the words of the scenarios.

use std::collections::{BTreeMap, BTreeSet};

use minijuju::controller::commit::{HookChanges, SecretDetails};
use minijuju::controller::secret::SecretOwner;
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
    put_secrets(&mut put, changes, tags);
    flushed
}

fn put_secrets(put: &mut impl FnMut(&str, Json), changes: &HookChanges, tags: &BTreeMap<u32, String>) {
    let creates = changes.secret_creates.iter().map(|(id, create)| {
        let owner = match &create.owner {
            SecretOwner::Application(name) => format!("application-{name}"),
            SecretOwner::Unit(unit) => unit.tag(),
            SecretOwner::Model => "model".to_owned(),
        };
        let mut secret = details(&create.details);
        secret.extend([
            ("content".to_owned(), json!({"data": create.content})),
            ("owner-tag".to_owned(), json!(owner)),
            ("uri".to_owned(), json!(id.to_uri())),
        ]);
        Json::Object(secret)
    });
    put("secret-creates", creates.collect());
    let updates = changes.secret_updates.iter().map(|(id, update)| {
        let mut secret = details(&update.details);
        let content = update.content.as_ref().map_or_else(|| json!({}), |content| json!({"data": content}));
        secret.extend([("content".to_owned(), content), ("uri".to_owned(), json!(id.to_uri()))]);
        Json::Object(secret)
    });
    put("secret-updates", updates.collect());
    put("secret-track-latest", json!(changes.secret_track_latest));
    let grants = changes.secret_grants.iter().map(|grant| {
        json!({
            "role": "view", "scope-tag": tags.get(&grant.relation), "subject-tags": [grant.to.tag()],
            "uri": grant.secret.to_uri()
        })
    });
    put("secret-grants", grants.collect());
    let revokes = changes.secret_revokes.iter().map(|revoke| {
        let tag = revoke.from.tag();
        json!({"role": "", "scope-tag": tag, "subject-tags": [tag], "uri": revoke.secret.to_uri()})
    });
    put("secret-revokes", revokes.collect());
    let deletes = changes.secret_deletes.iter().map(|(id, revision)| {
        let mut secret = json!({"label": "", "uri": id.to_uri()});
        if let Some(revision) = revision {
            secret["revisions"] = json!([revision]);
        }
        secret
    });
    put("secret-deletes", deletes.collect());
}

/// What was said of a secret besides its content. The scenarios set no expiry.
fn details(details: &SecretDetails) -> Map<String, Json> {
    let texts = [
        ("label", &details.label),
        ("description", &details.description),
        ("rotate-policy", &details.rotate),
    ];
    texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?)))).collect()
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
