//! A keeper for each unit of the model, and none for any other.

use std::rc::Rc;

use sidecharm::juju::names::UnitName;
use tokio::task::JoinSet;

use super::controller::Controller;
use super::pod_keeper::PodKeeper;

/// Keeps the keepers, until this future is dropped. Pods whose unit is gone are removed first.
pub async fn keep(controller: &Rc<Controller>) {
    let mut changes = controller.model.subscribe();
    remove_strangers(controller).await;
    let mut keepers = JoinSet::new();
    loop {
        for unit in without_keeper(controller) {
            let (keeper, handle) = PodKeeper::new(controller, &unit);
            controller.units.borrow_mut().insert(unit.clone(), handle);
            keepers.spawn_local(async move {
                keeper.keep().await;
                unit
            });
        }
        tokio::select! {
            outcome = changes.changed() => if outcome.is_err() { return },
            Some(ended) = keepers.join_next() => match ended {
                Ok(unit) => {
                    controller.units.borrow_mut().remove(&unit);
                    controller.unit_gone.notify_waiters();
                }
                Err(error) => tracing::error!(%error, "the keeper of a pod panicked"),
            },
        }
    }
}

fn without_keeper(controller: &Controller) -> Vec<UnitName> {
    let kept = controller.units.borrow();
    let new = |unit: &&UnitName| !kept.contains_key(*unit);
    controller.model.read(|model| model.units.keys().filter(new).cloned().collect())
}

async fn remove_strangers(controller: &Controller) {
    for unit in controller.node.units_with_pods() {
        if controller.model.read(|model| model.units.contains_key(&unit)) {
            continue;
        }
        if let Err(error) = controller.node.remove_pod(&unit).await {
            tracing::error!(%unit, error = crate::pod::error::chain(&error), "cannot remove a pod that was left");
        }
    }
}
