//! A storage instance: a folder of the model that outlives pods.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{StorageId, UnitName};

use super::life::Life;

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
