//! A layer: what is added to a plan. Combining layers is in `merge.rs`, sending them in the client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::presence::null_is_empty;
use super::{Check, LogTarget, LogTargetKind, Requirement, Service, Workload};
use crate::yaml_json;

/// Keys that this client does not know, with their values, so that reading and writing loses nothing.
pub type Unknown = BTreeMap<String, Value>;

/// How an entry meets the one of the same name in a lower layer. The daemon requires it on every entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Override {
    /// Fields that are set replace those below; lists are appended, maps merged key by key.
    Merge,
    /// What is below is discarded.
    Replace,
}

/// Where an added layer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerPlace {
    /// Into the layer of the same label, or on top if there is none.
    Combined,
    /// On top; an existing label is an error.
    Appended,
    /// Into the layer of the same label, or at the end of its group: the part of the label before `/` (1.17).
    Inner,
}

/// A layer. Nothing can be removed by one: to unset a field, replace the whole entry.
///
/// Re-adding a layer with [`Override::Merge`] appends its lists again each time, so that the services differ and
/// the next replan restarts them: layers that are written repeatedly should say [`Override::Replace`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Layer {
    /// One line about the layer.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// More about the layer.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Services by name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
    /// Health checks by name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, Check>,
    /// Log targets by name (1.4).
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub log_targets: BTreeMap<String, LogTarget>,
    /// Workloads by name (1.20). The daemon refuses a layer that changes them.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub workloads: BTreeMap<String, Workload>,
    /// Sections that this client does not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Layer {
    /// Reads a layer from YAML or JSON text. An empty document is an empty layer.
    ///
    /// # Errors
    /// When the text is not YAML, or an entry lacks its `override` or has a value of the wrong type.
    pub fn parse(text: &str) -> Result<Self, serde_yaml::Error> {
        serde_yaml::from_str::<Option<Self>>(text).map(Option::unwrap_or_default)
    }

    /// Renders the layer as JSON that is also YAML. Empty sections are left out, as the daemon requires.
    ///
    /// # Errors
    /// Never for values that JSON can hold, which all of these are; the type says so for `serde_json`'s sake.
    pub fn render(&self) -> Result<String, serde_json::Error> {
        yaml_json::render(self)
    }

    /// Whether every entry discards what is below it, so that adding the layer twice is adding it once.
    pub fn only_replaces(&self) -> bool {
        let Self { summary: _, description: _, services, checks, log_targets, workloads, unknown } = self;
        let mut policies = (services.values().map(|entry| entry.r#override))
            .chain(checks.values().map(|entry| entry.r#override))
            .chain(log_targets.values().map(|entry| entry.r#override))
            .chain(workloads.values().map(|entry| entry.r#override));
        policies.all(|policy| policy == Override::Replace) && unknown.is_empty()
    }

    /// What an older daemon would refuse this layer for.
    pub fn requirements(&self) -> Vec<Requirement> {
        let mut requirements = Vec::new();
        if !self.workloads.is_empty() {
            requirements.push(Requirement::since(20, "workloads"));
        }
        for service in self.services.values() {
            service.require(&mut requirements);
        }
        for check in self.checks.values() {
            check.require(&mut requirements);
        }
        for target in self.log_targets.values() {
            requirements.push(match target.kind {
                Some(LogTargetKind::OpenTelemetry) => Requirement::since(24, "log target type opentelemetry"),
                Some(LogTargetKind::Syslog) => Requirement::since(27, "log target type syslog"),
                Some(LogTargetKind::Loki | LogTargetKind::Other(_)) | None => {
                    Requirement::since(4, "log-targets")
                }
            });
            if !target.labels.is_empty() {
                requirements.push(Requirement::since(6, "log target labels"));
            }
        }
        requirements
    }
}

#[cfg(test)]
mod tests;
