//! `secret-get`, `secret-info-get`, `secret-ids`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{WireError, decode, decode_or_empty, empty_is_none, null_is_empty};
use crate::juju::names::SecretId;
use crate::secret::Secret;

/// What a secret holds. Bytes that are not UTF-8 do not survive Juju's JSON.
pub type SecretContent = BTreeMap<String, Secret>;

/// What its owner may know of a secret without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SecretInfo {
    /// The latest revision.
    pub revision: u32,
    /// The owner's label.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub label: Option<String>,
    /// Who manages it.
    pub owner: SecretOwner,
    /// For people.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub description: Option<String>,
    /// `never`, `hourly` … absent for a secret of this hook without a policy.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub rotation: Option<String>,
    /// When it ends, in RFC 3339.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub expiry: Option<String>,
    /// When secret-rotate is due, in RFC 3339.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub rotates: Option<String>,
    /// Who was granted it before this hook (Juju 3.1 and newer).
    #[serde(default, deserialize_with = "null_is_empty")]
    pub access: Vec<SecretAccess>,
}

/// Who manages a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretOwner {
    /// The application, through its leader.
    Application,
    /// One unit.
    Unit,
    /// Something else, in Juju's words.
    Other(String),
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SecretAccess {
    /// `application-mysql`, `unit-mysql-0`
    pub target: String,
    /// `relation-web.db#mysql.server`
    #[serde(default, deserialize_with = "null_is_empty")]
    pub scope: String,
    /// `view`
    #[serde(default, deserialize_with = "null_is_empty")]
    pub role: String,
}

impl<'de> Deserialize<'de> for SecretOwner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "application" => Self::Application,
            "unit" => Self::Unit,
            _ => Self::Other(text),
        })
    }
}

/// Reads `secret-get ID --format=json`.
///
/// # Errors
/// When it is no map of texts.
pub fn secret_content(answer: &[u8]) -> Result<SecretContent, WireError> {
    decode(answer, "a map of texts")
}

/// Reads `secret-info-get --format=json`, which has one entry.
///
/// # Errors
/// When it has not exactly one.
pub fn secret_info(answer: &[u8]) -> Result<(SecretId, SecretInfo), WireError> {
    const EXPECTED: &str = "one secret's description";
    let entries: BTreeMap<SecretId, SecretInfo> = decode(answer, EXPECTED)?;
    let mut entries = entries.into_iter();
    match (entries.next(), entries.next()) {
        (Some(entry), None) => Ok(entry),
        _ => Err(WireError::Shape { expected: EXPECTED }),
    }
}

/// Reads `secret-ids --format=json`: `null` when there is none. Juju's order is random, ours is not.
///
/// # Errors
/// When it is no list of secret ids.
pub fn secret_ids(answer: &[u8]) -> Result<Vec<SecretId>, WireError> {
    let mut ids: Vec<SecretId> = decode_or_empty(answer, "a list of secret ids")?;
    ids.sort();
    Ok(ids)
}
