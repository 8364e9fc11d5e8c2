//! Running commands in the container: one change, and websockets for what it reads, writes and is told.
//!
//! ```text
//! POST /v1/exec ─► connect control, stdio, stderr ─► bytes both ways ─► output ended ─┐
//!                                    └► wait for the change, at the same time ─► ready ┴► exit code
//! ```
//!
//! Whatever happens, it ends by its deadline: the daemon kills the command itself, but waits without end for
//! children that hold its output. Dropping a [`Process`] has the daemon kill the command.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::change::Pending;
use super::client::Client;
use super::error::Error;
use super::request;
use super::response;
use super::transport::Deadline;
use super::types::{Change, Exec, Signal, TaskId, Terminal};

mod websocket;

use websocket::{Command, SignalName, Size, Socket};

const EXEC: &str = "POST /v1/exec";

/// How long after a command's time the daemon may take to say that it killed it.
const MARGIN: Duration = Duration::from_secs(2);

/// How long the daemon waits for the websockets to be connected. (It is five seconds there.)
const CONNECT: Duration = Duration::from_secs(5);

/// How long after the change is ready the last output may take to arrive.
const DRAIN: Duration = Duration::from_secs(2);

/// How much of each output [`Client::run`] keeps.
const CAPTURE: usize = 4 << 20;

/// How much input is read ahead of what the command takes.
const AHEAD: usize = 128 << 10;

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It wrote to its standard output, or to its terminal.
    Stdout(Bytes),
    /// It wrote to its standard error.
    Stderr(Bytes),
    /// It ended with this exit code; 128 and the signal's number if a signal ended it.
    Exited(i64),
}

/// What a command did. `Debug` shows no output, which may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; 128 and the signal's number if a signal ended it.
    pub exit_code: i64,
    /// The end of its standard output, at most 4 MiB.
    pub stdout: Vec<u8>,
    /// The end of its standard error, at most 4 MiB.
    pub stderr: Vec<u8>,
    /// Whether there was more before.
    pub is_truncated: bool,
}

impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Output")
            .field("exit_code", &self.exit_code)
            .field("stdout", &format_args!("{} bytes", self.stdout.len()))
            .field("stderr", &format_args!("{} bytes", self.stderr.len()))
            .field("is_truncated", &self.is_truncated)
            .finish()
    }
}

/// A command that runs.
pub struct Process {
    client: Client,
    pending: Pending,
    control: Socket,
    stdio: Socket,
    /// Absent with a terminal.
    stderr: Option<Socket>,
    stdin_closed: bool,
    state: State,
}

enum State {
    /// The wait for its change.
    Running(Pin<Box<dyn Future<Output = Result<Change, Error>> + Send>>),
    /// It ended well or badly; its last output may still come.
    Draining(i64, Pin<Box<Sleep>>),
    Ended(i64),
}

impl Client {
    /// Runs a command to its end, with this input, and returns its exit code and output.
    ///
    /// # Errors
    /// When the daemon cannot be reached, cannot start the command, or the command took longer than `deadline`
    /// ([`Error::ChangeFailed`]; [`Error::ChangeUnfinished`] if children of it still hold its output). A command
    /// that fails is no error of the call.
    pub async fn run(
        &self,
        exec: &Exec,
        input: impl Into<Bytes>,
        deadline: Duration,
    ) -> Result<Output, Error> {
        let mut process = self.exec(exec, deadline).await?;
        process.write(input.into());
        process.close_stdin();
        let mut output = Output { exit_code: 0, stdout: Vec::new(), stderr: Vec::new(), is_truncated: false };
        loop {
            match process.next().await? {
                Event::Stdout(data) => output.is_truncated |= capture(&mut output.stdout, &data),
                Event::Stderr(data) => output.is_truncated |= capture(&mut output.stderr, &data),
                Event::Exited(exit_code) => {
                    output.is_truncated |= keep_end(&mut output.stdout) | keep_end(&mut output.stderr);
                    return Ok(Output { exit_code, ..output });
                }
            }
        }
    }

    /// Starts a command, which must end within `deadline`, and connects to it.
    ///
    /// # Errors
    /// When the daemon cannot be reached, is too old for the service context, or cannot start the command.
    pub async fn exec(&self, exec: &Exec, deadline: Duration) -> Result<Process, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Started {
            // The answer also echoes the whole environment, which is dropped unread.
            task_id: TaskId,
        }
        if let Some(requirement) = exec.requirement() {
            self.require(requirement).await?;
        }
        let boot_id = self.system_info().await?.boot_id;
        let answer = self.fetch(&request::exec(exec, deadline)?).await?;
        let (id, started): (_, Started) =
            response::decode_async(EXEC, answer.status().as_u16(), answer.body())?;
        let pending = Pending { id, boot_id: Some(boot_id) };
        match self.connect(&started.task_id, exec.terminal.is_none()).await {
            Ok((control, stdio, stderr)) => {
                let (client, change) = (self.clone(), pending.clone());
                let time = deadline.saturating_add(MARGIN);
                let wait = async move { client.wait_ready(&change, time).await };
                let state = State::Running(Box::pin(wait));
                Ok(Process {
                    client: self.clone(),
                    pending,
                    control,
                    stdio,
                    stderr,
                    stdin_closed: false,
                    state,
                })
            }
            // A command that could not start says so in its change, at the latest when nobody connected in time.
            Err(error) => match self.wait_change(&pending, CONNECT + MARGIN).await {
                Err(failure @ Error::ChangeFailed(_)) => Err(failure),
                Ok(_) | Err(_) => Err(error),
            },
        }
    }

    /// Connects the websockets in the order that has `control` before the command starts.
    async fn connect(&self, task: &TaskId, splits: bool) -> Result<(Socket, Socket, Option<Socket>), Error> {
        let connecting = async {
            let control = Socket::connect(&self.transport, task, "control").await?;
            let stdio = Socket::connect(&self.transport, task, "stdio").await?;
            let stderr =
                if splits { Some(Socket::connect(&self.transport, task, "stderr").await?) } else { None };
            Ok((control, stdio, stderr))
        };
        // Daemons before 1.25 never answer for a change that has failed already.
        Deadline::after(CONNECT).cap(EXEC, connecting).await
    }
}

impl Process {
    /// The change that is the command.
    pub const fn pending(&self) -> &Pending {
        &self.pending
    }

    /// Queues input. It leaves while [`Process::next`] is awaited; a command that reads none is no error.
    pub fn write(&mut self, input: impl Into<Bytes>) {
        if !self.stdin_closed {
            self.stdio.queue_bytes(input.into());
        }
    }

    /// Ends the input, behind what is queued. A command that reads to the end of its input waits for this.
    pub fn close_stdin(&mut self) {
        if !std::mem::replace(&mut self.stdin_closed, true) {
            self.stdio.queue_end();
        }
    }

    /// Sends a signal to the command itself, not to its children.
    ///
    /// # Errors
    /// When the daemon takes no more commands, as after the end.
    pub async fn signal(&mut self, signal: Signal) -> Result<(), Error> {
        self.order(&Command::Signal { signal: SignalName { name: signal } }).await
    }

    /// Gives its terminal another size.
    ///
    /// # Errors
    /// When the daemon takes no more commands, as after the end.
    pub async fn resize(&mut self, terminal: Terminal) -> Result<(), Error> {
        let Terminal { width, height } = terminal;
        self.order(&Command::Resize { resize: Size { width, height } }).await
    }

    /// Waits for what the command does next. May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// As [`Client::run`]; [`Error::ChangeLost`] if the daemon ended before the command did.
    pub async fn next(&mut self) -> Result<Event, Error> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Connects the command with a reader and writers until it ends, and returns its exit code. Input is read no
    /// faster than the command takes it.
    ///
    /// # Errors
    /// As [`Process::next`], and when reading or writing fails.
    pub async fn attach(
        mut self,
        stdin: impl AsyncRead,
        mut stdout: impl AsyncWrite + Unpin,
        mut stderr: impl AsyncWrite + Unpin,
    ) -> Result<i64, Error> {
        let sunk = |source| Error::Sink { call: EXEC, source };
        let mut stdin = pin!(stdin);
        loop {
            match poll_fn(|context| self.poll_attached(stdin.as_mut(), context)).await? {
                Event::Stdout(data) => stdout.write_all(&data).await.map_err(sunk)?,
                Event::Stderr(data) => stderr.write_all(&data).await.map_err(sunk)?,
                Event::Exited(exit_code) => {
                    stdout.flush().await.map_err(sunk)?;
                    stderr.flush().await.map_err(sunk)?;
                    return Ok(exit_code);
                }
            }
        }
    }

    async fn order(&mut self, command: &Command) -> Result<(), Error> {
        let sending = self.control.command(&self.client.transport, command);
        Deadline::after(self.client.deadline).cap(EXEC, sending).await
    }

    /// Polls for an event, and reads input while there is room for it.
    fn poll_attached(
        &mut self,
        mut stdin: Pin<&mut impl AsyncRead>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Event, Error>> {
        loop {
            if let Poll::Ready(event) = self.poll_event(context) {
                return Poll::Ready(event);
            }
            if self.stdin_closed || self.stdio.unsent() >= AHEAD {
                return Poll::Pending;
            }
            let mut chunk = vec![0_u8; AHEAD / 2];
            let mut buffer = ReadBuf::new(&mut chunk);
            match stdin.as_mut().poll_read(context, &mut buffer) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(source)) => {
                    return Poll::Ready(Err(Error::Request { call: EXEC, source: source.into() }));
                }
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => self.close_stdin(),
                Poll::Ready(Ok(())) => {
                    let length = buffer.filled().len();
                    chunk.truncate(length);
                    self.write(chunk);
                }
            }
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Result<Event, Error>> {
        self.stdio.poll_send(context);
        if let Poll::Ready(Some(data)) = self.stdio.poll_bytes(context) {
            return Poll::Ready(Ok(Event::Stdout(data)));
        }
        if let Some(stderr) = &mut self.stderr
            && let Poll::Ready(Some(data)) = stderr.poll_bytes(context)
        {
            return Poll::Ready(Ok(Event::Stderr(data)));
        }
        loop {
            let next = match &mut self.state {
                State::Ended(exit_code) => return Poll::Ready(Ok(Event::Exited(*exit_code))),
                State::Running(wait) => match wait.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(change) => State::Draining(exit_code(change?)?, Box::pin(sleep(DRAIN))),
                },
                State::Draining(exit_code, patience) => {
                    let drained =
                        self.stdio.has_ended() && self.stderr.as_ref().is_none_or(Socket::has_ended);
                    if !drained && patience.as_mut().poll(context).is_pending() {
                        return Poll::Pending;
                    }
                    State::Ended(*exit_code)
                }
            };
            self.state = next;
        }
    }
}

/// The exit code of a command whose change is ready. Without one, it did not end under the daemon's eyes.
fn exit_code(change: Change) -> Result<i64, Error> {
    if !change.is_successful() {
        return Err(Error::ChangeFailed(Box::new(change)));
    }
    match change.exit_code() {
        Some(code) => Ok(code),
        None => Err(Error::ChangeLost { id: change.id, reason: "the daemon ended before the command did" }),
    }
}

/// Keeps what may be of the end, and tells whether something before it was dropped.
fn capture(kept: &mut Vec<u8>, data: &Bytes) -> bool {
    kept.extend_from_slice(data);
    kept.len() > 2 * CAPTURE && keep_end(kept)
}

/// The same, to the byte.
fn keep_end(kept: &mut Vec<u8>) -> bool {
    let beyond = kept.len().saturating_sub(CAPTURE);
    drop(kept.drain(..beyond));
    beyond > 0
}
