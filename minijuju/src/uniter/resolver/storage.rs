//! The hooks of storage instances.

use super::{Next, View, hook};
use crate::controller::life::Life;
use crate::controller::storage::StorageInstance;
use crate::controller::unit::Step;
use crate::run::{Hook, StorageHook};

/// Rank 11: with nothing in progress, or a hook queued on a unit that was started.
pub(super) fn next(view: &View<'_>) -> Option<Next> {
    let may_run = match view.operation() {
        None => view.record.installed,
        Some(operation) => operation.step == Step::Queued && view.record.started,
    };
    let own = view.model.storage.values().filter(|storage| storage.unit == view.unit.name && may_run);
    let shuffled = view.shuffled(own, |storage| number(storage));
    shuffled.into_iter().find_map(|storage| of_instance(view, storage)).map(hook)
}

/// Storage that a dying unit never attached goes without a hook.
fn of_instance(view: &View<'_>, storage: &StorageInstance) -> Option<Hook> {
    let attached = view.record.storage_attached.contains(&storage.id);
    let stays = view.is_alive() && storage.life == Life::Alive;
    let kind = match (attached, stays) {
        (false, true) if storage.provisioned => StorageHook::Attached,
        (true, false) => StorageHook::Detaching,
        (false | true, true) | (false, false) => return None,
    };
    Some(Hook::Storage { kind, storage: storage.id.clone() })
}

fn number(storage: &StorageInstance) -> u64 {
    storage.id.as_str().rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
