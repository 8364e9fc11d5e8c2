//! The commit of a hook: everything it set aside, checked and written at once, or not at all.

mod secrets;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sidecharm::juju::names::{RelationId, SecretId, UnitName};
use time::OffsetDateTime;

use super::access::leads;
use super::model::Model;
use super::secret_access::SecretError;
use super::unit::OpenedPort;
pub use secrets::{SecretCreate, SecretDetails, SecretGrant, SecretRevoke, SecretUpdate, Subject};

/// What one commit carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HookChanges {
    /// The address keys of the unit's own bags are to be brought up to date.
    pub network_info: bool,
    /// An empty pod spec: without effect on a sidecar charm.
    pub pod_spec: bool,
    /// By the relation's number.
    pub relations: BTreeMap<u32, BagChanges>,
    /// The charm's whole state, if it changed.
    pub charm_state: Option<BTreeMap<String, String>>,
    pub open_ports: BTreeSet<OpenedPort>,
    pub close_ports: BTreeSet<OpenedPort>,
    pub add_storage: Vec<StorageRequest>,
    pub secret_creates: BTreeMap<SecretId, SecretCreate>,
    pub secret_updates: BTreeMap<SecretId, SecretUpdate>,
    /// Secrets of which the unit tracks the latest revision from now on.
    pub secret_track_latest: BTreeSet<SecretId>,
    pub secret_grants: Vec<SecretGrant>,
    pub secret_revokes: Vec<SecretRevoke>,
    /// One revision, or all.
    pub secret_deletes: BTreeMap<SecretId, Option<u32>>,
}

/// A wish for more storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StorageRequest {
    pub name: String,
    pub count: u64,
}

/// The writes to the bags of one relation; an empty value deletes its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BagChanges {
    pub id: RelationId,
    /// The unit's whole bag, deleted keys included.
    pub unit: Option<BTreeMap<String, String>>,
    /// The keys of the application's bag that were set.
    pub application: Option<BTreeMap<String, String>>,
}

impl HookChanges {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a commit was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    #[error("checking leadership continuity: \"{unit}\" is not leader of \"{application}\"")]
    LeadershipLost { unit: UnitName, application: String },
    #[error("permission denied")]
    Denied,
    #[error("protocol icmp on caas models not supported")]
    IcmpPort,
    #[error("{what}: {error}")]
    Secrets { what: &'static str, error: SecretError },
}

/// Applies a hook's changes to the model, all or none.
///
/// # Errors
/// When any of them is refused; the model is as before.
pub fn commit(
    model: &mut Model,
    unit: &UnitName,
    changes: &HookChanges,
    now: OffsetDateTime,
) -> Result<(), CommitError> {
    check_bags(model, unit, changes)?;
    if changes.open_ports.iter().any(|port| port.protocol == "icmp") {
        return Err(CommitError::IcmpPort);
    }
    if let Some(secrets) = secrets::apply(model, unit, changes, now)? {
        model.secrets = secrets;
    }
    write_bags(model, unit, changes);
    write_unit(model, unit, changes);
    if changes.network_info {
        update_addresses(model, unit);
    }
    Ok(())
}

/// The keys that Juju itself keeps in a unit's bag: the Service's address, the same for all units; none before
/// Kubernetes gave one.
pub fn address_keys(model: &Model, unit: &UnitName) -> BTreeMap<String, String> {
    let application = model.applications.get(&unit.application());
    let Some(address) = application.and_then(|application| application.service_address) else {
        return BTreeMap::new();
    };
    let keys = [
        ("private-address", address.to_string()),
        ("ingress-address", address.to_string()),
        ("egress-subnets", format!("{address}/32")),
    ];
    keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn check_bags(model: &Model, unit: &UnitName, changes: &HookChanges) -> Result<(), CommitError> {
    let application = unit.application();
    for (number, bags) in &changes.relations {
        let relation = model.relations.get(number).ok_or(CommitError::Denied)?;
        relation.side(&application).ok_or(CommitError::Denied)?;
        if bags.application.is_some() && !leads(model, unit) {
            return Err(CommitError::LeadershipLost {
                unit: unit.clone(),
                application: application.to_string(),
            });
        }
    }
    Ok(())
}

fn write_bags(model: &mut Model, unit: &UnitName, changes: &HookChanges) {
    let application = unit.application();
    for (number, bags) in &changes.relations {
        let relation = model.relations.get_mut(number);
        let Some(side) = relation.and_then(|relation| relation.side_mut(&application)) else { continue };
        if let Some(bag) = &bags.unit {
            side.units.entry(unit.clone()).or_default().bag.write(bag);
        }
        if let Some(bag) = &bags.application {
            side.bag.write(bag);
        }
    }
}

/// Ports and state. More storage cannot be had here: a pod's volumes are made with it.
fn write_unit(model: &mut Model, unit: &UnitName, changes: &HookChanges) {
    let Some(unit) = model.units.get_mut(unit) else { return };
    unit.ports.extend(changes.open_ports.iter().cloned());
    unit.ports.retain(|port| !changes.close_ports.contains(port));
    if let Some(state) = &changes.charm_state {
        unit.charm_state = Some(state.clone());
    }
}

fn update_addresses(model: &mut Model, unit: &UnitName) {
    let keys = address_keys(model, unit);
    let application = unit.application();
    for relation in model.relations.values_mut() {
        let scope = relation.side_mut(&application).and_then(|side| side.units.get_mut(unit));
        if let Some(scope) = scope.filter(|scope| scope.in_scope) {
            scope.bag.write(&keys);
        }
    }
}

#[cfg(test)]
mod tests;
