//! What a tool does at once, whatever becomes of the hook. The buffered rest is a
//! [`crate::controller::commit::HookChanges`].

use std::collections::BTreeMap;

use serde::Serialize;
use sidecharm::juju::names::SecretId;

use crate::controller::log::LogLine;

/// One immediate effect, already applied to the model where it concerns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A line for the model's log.
    Log(LogLine),
    UnitStatus {
        status: String,
        message: String,
    },
    ApplicationStatus {
        status: String,
        message: String,
    },
    WorkloadVersion(String),
    /// juju-reboot, at the flush.
    AgentStatus(String),
    /// Changed leader settings; an empty value deletes.
    LeaderSettings(BTreeMap<String, String>),
    ActionLog(String),
    SecretContent(SecretRead),
    /// juju-reboot `--now`: the hook's process is to be killed.
    KillHook,
}

/// A secret's content was read from the controller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretRead {
    pub secret: SecretId,
    pub revision: u32,
    pub peek: bool,
    pub refresh: bool,
    /// The revision that the unit tracks from now on, if this read set it.
    pub tracked: Option<u32>,
    /// The owner's label, if this read changed it.
    pub owner_label: Option<String>,
    /// The consumer's own label, if this read changed it.
    pub consumer_label: Option<String>,
}

impl Effect {
    /// Whether the model is another one than before.
    pub fn changes_model(&self) -> bool {
        match self {
            Self::Log(_) | Self::KillHook => false,
            Self::SecretContent(read) => {
                read.tracked.is_some() || read.owner_label.is_some() || read.consumer_label.is_some()
            }
            Self::UnitStatus { .. }
            | Self::ApplicationStatus { .. }
            | Self::WorkloadVersion(_)
            | Self::AgentStatus(_)
            | Self::LeaderSettings(_)
            | Self::ActionLog(_) => true,
        }
    }
}
