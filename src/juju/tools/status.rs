//! Statuses, the workload's version, and Juju's log: what takes effect at once, whatever becomes of the hook.

use super::{HookTools, ToolError};
use crate::juju::status::Status;
use crate::juju::wire::{self, ApplicationStatus, ReportedStatus};

/// The levels of Juju's log that a charm uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For who looks for a fault.
    Debug,
    /// The world changed.
    Info,
    /// We went on despite of it.
    Warning,
    /// We could not go on.
    Error,
}

impl LogLevel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

impl HookTools {
    /// This unit's status as Juju knows it.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn status_get(&self) -> Result<ReportedStatus, ToolError> {
        self.ask("status-get", &["--include-data"], wire::unit_status).await
    }

    /// The application's status with its units'. Only the leader may ask.
    ///
    /// # Errors
    /// When this unit does not lead, or Juju does not answer.
    pub async fn application_status_get(&self) -> Result<ApplicationStatus, ToolError> {
        self.ask("status-get", &["--include-data", "--application"], wire::application_status).await
    }

    /// Sets this unit's status. Setting an equal one renews its time stamp, so ask first.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn status_set(&self, status: &Status) -> Result<(), ToolError> {
        self.tell("status-set", &["--", status.kind().as_str(), status.message()]).await
    }

    /// Sets the application's status. Only the leader may.
    ///
    /// # Errors
    /// When this unit does not lead, or Juju does not answer.
    pub async fn application_status_set(&self, status: &Status) -> Result<(), ToolError> {
        self.tell("status-set", &["--application", "--", status.kind().as_str(), status.message()]).await
    }

    /// Tells Juju which version of the workload runs, for `juju status` to show.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn application_version_set(&self, version: &str) -> Result<(), ToolError> {
        self.tell("application-version-set", &["--", version]).await
    }

    /// Writes one entry into Juju's log; it may have several lines, and must be shorter than 128 KiB.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn juju_log(&self, level: LogLevel, message: &str) -> Result<(), ToolError> {
        self.tell("juju-log", &["-l", level.as_str(), "--", message]).await
    }
}
