//! What this workload does beside what any charm does: commands in the app's container, and a signal.

use crate::effects::OwnEffect;
use crate::juju::names::ContainerName;
use crate::juju::status::Status;
use crate::pebble::types::Exec;

/// A change of this workload's own, in its container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebEffect {
    /// The app's container.
    pub container: ContainerName,
    /// What is done.
    pub change: Change,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A command that must succeed, or the unit is blocked with this status and nothing after it is done.
    Check {
        /// The command.
        exec: Box<Exec>,
        /// What is shown if it fails.
        problem: Status,
    },
    /// A migration of the database; how it ended is written to a file in the container.
    Migrate {
        /// The command.
        exec: Box<Exec>,
        /// The file.
        file: String,
        /// What it says after success.
        completed: String,
        /// What it says after failure.
        failed: String,
        /// What is shown if it fails.
        problem: Status,
    },
    /// A command of an action's. If it fails, the action has failed, with its output.
    Act {
        /// The command.
        exec: Box<Exec>,
    },
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
