//! What the Redis charm does about what it sees. Pure: `Observed` in, `Decision` out.
//!
//! Each part is a file: `containers` (files, services, live settings), `leader` (what the application shares),
//! `members` (roles, quorum, who is forgotten), `clients` (databags), `status`, `action`.

mod action;
mod clients;
mod containers;
mod leader;
mod members;
mod status;

use super::effects::RedisEffect;
use super::situation::{RedisObserved, Situation};
use crate::effects::{Decision, Effect};
use crate::juju::event::Event;
use crate::observed::Observed;

/// Decides.
pub fn decide(observed: &Observed, own: &RedisObserved) -> Decision<RedisEffect> {
    let situation = Situation::new(observed, own);
    match &observed.event {
        // Juju may be taking the pod down at this moment: whatever is started now is killed half-way.
        Event::Stop | Event::Remove => return Decision::nothing(),
        Event::Action(event) => {
            return Decision { effects: action::run(&situation, event), ..Decision::nothing() };
        }
        _ => {}
    }
    if situation.is_leaving() {
        return Decision { effects: members::leave(&situation), ..Decision::nothing() };
    }
    let mut effects: Vec<Effect<RedisEffect>> = Vec::new();
    if observed.is_leader {
        effects.extend(leader::share(&situation));
    }
    let (in_containers, problems) = containers::converge(&situation);
    effects.extend(in_containers);
    effects.extend(members::converge(&situation));
    effects.extend(clients::publish(&situation));
    Decision {
        effects,
        unit_status: Some(status::unit(&situation, &problems)),
        application_status: observed.is_leader.then(|| status::application(&situation, &problems)),
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
