//! How a call fails. Nothing here holds a request's body, a file's content or an environment.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::types::{Change, ChangeId, Requirement};

/// Why a call to Pebble did not give what was asked for. `call` names the request, as in `GET /v1/plan`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing listens on the socket: the daemon has not started yet, or has ended.
    #[error("Pebble is not running at {}", socket.display())]
    NotRunning {
        /// The socket.
        socket: PathBuf,
        /// What connecting said.
        #[source]
        source: io::Error,
    },
    /// The socket may not be used by this user.
    #[error("Pebble's socket {} is closed to this user", socket.display())]
    Denied {
        /// The socket.
        socket: PathBuf,
        /// What connecting said.
        #[source]
        source: io::Error,
    },
    /// The connection broke before the answer was complete.
    #[error("Pebble at {} broke off {call}", socket.display())]
    Disconnected {
        /// The socket.
        socket: PathBuf,
        /// The call.
        call: &'static str,
        /// What broke.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The deadline passed before the answer was complete.
    #[error("{call} did not end within {after:?}")]
    TimedOut {
        /// The call.
        call: &'static str,
        /// The time it was given.
        after: Duration,
    },
    /// The daemon answered with an error.
    #[error("{call} failed")]
    Api {
        /// The call.
        call: &'static str,
        /// What it answered.
        #[source]
        source: ApiError,
    },
    /// The daemon could not do what was asked to one path.
    #[error("{call} failed")]
    Path {
        /// The call.
        call: &'static str,
        /// The path and the reason.
        #[source]
        source: PathError,
    },
    /// A change ended, and not well.
    #[error("{}", describe_change(.0))]
    ChangeFailed(Box<Change>),
    /// A change is not known any more: the pod was replaced, its state was lost or it was pruned.
    #[error("change {id} is lost: {reason}")]
    ChangeLost {
        /// The change.
        id: ChangeId,
        /// How it was lost.
        reason: &'static str,
    },
    /// A change was not ready in time. It goes on, and can be waited for again.
    #[error("change {id} was not ready within {after:?}")]
    ChangeUnfinished {
        /// The change.
        id: ChangeId,
        /// The time it was given.
        after: Duration,
    },
    /// The daemon is too old for what was asked. Nothing was sent.
    #[error("{} needs Pebble {}, this is {has}", requirement.feature, requirement.needs)]
    Unsupported {
        /// What was asked for, and since when it exists.
        requirement: Requirement,
        /// The daemon's version as it writes it.
        has: String,
    },
    /// The daemon's answer is not what its protocol says.
    #[error("{call} was answered with {detail}")]
    Protocol {
        /// The call.
        call: &'static str,
        /// What is wrong with it, without quoting it.
        detail: String,
    },
    /// What was to be sent cannot be sent: the values do not fit, or reading them failed.
    #[error("cannot send {call}")]
    Request {
        /// The call.
        call: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was received could not be written where the caller wanted it.
    #[error("cannot write what {call} gave")]
    Sink {
        /// The call.
        call: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What was received is larger than the caller allowed.
    #[error("{call} gave more than {limit} bytes")]
    TooLarge {
        /// The call.
        call: &'static str,
        /// The limit.
        limit: usize,
    },
}

/// What an error answer says. Most of Pebble's errors have no kind; [`ErrorKind`] is then read from the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({status})")]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The kind, stated or read from the message.
    pub kind: ErrorKind,
    /// The daemon's own words.
    pub message: String,
}

/// What kind of error the daemon reports.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller lacks the right.
    LoginRequired,
    /// Autostart found no service to start.
    NoDefaultServices,
    /// A path does not exist.
    NotFound,
    /// A path may not be used.
    PermissionDenied,
    /// Something else is wrong with a path.
    GenericFileError,
    /// A change is not known.
    NoSuchChange,
    /// A notice is not known.
    NoSuchNotice,
    /// A service is not in the plan.
    NoSuchService(String),
    /// A check is not in the plan.
    NoSuchCheck(String),
    /// A layer of this label exists and combining was not asked for.
    LabelExists(String),
    /// A layer cannot be read, or the plan would be invalid with it.
    InvalidPlan,
    /// Another kind, as the daemon names it; empty if it names none.
    Other(String),
}

/// What the daemon says of one path in an answer about several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct PathError {
    /// The path as it was asked for.
    pub path: String,
    /// `NotFound`, `PermissionDenied` or `GenericFileError`.
    pub kind: ErrorKind,
    /// The daemon's own words.
    pub message: String,
}

impl Error {
    /// Whether nothing listens on the socket; the daemon's next start mends it.
    pub fn is_not_running(&self) -> bool {
        matches!(self, Self::NotRunning { .. })
    }

    /// Whether the daemon could not be reached or did not answer completely, in time: asking later may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::NotRunning { .. } | Self::Disconnected { .. } | Self::TimedOut { .. })
    }

    /// Whether this user may not use the socket, or may not make this call.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Denied { .. }) || self.kind() == Some(&ErrorKind::LoginRequired)
    }

    /// What kind of error the daemon reported, if it reported one.
    pub fn kind(&self) -> Option<&ErrorKind> {
        match self {
            Self::Api { source, .. } => Some(&source.kind),
            Self::Path { source, .. } => Some(&source.kind),
            _ => None,
        }
    }

    /// Whether the daemon does not know this service.
    pub fn is_no_such_service(&self, name: &str) -> bool {
        matches!(self.kind(), Some(ErrorKind::NoSuchService(unknown)) if unknown == name)
    }

    /// Whether a path does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Some(&ErrorKind::NotFound)
    }

    /// The change that failed, if a change did.
    pub fn failed_change(&self) -> Option<&Change> {
        match self {
            Self::ChangeFailed(change) => Some(change),
            _ => None,
        }
    }
}

/// One line: what the change was, and the first of its reasons. The tasks' logs may quote a service's output.
fn describe_change(change: &Change) -> impl fmt::Display {
    let reasons = change.err.as_deref().unwrap_or_default();
    // The first line only introduces the list of tasks.
    let first = reasons.lines().find_map(|line| line.strip_prefix("- ")).or_else(|| reasons.lines().next());
    let reason = first.unwrap_or("the daemon does not say why");
    format!("change {} ({}) ended as {}: {reason}", change.id, change.kind, change.status)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn failed(err: Option<&str>) -> Error {
        let change = json!({"id": "7", "kind": "replan", "summary": "s", "status": "Error", "ready": true, "err": err,
            "tasks": [{"id": "8", "kind": "start", "status": "Error", "log": ["2026 ERROR output: hunter2"]}]});
        Error::ChangeFailed(serde_json::from_value(change).unwrap())
    }

    #[test]
    fn a_failed_change_says_its_first_reason_in_one_line() {
        let err = "cannot perform the following tasks:\n- Start service \"a\" (exited quickly)\n- Start service \"b\" (x)";
        assert_snapshot!(
            failed(Some(err)).to_string(),
            @r#"change 7 (replan) ended as Error: Start service "a" (exited quickly)"#
        );
        assert_snapshot!(failed(Some("odd")).to_string(), @"change 7 (replan) ended as Error: odd");
        assert_snapshot!(
            failed(None).to_string(),
            @"change 7 (replan) ended as Error: the daemon does not say why"
        );
    }

    #[test]
    fn errors_are_classed() {
        let not_running =
            Error::NotRunning { socket: "/s".into(), source: io::Error::from(io::ErrorKind::NotFound) };
        assert!(not_running.is_not_running() && not_running.is_retryable() && !not_running.is_denied());
        let service =
            ApiError { status: 400, kind: ErrorKind::NoSuchService("a".to_owned()), message: String::new() };
        let api = Error::Api { call: "POST /v1/services", source: service };
        assert!(api.is_no_such_service("a") && !api.is_no_such_service("b") && !api.is_retryable());
        let path = PathError { path: "/a".to_owned(), kind: ErrorKind::NotFound, message: String::new() };
        assert!(Error::Path { call: "x", source: path }.is_not_found());
        assert!(failed(None).failed_change().is_some() && failed(None).kind().is_none());
    }
}
