//! Signals by the names that Pebble takes: upper case, with their prefix.

use std::fmt;

use serde::{Serialize, Serializer};

/// A signal that may be sent to a service or command. Pebble takes names only, no numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Hang up; often "read your configuration again".
    Hangup,
    /// Interrupt, as Ctrl-C.
    Interrupt,
    /// Quit.
    Quit,
    /// Kill at once.
    Kill,
    /// Free for programs.
    User1,
    /// Free for programs.
    User2,
    /// Please end.
    Terminate,
    /// Continue.
    Continue,
    /// Stop (pause).
    Stop,
    /// The terminal's size changed.
    WindowChange,
}

impl Signal {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Quit => "SIGQUIT",
            Self::Kill => "SIGKILL",
            Self::User1 => "SIGUSR1",
            Self::User2 => "SIGUSR2",
            Self::Terminate => "SIGTERM",
            Self::Continue => "SIGCONT",
            Self::Stop => "SIGSTOP",
            Self::WindowChange => "SIGWINCH",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for Signal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
