//! The leader's lease: claimed, renewed, and taken over when its holder has gone. It runs no hook.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use sidecharm::juju::names::{ApplicationName, UnitName};
use tokio::time::{Instant, sleep, timeout_at};

use crate::controller::life::Life;
use crate::controller::model::Model;
use crate::controller::shared::SharedModel;

/// Until when each application's leader may be sure of its lease, for all agents of a model; cheap to clone. Who holds
/// it is in the model.
#[derive(Debug, Clone, Default)]
pub struct Leases(Rc<RefCell<BTreeMap<ApplicationName, Instant>>>);

impl Leases {
    fn extend(&self, application: &ApplicationName, duration: Duration) {
        self.0.borrow_mut().insert(application.clone(), Instant::now() + duration);
    }

    /// A lease nobody has renewed since the controller started counts as renewed now.
    fn end(&self, application: &ApplicationName, duration: Duration) -> Instant {
        let now = Instant::now();
        *self.0.borrow_mut().entry(application.clone()).or_insert(now + duration)
    }
}

/// Who leads, as the unit sees it.
enum Holder {
    This,
    Nobody,
    Other,
}

/// Looks after the lease on a unit's behalf for as long as it is polled, and tells it whether it leads: a deposed
/// leader hears of it when it wants to renew.
pub async fn keep(shared: &SharedModel, leases: &Leases, unit: &UnitName, tell: impl Fn(bool)) {
    let application = unit.application();
    let mut changes = shared.subscribe();
    loop {
        changes.mark_unchanged();
        let (holder, may_claim, duration) = shared.read(|model| look(model, unit));
        match holder {
            Holder::This => {
                leases.extend(&application, duration);
                tell(true);
                sleep(duration / 2).await;
            }
            Holder::Nobody if may_claim => claim(shared, leases, unit, duration),
            Holder::Nobody => {
                tell(false);
                if changes.changed().await.is_err() {
                    return;
                }
            }
            Holder::Other => {
                tell(false);
                let end = leases.end(&application, duration);
                match timeout_at(end, changes.changed()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return,
                    // Renewing changes nothing in the model: nobody was woken by it.
                    Err(_) if leases.end(&application, duration) > Instant::now() => {}
                    Err(_) if may_claim => claim(shared, leases, unit, duration),
                    // A unit that is going waits for what becomes of it, not for the lease.
                    Err(_) => sleep(duration).await,
                }
            }
        }
    }
}

fn look(model: &Model, unit: &UnitName) -> (Holder, bool, Duration) {
    let application = model.applications.get(&unit.application());
    let holder = match application.and_then(|application| application.leadership.leader.as_ref()) {
        Some(leader) if leader == unit => Holder::This,
        Some(_) => Holder::Other,
        None => Holder::Nobody,
    };
    let may_claim = model.units.get(unit).is_some_and(|unit| unit.life == Life::Alive);
    let seconds = model.settings.leader_lease;
    (holder, may_claim, Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_mins(1)))
}

fn claim(shared: &SharedModel, leases: &Leases, unit: &UnitName, duration: Duration) {
    let application = unit.application();
    leases.extend(&application, duration);
    shared.change(|model| {
        if let Some(application) = model.applications.get_mut(&application) {
            application.leadership.leader = Some(unit.clone());
        }
    });
}

#[cfg(test)]
mod tests;
