//! Why a hook tool did not do what it was asked. It keeps the tool, its exit code and its first line, never arguments.

use std::io;
use std::time::Duration;

use crate::juju::wire::WireError;

/// A hook tool that failed.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// This Juju has no such tool.
    #[error("{tool} does not exist in this version of Juju")]
    Missing {
        /// The tool.
        tool: &'static str,
    },
    /// It could not be started, fed or listened to.
    #[error("{tool} could not be run")]
    Run {
        /// The tool.
        tool: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It did not end in time, and was killed.
    #[error("{tool} did not end within {deadline:?}")]
    TimedOut {
        /// The tool.
        tool: &'static str,
        /// How long it had.
        deadline: Duration,
    },
    /// Somebody killed it.
    #[error("{tool} was killed")]
    Killed {
        /// The tool.
        tool: &'static str,
    },
    /// It said no.
    #[error("{tool} failed with exit code {code}: {message}")]
    Failed {
        /// The tool.
        tool: &'static str,
        /// 2 when it did not understand its arguments, 1 for all else.
        code: i32,
        /// The first line of its complaint.
        message: String,
    },
    /// It succeeded, and answered what it is not known to answer.
    #[error("{tool} gave an answer that was not understood")]
    Answer {
        /// The tool.
        tool: &'static str,
        /// What was expected.
        #[source]
        source: WireError,
    },
    /// The file that was to carry a secret to it could not be written.
    #[error("{tool} could not be given its input: no private file")]
    PrivateFile {
        /// The tool.
        tool: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What a failure means, as far as code acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The thing asked for does not exist.
    NotFound,
    /// It exists and is not this unit's to see or change; a relation that is gone also looks like this up to Juju 3.
    PermissionDenied,
    /// Only the leader may do this.
    NotLeader,
    /// The relation does not exist (any more).
    RelationGone,
    /// Only an action may do this.
    NotRunningAction,
    /// This Juju cannot do it.
    Unsupported,
    /// It took too long.
    TimedOut,
    /// Anything else.
    Other,
}

impl ToolError {
    pub(super) fn failed(tool: &'static str, code: i32, stderr: &[u8]) -> Self {
        let text = String::from_utf8_lossy(stderr);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let message = line.strip_prefix("ERROR ").unwrap_or(line).to_owned();
        Self::Failed { tool, code, message }
    }

    /// The tool that failed.
    pub fn tool(&self) -> &'static str {
        match self {
            Self::Missing { tool }
            | Self::Run { tool, .. }
            | Self::TimedOut { tool, .. }
            | Self::Killed { tool }
            | Self::Failed { tool, .. }
            | Self::Answer { tool, .. }
            | Self::PrivateFile { tool, .. } => tool,
        }
    }

    /// What it means.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Missing { .. } => Reason::Unsupported,
            Self::TimedOut { .. } => Reason::TimedOut,
            Self::Failed { message, .. } => classify(message),
            Self::Run { .. } | Self::Killed { .. } | Self::Answer { .. } | Self::PrivateFile { .. } => {
                Reason::Other
            }
        }
    }
}

/// The only place that knows Juju's words. They differ a little between versions, so only what is common is looked for.
fn classify(message: &str) -> Reason {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if has(&["not running an action"]) {
        Reason::NotRunningAction
    } else if has(&["not the leader"]) || message == "cannot write relation settings" {
        Reason::NotLeader
    } else if has(&["unknown command", "unknown hook command", "unknown action command", "not supported"]) {
        Reason::Unsupported
    } else if has(&["relation not found"]) || names_a_gone_relation(message) {
        Reason::RelationGone
    } else if has(&["permission denied", "unauthorized access"]) {
        Reason::PermissionDenied
    } else if has(&["not found"]) {
        Reason::NotFound
    } else {
        Reason::Other
    }
}

/// `relation 13 not found`
fn names_a_gone_relation(message: &str) -> bool {
    let number = message.strip_prefix("relation ").and_then(|rest| rest.split_once(" not found"));
    number.is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
}
