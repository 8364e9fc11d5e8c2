//! A unit: what the controller knows of it, and what its agent has recorded there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{SecretId, StorageId, UnitName};

use super::life::Life;
use super::status::StatusInfo;
use crate::run::Hook;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub name: UnitName,
    pub life: Life,
    /// The pod's address; a new pod has a new one.
    pub address: Option<Ipv4Addr>,
    pub workload_status: StatusInfo,
    pub agent_status: StatusInfo,
    /// Its agent has ended, perhaps with its pod, and no other has begun.
    #[serde(default)]
    pub agent_gone: bool,
    pub workload_version: Option<String>,
    pub ports: BTreeSet<OpenedPort>,
    /// `state-set`; `None` is Juju's `null` of a unit that never set anything.
    pub charm_state: Option<BTreeMap<String, String>>,
    pub agent: AgentRecord,
}

/// A port of one endpoint; the endpoint `""` stands for all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpenedPort {
    pub endpoint: String,
    /// `tcp`, `udp` or `icmp`.
    pub protocol: String,
    pub from: u16,
    pub to: u16,
}

/// What the unit agent keeps on the controller, so that it survives a restart of the agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecord {
    pub installed: bool,
    pub started: bool,
    pub stopped: bool,
    pub removed: bool,
    pub leader: bool,
    /// The charm has set a workload status.
    pub status_set: bool,
    pub config_hash: Option<String>,
    pub trust_hash: Option<String>,
    pub address_hash: Option<String>,
    pub charm_modified_version: u32,
    /// The hook that is queued, was started and not ended, or failed. Actions and commands leave it as it is.
    pub operation: Option<Operation>,
    pub relations: BTreeMap<u32, RelationRecord>,
    pub storage_attached: BTreeSet<StorageId>,
    /// Latest revision of each secret that this unit was told of with secret-changed (or first read).
    pub secret_revisions: BTreeMap<SecretId, u32>,
    /// Revisions already announced with secret-remove.
    pub obsolete_announced: BTreeSet<(SecretId, u32)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub hook: Hook,
    pub step: Step,
    /// Of a -joined or -changed: the bag's version when the hook was chosen first. A retry tells newer data, and the
    /// hook for them still comes.
    pub bag_version: Option<u64>,
}

/// How far an operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Decided, not begun (config-changed after upgrade-charm, start after the first config-changed …).
    Queued,
    /// Begun; found so at agent start or after a failure, it counts as failed.
    Pending,
    /// Ended well, its outcome not yet recorded.
    Done,
}

/// The agent's view of one relation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationRecord {
    /// -created has run.
    pub created: bool,
    /// Units whose -joined has been committed, with the bag version last announced.
    pub members: BTreeMap<UnitName, u64>,
    /// Application bag versions last announced, by application.
    pub application_versions: BTreeMap<String, u64>,
    /// -joined ran, its -changed is owed.
    pub changed_pending: Option<UnitName>,
    /// -broken has run: nothing more happens here.
    pub broken: bool,
}
