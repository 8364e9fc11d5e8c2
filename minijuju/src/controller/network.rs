//! What the controller says of a unit's addresses: one pod, one Service, no spaces.

use std::net::Ipv4Addr;

use sidecharm::juju::names::UnitName;

use super::model::Model;

/// The network of one binding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkInfo {
    /// The pod's addresses.
    pub bind: Vec<Ipv4Addr>,
    /// The Service's address; the pod's while there is no Service.
    pub ingress: Vec<Ipv4Addr>,
    /// What others see connections come from.
    pub egress: Vec<String>,
}

/// The network of a binding, and, if one is named, of a relation over it (which here makes no difference).
///
/// # Errors
/// When the charm has no such binding, or the relation is gone.
pub fn network_info(
    model: &Model,
    unit: &UnitName,
    binding: &str,
    relation: Option<u32>,
) -> Result<NetworkInfo, String> {
    if let Some(number) = relation.filter(|number| !model.relations.contains_key(number)) {
        return Err(format!("relation {number} not found (not found)"));
    }
    let application = model.applications.get(&unit.application());
    let known = application.filter(|application| application.bindings.contains(binding));
    let application = known.ok_or_else(|| format!("no network config found for binding \"{binding}\""))?;
    let pod = model.units.get(unit).and_then(|unit| unit.address);
    let ingress = application.service_address.or(pod);
    Ok(NetworkInfo {
        bind: pod.into_iter().collect(),
        ingress: ingress.into_iter().collect(),
        egress: ingress.iter().map(|address| format!("{address}/32")).collect(),
    })
}
