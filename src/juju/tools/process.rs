//! Runs the hook tools as processes: the only place that starts one. It does not know what any tool means.
//!
//! A tool inherits the hook's environment and working directory; nothing runs between fork and exec, so the fast way to
//! start a process stays open. It has no standard input unless it is given one, and is killed when its deadline passes
//! or the caller no longer waits.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Call, Output, RunTool, Running, ToolError};

/// How many tools run at once. Juju answers them one by one, so more would only cost memory.
const AT_ONCE: usize = 8;

/// The hook tools in the folders of a search path.
#[derive(Debug)]
pub struct Processes {
    folders: Vec<PathBuf>,
    started: AtomicUsize,
    room: Semaphore,
}

impl Processes {
    /// Takes the hook's `PATH`, whose first folder holds the tools.
    pub fn new(path: &str) -> Self {
        let folders = path.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from).collect();
        Self { folders, started: AtomicUsize::new(0), room: Semaphore::new(AT_ONCE) }
    }

    /// How many processes it has started so far.
    pub fn processes_started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    fn find(&self, tool: &str) -> Option<PathBuf> {
        self.folders.iter().map(|folder| folder.join(tool)).find(|path| path.is_file())
    }

    async fn run_to_end(&self, call: Call<'_>) -> Result<Output, ToolError> {
        let Call { tool, arguments, input, deadline } = call;
        let failed = |source| ToolError::Run { tool, source };
        let program = self.find(tool).ok_or(ToolError::Missing { tool })?;
        // The semaphore is never closed; without a permit the tool would run all the same.
        let _permit = self.room.acquire().await.ok();
        let mut child = start(&program, arguments, input.is_some()).map_err(failed)?;
        self.started.fetch_add(1, Ordering::Relaxed);
        let Ok(output) = timeout(deadline, talk(&mut child, input)).await else {
            child.kill().await.map_err(failed)?;
            return Err(ToolError::TimedOut { tool, deadline });
        };
        output.map_err(failed)
    }
}

impl RunTool for Processes {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        Box::pin(self.run_to_end(call))
    }
}

fn start(program: &Path, arguments: &[&str], has_input: bool) -> io::Result<Child> {
    Command::new(program)
        .args(arguments)
        .stdin(if has_input { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// Writes and reads at once: a tool may answer before it has read everything.
async fn talk(child: &mut Child, input: Option<&[u8]>) -> io::Result<Output> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        let (Some(mut stdin), Some(input)) = (stdin, input) else { return Ok(()) };
        match stdin.write_all(input).await {
            // It ended without reading; its exit code says why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done,
        }
    };
    let (written, stdout, stderr) = tokio::join!(write, read_all(stdout), read_all(stderr));
    let status = child.wait().await?;
    written?;
    Ok(Output { code: status.code(), stdout: stdout?, stderr: stderr? })
}

async fn read_all(stream: Option<impl tokio::io::AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        stream.read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
