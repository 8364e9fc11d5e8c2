//! `resources`: images and files that a charm is deployed with.

use std::collections::BTreeMap;

use super::node::Node;

/// A declared resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// An image, or a file under a name.
    pub kind: ResourceKind,
    /// For people; may be empty.
    pub description: String,
    /// Where a published charm gets it from; only tools read it.
    pub upstream_source: Option<String>,
}

/// What a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceKind {
    /// A container image. `resource-get` gives a file with its registry path.
    OciImage,
    /// A file, which the agent keeps under this name.
    File {
        /// A plain file name.
        filename: String,
    },
}

pub(super) fn from_node(node: &Node<'_>) -> BTreeMap<String, Resource> {
    let mut resources = BTreeMap::new();
    for (name, node) in node.entries() {
        if name.is_empty() {
            node.fault("a resource needs a name".to_owned());
        }
        let kind = match node.get("type").required_text().as_deref() {
            Some("oci-image") => ResourceKind::OciImage,
            Some("file") => ResourceKind::File { filename: filename(&node.get("filename")) },
            Some(other) => {
                node.get("type").fault(format!("must be file or oci-image, got {other:?}"));
                continue;
            }
            None => continue,
        };
        let description = node.get("description").text().unwrap_or_default();
        let upstream_source = node.get("upstream-source").text();
        resources.insert(name, Resource { kind, description, upstream_source });
    }
    resources
}

fn filename(node: &Node<'_>) -> String {
    let Some(name) = node.required_text() else { return String::new() };
    if name.contains('/') || name == "." || name == ".." {
        node.fault(format!("must be a plain file name, got {name:?}"));
    }
    name
}
