//! What may be asked of Juju from within a hook: every hook tool as a typed call. How a tool is reached is an adapter's
//! matter ([`process`] runs it); what its answer means is `wire.rs`'s.
//!
//! Reads may be awaited together, writes one after another. Values go over standard input or a private file, never as
//! arguments, which anyone on the machine can see, except where the tool has no other way: messages, results of
//! actions and leader settings.

use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::wire::WireError;

mod action;
mod error;
pub mod memory;
mod model;
mod private;
pub mod process;
mod relation;
mod secret;
mod state;
mod status;
mod unit;

pub use error::{Reason, ToolError};
pub use model::UnitAddress;
pub use relation::{Bag, Scope};
pub use secret::{Revision, Revoke, Rotation, SecretDetails, SecretKey};
pub use status::LogLevel;
pub use unit::Reboot;

/// One use of a tool.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Its name.
    pub tool: &'static str,
    /// Never a secret.
    pub arguments: &'a [&'a str],
    /// What it reads; may be secret.
    pub input: Option<&'a [u8]>,
    /// How long it may take.
    pub deadline: Duration,
}

/// Neither arguments nor input are shown.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Call").field("tool", &self.tool).finish_non_exhaustive()
    }
}

/// How a tool ended. Its output may be secret and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it answered.
    pub stdout: Vec<u8>,
    /// What it complained about.
    pub stderr: Vec<u8>,
}

impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Output").field("code", &self.code).finish_non_exhaustive()
    }
}

/// A tool at work.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Output, ToolError>> + Send + 'a>>;

/// A way to reach the tools.
pub trait RunTool: Send + Sync {
    /// Runs one tool to its end. A tool that fails is no error here: its exit code says so.
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a>;
}

/// The hook tools.
#[derive(Clone)]
pub struct HookTools {
    runner: Arc<dyn RunTool>,
    deadline: Duration,
    /// The agent's own folder, which holds the charm's.
    agent_folder: PathBuf,
    /// One secret at a time goes through the private file.
    private: Arc<tokio::sync::Mutex<()>>,
}

impl fmt::Debug for HookTools {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HookTools").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl HookTools {
    /// Takes the way to reach the tools, the charm's folder and how long any one tool may take.
    pub fn new(runner: Arc<dyn RunTool>, charm_dir: &Path, deadline: Duration) -> Self {
        let agent_folder = charm_dir.parent().unwrap_or(charm_dir).to_owned();
        Self { runner, deadline, agent_folder, private: Arc::default() }
    }

    /// Runs a tool and checks that it succeeded.
    async fn run(
        &self,
        tool: &'static str,
        arguments: &[&str],
        input: Option<&[u8]>,
    ) -> Result<Vec<u8>, ToolError> {
        let call = Call { tool, arguments, input, deadline: self.deadline };
        let output = self.runner.run(call).await?;
        match output.code {
            Some(0) => Ok(output.stdout),
            Some(code) => Err(ToolError::failed(tool, code, &output.stderr)),
            None => Err(ToolError::Killed { tool }),
        }
    }

    /// Asks for JSON and reads it.
    async fn ask<T>(
        &self,
        tool: &'static str,
        arguments: &[&str],
        read: fn(&[u8]) -> Result<T, WireError>,
    ) -> Result<T, ToolError> {
        let arguments: Vec<&str> = ["--format=json"].iter().chain(arguments).copied().collect();
        let answer = Zeroizing::new(self.run(tool, &arguments, None).await?);
        read(&answer).map_err(|source| ToolError::Answer { tool, source })
    }

    /// Runs a tool that answers nothing.
    async fn tell(&self, tool: &'static str, arguments: &[&str]) -> Result<(), ToolError> {
        self.run(tool, arguments, None).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
