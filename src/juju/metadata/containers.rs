//! `containers`: what a pod holds beside the charm container.

use std::collections::BTreeMap;

use super::node::Node;
use super::{Resource, ResourceKind, Storage};
use crate::juju::names::{ContainerName, StorageName};

/// A workload container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The `oci-image` resource that it is made from.
    pub resource: Option<String>,
    /// Which storages it sees, and where.
    pub mounts: Vec<Mount>,
    /// The user its Pebble runs as; 0 unless given.
    pub uid: u32,
    /// The group its Pebble runs as; 0 unless given.
    pub gid: u32,
}

/// A storage in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Which one.
    pub storage: StorageName,
    /// Its path in this container.
    pub location: String,
}

pub(super) fn from_node(
    node: &Node<'_>,
    resources: &BTreeMap<String, Resource>,
    storage: &BTreeMap<StorageName, Storage>,
) -> BTreeMap<ContainerName, Container> {
    let mut containers = BTreeMap::new();
    for (name, node) in node.entries() {
        let container = Container {
            resource: resource(&node.get("resource"), resources),
            mounts: mounts(&node.get("mounts"), storage),
            uid: id(&node.get("uid")),
            gid: id(&node.get("gid")),
        };
        if let Some(name) = node.name(&name) {
            containers.insert(name, container);
        }
    }
    containers
}

fn resource(node: &Node<'_>, resources: &BTreeMap<String, Resource>) -> Option<String> {
    let name = node.text()?;
    match resources.get(&name).map(|resource| &resource.kind) {
        Some(ResourceKind::OciImage) => {}
        Some(ResourceKind::File { .. }) => node.fault(format!("resource {name:?} is not of type oci-image")),
        None => node.fault(format!("resource {name:?} is not declared")),
    }
    Some(name)
}

fn mounts(node: &Node<'_>, storage: &BTreeMap<StorageName, Storage>) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    for node in node.items() {
        let name = node.get("storage").required_text();
        let location = node.get("location").required_text();
        let (Some(name), Some(location)) = (name, location) else { continue };
        let Some((name, _)) = storage.iter().find(|(known, _)| known.as_str() == name) else {
            node.get("storage").fault(format!("storage {name:?} is not declared"));
            continue;
        };
        if mounts.iter().any(|mount| mount.location == location) {
            node.get("location").fault(format!("{location:?} is used twice"));
        }
        if !location.starts_with('/') {
            node.get("location").fault(format!("must be an absolute path, got {location:?}"));
        }
        mounts.push(Mount { storage: name.clone(), location });
    }
    mounts
}

/// Juju keeps 1000 to 9999 for itself (juju/charm `meta.go`).
fn id(node: &Node<'_>) -> u32 {
    let Some(number) = node.integer() else { return 0 };
    let id = u32::try_from(number).ok().filter(|id| matches!(id, 0..=999 | 10_000..=0x7fff_ffff));
    if id.is_none() {
        node.fault(format!("must be 0 to 999, or 10000 and more, got {number}"));
    }
    id.unwrap_or_default()
}
