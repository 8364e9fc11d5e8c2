//! `state-get` and `leader-get`: maps of texts that a charm keeps with the controller.

use std::collections::BTreeMap;

use super::{WireError, decode_or_empty};

/// Reads `state-get --format=json` (`null` when there is nothing) or `leader-get --format=json`.
///
/// # Errors
/// When it is no map of texts.
pub fn state(answer: &[u8]) -> Result<BTreeMap<String, String>, WireError> {
    decode_or_empty(answer, "a map of texts")
}
