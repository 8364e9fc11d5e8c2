//! Workloads: shared execution settings that services refer to by name (Pebble 1.20).

use serde::{Deserialize, Serialize};

use super::merge::{Entry, merge_map, merge_option, merge_text};
use super::presence::null_is_empty;
use super::{Environment, Override, Unknown};

/// One entry of a layer's `workloads` section. The section cannot be changed over the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Workload {
    /// How this entry meets the one of a lower layer.
    pub r#override: Override,
    /// Environment variables of the services that use it.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Environment::is_empty")]
    pub environment: Environment,
    /// Numeric user; zero is a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// User name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Numeric group; zero is a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<i64>,
    /// Group name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Keys that this client does not know, kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Entry for Workload {
    fn policy(&self) -> Override {
        self.r#override
    }

    fn merge(&mut self, upper: &Self) {
        // Destructured whole, so that a new field cannot be forgotten. The lower `override` is kept.
        let Self { r#override: _, environment, user_id, user, group_id, group, unknown } = upper;
        merge_map(&mut self.environment, environment);
        merge_option(&mut self.user_id, user_id.as_ref());
        merge_text(&mut self.user, user);
        merge_option(&mut self.group_id, group_id.as_ref());
        merge_text(&mut self.group, group);
        merge_map(&mut self.unknown, unknown);
    }
}
