//! config.yaml: the options that the operator may set.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::node::{self, Node};
use crate::juju::names::SecretId;

/// The declared options.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigSchema {
    /// By name.
    pub options: BTreeMap<String, ConfigOption>,
}

/// One option.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigOption {
    /// What values it takes.
    pub option_type: OptionType,
    /// What it is unless set; without one `config-get` leaves it out.
    pub default: Option<OptionValue>,
    /// For people; may be empty.
    pub description: String,
    /// Whether the app can do without a value. Juju does not know this key: charms of web apps have it.
    pub optional: Option<bool>,
}

/// The types of options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionType {
    /// `string`
    Text,
    /// `int`
    Integer,
    /// `float`
    Float,
    /// `boolean`
    Boolean,
    /// `secret`: the URI of a user's secret (Juju 3.4).
    Secret,
}

/// A value of an option.
#[derive(Debug, Clone, PartialEq)]
pub enum OptionValue {
    /// Of a `string`.
    Text(String),
    /// Of an `int`.
    Integer(i64),
    /// Of a `float`.
    Float(f64),
    /// Of a `boolean`.
    Boolean(bool),
    /// Of a `secret`.
    Secret(SecretId),
}

impl OptionType {
    /// The word that config.yaml takes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "int",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Secret => "secret",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let types = [Self::Text, Self::Integer, Self::Float, Self::Boolean, Self::Secret];
        types.into_iter().find(|option_type| option_type.as_str() == text)
    }

    /// Reads a value that the operator typed (`juju config app name=value`).
    ///
    /// # Errors
    /// When the text is no value of this type: what it should be.
    pub fn parse_value(self, text: &str) -> Result<OptionValue, String> {
        let value = match self {
            Self::Text => Some(OptionValue::Text(text.to_owned())),
            Self::Integer => text.parse().ok().map(OptionValue::Integer),
            Self::Float => {
                text.parse().ok().filter(|number: &f64| number.is_finite()).map(OptionValue::Float)
            }
            Self::Boolean => go_boolean(text).map(OptionValue::Boolean),
            Self::Secret => SecretId::parse(text).ok().map(OptionValue::Secret),
        };
        value.ok_or_else(|| format!("must be of type {}, got {text:?}", self.as_str()))
    }
}

impl ConfigSchema {
    pub(super) fn from_node(node: &Node<'_>) -> Self {
        let mut options = BTreeMap::new();
        for (name, node) in node.get("options").entries() {
            if name.trim().is_empty() {
                node.fault("an option needs a name".to_owned());
            }
            let type_node = node.get("type");
            let Some(word) = type_node.required_text() else { continue };
            let Some(option_type) = OptionType::parse(&word) else {
                type_node.fault(format!("must be string, int, float, boolean or secret, got {word:?}"));
                continue;
            };
            let default = default(&node.get("default"), option_type);
            let description = node.get("description").text().unwrap_or_default();
            let optional = node::boolean(node.get("optional").value());
            options.insert(name, ConfigOption { option_type, default, description, optional });
        }
        Self { options }
    }
}

fn default(node: &Node<'_>, option_type: OptionType) -> Option<OptionValue> {
    let value = match (option_type, node.value()) {
        (_, Value::Null) => return None,
        (OptionType::Text, Value::String(text)) => Some(OptionValue::Text(text.clone())),
        (OptionType::Integer, value) => node::integer(value).map(OptionValue::Integer),
        (OptionType::Float, Value::Number(number)) => number.as_f64().map(OptionValue::Float),
        (OptionType::Boolean, value) => node::boolean(value).map(OptionValue::Boolean),
        (OptionType::Secret, Value::String(text)) => SecretId::parse(text).ok().map(OptionValue::Secret),
        (OptionType::Text | OptionType::Float | OptionType::Secret, _) => None,
    };
    if value.is_none() {
        node.fault(format!("must be of type {}", option_type.as_str()));
    }
    value
}

/// The words of Go's `strconv.ParseBool`, which reads what the operator types.
fn go_boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
