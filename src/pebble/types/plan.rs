//! The plan: what the daemon makes of its layers, and what a layer or a replan would do to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::merge::combine;
use super::presence::null_is_empty;
use super::{Check, Layer, LogTarget, Service, ServiceInfo, ServiceStatus, Unknown, Workload};

/// The combined plan, as `GET /v1/plan` shows it. Labels and order of its layers cannot be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// Services by name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
    /// Health checks by name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, Check>,
    /// Log targets by name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub log_targets: BTreeMap<String, LogTarget>,
    /// Workloads by name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub workloads: BTreeMap<String, Workload>,
    /// Sections that this client does not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What a replan would do, by service name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplanPreview {
    /// Running services that would be stopped: changed ones, and those that require them.
    pub stops: BTreeSet<String>,
    /// Services that would be started, those that are stopped first included.
    pub starts: BTreeSet<String>,
}

impl ReplanPreview {
    /// Whether nothing would happen.
    pub fn is_empty(&self) -> bool {
        self.stops.is_empty() && self.starts.is_empty()
    }
}

impl Plan {
    /// Reads the text of a plan. An empty document is an empty plan.
    ///
    /// # Errors
    /// When the text is not YAML or an entry has a value of the wrong type.
    pub fn parse(text: &str) -> Result<Self, serde_yaml::Error> {
        serde_yaml::from_str::<Option<Self>>(text).map(Option::unwrap_or_default)
    }

    /// The plan that a daemon makes of these layers, lowest first.
    pub fn combine(layers: &[Layer]) -> Self {
        let Layer { summary: _, description: _, services, checks, log_targets, workloads, unknown } =
            combine(layers);
        Self { services, checks, log_targets, workloads, unknown }
    }

    /// The plan after this layer was added on top, or combined into the topmost layer.
    #[must_use]
    pub fn with(&self, layer: &Layer) -> Self {
        Self::combine(&[self.as_layer(), layer.clone()])
    }

    /// Whether adding this layer with combine would change the plan, so that one need not add what is there.
    ///
    /// Exact when every entry says [`super::Override::Replace`]. A merging entry with a list that is appended is
    /// always a change. A layer that another one hides counts as a change, which costs a needless request.
    pub fn is_changed_by(&self, layer: &Layer) -> bool {
        self.with(layer) != *self
    }

    /// What a replan would do, if the services were last started under the plan `started`.
    ///
    /// The daemon compares definitions as they were when each service was started, which it does not tell; the
    /// plan read before a layer was added stands for them. A service counts as started if the daemon says since
    /// when it is what it is, or that it is not inactive. Old daemons (1.10.2, but not 1.19.0) leave running
    /// what requires a changed service.
    pub fn replan_preview(&self, started: &Self, services: &[ServiceInfo]) -> ReplanPreview {
        let was_started = |name: &str| {
            services.iter().any(|service| {
                service.name == name
                    && (service.current_since.is_some() || service.current != ServiceStatus::Inactive)
            })
        };
        let is_up = |name: &str| {
            services.iter().any(|service| {
                service.name == name
                    && matches!(service.current, ServiceStatus::Active | ServiceStatus::Backoff)
            })
        };
        let changed: BTreeSet<String> = self
            .services
            .keys()
            .filter(|name| was_started(name) && !self.defines_as(started, name))
            .cloned()
            .collect();
        let mut stops = changed.clone();
        self.add_dependants(&mut stops);
        stops.retain(|name| is_up(name));
        let enabled = self.services.iter().filter(|(_, service)| service.is_startup_enabled());
        let mut starts: BTreeSet<String> = enabled.map(|(name, _)| name.clone()).chain(changed).collect();
        self.add_requirements(&mut starts);
        starts.retain(|name| stops.contains(name) || !is_up(name));
        ReplanPreview { stops, starts }
    }

    /// How long a change that touches every service may take: all stops one after another, then the starts.
    ///
    /// A sane deadline for waiting on a replan, restart or stop.
    pub fn longest_change(&self) -> Duration {
        // A start is good after a second; one more covers the daemon's own work.
        let start = Duration::from_secs(2);
        let services = self.services.values().map(|service| service.longest_stop().saturating_add(start));
        services.fold(Duration::from_secs(5), Duration::saturating_add)
    }

    fn as_layer(&self) -> Layer {
        let Self { services, checks, log_targets, workloads, unknown } = self.clone();
        Layer { services, checks, log_targets, workloads, unknown, ..Layer::default() }
    }

    /// Whether both plans define a service, and the workload that it uses, alike.
    fn defines_as(&self, other: &Self, name: &str) -> bool {
        let (mine, theirs) = (self.services.get(name), other.services.get(name));
        let workload = |plan: &Self| mine.and_then(|service| plan.workloads.get(&service.workload)).cloned();
        mine == theirs && workload(self) == workload(other)
    }

    /// Adds every service that requires one of these, directly or not.
    fn add_dependants(&self, names: &mut BTreeSet<String>) {
        loop {
            let more: Vec<String> = self
                .services
                .iter()
                .filter(|(name, service)| {
                    !names.contains(*name) && service.requires.iter().any(|required| names.contains(required))
                })
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                return;
            }
            names.extend(more);
        }
    }

    /// Adds every service that one of these requires, directly or not.
    fn add_requirements(&self, names: &mut BTreeSet<String>) {
        let mut queue: Vec<String> = names.iter().cloned().collect();
        while let Some(name) = queue.pop() {
            let requires = self.services.get(&name).map(|service| service.requires.as_slice());
            for required in requires.unwrap_or_default() {
                if names.insert(required.clone()) {
                    queue.push(required.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
