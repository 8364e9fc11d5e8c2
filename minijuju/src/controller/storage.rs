//! A storage instance: a folder of the model that outlives pods.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{StorageId, UnitName};

use super::model::{Life, Model};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageInstance {
    pub id: StorageId,
    pub unit: UnitName,
    /// `filesystem` or `block`.
    pub kind: String,
    /// Where the charm container sees it; empty until provisioned.
    pub location: String,
    /// The folder on this machine.
    pub source: PathBuf,
    pub life: Life,
    pub provisioned: bool,
}

/// The storage attached to a unit, provisioned or not. What goes stays attached until its storage-detaching has run, and
/// is gone at once if storage-attached never has.
pub fn attached<'m>(model: &'m Model, unit: &UnitName) -> impl Iterator<Item = &'m StorageInstance> {
    let unit = model.units.get(unit);
    let own = move |instance: &&StorageInstance| {
        unit.is_some_and(|unit| {
            let stays = unit.life == Life::Alive && instance.life == Life::Alive;
            instance.unit == unit.name && (stays || unit.agent.storage_attached.contains(&instance.id))
        })
    };
    model.storage.values().filter(own)
}
