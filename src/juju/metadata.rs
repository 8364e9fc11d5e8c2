//! What a charm's files declare: metadata.yaml, config.yaml, actions.yaml, manifest.yaml, or charmcraft.yaml with
//! all of them in one. Reading the files from disk is the caller's part.
//!
//! The rules are those of Juju's own reader (juju/charm `meta.go`, `config.go`, `actions.go`; juju/juju
//! `internal/charm`), which takes booleans in Go's words and ignores keys it does not know. All faults are told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::names::{ApplicationName, ContainerName, EndpointName, StorageName};

mod actions;
mod assumes;
mod config;
mod containers;
mod endpoints;
mod manifest;
mod node;
mod resources;
mod storage;

pub use actions::{Action, Actions};
pub use assumes::{Assumes, Platform};
pub use config::{ConfigOption, ConfigSchema, OptionType, OptionValue};
pub use containers::{Container, Mount};
pub use endpoints::{Endpoint, Role, Scope};
pub use manifest::{Base, Manifest};
pub use resources::{Resource, ResourceKind};
pub use storage::{Count, Storage, StorageKind};

pub use super::environment::JujuVersion;
use node::{Faults, Node};

/// Charm files that Juju would refuse.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// A file is not YAML.
    #[error("{file} is not YAML")]
    Syntax {
        /// Which file.
        file: &'static str,
        /// Where and why.
        #[source]
        source: serde_yaml::Error,
    },
    /// There is neither metadata.yaml nor charmcraft.yaml.
    #[error("a charm needs metadata.yaml, or charmcraft.yaml")]
    NoMetadata,
    /// Rules are broken: all of them are listed.
    #[error("{}", list(.0))]
    Faults(Vec<Fault>),
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file it is in.
    pub file: &'static str,
    /// The key it is at: `containers.redis.uid`; empty for the whole file.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(formatter, "{}: {}", self.file, self.problem),
            path => write!(formatter, "{}: {path}: {}", self.file, self.problem),
        }
    }
}

/// The texts of a charm's files, as far as they exist.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// metadata.yaml
    pub metadata: Option<&'a str>,
    /// charmcraft.yaml of a charm's source folder; packed charms have none.
    pub charmcraft: Option<&'a str>,
    /// config.yaml
    pub config: Option<&'a str>,
    /// actions.yaml
    pub actions: Option<&'a str>,
    /// manifest.yaml
    pub manifest: Option<&'a str>,
}

/// Everything a charm declares.
#[derive(Debug, Clone, PartialEq)]
pub struct CharmFiles {
    /// What it is made of and what it can be related to.
    pub metadata: Metadata,
    /// Its options.
    pub config: ConfigSchema,
    /// What the operator may run.
    pub actions: Actions,
    /// What it was built for; absent in a source folder.
    pub manifest: Option<Manifest>,
}

/// metadata.yaml: what the unit agent and the controller use of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The charm's name, and its applications' unless the operator gives another.
    pub name: ApplicationName,
    /// One line.
    pub summary: String,
    /// Any length.
    pub description: String,
    /// The workload containers, by name; this order fixes their probe ports.
    pub containers: BTreeMap<ContainerName, Container>,
    /// Images and files that the charm is deployed with.
    pub resources: BTreeMap<String, Resource>,
    /// Volumes.
    pub storage: BTreeMap<StorageName, Storage>,
    /// Provided, required and peer endpoints. `juju-info` is implicit and not among them.
    pub endpoints: BTreeMap<EndpointName, Endpoint>,
    /// Names for `network-get` beside the endpoints.
    pub extra_bindings: BTreeSet<EndpointName>,
    /// What the model must offer.
    pub assumes: Assumes,
    /// Whom the charm container runs as.
    pub charm_user: CharmUser,
    /// Deployed beside another charm's units (machines).
    pub subordinate: bool,
}

/// `charm-user` (Juju 3.6 on Kubernetes).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CharmUser {
    /// User 0.
    #[default]
    Root,
    /// User 171, who may use sudo.
    Sudoer,
    /// User 170.
    NonRoot,
}

impl CharmUser {
    /// The user and group id that the charm container runs with.
    pub fn id(self) -> u32 {
        match self {
            Self::Root => 0,
            Self::Sudoer => 171,
            Self::NonRoot => 170,
        }
    }
}

impl CharmFiles {
    /// Reads a charm's files.
    ///
    /// Where metadata.yaml exists it counts alone, as in a packed charm: what only charmcraft.yaml declares beside it
    /// would be lost in packing, and is a fault.
    ///
    /// # Errors
    /// When a file is not YAML, or with every rule that is broken.
    pub fn parse(sources: &Sources<'_>) -> Result<Self, MetadataError> {
        let metadata = sources.metadata.map(|text| node::read("metadata.yaml", text)).transpose()?;
        let charmcraft = sources.charmcraft.map(|text| node::read("charmcraft.yaml", text)).transpose()?;
        let config = sources.config.map(|text| node::read("config.yaml", text)).transpose()?;
        let actions = sources.actions.map(|text| node::read("actions.yaml", text)).transpose()?;
        let manifest = sources.manifest.map(|text| node::read("manifest.yaml", text)).transpose()?;

        let faults = Faults::default();
        let unified = charmcraft.as_ref().map(|value| Node::root("charmcraft.yaml", value, &faults));
        let main = match (&metadata, &unified) {
            (Some(value), unified) => {
                unified.iter().for_each(lost_in_packing);
                Node::root("metadata.yaml", value, &faults)
            }
            (None, Some(unified)) => {
                refuse_extensions(unified);
                unified.clone()
            }
            (None, None) => return Err(MetadataError::NoMetadata),
        };
        let part = |name: &'static str, own: Option<&'_ serde_yaml::Value>, key: &str| {
            let inline = unified.as_ref().map(|unified| unified.get(key)).filter(Node::is_given);
            if let (Some(_), Some(inline)) = (own, &inline) {
                inline.fault(format!("must not be given here and in {name}"));
            }
            own.is_none().then_some(inline).flatten()
        };
        let inline_config = part("config.yaml", config.as_ref(), "config");
        let inline_actions = part("actions.yaml", actions.as_ref(), "actions");
        let config = config.as_ref().map(|value| Node::root("config.yaml", value, &faults)).or(inline_config);
        let actions =
            actions.as_ref().map(|value| Node::root("actions.yaml", value, &faults)).or(inline_actions);
        let manifest = manifest.as_ref().map(|value| Node::root("manifest.yaml", value, &faults));

        let metadata = Metadata::from_node(&main);
        let config = config.map(|node| ConfigSchema::from_node(&node)).unwrap_or_default();
        let actions = actions.map(|node| Actions::from_node(&node)).unwrap_or_default();
        let manifest = manifest.map(|node| Manifest::from_node(&node));
        faults.into_result()?;
        let metadata = metadata.ok_or(MetadataError::NoMetadata)?;
        Ok(Self { metadata, config, actions, manifest })
    }
}

impl Metadata {
    /// Reads a metadata.yaml.
    ///
    /// # Errors
    /// When it is not YAML, or with every rule that is broken.
    pub fn parse(text: &str) -> Result<Self, MetadataError> {
        let sources = Sources { metadata: Some(text), ..Sources::default() };
        CharmFiles::parse(&sources).map(|files| files.metadata)
    }

    /// Says whether it is a Kubernetes sidecar charm: it has a container.
    pub fn is_kubernetes(&self) -> bool {
        !self.containers.is_empty()
    }

    /// The endpoints of one role.
    pub fn endpoints_of(&self, role: Role) -> impl Iterator<Item = (&EndpointName, &Endpoint)> {
        self.endpoints.iter().filter(move |(_, endpoint)| endpoint.role == role)
    }

    /// `None` only when a fault has been told.
    fn from_node(node: &Node<'_>) -> Option<Self> {
        refuse_mixed_formats(node);
        let resources = resources::from_node(&node.get("resources"));
        let storage = storage::from_node(&node.get("storage"));
        let name = charm_name(&node.get("name"));
        let subordinate = node.get("subordinate").boolean().unwrap_or(false);
        let charm = name.as_ref().map_or("", ApplicationName::as_str);
        let endpoints = endpoints::from_node(node, charm, subordinate);
        let summary = node.get("summary").present_text();
        let description = node.get("description").present_text();
        let containers = containers::from_node(&node.get("containers"), &resources, &storage);
        let extra_bindings = endpoints::extra_bindings(&node.get("extra-bindings"), &endpoints);
        let assumes = Assumes::from_node(&node.get("assumes"));
        let charm_user = charm_user(&node.get("charm-user"));
        Some(Self {
            name: name?,
            summary: summary?,
            description: description?,
            containers,
            resources,
            storage,
            endpoints,
            extra_bindings,
            assumes,
            charm_user,
            subordinate,
        })
    }
}

/// A charm's name follows the rule of applications, which are named after it.
fn charm_name(node: &Node<'_>) -> Option<ApplicationName> {
    let text = node.required_text()?;
    let name = ApplicationName::parse(&text).ok();
    if name.is_none() {
        node.fault(format!("{text:?} is not a valid charm name"));
    }
    name
}

fn charm_user(node: &Node<'_>) -> CharmUser {
    match node.text().as_deref() {
        None | Some("root") => CharmUser::Root,
        Some("sudoer") => CharmUser::Sudoer,
        Some("non-root") => CharmUser::NonRoot,
        Some(other) => {
            node.fault(format!("must be root, sudoer or non-root, got {other:?}"));
            CharmUser::Root
        }
    }
}

/// Keys of the first format next to keys of the second.
fn refuse_mixed_formats(node: &Node<'_>) {
    let given = |keys: [&'static str; 3]| keys.into_iter().find(|key| node.get(key).is_given());
    let second = given(["containers", "assumes", "charm-user"]);
    let first = given(["series", "deployment", "min-juju-version"]);
    if let (Some(first), Some(second)) = (first, second) {
        node.get(first).fault(format!("cannot be used together with {second}"));
    }
}

/// Keys that charmcraft drops when it finds a metadata.yaml.
fn lost_in_packing(charmcraft: &Node<'_>) {
    let keys = [
        "assumes",
        "charm-user",
        "containers",
        "extra-bindings",
        "peers",
        "provides",
        "requires",
        "resources",
        "storage",
        "subordinate",
    ];
    for key in keys {
        let node = charmcraft.get(key);
        if node.is_given() {
            node.fault("has no effect here since there is a metadata.yaml: move it there".to_owned());
        }
    }
}

fn refuse_extensions(charmcraft: &Node<'_>) {
    let node = charmcraft.get("extensions");
    if node.is_given() {
        node.fault("must be expanded first: pack the charm, or run charmcraft expand-extensions".to_owned());
    }
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
