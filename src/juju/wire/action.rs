//! `action-get`.

use super::{WireError, decode_or_empty};

/// The parameters of an action, checked by Juju against its schema, defaults filled in.
pub type Parameters = serde_json::Map<String, serde_json::Value>;

/// Reads `action-get --format=json`.
///
/// # Errors
/// When it is no map.
pub fn action_parameters(answer: &[u8]) -> Result<Parameters, WireError> {
    decode_or_empty(answer, "a map of parameters")
}
