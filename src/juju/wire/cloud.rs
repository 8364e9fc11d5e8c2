//! `credential-get`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{WireError, decode, null_is_empty};
use crate::secret::Secret;

/// The cloud that the model lives in, for a trusted charm.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CloudSpec {
    /// `kubernetes`, `lxd` …
    #[serde(rename = "type")]
    pub cloud_type: String,
    /// The operator's name for it.
    pub name: String,
    /// Empty where clouds have none.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub region: String,
    /// Its API's URL.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub endpoint: String,
    /// How to log in.
    pub credential: Option<Credential>,
    /// Certificates to trust, in PEM. Juju spells this key without a hyphen.
    #[serde(default, deserialize_with = "null_is_empty", rename = "cacertificates")]
    pub ca_certificates: Vec<String>,
    /// The endpoint's certificate is not to be checked.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub skip_tls_verify: bool,
    /// The controller runs in the same cloud.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub is_controller_cloud: bool,
}

/// How to log in to a cloud.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Credential {
    /// `oauth2`, `certificate` …
    pub auth_type: String,
    /// What that type needs.
    #[serde(default, deserialize_with = "null_is_empty", rename = "attrs")]
    pub attributes: BTreeMap<String, Secret>,
}

/// Reads `credential-get --format=json`.
///
/// # Errors
/// When it is no cloud.
pub fn cloud_spec(answer: &[u8]) -> Result<CloudSpec, WireError> {
    decode(answer, "a cloud")
}
