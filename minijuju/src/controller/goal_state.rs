//! What the model is to become, as goal-state tells a charm: its application's units, and whom they are related to.

use std::collections::BTreeMap;

use sidecharm::juju::names::{ApplicationName, UnitName};
use time::OffsetDateTime;

use super::life::Life;
use super::model::Model;
use super::unit::Unit;

/// A status and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    pub status: String,
    pub since: OffsetDateTime,
}

/// The answer: names to statuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoalState {
    pub units: BTreeMap<String, Goal>,
    /// By own endpoint: related applications and their units. Peer relations are not listed.
    pub relations: BTreeMap<String, BTreeMap<String, Goal>>,
}

/// The goal state of a unit's application.
pub fn goal_state(model: &Model, unit: &UnitName) -> GoalState {
    let application = unit.application();
    let mut state = GoalState { units: units(model, &application), relations: BTreeMap::new() };
    for relation in model.relations.values().filter(|relation| !relation.is_peer()) {
        let (Some(own), Some(remote)) = (relation.side(&application), relation.remote_side(&application))
        else {
            continue;
        };
        let goals = state.relations.entry(own.endpoint.to_string()).or_default();
        let status = Goal { status: relation.status.status.clone(), since: relation.status.since };
        goals.insert(remote.application.to_string(), status);
        goals.extend(units(model, &remote.application));
    }
    state
}

/// Every unit of an application, started or not.
fn units(model: &Model, application: &ApplicationName) -> BTreeMap<String, Goal> {
    let units = model.units.iter().filter(|(name, _)| name.application() == *application);
    units.map(|(name, unit)| (name.to_string(), goal(unit))).collect()
}

fn goal(unit: &Unit) -> Goal {
    let status = if unit.life == Life::Alive { unit.workload_status.status.as_str() } else { "dying" };
    Goal { status: status.to_owned(), since: unit.workload_status.since }
}
