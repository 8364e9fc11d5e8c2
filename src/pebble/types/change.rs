//! Changes and their tasks: what the daemon did, does or will do.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::open_enum::open_enum;
use super::presence::{empty_is_none, null_is_empty};
use super::{ChangeId, TaskId, Timestamp, Unknown};

open_enum! {
    /// How far a change or task is.
    ChangeStatus {
        /// A change that follows its tasks.
        Default = "Default",
        /// Never ran: what it depended on failed, or it was a check's and was aborted.
        Hold = "Hold",
        /// Waits for its turn.
        Do = "Do",
        /// Runs.
        Doing = "Doing",
        /// Ran without an error. An aborted exec is also this.
        Done = "Done",
        /// To be stopped.
        Abort = "Abort",
        /// To be undone.
        Undo = "Undo",
        /// Being undone.
        Undoing = "Undoing",
        /// Undone.
        Undone = "Undone",
        /// Failed.
        Error = "Error",
        /// Waits for something outside.
        Wait = "Wait",
    }
}

open_enum! {
    /// Which changes to list.
    ChangeFilter {
        /// Every change that the daemon still knows.
        All = "all",
        /// Those that are not ready.
        InProgress = "in-progress",
        /// Those that are ready.
        Ready = "ready",
    }
}

/// A change: an action with its tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// Its id.
    pub id: ChangeId,
    /// `start`, `stop`, `restart`, `replan`, `autostart`, `exec`, `perform-check`, `recover-check` …
    pub kind: String,
    /// What it does, for people.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub summary: String,
    /// How far it is.
    pub status: ChangeStatus,
    /// Whether nothing more will happen to it.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub ready: bool,
    /// Why it failed: several lines, the first one general. Only with status `Error`.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub err: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawn_time: Option<Timestamp>,
    /// When it became ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_time: Option<Timestamp>,
    /// Its tasks; none if there was nothing to do.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
    /// More about it.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Unknown::is_empty")]
    pub data: Unknown,
}

/// A task of a change: one service, command or check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// `start`, `stop`, `exec`, `perform-check` or `recover-check`.
    pub kind: String,
    /// What it does, for people.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub summary: String,
    /// How far it is.
    pub status: ChangeStatus,
    /// Its newest log entries, at most ten: a time, `INFO` or `ERROR`, and a text of one or more lines, which may
    /// be output of the service.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// How much of it is done.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub progress: Progress,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawn_time: Option<Timestamp>,
    /// When it became ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_time: Option<Timestamp>,
    /// More about it: an exec's `exit-code`.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Unknown::is_empty")]
    pub data: Unknown,
}

/// How much of a task is done. The daemon's own tasks do not count anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// What is counted.
    pub label: String,
    /// How much of it is done.
    pub done: i64,
    /// How much of it there is.
    pub total: i64,
}

impl Change {
    /// Whether it is ready and nothing in it failed.
    pub fn is_successful(&self) -> bool {
        self.ready && self.err.is_none() && self.status == ChangeStatus::Done
    }

    /// The exit code of an exec. Absent if the command never ended under the daemon's eyes.
    pub fn exit_code(&self) -> Option<i64> {
        self.tasks.first()?.data.get("exit-code")?.as_i64()
    }

    /// How long it took, once it is ready.
    pub fn duration(&self) -> Option<Duration> {
        Some(self.ready_time?.since(self.spawn_time?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(value: serde_json::Value) -> Change {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_change_is_read_as_the_daemon_writes_it() {
        let exec = change(json!({
            "id": "12", "kind": "exec", "summary": "Execute command \"true\"", "status": "Done", "ready": true,
            "tasks": [{
                "id": "13", "kind": "exec", "summary": "Execute command \"true\"", "status": "Done",
                "progress": {"label": "", "done": 1, "total": 1},
                "spawn-time": "2026-11-25T20:42:05.1+01:00", "ready-time": "2026-11-25T20:42:05.2+01:00",
                "data": {"exit-code": 3}
            }],
            "spawn-time": "2026-11-25T20:42:05.1+01:00", "ready-time": "2026-11-25T20:42:05.35+01:00"
        }));
        assert!(exec.is_successful(), "what a command returns is not the change's matter");
        assert_eq!((exec.exit_code(), exec.duration()), (Some(3), Some(Duration::from_millis(250))));
    }

    #[test]
    fn only_a_change_that_is_done_without_an_error_is_successful() {
        let check = |status: &str, ready: bool, err: Option<&str>| {
            change(json!({"id": "1", "kind": "start", "status": status, "ready": ready, "err": err}))
                .is_successful()
        };
        assert!(check("Done", true, None));
        assert!(check("Done", true, Some("")));
        for (status, ready, err) in [
            ("Done", false, None),
            ("Done", true, Some("cannot")),
            ("Error", true, Some("cannot")),
            ("Hold", true, None),
            ("Undone", true, None),
            ("New", true, None),
        ] {
            assert!(!check(status, ready, err), "{status} {ready} {err:?}");
        }
    }
}
