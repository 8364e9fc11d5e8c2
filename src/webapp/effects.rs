//! What this workload does beside what any charm does: commands in the app's container, and a signal.

use std::time::Duration;

use crate::effects::OwnEffect;
use crate::juju::names::ContainerName;
use crate::juju::status::Status;
use crate::pebble::types::Exec;
use crate::secret::Secret;

/// A change of this workload's own, in its container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebEffect {
    /// The app's container.
    pub container: ContainerName,
    /// What is done.
    pub change: Change,
}

/// A command, and what its output must not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The command.
    pub exec: Exec,
    /// What the app knows and nobody else may.
    pub hidden: Vec<Secret>,
}

/// What a service does when all is well: it answers where a path is known, else it goes on for some seconds and listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Which service.
    pub service: String,
    /// Its TCP port.
    pub port: u16,
    /// Of the URL.
    pub path: Option<String>,
    /// How long it may take until it does.
    pub within: Duration,
    /// What is shown if it ends.
    pub ends: Status,
    /// And if it does not answer.
    pub unanswered: Status,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A command that must succeed, or the unit is blocked with this status and nothing after it is done.
    Check {
        /// The command.
        command: Box<Command>,
        /// What is shown if it fails.
        problem: Status,
    },
    /// A migration of the database; how it ended, and what it said, is written to files in the container.
    Migrate {
        /// The command.
        command: Box<Command>,
        /// The file that tells how it ended.
        file: String,
        /// What it says after success.
        completed: String,
        /// What it says after failure.
        failed: String,
        /// What is shown if it fails, and after it the last line of what it said.
        problem: Status,
    },
    /// A command of an action's. If it fails, the action has failed, with its output.
    Act {
        /// The command.
        command: Box<Command>,
    },
    /// A service is watched until it is well.
    Prove(Probe),
    /// SIGHUP: the running service reads its configuration again.
    Reload {
        /// Which service.
        service: String,
    },
}

impl OwnEffect for WebEffect {
    fn container(&self) -> &ContainerName {
        &self.container
    }
}
