//! Replaces the pods of an application one after the other, the highest number first, as a `StatefulSet` does.

use std::rc::Rc;

use sidecharm::juju::names::{ApplicationName, UnitName};
use tokio::sync::{mpsc, oneshot};

use super::controller::Controller;
use super::unit_handle::Order;
use crate::controller::log::Level;

/// Rolls each application that is named, until this future is dropped. One named twice is rolled twice: the second time
/// may be for a change that the first came too early for.
pub async fn keep(controller: &Rc<Controller>, mut named: mpsc::UnboundedReceiver<ApplicationName>) {
    while let Some(application) = named.recv().await {
        let mut units: Vec<UnitName> = controller.model.read(|model| {
            model.units.keys().filter(|unit| unit.application() == application).cloned().collect()
        });
        units.sort_by_key(|unit| std::cmp::Reverse(unit.number()));
        for unit in units {
            if let Err(text) = replace(controller, &unit).await {
                controller.log(Level::Warning, format!("the pod of {unit} is not replaced: {text}"));
            }
        }
    }
}

/// Has the unit's pod stopped, and waits until another one runs or the unit is gone.
async fn replace(controller: &Controller, unit: &UnitName) -> Result<(), String> {
    let handle =
        |unit| controller.units.borrow().get(unit).map(|handle| (handle.orders.clone(), handle.pod.clone()));
    let (orders, mut pod) = handle(unit).ok_or("it is gone")?;
    let old = pod.wait_for(Option::is_some).await.map_err(|_| "it is gone")?.clone();
    let (done, outcome) = oneshot::channel();
    orders.send((Order::Delete, done)).map_err(|_| "it is gone")?;
    outcome.await.map_err(|_| "it is gone")??;
    let address = old.map(|pod| pod.address());
    let is_new = |pod: &Option<_>| {
        pod.as_ref()
            .is_some_and(|pod: &std::sync::Arc<crate::pod::sandbox::Sandbox>| Some(pod.address()) != address)
    };
    pod.wait_for(is_new).await.map(drop).map_err(|_| "it is gone".to_owned())
}
