//! One line of a service's output.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// One line that a service wrote. Long lines come in pieces of about 4 KiB with the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When the daemon read it, in milliseconds.
    pub time: Timestamp,
    /// The service that wrote it.
    pub service: String,
    /// The line without its end; standard output and error are not told apart.
    pub message: String,
}

/// Which log entries to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogDepth {
    /// The newest, counted over all services together.
    Newest(u32),
    /// All that the daemon still has.
    All,
}
