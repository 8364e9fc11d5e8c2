//! The verbs that act on pods.

use std::rc::Rc;

use tokio::sync::oneshot;

use super::{find_unit, to_answer};
use crate::daemon::caller::Answer;
use crate::daemon::controller::Controller;
use crate::daemon::unit_handle::Order;
use crate::pod::error::chain;

/// Tells where the container's description is.
pub fn container(controller: &Controller, unit: &str, container: &str) -> Answer {
    let unit = find_unit(controller, unit)?;
    let units = controller.units.borrow();
    let pod = units.get(&unit).and_then(|handle| handle.pod.borrow().clone());
    let pod = pod.ok_or_else(|| format!("the pod of unit \"{unit}\" is not running"))?;
    let path = pod.spec(container).map_err(|error| chain(&error))?;
    to_answer(path)
}

pub async fn kill(controller: &Rc<Controller>, unit: &str) -> Answer {
    order(controller, unit, Order::Kill).await
}

pub async fn delete(controller: &Rc<Controller>, unit: &str) -> Answer {
    order(controller, unit, Order::Delete).await
}

pub async fn restart(controller: &Rc<Controller>, unit: &str, container: String) -> Answer {
    order(controller, unit, Order::RestartContainer(container)).await
}

/// Removes all of the model; the controller ends when it has answered. Goes on when the verb goes away.
pub async fn destroy_model(controller: &Rc<Controller>) -> Answer {
    let parts = Rc::clone(controller);
    let (done, outcome) = oneshot::channel();
    tokio::task::spawn_local(async move {
        parts.intake.close().await;
        parts.model.change(|model| {
            model.relations.clear();
            model.units.clear();
            model.applications.clear();
        });
        parts.all_units_gone().await;
        let destroyed = parts.node.destroy().await.map_err(|error| chain(&error));
        if destroyed.is_ok() {
            parts.note_destroyed();
        }
        if done.send(destroyed).is_err() {
            parts.end_if_destroyed().await;
        }
    });
    outcome.await.map_err(|_| "the controller gave up".to_owned())??;
    Ok(serde_json::Value::Null)
}

async fn order(controller: &Rc<Controller>, unit: &str, order: Order) -> Answer {
    let unit = find_unit(controller, unit)?;
    let (done, outcome) = oneshot::channel();
    let sent = controller.units.borrow().get(&unit).map(|handle| handle.orders.send((order, done)));
    match sent {
        Some(Ok(())) => {}
        _ => return Err(format!("the pod of unit \"{unit}\" is not running")),
    }
    outcome.await.map_err(|_| format!("unit \"{unit}\" is gone"))??;
    Ok(serde_json::Value::Null)
}
