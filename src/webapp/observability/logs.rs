//! Logs: Pebble sends what the services write to every unit of Loki.

use crate::effects::ContainerChange;
use crate::juju::environment::JujuVersion;
use crate::observed::Relation;
use crate::pebble::types::{Environment, Layer, Plan};
use crate::relations::loki_push_api;
use crate::relations::topology::Topology;
use crate::webapp::framework::Profile;

/// The Pebble of this Juju sends logs with labels (3.4). Then a web server logs to its standard output, else to files.
pub fn forwards_logs(juju: &JujuVersion) -> bool {
    *juju >= JujuVersion::release(3, 4, 0)
}

/// What has to change, and what is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarding {
    /// The layer, where the plan is not yet so. Pebble acts on log targets at once: it needs no replan.
    pub change: Option<ContainerChange>,
    /// Why some logs are not sent.
    pub problems: Vec<String>,
}

/// Sends the output of all services of the container, whose plan is given, to each unit of these relations.
pub fn forward(
    profile: Profile,
    relations: &[Relation],
    plan: &Plan,
    topology: &Topology,
    juju: &JujuVersion,
) -> Forwarding {
    if !forwards_logs(juju) {
        let problem = "this Juju's Pebble sends no logs: nothing is sent over logging before Juju 3.4";
        let problems = relations.first().map(|_| problem.to_owned());
        return Forwarding { change: None, problems: problems.into_iter().collect() };
    }
    let units = relations.iter().flat_map(|relation| relation.units.clone()).collect();
    let (mut targets, unusable) = loki_push_api::log_targets(&units, &plan.log_targets);
    let labels: Environment = loki_push_api::labels(topology).into_iter().collect();
    for target in targets.values_mut().filter(|target| !target.services.is_empty()) {
        target.labels = labels.clone();
    }
    let layer = Layer { log_targets: targets, ..Layer::default() };
    let change = plan
        .is_changed_by(&layer)
        .then(|| ContainerChange::AddLayer { label: layer_label(profile), layer: Box::new(layer) });
    let problem = |unit| format!("{unit} gave no usable endpoint for logs: check its charm");
    Forwarding { change, problems: unusable.iter().map(problem).collect() }
}

/// The label that the Python library gives its layer: what it has set there is then replaced, not hidden.
fn layer_label(profile: Profile) -> &'static str {
    match profile.container() {
        "flask-app" => "flask-app-log-forwarding",
        "django-app" => "django-app-log-forwarding",
        _ => "app-log-forwarding",
    }
}

#[cfg(test)]
mod tests;
