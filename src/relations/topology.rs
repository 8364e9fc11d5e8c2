//! Juju topology: how an observability charm is told which unit something comes from.
//!
//! Source: the `cosl` library (`JujuTopology.as_dict`): five keys, in this order.

use serde::Serialize;

use crate::juju::names::{ApplicationName, UnitName};

/// Where a metric, a log line or a dashboard comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topology {
    /// The model's name.
    pub model: String,
    /// The model's UUID, lower case.
    pub model_uuid: String,
    /// The application's name.
    pub application: ApplicationName,
    /// The unit that writes.
    pub unit: UnitName,
    /// The charm's name in its metadata.
    pub charm_name: String,
}

/// The name that Kubernetes gives a unit.
///
/// ```
/// use sidecharm::{juju::names::UnitName, relations::topology::unit_host};
/// let unit = UnitName::parse("app/0").unwrap();
/// assert_eq!(unit_host(&unit, "dev"), "app-0.app-endpoints.dev.svc.cluster.local");
/// ```
pub fn unit_host(unit: &UnitName, model: &str) -> String {
    format!("{}.{}-endpoints.{model}.svc.cluster.local", unit.pod(), unit.application())
}
