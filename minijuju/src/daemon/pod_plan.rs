//! The pod that a unit should have, from its charm's files and the model. Pure but for the folders of images.

use std::path::PathBuf;

use sidecharm::juju::metadata::{CharmFiles, Storage};
use sidecharm::juju::names::{StorageName, UnitName};

use super::resources;
use crate::controller::application::Application;
use crate::controller::model::Model;
use crate::controller::storage::StorageInstance;
use crate::pod::plan::{PodPlan, StoragePlan, WorkloadPlan};
use crate::pod::spec::Access;

/// Plans the unit's pod; `tools` are the names of the hook tools.
pub fn plan(
    model: &Model,
    application: &Application,
    unit: &UnitName,
    files: &CharmFiles,
    tools: &[&str],
) -> PodPlan {
    let metadata = &files.metadata;
    let containers = metadata.containers.iter().map(|(name, container)| {
        let rock = resources::rock(metadata, &application.resources, container.resource.as_deref());
        (name.clone(), WorkloadPlan { uid: container.uid, gid: container.gid, rock })
    });
    let mine = model.storage.values().filter(|storage| storage.unit == *unit);
    PodPlan {
        unit: unit.clone(),
        model: model.name.clone(),
        charm: application.charm_dir.clone(),
        charm_user: metadata.charm_user,
        containers: containers.collect(),
        storage: mine.filter_map(|instance| storage_plan(files, instance)).collect(),
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
    }
}

/// Where Juju mounts an instance in the charm container.
pub fn location(name: &StorageName, declared: &Storage, number: &str) -> PathBuf {
    match &declared.location {
        // Of several instances each has its own folder below the place that the charm names.
        Some(location) if declared.count.maximum != Some(1) => PathBuf::from(location).join(number),
        Some(location) => PathBuf::from(location),
        None => PathBuf::from(format!("/var/lib/juju/storage/{name}/{number}")),
    }
}

/// `None` for what the charm's present revision no longer declares.
fn storage_plan(files: &CharmFiles, instance: &StorageInstance) -> Option<StoragePlan> {
    let metadata = &files.metadata;
    let (name, declared) = metadata.storage.iter().find(|(name, _)| name.as_str() == instance.id.name())?;
    let mounts = metadata.containers.iter().flat_map(|(container, declared)| {
        let mounts = declared.mounts.iter().filter(|mount| mount.storage == *name);
        mounts.map(|mount| (container.clone(), PathBuf::from(&mount.location)))
    });
    let number = instance.id.as_str().rsplit_once('/').map_or("0", |(_, number)| number);
    Some(StoragePlan {
        source: instance.source.clone(),
        location: location(name, declared, number),
        mounts: mounts.collect(),
        access: if declared.read_only { Access::ReadOnly } else { Access::ReadWrite },
    })
}
