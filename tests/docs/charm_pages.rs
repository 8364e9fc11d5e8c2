//! The pages about charm files: options, actions, relations, containers, resources and storage, by the charm's own types.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use sidecharm::juju::metadata::{
    Action, CharmFiles, ConfigOption, Endpoint, OptionValue, ResourceKind, Role, Sources,
};
use sidecharm::juju::wire::Databag;
use sidecharm::redis::{EXPORTER_PORT, SENTINEL_PORT, SERVER_PORT};
use sidecharm::relations;
use sidecharm::webapp::framework::{Framework, Generation, Profile};
use sidecharm::webapp::integrations::Interface;

use crate::place::project;
use crate::reference::{cell, origin, table};

/// Reads a charm's files; a variant for another base has only what differs.
pub fn files(folder: &str) -> CharmFiles {
    let folder = project().join(folder);
    let read = |name: &str| {
        let above = || fs::read_to_string(folder.join("..").join(name));
        fs::read_to_string(folder.join(name)).or_else(|_| above()).unwrap()
    };
    let (metadata, config, actions) = (read("metadata.yaml"), read("config.yaml"), read("actions.yaml"));
    let sources = Sources {
        metadata: Some(&metadata),
        config: Some(&config),
        actions: Some(&actions),
        ..Sources::default()
    };
    CharmFiles::parse(&sources).unwrap()
}

/// The page of `redis-k8s`.
pub fn redis() -> String {
    let files = files(".");
    let master = "redis-k8s-0.redis-k8s-endpoints.MODEL.svc.cluster.local";
    let bags = [
        ("each unit", relations::redis::unit_bag("10.1.0.7", SERVER_PORT, master)),
        ("application", relations::redis::application_bag(master)),
    ];
    [
        "# The charm redis-k8s\n\n".to_owned(),
        origin("`metadata.yaml`, `config.yaml` and `actions.yaml`"),
        format!("\n## Options\n\n{}", options(&files)),
        format!("\n## Actions\n\n{}", actions(&files)),
        format!("\n## Relations\n\n{}", endpoints(&files)),
        "\nOver `redis` a client is told:\n\n".to_owned(),
        databags(&bags),
        "\nThe client's URL is `redis://LEADER-HOST:PORT`; the application's `leader-host` counts before a unit's. No password is \
         told: see the option `legacy-clients`. The client writes nothing.\n"
            .to_owned(),
        format!("\n## Containers\n\n{}", containers(&files)),
        format!("\n## Ports\n\n{}", ports()),
        format!("\n## Resources\n\n{}", resources(&files)),
        format!("\n## Storage\n\n{}", storage(&files)),
    ]
    .concat()
}

/// The page of the six charms for web apps.
pub fn web_apps() -> String {
    let head = [
        "# The charms for web apps\n\n".to_owned(),
        origin("the charm files in `charms/` and from the program's list of interfaces"),
        "\nOne charm for each framework, in two generations: the names of paas-charm 1.x on `ubuntu@24.04`, those of 2.x on \
         `ubuntu@26.04`. A charm that `sidecharm init` writes has the same names; a charm that was repacked has its own.\n"
            .to_owned(),
        format!("\n## What an app can be related to\n\n{}", interfaces()),
        "\nAn endpoint is known by its interface. One with the customary name, or the only one of its interface, has the plain \
         variables (`POSTGRESQL_DB_HOSTNAME`); another has its own name before them (`REPORTING_POSTGRESQL_DB_HOSTNAME`).\n"
            .to_owned(),
    ];
    [head.concat(), Framework::ALL.map(framework).concat()].concat()
}

fn framework(framework: Framework) -> String {
    let name = framework.as_str();
    let charms = [
        (Generation::First, "24.04", files(&format!("charms/{name}"))),
        (Generation::Second, "26.04", files(&format!("charms/{name}/26.04"))),
    ];
    let named = charms.iter().map(|(generation, base, files)| {
        let profile = Profile { framework, generation: *generation };
        let images: Vec<_> = files.metadata.resources.keys().map(|name| format!("`{name}`")).collect();
        vec![
            (*base).to_owned(),
            format!("`{}`", profile.container()),
            images.join(", "),
            format!("`{}`", profile.peer_endpoint()),
            profile.default_port().to_string(),
        ]
    });
    let named = table(&["base", "container", "image", "peers", "port"], named);
    let [(_, _, first), (_, _, second)] = &charms;
    [
        format!("\n## {name}\n\n{named}"),
        format!("\n### Options of {name}\n\n{}", options_of_both(first, second)),
        format!("\n### Actions of {name}\n\n{}", actions(first)),
        format!("\n### Relations of {name}\n\n{}", endpoints(first)),
    ]
    .concat()
}

fn options(files: &CharmFiles) -> String {
    let rows = files.config.options.iter().map(|(name, option)| option_cells(name, option));
    table(&["option", "type", "default", "what it does"], rows)
}

fn options_of_both(first: &CharmFiles, second: &CharmFiles) -> String {
    let mut all: BTreeMap<&str, (&ConfigOption, &str)> = BTreeMap::new();
    for (name, option) in &first.config.options {
        all.insert(name, (option, "24.04"));
    }
    for (name, option) in &second.config.options {
        all.entry(name).and_modify(|(_, bases)| *bases = "both").or_insert((option, "26.04"));
    }
    let rows = all.into_iter().map(|(name, (option, bases))| {
        let mut cells = option_cells(name, option);
        cells.insert(3, bases.to_owned());
        cells
    });
    table(&["option", "type", "default", "base", "what it does"], rows)
}

fn option_cells(name: &str, option: &ConfigOption) -> Vec<String> {
    let default =
        option.default.as_ref().map_or_else(|| "–".to_owned(), |value| format!("`{}`", value_text(value)));
    vec![format!("`{name}`"), option.option_type.as_str().to_owned(), default, cell(&option.description)]
}

fn value_text(value: &OptionValue) -> String {
    match value {
        OptionValue::Text(text) if text.is_empty() => "\"\"".to_owned(),
        OptionValue::Text(text) => text.clone(),
        OptionValue::Integer(number) => number.to_string(),
        OptionValue::Float(number) => number.to_string(),
        OptionValue::Boolean(word) => word.to_string(),
        OptionValue::Secret(id) => id.to_uri(),
    }
}

fn actions(files: &CharmFiles) -> String {
    let rows = files
        .actions
        .actions
        .iter()
        .map(|(name, action)| vec![format!("`{name}`"), parameters(action), cell(&action.description)]);
    table(&["action", "parameters", "what it does"], rows)
}

fn parameters(action: &Action) -> String {
    let properties = action.schema.get("properties").and_then(Value::as_object);
    let names = properties.into_iter().flatten().map(|(name, property)| {
        let kind = property.get("type").and_then(Value::as_str).unwrap_or("any");
        format!("`{name}` ({kind})")
    });
    let names: Vec<_> = names.collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

fn endpoints(files: &CharmFiles) -> String {
    let rows = files.metadata.endpoints.iter().map(|(name, endpoint)| {
        let Endpoint { role, interface, limit, .. } = endpoint;
        let side = match role {
            Role::Provider => "provides",
            Role::Requirer => "requires",
            Role::Peer => "peers",
        };
        let limit = limit.map_or_else(|| "–".to_owned(), |limit| limit.to_string());
        vec![format!("`{name}`"), side.to_owned(), format!("`{interface}`"), limit]
    });
    table(&["endpoint", "side", "interface", "at most"], rows)
}

fn databags(bags: &[(&str, Databag)]) -> String {
    let rows = bags.iter().flat_map(|(whose, bag)| {
        bag.iter()
            .map(move |(key, value)| vec![(*whose).to_owned(), format!("`{key}`"), format!("`{value}`")])
    });
    table(&["databag of", "key", "value, for example"], rows)
}

fn containers(files: &CharmFiles) -> String {
    let rows = files.metadata.containers.iter().map(|(name, container)| {
        let mounts =
            container.mounts.iter().map(|mount| format!("`{}` at `{}`", mount.storage, mount.location));
        let image = container.resource.as_deref().unwrap_or("–");
        vec![format!("`{name}`"), format!("`{image}`"), mounts.collect::<Vec<_>>().join(", ")]
    });
    table(&["container", "image", "storage"], rows)
}

fn ports() -> String {
    let ports = [
        (SERVER_PORT, "redis-server"),
        (SENTINEL_PORT, "redis-sentinel"),
        (EXPORTER_PORT, "metrics, at `/metrics`"),
    ];
    table(&["TCP port", "what listens"], ports.map(|(port, what)| vec![port.to_string(), what.to_owned()]))
}

fn resources(files: &CharmFiles) -> String {
    let rows = files.metadata.resources.iter().map(|(name, resource)| {
        let kind = match &resource.kind {
            ResourceKind::OciImage => "image".to_owned(),
            ResourceKind::File { filename } => format!("file `{filename}`"),
        };
        vec![format!("`{name}`"), kind, cell(&resource.description)]
    });
    table(&["resource", "kind", "what it is"], rows)
}

fn storage(files: &CharmFiles) -> String {
    let rows = files.metadata.storage.iter().map(|(name, storage)| {
        let location = storage.location.as_deref().unwrap_or("–");
        vec![format!("`{name}`"), format!("`{location}`"), cell(&storage.description)]
    });
    table(&["storage", "in the charm container", "what it holds"], rows)
}

fn interfaces() -> String {
    let rows = Interface::ALL.iter().map(|interface| {
        let without =
            if interface.is_surrounding() { "runs" } else { "is not started, but with `optional: true`" };
        vec![
            format!("`{}`", interface.as_str()),
            format!("`{}`", interface.customary_endpoint()),
            without.to_owned(),
        ]
    });
    table(&["interface", "customary endpoint", "without it the app"], rows)
}
