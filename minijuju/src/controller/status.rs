//! Statuses of units, agents and applications.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusInfo {
    /// Juju's own word: `active`, `blocked`, `executing`, `error` …
    pub status: String,
    pub message: String,
    pub data: BTreeMap<String, String>,
    pub since: OffsetDateTime,
}

impl StatusInfo {
    pub fn new(status: &str, message: &str, since: OffsetDateTime) -> Self {
        Self { status: status.to_owned(), message: message.to_owned(), data: BTreeMap::new(), since }
    }
}
