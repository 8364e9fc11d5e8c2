//! An application: its charm, options, leadership and address.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{ApplicationName, ContainerName, EndpointName, StorageName, UnitName};

use super::life::Life;
use super::relation::Role;
use super::status::StatusInfo;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub name: ApplicationName,
    pub life: Life,
    /// The unpacked charm, a copy in the model folder that belongs to this revision.
    pub charm_dir: PathBuf,
    /// `local:redis-k8s-0`
    pub charm_url: String,
    /// Grows with each refresh or attached resource: the agent's reason for upgrade-charm.
    pub charm_modified_version: u32,
    /// How many units the operator wants.
    pub scale: u32,
    pub trust: bool,
    /// Options the operator set, as JSON scalars.
    pub options: BTreeMap<String, serde_json::Value>,
    /// Every option of the charm with its default; `null` = it has none.
    pub option_defaults: BTreeMap<String, serde_json::Value>,
    /// What network-get may be asked for: the charm's endpoints, its extra bindings, and `juju-info`.
    pub bindings: BTreeSet<String>,
    /// What the charm's metadata declare, as far as the model needs it between deployments.
    pub declared: Declared,
    /// Set with `status-set --application`; absent = derived from the units.
    pub status: Option<StatusInfo>,
    pub workload_version: Option<String>,
    /// ≤ 3.x leader settings.
    pub leader_settings: BTreeMap<String, String>,
    pub leadership: Leadership,
    /// The Service's address: absent until "Kubernetes" gave one.
    pub service_address: Option<Ipv4Addr>,
    /// Resource name → the file in the model folder, and its revision.
    pub resources: BTreeMap<String, Resource>,
}

/// What a charm declares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    pub endpoints: BTreeMap<EndpointName, DeclaredEndpoint>,
    pub storage: BTreeMap<StorageName, DeclaredStorage>,
    pub containers: BTreeSet<ContainerName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredEndpoint {
    pub role: Role,
    pub interface: String,
    /// How many relations it takes; absent = any number.
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredStorage {
    /// `filesystem` or `block`.
    pub kind: String,
    /// Where the charm container sees it, if the charm says so.
    pub location: Option<String>,
    /// Instances each unit gets.
    pub count: u32,
}

/// Who holds the lease.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leadership {
    pub leader: Option<UnitName>,
    /// Bumped when leader settings change (leader-settings-changed).
    pub settings_version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    pub path: PathBuf,
    pub revision: u32,
}
