//! actions.yaml: what the operator may run.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::node::Node;
use crate::juju::names::ActionName;

/// The declared actions, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actions {
    /// By name.
    pub actions: BTreeMap<ActionName, Action>,
}

/// One action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Action {
    /// For people; may be empty.
    pub description: String,
    /// It may run beside others on the same machine.
    pub parallel: bool,
    /// Which actions do not run beside each other; empty for the default group.
    pub execution_group: String,
    /// The JSON schema of its parameters as Juju makes it: `type`, `properties`, `required`, and whatever else the
    /// file says, `additionalProperties` among it.
    pub schema: Map<String, Value>,
}

impl Action {
    /// The parameters with a default that were not given, as Juju fills them in before the action runs.
    pub fn with_defaults(&self, mut parameters: Map<String, Value>) -> Map<String, Value> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            if let Some(default) = property.get("default").filter(|_| !parameters.contains_key(name)) {
                parameters.insert(name.clone(), default.clone());
            }
        }
        parameters
    }
}

impl Actions {
    pub(super) fn from_node(node: &Node<'_>) -> Self {
        let mut actions = BTreeMap::new();
        for (name, node) in node.entries() {
            if name == "juju" || name.starts_with("juju-") {
                node.fault("the names juju and juju-… are reserved".to_owned());
            }
            let action = action(&node);
            if let Some(name) = node.name(&name) {
                actions.insert(name, action);
            }
        }
        Self { actions }
    }
}

fn action(node: &Node<'_>) -> Action {
    let mut action = Action::default();
    let schema = &mut action.schema;
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Map::new().into());
    for (key, node) in node.entries() {
        match key.as_str() {
            "description" => action.description = node.text().unwrap_or_default(),
            "parallel" => action.parallel = node.boolean().unwrap_or(false),
            "execution-group" => action.execution_group = node.text().unwrap_or_default(),
            "additionalProperties" if node.value().is_string() => {
                schema.extend(node.boolean().map(|flag| (key, Value::Bool(flag))));
            }
            "params" => {
                for (_, property) in node.entries() {
                    check_property(&property);
                }
                let properties = if node.is_given() { node.json() } else { Map::new().into() };
                schema.insert("properties".to_owned(), properties);
            }
            "required" => {
                let names: Vec<String> = node.items().iter().filter_map(Node::text).collect();
                schema.insert(key, names.into());
            }
            _ => {
                schema.insert(key, node.json());
            }
        }
    }
    schema.insert("description".to_owned(), action.description.clone().into());
    action
}

/// Only so far as the charm itself would break: a property is a map, its type a word of JSON schema's.
fn check_property(node: &Node<'_>) {
    const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];
    if node.entries().iter().any(|(key, _)| key == "$ref" || key == "$schema") {
        node.fault("$ref and $schema are not supported by Juju".to_owned());
    }
    let type_node = node.get("type");
    match type_node.value() {
        serde_yaml::Value::Null | serde_yaml::Value::Sequence(_) => {}
        _ => {
            if let Some(word) = type_node.text().filter(|word| !TYPES.contains(&word.as_str())) {
                type_node.fault(format!("must be one of {}, got {word:?}", TYPES.join(", ")));
            }
        }
    }
}
