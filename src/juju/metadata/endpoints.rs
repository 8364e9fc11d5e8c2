//! `provides`, `requires`, `peers` and `extra-bindings`.

use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use crate::juju::names::EndpointName;

/// A place where another application can be related to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Which side of the interface it is.
    pub role: Role,
    /// What is spoken over it.
    pub interface: String,
    /// At most so many relations.
    pub limit: Option<u32>,
    /// The charm works without it. Juju only shows it.
    pub optional: bool,
    /// With whom units are related.
    pub scope: Scope,
}

/// The sides of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `provides`
    Provider,
    /// `requires`
    Requirer,
    /// `peers`: the units among themselves.
    Peer,
}

/// With whom units are related.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// All units of the other application.
    #[default]
    Global,
    /// Only those on the same machine.
    Container,
}

/// Reads all three maps of a metadata.yaml.
pub(super) fn from_node(node: &Node<'_>, charm: &str, subordinate: bool) -> BTreeMap<EndpointName, Endpoint> {
    let mut endpoints = BTreeMap::new();
    let roles = [("provides", Role::Provider), ("requires", Role::Requirer), ("peers", Role::Peer)];
    for (key, role) in roles {
        for (text, node) in node.get(key).entries() {
            let name: Option<EndpointName> = node.name(&text);
            let Some(endpoint) = endpoint(&node, role) else { continue };
            let beside = subordinate && role == Role::Requirer && endpoint.scope == Scope::Container;
            if !beside && is_reserved(charm, &text) {
                node.fault("the names juju and juju-… are reserved".to_owned());
            }
            if role != Role::Requirer && is_reserved(charm, &endpoint.interface) {
                node.get("interface").fault("the interfaces juju and juju-… are reserved".to_owned());
            }
            let Some(name) = name else { continue };
            if endpoints.insert(name, endpoint).is_some() {
                node.fault("two endpoints have this name".to_owned());
            }
        }
    }
    let anchored =
        |endpoint: &Endpoint| endpoint.role == Role::Requirer && endpoint.scope == Scope::Container;
    if subordinate && !endpoints.values().any(anchored) {
        node.get("subordinate").fault("needs a required endpoint with scope container".to_owned());
    }
    endpoints
}

fn endpoint(node: &Node<'_>, role: Role) -> Option<Endpoint> {
    // The short form `db: mysql` is as old as Juju and still read.
    if let Some(interface) = node.value().as_str() {
        let interface = interface.to_owned();
        return Some(Endpoint { role, interface, limit: None, optional: false, scope: Scope::Global });
    }
    if !node.is_given() {
        node.fault("needs an interface".to_owned());
        return None;
    }
    let limit = node.get("limit");
    let count = limit.integer().and_then(|number| {
        let count = u32::try_from(number).ok();
        if count.is_none() {
            limit.fault(format!("must be 0 or more, got {number}"));
        }
        count.filter(|count| *count > 0)
    });
    let scope = match node.get("scope").text().as_deref() {
        None | Some("global") => Scope::Global,
        Some("container") => Scope::Container,
        Some(other) => {
            node.get("scope").fault(format!("must be global or container, got {other:?}"));
            Scope::Global
        }
    };
    let optional = node.get("optional").boolean().unwrap_or(false);
    let interface = node.get("interface").required_text()?;
    Some(Endpoint { role, interface, limit: count, optional, scope })
}

/// Reads the names, which must not be endpoints'.
pub(super) fn extra_bindings(
    node: &Node<'_>,
    endpoints: &BTreeMap<EndpointName, Endpoint>,
) -> BTreeSet<EndpointName> {
    let mut bindings = BTreeSet::new();
    for (text, node) in node.entries() {
        let Some(name) = node.name(&text) else { continue };
        if node.is_given() {
            node.fault("takes no value".to_owned());
        }
        if endpoints.contains_key(&name) {
            node.fault("an endpoint has this name".to_owned());
        }
        bindings.insert(name);
    }
    bindings
}

fn is_reserved(charm: &str, name: &str) -> bool {
    !charm.starts_with("juju-") && (name == "juju" || name.starts_with("juju-"))
}
