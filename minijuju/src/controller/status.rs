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

/// The words from worst to best, as Juju ranks them for an application that never set a status.
const SEVERITIES: [&str; 7] =
    ["error", "blocked", "maintenance", "waiting", "active", "terminated", "unknown"];

/// The status of an application that never set one: its units' worst.
pub fn derived(units: &[&StatusInfo], now: OffsetDateTime) -> StatusInfo {
    worst(units.iter().copied()).cloned().unwrap_or_else(|| StatusInfo::new("unknown", "", now))
}

/// The worst of them, the first if several are.
pub fn worst<'s>(statuses: impl Iterator<Item = &'s StatusInfo>) -> Option<&'s StatusInfo> {
    let rank = |info: &&StatusInfo| {
        SEVERITIES.iter().position(|word| *word == info.status).unwrap_or(SEVERITIES.len())
    };
    statuses.min_by_key(rank)
}
