//! What hook tools print and take: JSON in, YAML-safe JSON out. Running the tools is `tools.rs`'s matter.
//!
//! Shapes are those that Juju's own tools print with `--format=json`; `null` stands for nothing in several of them.
//! An error never quotes what was read, since that may be a secret.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

mod action;
mod cloud;
mod config;
mod goal;
mod network;
mod ports;
mod relation;
mod secret;
mod state;
mod status;
mod storage;
mod writer;

pub use action::{Parameters, action_parameters};
pub use cloud::{CloudSpec, Credential, cloud_spec};
pub use config::{Config, ConfigValue, config};
pub use goal::{GoalState, GoalStatus, goal_state};
pub use network::{Address, Interface, Network, network};
pub use ports::{InvalidPort, PortRange, Protocol, opened_ports};
pub use relation::{Databag, databag, related_application, relation_ids, relation_model, relation_units};
pub use secret::{
    SecretAccess, SecretContent, SecretInfo, SecretOwner, secret_content, secret_ids, secret_info,
};
pub use state::state;
pub use status::{ApplicationStatus, ReportedStatus, application_status, unit_status};
pub use storage::{StorageDetails, storage_details, storage_ids};
pub use writer::render;

/// An answer that is not what the tool is known to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not JSON at all.
    #[error("not JSON (line {line}, column {column})")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON, or a bare text, but not of the shape expected.
    #[error("not {expected}")]
    Shape {
        /// What it should have been.
        expected: &'static str,
    },
}

/// Reads `true` or `false`: `is-leader`.
///
/// # Errors
/// When it is neither.
pub fn boolean(answer: &[u8]) -> Result<bool, WireError> {
    decode(answer, "a boolean")
}

/// Reads a text or `null`: `unit-get`, `leader-get KEY`.
///
/// # Errors
/// When it is neither.
pub fn optional_text(answer: &[u8]) -> Result<Option<String>, WireError> {
    decode(answer, "a text or null")
}

/// Reads what is printed bare, with or without a line end: `resource-get`, `secret-add`.
///
/// # Errors
/// When it is empty or not UTF-8.
pub fn bare_text(answer: &[u8]) -> Result<String, WireError> {
    let text = std::str::from_utf8(answer).ok().map(|text| text.strip_suffix('\n').unwrap_or(text));
    text.filter(|text| !text.is_empty()).map(str::to_owned).ok_or(WireError::Shape { expected: "a text" })
}

fn decode<T: DeserializeOwned>(answer: &[u8], expected: &'static str) -> Result<T, WireError> {
    serde_json::from_slice(answer).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => WireError::Shape { expected },
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => {
            WireError::Syntax { line: error.line(), column: error.column() }
        }
    })
}

/// Where Juju prints `null` for an empty list or map, or an empty answer to mean the same.
fn decode_or_empty<T: DeserializeOwned + Default>(
    answer: &[u8],
    expected: &'static str,
) -> Result<T, WireError> {
    decode::<Option<T>>(answer, expected).map(Option::unwrap_or_default)
}

/// The same inside an answer.
fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// An empty text means that there is none.
fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer).map(|text: Option<String>| text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests;
