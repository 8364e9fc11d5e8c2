//! What runs the charm's programs: asked for here, done by whoever has the charm container.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A program to run in the charm container, its standard input the null device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessSpec {
    /// The program as an absolute path of the container, and its arguments.
    pub arguments: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// The working directory, in the container.
    pub folder: PathBuf,
}

/// Which of the two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Standard,
    Error,
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// It never ran: why, in Go's words (`exec: "/…/dispatch": permission denied`).
    NotStarted(String),
}

/// What a process does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessEvent {
    Output(Stream, Vec<u8>),
    /// Outputs may still follow, of processes it left behind.
    Ended(Exit),
}

/// Starts processes in one charm container.
pub trait CharmProcess {
    type Running: RunningProcess;

    /// Starts a process. That it cannot be started is its end, not an error here.
    fn start(&self, spec: ProcessSpec) -> impl Future<Output = Self::Running>;
}

/// A process that was started. Dropped, it is killed.
pub trait RunningProcess {
    /// The next thing it does; `None` when its outputs are closed and it has ended. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<ProcessEvent>>;

    /// Kills the process with SIGKILL; its end comes as an event.
    fn kill(&mut self) -> impl Future<Output = ()>;
}
