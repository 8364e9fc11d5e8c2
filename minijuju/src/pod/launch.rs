//! Starts a container: the steps that need processes of our own program, as hidden subcommands.
//!
//! ```text
//! controller ── container-launch SPEC ── container-start SPEC = PID 1 ── exec Pebble, or stays as init
//!               enters new namespaces,    builds the root, confines itself
//!               waits for the outcome
//! ```
//!
//! A process cannot move itself into a new PID namespace, only its children; therefore two. PID 1 leaves its identity
//! in a file first of all, so that nothing runs that a later controller could not find. What should be in a container
//! is decided in `node.rs`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::{Mode, umask};

use super::confine::confine;
use super::error::{Doing as _, PodError, chain};
use super::init;
use super::process::ProcessId;
use super::root;
use super::spec::{ContainerSpec, FirstProcess};

/// Our own program, whatever became of its file.
const OWN_PROGRAM: &str = "/proc/self/exe";
pub const LAUNCH: &str = "container-launch";
pub const START: &str = "container-start";

/// Starts a container in the calling thread's network namespace and waits until its first process runs.
///
/// # Errors
/// When a step inside fails, with that step's text.
pub fn start(spec: &Path) -> Result<ProcessId, PodError> {
    let record = read_spec(spec)?.record;
    match fs::remove_file(&record) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).doing(|| format!("remove {}", record.display()));
        }
        _ => {}
    }
    let output = Command::new(OWN_PROGRAM)
        .arg(LAUNCH)
        .arg(spec)
        .stdin(Stdio::null())
        .output()
        .doing(|| "run our own program".to_owned())?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(PodError::Told { doing: "start a container".to_owned(), text });
    }
    read_record(&record)?.ok_or_else(|| PodError::Told {
        doing: "start a container".to_owned(),
        text: "its first process ended at once".to_owned(),
    })
}

/// The first process that a container's record names, if there is a record.
///
/// # Errors
/// When the record cannot be read.
pub fn read_record(record: &Path) -> Result<Option<ProcessId>, PodError> {
    match fs::read(record) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // A record cut short was being written when its writer was killed: the kernel ended that container.
        other => Ok(serde_json::from_slice(&other.doing(|| format!("read {}", record.display()))?).ok()),
    }
}

/// The subcommand `container-launch`.
pub fn launch(spec: &Path) -> ExitCode {
    told(launched(spec))
}

/// The subcommand `container-start`: what becomes PID 1. Its standard input takes the text of a failure.
pub fn become_first(spec: &Path) -> ExitCode {
    let Ok(status) = io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::FAILURE;
    };
    let mut status = File::from(status);
    match first(spec, &mut status) {
        Ok(code) => code,
        Err(error) => {
            // Whoever waits for this text may be gone; then the log has it.
            let text = chain(&error);
            tracing::error!(text, "cannot start the container");
            drop(status.write_all(text.as_bytes()));
            ExitCode::FAILURE
        }
    }
}

fn launched(path: &Path) -> Result<(), PodError> {
    let spec = read_spec(path)?;
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID)
        .doing(|| "make mount and process namespaces".to_owned())?;
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&spec.log)
        .doing(|| format!("open {}", spec.log.display()))?;
    let (mut failure, status) = io::pipe().doing(|| "make a pipe".to_owned())?;
    let mut child = Command::new(OWN_PROGRAM)
        .arg0("containeragent")
        .arg(START)
        .arg(path)
        .stdin(status)
        .stdout(log.try_clone().doing(|| "share the log".to_owned())?)
        .stderr(log)
        .spawn()
        .doing(|| "run our own program in new namespaces".to_owned())?;
    let mut text = String::new();
    // The pipe closes when the program becomes Pebble, or says that it is ready.
    failure.read_to_string(&mut text).doing(|| "wait for the first process".to_owned())?;
    if text.is_empty() {
        return Ok(());
    }
    drop(child.wait());
    Err(PodError::Told { doing: "set up the container".to_owned(), text })
}

fn first(path: &Path, status: &mut File) -> Result<ExitCode, PodError> {
    umask(Mode::from_bits_truncate(0o022));
    let null = File::options().read(true).open("/dev/null").doing(|| "open /dev/null".to_owned())?;
    nix::unistd::dup2_stdin(null).doing(|| "close the standard input".to_owned())?;
    nix::unistd::setsid().doing(|| "start a session".to_owned())?;
    let spec = read_spec(path)?;
    record_myself(&spec.record)?;
    let listener = match &spec.process {
        FirstProcess::Program { .. } => None,
        FirstProcess::Init { socket } => Some(listen(socket)?),
    };
    root::enter(&spec)?;
    confine(&spec.user)?;
    match (&spec.process, listener) {
        (FirstProcess::Program { arguments }, _) => Err(become_program(arguments, &spec)),
        (FirstProcess::Init { .. }, Some(listener)) => {
            // Nothing of the controller stays open: it waits for the end of the pipe.
            *status = File::open("/dev/null").doing(|| "open /dev/null".to_owned())?;
            Ok(init::serve(&listener))
        }
        (FirstProcess::Init { .. }, None) => Ok(ExitCode::FAILURE),
    }
}

/// Returns only if the program cannot be executed.
fn become_program(arguments: &[String], spec: &ContainerSpec) -> PodError {
    let Some((program, rest)) = arguments.split_first() else {
        return PodError::Missing("the container has no program".to_owned());
    };
    let source = Command::new(program).args(rest).env_clear().envs(&spec.environment).exec();
    PodError::Step { doing: format!("execute {program}"), source }
}

fn listen(socket: &Path) -> Result<UnixListener, PodError> {
    let doing = || format!("listen on {}", socket.display());
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).doing(doing),
        _ => {}
    }
    UnixListener::bind(socket).doing(doing)
}

/// /proc is still this machine's here, so it tells the number by which this machine knows us.
fn record_myself(record: &Path) -> Result<(), PodError> {
    let doing = || format!("write {}", record.display());
    let link = fs::read_link("/proc/self").doing(doing)?;
    let pid = link.to_str().and_then(|pid| pid.parse().ok()).unwrap_or_default();
    let myself = ProcessId::of(pid).doing(doing)?;
    let text = serde_json::to_vec(&myself).map_err(io::Error::other).doing(doing)?;
    fs::write(record, text).doing(doing)
}

/// Reads what a container is made from.
///
/// # Errors
/// When the file is missing or none of ours.
pub fn read_spec(path: &Path) -> Result<ContainerSpec, PodError> {
    let doing = || format!("read {}", path.display());
    let text = fs::read(path).doing(doing)?;
    serde_json::from_slice(&text).map_err(io::Error::other).doing(doing)
}

#[expect(clippy::print_stderr, reason = "the controller reads a failed launch from standard error")]
fn told(outcome: Result<(), PodError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", chain(&error));
            ExitCode::FAILURE
        }
    }
}
