//! The whole model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{ApplicationName, SecretId, StorageId, UnitName};

use super::action::Action;
use super::application::Application;
use super::life::Life;
use super::relation::Relation;
use super::secret::ModelSecret;
use super::storage::StorageInstance;
use super::unit::Unit;

/// The model: every thing by its name or number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub name: String,
    pub uuid: String,
    pub settings: Settings,
    pub applications: BTreeMap<ApplicationName, Application>,
    pub units: BTreeMap<UnitName, Unit>,
    /// By the number behind the colon of a relation id.
    pub relations: BTreeMap<u32, Relation>,
    pub secrets: BTreeMap<SecretId, ModelSecret>,
    pub storage: BTreeMap<StorageId, StorageInstance>,
    pub actions: BTreeMap<u64, Action>,
    pub next: Counters,
}

impl Model {
    /// A model with nothing in it, and Juju's settings.
    pub fn empty(name: &str, uuid: &str) -> Self {
        Self {
            name: name.to_owned(),
            uuid: uuid.to_owned(),
            settings: Settings::default(),
            applications: BTreeMap::new(),
            units: BTreeMap::new(),
            relations: BTreeMap::new(),
            secrets: BTreeMap::new(),
            storage: BTreeMap::new(),
            actions: BTreeMap::new(),
            next: Counters::default(),
        }
    }

    /// The storage attached to a unit, provisioned or not. What goes stays attached until its storage-detaching has run, and
    /// is gone at once if storage-attached never has.
    pub fn attached_storage(&self, unit: &UnitName) -> impl Iterator<Item = &StorageInstance> {
        let unit = self.units.get(unit);
        let own = move |instance: &&StorageInstance| {
            unit.is_some_and(|unit| {
                let stays = unit.life == Life::Alive && instance.life == Life::Alive;
                instance.unit == unit.name && (stays || unit.agent.storage_attached.contains(&instance.id))
            })
        };
        self.storage.values().filter(own)
    }
}

/// Numbers handed out once, never again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub relation: u32,
    pub storage: u32,
    /// Task and operation ids share one sequence in Juju.
    pub action: u64,
    pub secret: u64,
    /// Pod addresses are given out in order.
    pub address: u32,
    pub service_address: u32,
}

/// What the operator may set for the whole model, and what minijuju plays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Settings {
    /// The Juju that is imitated; also `JUJU_VERSION`.
    pub agent_version: String,
    pub automatically_retry_hooks: bool,
    /// Seconds between update-status hooks (Juju: 300).
    pub update_status_hook_interval: f64,
    /// Seconds between two looks at each Pebble's boot id (Juju: 5).
    pub pebble_poll_interval: f64,
    /// Seconds from SIGTERM to SIGKILL of a pod (Kubernetes: 30).
    pub termination_grace_period: f64,
    /// Seconds from the end of a pod to the start of the one that replaces it (Kubernetes: a few, or minutes for a lost node).
    pub pod_replacement_delay: f64,
    /// Seconds a leader's lease outlives its unit (Juju: up to 60).
    pub leader_lease: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            agent_version: "3.6.9".to_owned(),
            automatically_retry_hooks: true,
            update_status_hook_interval: 300.0,
            pebble_poll_interval: 5.0,
            termination_grace_period: 30.0,
            pod_replacement_delay: 0.0,
            leader_lease: 60.0,
        }
    }
}
