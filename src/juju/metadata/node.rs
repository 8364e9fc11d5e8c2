//! A place in a YAML file that knows its path, reads as Juju does, and notes faults instead of stopping at one.

use std::cell::RefCell;
use std::str::FromStr;

use serde_yaml::Value;

use super::{Fault, MetadataError};
use crate::juju::names::InvalidName;

static NOTHING: Value = Value::Null;

/// The faults noted so far.
#[derive(Default)]
pub(super) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    /// All is well only where none was noted.
    pub(super) fn into_result(self) -> Result<(), MetadataError> {
        let faults = self.0.into_inner();
        if faults.is_empty() { Ok(()) } else { Err(MetadataError::Faults(faults)) }
    }
}

/// Reads YAML and applies its merge keys.
pub(super) fn read(file: &'static str, text: &str) -> Result<Value, MetadataError> {
    let mut value: Value =
        serde_yaml::from_str(text).map_err(|source| MetadataError::Syntax { file, source })?;
    value.apply_merge().map_err(|source| MetadataError::Syntax { file, source })?;
    Ok(value)
}

/// A value with the file and path it stands at.
#[derive(Clone)]
pub(super) struct Node<'a> {
    file: &'static str,
    path: String,
    value: &'a Value,
    faults: &'a Faults,
}

impl<'a> Node<'a> {
    /// A whole file.
    pub(super) fn root(file: &'static str, value: &'a Value, faults: &'a Faults) -> Self {
        Self { file, path: String::new(), value, faults }
    }

    /// Notes what is wrong here.
    pub(super) fn fault(&self, problem: String) {
        self.faults.0.borrow_mut().push(Fault { file: self.file, path: self.path.clone(), problem });
    }

    fn expected(&self, what: &str) {
        let found = match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a map",
            Value::Tagged(_) => "a tagged value",
        };
        self.fault(format!("must be {what}, got {found}"));
    }

    /// Something stands here.
    pub(super) fn is_given(&self) -> bool {
        !self.value.is_null()
    }

    /// The value as YAML read it.
    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { file: self.file, path, value, faults: self.faults }
    }

    /// What stands under a key; nothing, if this is no map.
    pub(super) fn get(&self, key: &str) -> Self {
        self.child(key, self.value.get(key).unwrap_or(&NOTHING))
    }

    /// The entries of a map, in the file's order; nothing counts as an empty map.
    pub(super) fn entries(&self) -> Vec<(String, Self)> {
        let Value::Mapping(map) = self.value else {
            if self.is_given() {
                self.expected("a map");
            }
            return Vec::new();
        };
        let entries = map.iter().filter_map(|(key, value)| {
            let Some(key) = key_text(key) else {
                self.fault("has a key that is no text".to_owned());
                return None;
            };
            let child = self.child(&key, value);
            Some((key, child))
        });
        entries.collect()
    }

    /// The items of a list; nothing counts as an empty list.
    pub(super) fn items(&self) -> Vec<Self> {
        let Value::Sequence(items) = self.value else {
            if self.is_given() {
                self.expected("a list");
            }
            return Vec::new();
        };
        items.iter().enumerate().map(|(index, item)| self.child(&index.to_string(), item)).collect()
    }

    /// A text, if one is given.
    pub(super) fn text(&self) -> Option<String> {
        match self.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            _ => {
                self.expected("a text");
                None
            }
        }
    }

    /// A text that must be there, empty or not.
    pub(super) fn present_text(&self) -> Option<String> {
        if !self.is_given() {
            self.fault("is required".to_owned());
        }
        self.text()
    }

    /// A text that must be there, and not empty.
    pub(super) fn required_text(&self) -> Option<String> {
        let text = self.present_text()?;
        if text.trim().is_empty() {
            self.fault("is required".to_owned());
            return None;
        }
        Some(text)
    }

    /// A boolean in any of Go's words, if one is given.
    pub(super) fn boolean(&self) -> Option<bool> {
        let flag = boolean(self.value);
        if flag.is_none() && self.is_given() {
            self.expected("a boolean");
        }
        flag
    }

    /// A whole number, if one is given.
    pub(super) fn integer(&self) -> Option<i64> {
        let number = integer(self.value);
        if number.is_none() && self.is_given() {
            self.expected("a whole number");
        }
        number
    }

    /// Checks a name against its rule.
    pub(super) fn name<T: FromStr<Err = InvalidName>>(&self, text: &str) -> Option<T> {
        text.parse().map_err(|error: InvalidName| self.fault(error.to_string())).ok()
    }

    /// The value as JSON, as Juju keeps schemas.
    pub(super) fn json(&self) -> serde_json::Value {
        json(self.value)
    }
}

/// A boolean in the words of Go's yaml.v2.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(word) => match word.as_str() {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A whole number, also in the two spellings that only YAML 1.1 has: `0755` and `1_000`.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let digits = text.replace('_', "");
            let octal = digits.strip_prefix('0').filter(|rest| !rest.is_empty());
            match octal {
                Some(octal) if octal.bytes().all(|byte| byte.is_ascii_digit()) => {
                    i64::from_str_radix(octal, 8).ok()
                }
                None if text.contains('_') && text.starts_with(|c: char| c.is_ascii_digit()) => {
                    digits.parse().ok()
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn json(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(signed), _) => Json::from(signed),
            (None, Some(unsigned)) => Json::from(unsigned),
            (None, None) => number.as_f64().map_or(Json::Null, Json::from),
        },
        Value::String(text) => Json::String(text.clone()),
        Value::Sequence(items) => Json::Array(items.iter().map(json).collect()),
        Value::Mapping(map) => {
            let entry = |(key, value)| Some((key_text(key)?, json(value)));
            Json::Object(map.iter().filter_map(entry).collect())
        }
        Value::Tagged(tagged) => json(&tagged.value),
    }
}

fn key_text(key: &Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}
