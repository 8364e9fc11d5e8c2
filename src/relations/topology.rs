//! Juju topology: how an observability charm is told which unit something comes from.
//!
//! Source: the `cosl` library (`JujuTopology.as_dict`): five keys, in this order.

use std::collections::BTreeMap;

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

impl Topology {
    /// What names the application in a group of alert rules or a job: `dev_11111111_redis`.
    pub fn identifier(&self) -> String {
        let uuid: String = self.model_uuid.chars().take(8).collect();
        format!("{}_{uuid}_{}", self.model, self.application).replace('/', "_")
    }

    /// The labels of an alert rule.
    pub fn rule_labels(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("juju_model".to_owned(), self.model.clone()),
            ("juju_model_uuid".to_owned(), self.model_uuid.clone()),
            ("juju_application".to_owned(), self.application.to_string()),
            ("juju_charm".to_owned(), self.charm_name.clone()),
        ])
    }
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
