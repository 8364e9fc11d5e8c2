//! `status-get`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{WireError, decode, null_is_empty};
use crate::juju::names::UnitName;
use crate::juju::status::Status;

/// A status as Juju reports it: also with words that a charm cannot set (`unknown`, `error`, `terminated`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReportedStatus {
    /// Juju's word.
    pub status: String,
    /// Its message.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub message: String,
}

impl ReportedStatus {
    /// Says whether setting this status would change nothing but its time stamp.
    pub fn shows(&self, status: &Status) -> bool {
        self.status == status.kind().as_str() && self.message == status.message()
    }
}

/// An application's status with its units'.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ApplicationStatus {
    /// Set by the leader, or derived from the units.
    #[serde(flatten)]
    pub status: ReportedStatus,
    /// Every unit's own.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub units: BTreeMap<UnitName, ReportedStatus>,
}

/// Reads `status-get --include-data --format=json`.
///
/// # Errors
/// When it is no status.
pub fn unit_status(answer: &[u8]) -> Result<ReportedStatus, WireError> {
    decode(answer, "a status")
}

/// Reads `status-get --application --include-data --format=json`.
///
/// # Errors
/// When it is no application's status.
pub fn application_status(answer: &[u8]) -> Result<ApplicationStatus, WireError> {
    #[derive(Deserialize)]
    struct Outer {
        #[serde(rename = "application-status")]
        application_status: ApplicationStatus,
    }
    decode(answer, "an application's status").map(|outer: Outer| outer.application_status)
}
