//! The pod that a unit should have, from its charm's files and the model. Pure but for the folders of images.

use std::path::PathBuf;

use sidecharm::juju::metadata::CharmFiles;
use sidecharm::juju::names::UnitName;

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

/// `None` for what the charm's present revision no longer declares.
fn storage_plan(files: &CharmFiles, instance: &StorageInstance) -> Option<StoragePlan> {
    let metadata = &files.metadata;
    let (name, declared) = metadata.storage.iter().find(|(name, _)| name.as_str() == instance.id.name())?;
    let mounts = metadata.containers.iter().flat_map(|(container, declared)| {
        let mounts = declared.mounts.iter().filter(|mount| mount.storage == *name);
        mounts.map(|mount| (container.clone(), PathBuf::from(&mount.location)))
    });
    Some(StoragePlan {
        source: instance.source.clone(),
        location: PathBuf::from(&instance.location),
        mounts: mounts.collect(),
        access: if declared.read_only { Access::ReadOnly } else { Access::ReadWrite },
    })
}
