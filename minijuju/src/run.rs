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

impl Hook {
    /// The hook's name without the endpoint, storage or container that it begins with.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Start => "start",
            Self::ConfigChanged => "config-changed",
            Self::UpdateStatus => "update-status",
            Self::UpgradeCharm => "upgrade-charm",
            Self::Stop => "stop",
            Self::Remove => "remove",
            Self::LeaderElected => "leader-elected",
            Self::LeaderSettingsChanged => "leader-settings-changed",
            Self::Relation { kind, .. } => kind.name(),
            Self::Storage { kind: StorageHook::Attached, .. } => "storage-attached",
            Self::Storage { kind: StorageHook::Detaching, .. } => "storage-detaching",
            Self::PebbleReady { .. } => "pebble-ready",
            Self::PebbleCustomNotice { .. } => "pebble-custom-notice",
            Self::PebbleCheck { kind: CheckHook::Failed, .. } => "pebble-check-failed",
            Self::PebbleCheck { kind: CheckHook::Recovered, .. } => "pebble-check-recovered",
            Self::Secret { kind: SecretHook::Changed, .. } => "secret-changed",
            Self::Secret { kind: SecretHook::Remove, .. } => "secret-remove",
            Self::Secret { kind: SecretHook::Rotate, .. } => "secret-rotate",
            Self::Secret { kind: SecretHook::Expired, .. } => "secret-expired",
        }
    }

    /// Whether what happened in a workload container is told, so that a failure is no failure of the unit.
    pub fn is_workload(&self) -> bool {
        matches!(self, Self::PebbleReady { .. } | Self::PebbleCustomNotice { .. } | Self::PebbleCheck { .. })
    }
}

impl RelationHook {
    /// The hook's name behind the endpoint.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "relation-created",
            Self::Joined => "relation-joined",
            Self::Changed => "relation-changed",
            Self::Departed => "relation-departed",
            Self::Broken => "relation-broken",
        }
    }
}
