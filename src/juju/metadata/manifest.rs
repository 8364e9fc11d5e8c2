//! manifest.yaml: what a packed charm was built for.

use super::node::Node;

/// The part of manifest.yaml that Juju reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// At least one: without it newer Jujus refuse the charm.
    pub bases: Vec<Base>,
}

/// A system that the charm runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// `ubuntu`
    pub name: String,
    /// `24.04/stable`
    pub channel: String,
    /// Debian's names: `amd64`, `arm64` …
    pub architectures: Vec<String>,
}

impl Manifest {
    pub(super) fn from_node(node: &Node<'_>) -> Self {
        let bases = node.get("bases");
        let mut list = Vec::new();
        for node in bases.items() {
            let name = node.get("name").required_text().unwrap_or_default();
            let channel = match node.get("channel").value() {
                serde_yaml::Value::Number(number) => number.to_string(),
                _ => node.get("channel").required_text().unwrap_or_default(),
            };
            let architectures = node.get("architectures").items().iter().filter_map(Node::text).collect();
            list.push(Base { name, channel, architectures });
        }
        if list.is_empty() {
            bases.fault("at least one base is required".to_owned());
        }
        Self { bases: list }
    }
}
