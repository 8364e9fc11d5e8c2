//! `storage-list` and `storage-get`.

use serde::Deserialize;

use super::{WireError, decode, decode_or_empty};
use crate::juju::names::StorageId;

/// Where a storage is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StorageDetails {
    /// `filesystem` or `block`.
    pub kind: String,
    /// An absolute path in the charm container.
    pub location: String,
}

/// Reads `storage-list --format=json`.
///
/// # Errors
/// When it is no list of storage ids.
pub fn storage_ids(answer: &[u8]) -> Result<Vec<StorageId>, WireError> {
    decode_or_empty(answer, "a list of storage ids")
}

/// Reads `storage-get -s ID --format=json`.
///
/// # Errors
/// When it is no storage.
pub fn storage_details(answer: &[u8]) -> Result<StorageDetails, WireError> {
    decode(answer, "a storage")
}
