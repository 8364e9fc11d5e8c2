//! The controller's socket as a verb sees it: connects, starts the controller if need be, asks and hears the answers.

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;

use super::protocol::{Reply, Request};
use crate::pod::error::chain;
use crate::pod::folders::Folders;
use crate::pod::host;
use crate::pod::process::ProcessId;

/// The hidden subcommand that becomes the controller.
pub const CONTROLLER: &str = "controller";
/// What the controller prints when it takes requests.
pub const READY: &str = "ready\n";
/// How long another controller that starts at the same moment may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a controller may say nothing; one that is alive says so much more often.
const SILENCE: Duration = Duration::from_mins(1);
/// Where root's models are, one folder each.
const MODELS: &str = "/var/lib/minijuju";

/// Which model, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPlace {
    pub name: String,
    pub folder: PathBuf,
}

/// A connection on which one request is made.
#[derive(Debug)]
pub struct Connection {
    reader: BufReader<UnixStream>,
}

/// What stands between a verb and its answer. The text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The controller says so, or there is none.
    #[error("{0}")]
    Told(String),
    #[error("the controller ended before it answered: see {log}", log = .0.display())]
    Lost(PathBuf),
    #[error("cannot talk to the controller")]
    Socket(#[source] io::Error),
    /// What to do about it.
    #[error("{0}")]
    Silent(String),
}

impl Connection {
    /// Connects to the model's controller; starts it if it does not run and the model exists.
    ///
    /// # Errors
    /// When the model does not exist, or the controller cannot be started.
    pub fn open(place: &ModelPlace) -> Result<Self, CallError> {
        check_root()?;
        if !place.folder.join("model.json").exists() {
            let name = &place.name;
            return Err(CallError::Told(format!(
                "model \"{name}\" not found: 'minijuju deploy' or 'minijuju add-model {name}' makes it"
            )));
        }
        Self::open_or_create(place)
    }

    /// The same, and makes the model if it does not exist.
    ///
    /// # Errors
    /// When the controller cannot be started.
    pub fn open_or_create(place: &ModelPlace) -> Result<Self, CallError> {
        check_root()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(connection) = Self::connect(place) {
                return Ok(connection);
            }
            if Instant::now() > deadline {
                let held = format!("the controller of model \"{}\" does not answer", place.name);
                return Err(CallError::Told(held));
            }
            let told = start(place)?;
            if !told.is_empty() {
                return Err(CallError::Told(told));
            }
            if let Some(connection) = Self::connect(place) {
                return Ok(connection);
            }
            // Another verb started one at the same moment, or the last one is just ending.
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The process at the other end.
    pub fn controller(&self) -> Option<ProcessId> {
        let credentials = getsockopt(self.reader.get_ref(), PeerCredentials).ok()?;
        ProcessId::of(credentials.pid()).ok()?
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When the controller has gone away.
    pub fn ask(self, request: &Request, place: &ModelPlace) -> Result<Answers, CallError> {
        let mut line = serde_json::to_vec(request).map_err(|error| CallError::Socket(error.into()))?;
        line.push(b'\n');
        let log = place.folder.join("log/controller.log");
        let silent = silent(&place.name, self.controller().map(|controller| controller.pid), &log);
        let mut reader = self.reader;
        reader.get_ref().set_write_timeout(Some(SILENCE)).map_err(CallError::Socket)?;
        reader.get_mut().write_all(&line).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => CallError::Silent(silent.clone()),
            _ => CallError::Socket(error),
        })?;
        Ok(Answers { reader, line: Vec::new(), log, patience: SILENCE, silent })
    }

    /// Sends a request and waits for what it is done with; parts before that are not asked for.
    ///
    /// # Errors
    /// What the controller says went wrong, or that it ended.
    pub fn call(self, request: &Request, place: &ModelPlace) -> Result<serde_json::Value, CallError> {
        let mut answers = self.ask(request, place)?;
        loop {
            if let Reply::Done(value) = answers.next_reply()? {
                return Ok(value);
            }
        }
    }

    fn connect(place: &ModelPlace) -> Option<Self> {
        let folders = Folders::of(&place.folder).ok()?;
        let stream = UnixStream::connect(folders.control_socket()).ok()?;
        Some(Self { reader: BufReader::new(stream) })
    }
}

/// The parts of an answer as they come.
#[derive(Debug)]
pub struct Answers {
    reader: BufReader<UnixStream>,
    /// What has come of the next part.
    line: Vec<u8>,
    log: PathBuf,
    patience: Duration,
    /// What to tell when the controller has said nothing for so long.
    silent: String,
}

impl Answers {
    /// Waits for the next part, as long as the controller is alive. `Done` is the last.
    ///
    /// # Errors
    /// What the controller says went wrong, that it ended, or that it has fallen silent.
    pub fn next_reply(&mut self) -> Result<Reply, CallError> {
        let mut heard = Instant::now();
        loop {
            if let Some(reply) = self.read(&mut heard, self.patience)? {
                return Ok(reply);
            }
        }
    }

    /// The same until a moment; `None` when it has come before the next part.
    ///
    /// # Errors
    /// The same.
    pub fn next_before(&mut self, deadline: Instant) -> Result<Option<Reply>, CallError> {
        let mut heard = Instant::now();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            if let Some(reply) = self.read(&mut heard, left)? {
                return Ok(Some(reply));
            }
        }
    }

    /// Waits until the controller's process is gone, after an answer with which it ends.
    pub fn wait_for_end(self, controller: Option<&ProcessId>) {
        let deadline = Instant::now() + PATIENCE;
        while controller.is_some_and(ProcessId::is_alive) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Reads one part; `None` when the time for it ran out half-way, or it was a sign of life. `heard` is when something
    /// came last, or the waiting began: how long the verb itself was busy is no silence.
    fn read(&mut self, heard: &mut Instant, within: Duration) -> Result<Option<Reply>, CallError> {
        let left = self.patience.saturating_sub(heard.elapsed()).min(within).max(Duration::from_millis(1));
        self.reader.get_ref().set_read_timeout(Some(left)).map_err(CallError::Socket)?;
        let before = self.line.len();
        let outcome = self.reader.read_until(b'\n', &mut self.line);
        if self.line.len() > before {
            *heard = Instant::now();
        }
        match outcome {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                let silent = heard.elapsed() >= self.patience;
                return if silent { Err(CallError::Silent(self.silent.clone())) } else { Ok(None) };
            }
            Err(error) => return Err(CallError::Socket(error)),
        }
        if !self.line.ends_with(b"\n") {
            return Err(CallError::Lost(self.log.clone()));
        }
        let line = std::mem::take(&mut self.line);
        match serde_json::from_slice(&line).map_err(|error| CallError::Socket(error.into()))? {
            Reply::Failed(text) => Err(CallError::Told(text)),
            Reply::Alive => Ok(None),
            reply => Ok(Some(reply)),
        }
    }
}

/// What to do about a controller that says nothing.
fn silent(model: &str, pid: Option<i32>, log: &Path) -> String {
    let (silence, log) = (SILENCE.as_secs(), log.display());
    let told =
        format!("the controller of model \"{model}\" has said nothing for {silence}s (its log: {log})");
    match pid {
        Some(pid) => format!(
            "{told}: it is process {pid}, 'kill -9 {pid}' ends it; the pods stay, and the next verb starts it again"
        ),
        None => told,
    }
}

/// Starts the controller and waits until it is ready. Returns its complaint; an empty one if all is well or another
/// controller holds the model.
fn start(place: &ModelPlace) -> Result<String, CallError> {
    host::check().map_err(|error| CallError::Told(chain(&error)))?;
    let mut child = Command::new("/proc/self/exe")
        .args([OsStr::new(CONTROLLER), place.folder.as_os_str(), OsStr::new(&place.name)])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(CallError::Socket)?;
    let mut told = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_to_string(&mut told).map_err(CallError::Socket)?;
    }
    Ok(told.replace(READY, "").trim().to_owned())
}

/// Only root may look into a model's folder, so nobody else can be told what is there.
fn check_root() -> Result<(), CallError> {
    host::check_root().map_err(|error| CallError::Told(chain(&error)))
}

/// The model's folder: the one named by the environment, or the one of this name among root's own.
///
/// # Errors
/// When that is no name of a model, or the folder holds a model of another name.
pub fn place(name: &str, home: Option<&Path>) -> Result<ModelPlace, CallError> {
    let is_plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit();
    let is_name = name.starts_with(is_plain)
        && name.ends_with(is_plain)
        && name.chars().all(|one| is_plain(one) || one == '-');
    if !is_name {
        let text = format!("{name:?} is not a valid model name: lower-case letters, digits and hyphens");
        return Err(CallError::Told(text));
    }
    let folder = home.map_or_else(|| Path::new(MODELS).join(name), Path::to_path_buf);
    let there = std::fs::read(folder.join("model.json")).ok();
    let there: Option<Named> = there.and_then(|json| serde_json::from_slice(&json).ok());
    match there {
        Some(there) if there.name != name => Err(CallError::Told(format!(
            "MINIJUJU_HOME={} holds model {:?}, not {name:?}: name that one, or another folder",
            folder.display(),
            there.name
        ))),
        _ => Ok(ModelPlace { name: name.to_owned(), folder }),
    }
}

/// The files of all models of this machine, or of the one in the folder that the environment names.
///
/// # Errors
/// For all but root.
pub fn model_files(home: Option<&Path>) -> Result<Vec<PathBuf>, CallError> {
    check_root()?;
    let folders: Vec<PathBuf> = match home {
        Some(home) => vec![home.to_path_buf()],
        None => std::fs::read_dir(MODELS).into_iter().flatten().flatten().map(|entry| entry.path()).collect(),
    };
    let files = folders.into_iter().map(|folder| folder.join("model.json"));
    let mut files: Vec<PathBuf> = files.filter(|file| file.exists()).collect();
    files.sort();
    Ok(files)
}

/// What a model's file says of it first.
#[derive(serde::Deserialize)]
struct Named {
    name: String,
}

#[cfg(test)]
mod tests;
