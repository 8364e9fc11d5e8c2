//! How a layer comes onto a plan and its services to run as it says, whenever the charm is killed in between.

use super::ContainerChange;
use crate::observed::Container;
use crate::pebble::types::{Layer, Owner, ServiceStatus};
use crate::secret::Secret;

/// Holds [`OWED`] from before a layer is added where services run until they were replanned. Pebble does not tell by which
/// plan a service runs.
pub const REPLAN_FILE: &str = "/etc/sidecharm/replan";
/// See [`REPLAN_FILE`].
pub const OWED: &str = "owed";

/// A layer that is to be on the plan.
#[derive(Debug)]
pub struct Wanted {
    /// The layer's label.
    pub label: &'static str,
    /// What it says.
    pub layer: Layer,
    /// The services that are to run.
    pub services: Vec<String>,
    /// Something that a running service has read has changed: it is owed a replan already.
    pub repaired: bool,
    /// How the plan is carried out: waited for, or not.
    pub replan: ContainerChange,
}

impl Wanted {
    /// The layer where the plan differs from it, and a replan where a service is not what it should be. A charm that is
    /// killed between the two leaves a note that the replan is owed.
    pub fn changes(self, container: &Container) -> Vec<ContainerChange> {
        let Self { label, layer, services, repaired, replan } = self;
        let differs = container.plan.is_changed_by(&layer);
        let stopped = |name: &str| {
            let state = container.services.iter().find(|info| info.name == name).map(|info| &info.current);
            state.is_none_or(|state| matches!(state, ServiceStatus::Inactive | ServiceStatus::Error))
        };
        let some_stopped = services.iter().any(|name| stopped(name));
        let some_run = !services.iter().all(|name| stopped(name));
        let owed = repaired || container.content(REPLAN_FILE) == Some(OWED);
        let mut changes = Vec::new();
        if differs {
            changes.extend((some_run && !owed).then(owe));
            changes.push(ContainerChange::AddLayer { label, layer: Box::new(layer) });
        }
        if differs || owed || some_stopped {
            changes.push(replan);
        }
        changes.extend((owed || differs && some_run).then(|| note("")));
        changes
    }
}

/// The note that a replan is owed.
pub fn owe() -> ContainerChange {
    note(OWED)
}

fn note(text: &str) -> ContainerChange {
    let path = REPLAN_FILE.to_owned();
    ContainerChange::Push { path, content: Secret::new(text), owner: Owner::both("root"), mode: 0o644 }
}
