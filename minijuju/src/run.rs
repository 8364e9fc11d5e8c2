//! What a unit agent can run: a hook, an action, or a command.

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{ContainerName, SecretId, StorageId, UnitName};

/// One thing to run in the charm container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Run {
    Hook(Hook),
    Action {
        /// Key into the model's actions.
        id: u64,
    },
    /// `juju exec`: a shell command with the hook tools at hand.
    Exec {
        /// Key into the model's actions, where it came as the action `juju-exec`.
        action: Option<u64>,
        command: String,
        relation: Option<u32>,
        remote_unit: Option<UnitName>,
    },
}

/// A hook with what its environment tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hook {
    Install,
    Start,
    ConfigChanged,
    UpdateStatus,
    UpgradeCharm,
    Stop,
    Remove,
    LeaderElected,
    LeaderSettingsChanged,
    Relation {
        kind: RelationHook,
        relation: u32,
        /// Empty in -broken of a relation older than the agent's last start.
        remote_application: String,
        remote_unit: Option<UnitName>,
        /// In -departed.
        departing_unit: Option<UnitName>,
    },
    Storage {
        kind: StorageHook,
        storage: StorageId,
    },
    PebbleReady {
        container: ContainerName,
    },
    PebbleCustomNotice {
        container: ContainerName,
        id: String,
        key: String,
    },
    PebbleCheck {
        container: ContainerName,
        kind: CheckHook,
        check: String,
    },
    Secret {
        kind: SecretHook,
        secret: SecretId,
        label: String,
        /// In -remove and -expired.
        revision: Option<u32>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationHook {
    Created,
    Joined,
    Changed,
    Departed,
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageHook {
    Attached,
    Detaching,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckHook {
    Failed,
    Recovered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretHook {
    Changed,
    Remove,
    Rotate,
    Expired,
}
