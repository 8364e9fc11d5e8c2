//! `storage-get`: what and where a storage instance is.

use sidecharm::juju::names::{StorageId, UnitName};

use super::go::quote;
use crate::controller::model::Model;

/// Judges a storage id given with `-s`: its form, and whether the unit has it, provisioned.
pub(super) fn check(model: &Model, unit: &UnitName, value: &str) -> Result<(), String> {
    let canonical =
        value.rsplit_once('/').is_some_and(|(_, number)| number == "0" || !number.starts_with('0'));
    let id = StorageId::parse(value).ok().filter(|_| canonical);
    let id = id.ok_or_else(|| format!("invalid storage ID {}", quote(value)))?;
    let attached = model.storage.get(&id).filter(|instance| instance.unit == *unit);
    let instance = attached.ok_or_else(|| format!("storage attachment {id}:{unit} not found"))?;
    // A block device never gets into a pod's charm container.
    if instance.kind == "block" {
        return Err(format!("storage {id} not provisioned"));
    }
    if instance.provisioned {
        Ok(())
    } else {
        Err(format!("filesystem for storage {} not provisioned", quote(value)))
    }
}
