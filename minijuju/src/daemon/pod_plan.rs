//! The pod that a unit should have, from its charm's files and the model. Pure but for the folders of images.

use std::path::PathBuf;

use sidecharm::juju::metadata::{CharmFiles, CharmUser, JujuVersion, Metadata};
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
        charm_user: charm_user(&model.settings.agent_version, metadata),
        containers: containers.collect(),
        storage: mine.filter_map(|instance| storage_plan(files, instance)).collect(),
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
    }
}

/// Whom the charm runs as.
fn charm_user(agent_version: &str, metadata: &Metadata) -> CharmUser {
    let heeded = agent_version.parse().is_ok_and(|version: JujuVersion| version.has_charm_users());
    if heeded { metadata.charm_user } else { CharmUser::Root }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charm_runs_as_whom_it_says_from_juju_3_6_on() {
        let metadata =
            Metadata::parse("name: a\nsummary: s\ndescription: d\ncharm-user: non-root\n").unwrap();
        let user = |agent_version| charm_user(agent_version, &metadata);
        assert_eq!(["3.5.9", "3.6.0"].map(user), [CharmUser::Root, CharmUser::NonRoot]);
    }
}
