//! Services: how a layer defines one, and what the daemon says of one.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::merge::{Entry, merge_map, merge_option, merge_text};
use super::open_enum::open_enum;
use super::presence::{empty_is_none, null_is_empty};
use super::{Environment, GoDuration, Override, Requirement, Timestamp, Unknown};

open_enum! {
    /// Whether autostart and replan start a service. The daemon takes any other word for `disabled`.
    Startup {
        /// Started by autostart and replan.
        Enabled = "enabled",
        /// Started only when asked for by name or required.
        Disabled = "disabled",
    }
}

open_enum! {
    /// What the daemon does when a service exits or its check fails.
    ExitAction {
        /// Restart after the backoff delay. The default on exits.
        Restart = "restart",
        /// Stop the whole daemon.
        Shutdown = "shutdown",
        /// Stop the daemon and exit 0 (1.6; for failures).
        SuccessShutdown = "success-shutdown",
        /// Stop the daemon and exit 10 (1.6; for successes).
        FailureShutdown = "failure-shutdown",
        /// Nothing.
        Ignore = "ignore",
    }
}

open_enum! {
    /// What a service does now.
    ServiceStatus {
        /// Its process runs, perhaps for less than the second that makes a start good.
        Active = "active",
        /// Never started, or stopped.
        Inactive = "inactive",
        /// Waiting to be restarted.
        Backoff = "backoff",
        /// Exited, and not to be restarted.
        Error = "error",
    }
}

/// By how much the backoff delay grows with each restart; at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BackoffFactor(pub f64);

// Not-a-number cannot be written in a layer, so equality is total where it matters.
impl Eq for BackoffFactor {}

/// The definition of a service in a layer or plan. Empty texts, lists and maps mean "not set".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Service {
    /// How this entry meets the one of a lower layer.
    pub r#override: Override,
    /// One line about the service.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// More about it.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether autostart and replan start it; not set is disabled.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub startup: Option<Startup>,
    /// The command line, split as a shell splits it but with nothing expanded.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// Services that are started before this one, if they are started together.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Services that are started after this one, if they are started together.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// Services that must run with this one.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// The workload whose settings it uses (1.20).
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub workload: String,
    /// Environment variables, over the daemon's own.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Environment::is_empty")]
    pub environment: Environment,
    /// Numeric user; zero is a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// User name. Not looked up before the service is started.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Numeric group; zero is a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<i64>,
    /// Group name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Where it runs (1.3); the daemon's own directory if not set.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// What follows exit code 0; restart if not set.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub on_success: Option<ExitAction>,
    /// What follows any other exit; restart if not set.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<ExitAction>,
    /// What follows the failure of a check, by check name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub on_check_failure: BTreeMap<String, ExitAction>,
    /// Wait before the first restart; 500 ms if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_delay: Option<GoDuration>,
    /// Growth of that wait; 2 if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_factor: Option<BackoffFactor>,
    /// Longest wait, and how long a service must stay up for the wait to start anew; 30 s if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_limit: Option<GoDuration>,
    /// Time between SIGTERM and SIGKILL; 5 s if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill_delay: Option<GoDuration>,
    /// Keys that this client does not know, kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Service {
    /// A service that runs `command` and replaces what lower layers say of it.
    pub fn replace(command: impl Into<String>) -> Self {
        Self { command: command.into(), ..Self::empty(Override::Replace) }
    }

    /// A service entry that sets nothing yet and merges into what lower layers say.
    pub fn merge() -> Self {
        Self::empty(Override::Merge)
    }

    /// Whether autostart and replan start it.
    pub fn is_startup_enabled(&self) -> bool {
        self.startup == Some(Startup::Enabled)
    }

    /// How long stopping it takes at most: its kill delay, and the five seconds the daemon gives SIGKILL.
    pub fn longest_stop(&self) -> Duration {
        let kill_delay = self.kill_delay.map_or(Duration::from_secs(5), GoDuration::as_duration);
        kill_delay.saturating_add(Duration::from_secs(5))
    }

    fn empty(policy: Override) -> Self {
        Self {
            r#override: policy,
            summary: String::new(),
            description: String::new(),
            startup: None,
            command: String::new(),
            after: Vec::new(),
            before: Vec::new(),
            requires: Vec::new(),
            workload: String::new(),
            environment: Environment::default(),
            user_id: None,
            user: String::new(),
            group_id: None,
            group: String::new(),
            working_dir: String::new(),
            on_success: None,
            on_failure: None,
            on_check_failure: BTreeMap::new(),
            backoff_delay: None,
            backoff_factor: None,
            backoff_limit: None,
            kill_delay: None,
            unknown: Unknown::new(),
        }
    }

    /// Adds what older daemons would refuse this definition for.
    pub(super) fn require(&self, requirements: &mut Vec<Requirement>) {
        if !self.working_dir.is_empty() {
            requirements.push(Requirement::since(3, "service working-dir"));
        }
        if !self.workload.is_empty() {
            requirements.push(Requirement::since(20, "service workload"));
        }
        let actions = self.on_success.iter().chain(&self.on_failure).chain(self.on_check_failure.values());
        let mut shutdowns = actions
            .filter(|action| matches!(action, ExitAction::SuccessShutdown | ExitAction::FailureShutdown));
        if shutdowns.next().is_some() {
            requirements.push(Requirement::since(6, "shutdown actions with an exit code"));
        }
    }
}

impl Entry for Service {
    fn policy(&self) -> Override {
        self.r#override
    }

    fn merge(&mut self, upper: &Self) {
        // Destructured whole, so that a new field cannot be forgotten. The lower `override` is kept.
        let Self {
            r#override: _,
            summary,
            description,
            startup,
            command,
            after,
            before,
            requires,
            workload,
            environment,
            user_id,
            user,
            group_id,
            group,
            working_dir,
            on_success,
            on_failure,
            on_check_failure,
            backoff_delay,
            backoff_factor,
            backoff_limit,
            kill_delay,
            unknown,
        } = upper;
        merge_text(&mut self.summary, summary);
        merge_text(&mut self.description, description);
        merge_option(&mut self.startup, startup.as_ref());
        merge_text(&mut self.command, command);
        // Appended with their duplicates, as the daemon does.
        self.after.extend_from_slice(after);
        self.before.extend_from_slice(before);
        self.requires.extend_from_slice(requires);
        merge_text(&mut self.workload, workload);
        merge_map(&mut self.environment, environment);
        merge_option(&mut self.user_id, user_id.as_ref());
        merge_text(&mut self.user, user);
        merge_option(&mut self.group_id, group_id.as_ref());
        merge_text(&mut self.group, group);
        merge_text(&mut self.working_dir, working_dir);
        merge_option(&mut self.on_success, on_success.as_ref());
        merge_option(&mut self.on_failure, on_failure.as_ref());
        merge_map(&mut self.on_check_failure, on_check_failure);
        merge_option(&mut self.backoff_delay, backoff_delay.as_ref());
        merge_option(&mut self.backoff_factor, backoff_factor.as_ref());
        merge_option(&mut self.backoff_limit, backoff_limit.as_ref());
        merge_option(&mut self.kill_delay, kill_delay.as_ref());
        merge_map(&mut self.unknown, unknown);
    }
}

/// What the daemon says of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServiceInfo {
    /// Its name.
    pub name: String,
    /// What the plan says of its start.
    pub startup: Startup,
    /// What it does now.
    pub current: ServiceStatus,
    /// Since when; absent if it was never started since the daemon was, and from the oldest daemons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_since: Option<Timestamp>,
}

impl ServiceInfo {
    /// Whether its process runs.
    pub fn is_active(&self) -> bool {
        self.current == ServiceStatus::Active
    }
}
