//! `goal-state`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{WireError, decode, null_is_empty};
use crate::juju::names::{EndpointName, UnitName};

/// What the model will look like once all is done that the operator asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct GoalState {
    /// All units of this application, also those not started and those that go.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub units: BTreeMap<UnitName, GoalStatus>,
    /// By own endpoint; peers are not among them, nor are clients of an offer in other models, so an endpoint that is
    /// missing here may have relations all the same. The other side by unit, and by application, which in another model
    /// is named by its offer (`controller:user/model.offer`).
    #[serde(default, deserialize_with = "null_is_empty")]
    pub relations: BTreeMap<EndpointName, BTreeMap<String, GoalStatus>>,
}

/// How far a unit or relation is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GoalStatus {
    /// `active`, `waiting`, `allocating`, `dying`; of relations `joining`, `joined` …
    pub status: String,
    /// When it came to be so, in Juju's own format.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub since: String,
}

impl GoalState {
    /// The units that are meant to stay.
    pub fn planned_units(&self) -> impl Iterator<Item = &UnitName> {
        self.units.iter().filter(|(_, goal)| goal.status != "dying").map(|(unit, _)| unit)
    }
}

/// Reads `goal-state --format=json`.
///
/// # Errors
/// When it is no goal state.
pub fn goal_state(answer: &[u8]) -> Result<GoalState, WireError> {
    decode(answer, "a goal state")
}
