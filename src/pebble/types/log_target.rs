//! Log targets: where the daemon forwards the output of services (1.4).

use serde::{Deserialize, Serialize};

use super::merge::{Entry, merge_map, merge_option, merge_text};
use super::open_enum::open_enum;
use super::presence::{empty_is_none, null_is_empty};
use super::{Environment, Override, Unknown};

open_enum! {
    /// The protocol of a log target.
    LogTargetKind {
        /// Grafana Loki's push API.
        Loki = "loki",
        /// OpenTelemetry over HTTP (1.24).
        OpenTelemetry = "opentelemetry",
        /// Syslog over TCP or UDP (1.27).
        Syslog = "syslog",
    }
}

/// The definition of a log target in a layer or plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LogTarget {
    /// How this entry meets the one of a lower layer.
    pub r#override: Override,
    /// Its protocol; required in the combined plan.
    #[serde(
        rename = "type",
        default,
        deserialize_with = "empty_is_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<LogTargetKind>,
    /// Its address. Loki: the whole push URL; OpenTelemetry: the base URL; syslog: `tcp://` or `udp://`.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub location: String,
    /// Which services it gets: names, `all`, `-name`, `-all`; the last that matches counts. Appended on merge.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// Labels of each line (1.6). `$NAME` is replaced from the service's environment in the plan.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Environment::is_empty")]
    pub labels: Environment,
    /// Keys that this client does not know, kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl LogTarget {
    /// A target that replaces what lower layers say of it.
    pub fn replace(kind: LogTargetKind, location: impl Into<String>, services: Vec<String>) -> Self {
        Self {
            r#override: Override::Replace,
            kind: Some(kind),
            location: location.into(),
            services,
            labels: Environment::default(),
            unknown: Unknown::new(),
        }
    }
}

impl Entry for LogTarget {
    fn policy(&self) -> Override {
        self.r#override
    }

    fn merge(&mut self, upper: &Self) {
        // Destructured whole, so that a new field cannot be forgotten. The lower `override` is kept.
        let Self { r#override: _, kind, location, services, labels, unknown } = upper;
        merge_option(&mut self.kind, kind.as_ref());
        merge_text(&mut self.location, location);
        // Appended with their duplicates, as the daemon does.
        self.services.extend_from_slice(services);
        merge_map(&mut self.labels, labels);
        merge_map(&mut self.unknown, unknown);
    }
}
