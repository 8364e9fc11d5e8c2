//! Health checks: how a layer defines one, and what the daemon says of one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::merge::{Entry, merge_map, merge_option, merge_text};
use super::open_enum::open_enum;
use super::presence::{empty_is_none, is_zero, null_is_empty};
use super::{ChangeId, Environment, GoDuration, Override, Requirement, Unknown};

open_enum! {
    /// Which health question a check answers. `ready` includes `alive` there, but not in a list of checks.
    CheckLevel {
        /// The container should be restarted if this fails.
        Alive = "alive",
        /// The container should get no traffic while this fails.
        Ready = "ready",
    }
}

open_enum! {
    /// Whether a check runs without being started by name (1.19).
    CheckStartup {
        /// It runs from the moment its layer is added. The default.
        Enabled = "enabled",
        /// It runs when started.
        Disabled = "disabled",
    }
}

open_enum! {
    /// The verdict of a check.
    CheckStatus {
        /// Not failed `threshold` times in a row; also said before the first run.
        Up = "up",
        /// Failed `threshold` times in a row.
        Down = "down",
        /// Not running.
        Inactive = "inactive",
    }
}

/// The definition of a check in a layer or plan: exactly one of `http`, `tcp` and `exec`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// How this entry meets the one of a lower layer.
    pub r#override: Override,
    /// Which health question it answers.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub level: Option<CheckLevel>,
    /// Whether it runs by itself; enabled if not set (1.19).
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub startup: Option<CheckStartup>,
    /// Time between runs; the first run comes one period after the start. 10 s if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<GoDuration>,
    /// Longest time of one run; 3 s if not set, and never more than the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<GoDuration>,
    /// Failures in a row that make it down; zero is "not set", which is 3.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "is_zero")]
    pub threshold: i64,
    /// A GET that must answer 2xx.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpCheck>,
    /// A port that must be open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpCheck>,
    /// A command that must exit 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec: Option<ExecCheck>,
    /// Keys that this client does not know, kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A check by HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct HttpCheck {
    /// The URL to GET.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Request headers.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Environment::is_empty")]
    pub headers: Environment,
    /// Keys that this client does not know, kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A check by opening a port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TcpCheck {
    /// The port; required.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "is_zero")]
    pub port: i64,
    /// The host; localhost if not set.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// Keys that this client does not know, kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A check by a command. User and group must exist when the layer is added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExecCheck {
    /// The command line, split as a shell splits it.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// The service whose environment, user and directory it uses (1.3).
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub service_context: String,
    /// Environment variables.
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
    /// Where it runs.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Keys that this client does not know, kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Check {
    /// A check that sets nothing yet but how it meets lower layers.
    pub fn new(policy: Override) -> Self {
        Self {
            r#override: policy,
            level: None,
            startup: None,
            period: None,
            timeout: None,
            threshold: 0,
            http: None,
            tcp: None,
            exec: None,
            unknown: Unknown::new(),
        }
    }

    /// Sets what the daemon sets, and shows, when it combines layers.
    pub(super) fn set_defaults(&mut self) {
        let period = self.period.unwrap_or_else(|| Duration::from_secs(10).into());
        if self.timeout.is_some_and(|timeout| timeout > period) {
            self.timeout = Some(period);
        }
        if self.threshold == 0 {
            self.threshold = 3;
        }
    }

    /// Adds what older daemons would refuse this definition for.
    pub(super) fn require(&self, requirements: &mut Vec<Requirement>) {
        if self.startup.is_some() {
            requirements.push(Requirement::since(19, "check startup"));
        }
        if self.exec.as_ref().is_some_and(|exec| !exec.service_context.is_empty()) {
            requirements.push(Requirement::since(3, "check service-context"));
        }
    }
}

impl Entry for Check {
    fn policy(&self) -> Override {
        self.r#override
    }

    fn merge(&mut self, upper: &Self) {
        // Destructured whole, so that a new field cannot be forgotten. The lower `override` is kept.
        let Self { r#override: _, level, startup, period, timeout, threshold, http, tcp, exec, unknown } =
            upper;
        merge_option(&mut self.level, level.as_ref());
        merge_option(&mut self.startup, startup.as_ref());
        merge_option(&mut self.period, period.as_ref());
        merge_option(&mut self.timeout, timeout.as_ref());
        if *threshold != 0 {
            self.threshold = *threshold;
        }
        if let Some(http) = http {
            self.http.get_or_insert_default().merge(http);
        }
        if let Some(tcp) = tcp {
            self.tcp.get_or_insert_default().merge(tcp);
        }
        if let Some(exec) = exec {
            self.exec.get_or_insert_default().merge(exec);
        }
        merge_map(&mut self.unknown, unknown);
    }
}

impl HttpCheck {
    fn merge(&mut self, upper: &Self) {
        let Self { url, headers, unknown } = upper;
        merge_text(&mut self.url, url);
        merge_map(&mut self.headers, headers);
        merge_map(&mut self.unknown, unknown);
    }
}

impl TcpCheck {
    fn merge(&mut self, upper: &Self) {
        let Self { port, host, unknown } = upper;
        if *port != 0 {
            self.port = *port;
        }
        merge_text(&mut self.host, host);
        merge_map(&mut self.unknown, unknown);
    }
}

impl ExecCheck {
    fn merge(&mut self, upper: &Self) {
        let Self {
            command,
            service_context,
            environment,
            user_id,
            user,
            group_id,
            group,
            working_dir,
            unknown,
        } = upper;
        merge_text(&mut self.command, command);
        merge_text(&mut self.service_context, service_context);
        merge_map(&mut self.environment, environment);
        merge_option(&mut self.user_id, user_id.as_ref());
        merge_text(&mut self.user, user);
        merge_option(&mut self.group_id, group_id.as_ref());
        merge_text(&mut self.group, group);
        merge_text(&mut self.working_dir, working_dir);
        merge_map(&mut self.unknown, unknown);
    }
}

/// What the daemon says of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CheckInfo {
    /// Its name.
    pub name: String,
    /// Which health question it answers.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub level: Option<CheckLevel>,
    /// Whether it runs by itself; absent before 1.19.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub startup: Option<CheckStartup>,
    /// Its verdict.
    pub status: CheckStatus,
    /// Runs that succeeded since the last change of verdict; absent before 1.23.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successes: Option<i64>,
    /// Failures in a row.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub failures: i64,
    /// Failures in a row that make it down.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub threshold: i64,
    /// The change that runs it; absent before 1.11 and when it does not run.
    #[serde(default, deserialize_with = "id_or_none", skip_serializing_if = "Option::is_none")]
    pub change_id: Option<ChangeId>,
    /// The change before that one (1.29), whose tasks' logs say why it failed.
    #[serde(default, deserialize_with = "id_or_none", skip_serializing_if = "Option::is_none")]
    pub prev_change_id: Option<ChangeId>,
}

impl CheckInfo {
    /// Whether it has run since its verdict was made; `None` where the daemon does not say (before 1.23).
    ///
    /// A check that never ran says `up`.
    pub fn has_run(&self) -> Option<bool> {
        if self.failures > 0 {
            return Some(true);
        }
        self.successes.map(|successes| successes > 0)
    }
}

/// The answer to a refresh.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RefreshedCheck {
    /// The check after the run.
    pub info: CheckInfo,
    /// Why the run failed, if it did.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub error: Option<String>,
}

/// Reads an id that is absent, null or empty as `None`.
fn id_or_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<ChangeId>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| ChangeId::parse(&text)).transpose().map_err(serde::de::Error::custom)
}
