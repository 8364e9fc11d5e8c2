//! Runs a charm's processes on this machine itself, and keeps what they did.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use minijuju::uniter::process::{CharmProcess, Exit, ProcessEvent, ProcessSpec, RunningProcess, Stream};
use std::os::unix::process::ExitStatusExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::Instant;

use super::diary::Diary;
use super::tempo;

/// Starts the processes of one unit.
pub struct HostProcess {
    pub unit: String,
    pub diary: Rc<RefCell<Diary>>,
}

/// One of them.
pub struct HostRunning {
    unit: String,
    diary: Rc<RefCell<Diary>>,
    run: usize,
    child: Result<Child, String>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// How it ended, and until when that is kept back.
    end: Option<(Instant, Exit)>,
    ended: bool,
    is_hook: bool,
}

/// Juju's agent waits this long for the outputs of an ended hook or action; what other units do meanwhile is one of the
/// things the recordings show.
pub const LAST_WORDS: Duration = Duration::from_millis(200);

impl CharmProcess for HostProcess {
    type Running = HostRunning;

    async fn start(&self, spec: ProcessSpec) -> HostRunning {
        let run = self.diary.borrow_mut().begin(&self.unit, &spec);
        let program = spec.arguments[0].clone();
        let child = Command::new(&program)
            .args(&spec.arguments[1..])
            .env_clear()
            .envs(&spec.environment)
            .current_dir(&spec.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = child.map_err(|error| format!("exec: \"{program}\": {error}"));
        let (mut stdout, mut stderr) = (None, None);
        if let Ok(child) = &mut child {
            self.diary.borrow_mut().pids.insert(self.unit.clone(), child.id().unwrap());
            (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        }
        HostRunning {
            unit: self.unit.clone(),
            diary: Rc::clone(&self.diary),
            run,
            child,
            stdout,
            stderr,
            end: None,
            ended: false,
            is_hook: spec.environment.contains_key("JUJU_DISPATCH_PATH"),
        }
    }
}

impl RunningProcess for HostRunning {
    async fn next(&mut self) -> Option<ProcessEvent> {
        let child = match &mut self.child {
            Ok(child) => child,
            Err(_) if self.ended => return None,
            Err(error) => {
                self.ended = true;
                return Some(ProcessEvent::Ended(Exit::NotStarted(error.clone())));
            }
        };
        loop {
            let earliest = self.end.as_ref().map_or_else(Instant::now, |(until, _)| *until);
            let event = tokio::select! {
                biased;
                bytes = read(&mut self.stdout), if self.stdout.is_some() => {
                    bytes.map(|bytes| (Stream::Standard, bytes))
                }
                bytes = read(&mut self.stderr), if self.stderr.is_some() => {
                    bytes.map(|bytes| (Stream::Error, bytes))
                }
                status = child.wait(), if self.end.is_none() => {
                    let status = status.unwrap();
                    let signal = || Exit::Signal(status.signal().unwrap());
                    let wait = if self.is_hook { LAST_WORDS } else { Duration::ZERO };
                    self.diary.borrow_mut().runs[self.run].has_exited = true;
                    self.end = Some((Instant::now() + wait, status.code().map_or_else(signal, Exit::Code)));
                    continue;
                }
                () = tempo::may_end(Rc::clone(&self.diary), self.run, earliest),
                    if self.end.is_some() && !self.ended =>
                {
                    self.ended = true;
                    let exit = self.end.as_ref().map(|(_, exit)| exit.clone()).unwrap();
                    self.diary.borrow_mut().end(&self.unit, self.run, &exit);
                    return Some(ProcessEvent::Ended(exit));
                }
                else => return None,
            };
            if let Some((stream, bytes)) = event {
                self.diary.borrow_mut().output(self.run, stream, &bytes);
                return Some(ProcessEvent::Output(stream, bytes));
            }
        }
    }

    async fn kill(&mut self) {
        if let Ok(child) = &mut self.child {
            child.start_kill().unwrap();
        }
    }
}

/// The next bytes; `None`, and the stream gone, at its end.
async fn read<S: AsyncRead + Unpin>(stream: &mut Option<S>) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 16 * 1024];
    let count = stream.as_mut().unwrap().read(&mut bytes).await.unwrap();
    if count == 0 {
        *stream = None;
        return None;
    }
    bytes.truncate(count);
    Some(bytes)
}

/// The environment of a process as the recordings give it, without what is random.
pub fn normal(
    environment: &BTreeMap<String, String>,
    recorded: impl Fn(&String) -> String,
) -> BTreeMap<String, String> {
    let value = |(name, value): (&String, &String)| {
        let mut value = recorded(value);
        if name == "JUJU_CONTEXT_ID" {
            value = value
                .rsplit_once('-')
                .map_or_else(|| value.clone(), |(name, _)| format!("{name}-${{RANDOM}}"));
        }
        (name.clone(), value)
    };
    environment.iter().map(value).collect()
}
