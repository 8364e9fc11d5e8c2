//! Runs a command inside a container that exists, with the operator's terminal: the subcommand `container-enter`.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use nix::sched::{CloneFlags, setns};

use super::confine::confine;
use super::error::{Doing as _, PodError, chain};
use super::launch::{read_record, read_spec};

pub const ENTER: &str = "container-enter";

/// Runs the command as the container's own user, confined as its processes are, and ends as the command does.
///
/// Only for a process that has one thread: it moves into the container for good.
#[expect(clippy::print_stderr, reason = "this is an operator's command")]
pub fn enter(spec: &Path, command: &[&str]) -> ExitCode {
    match entered(spec, command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ERROR {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

fn entered(path: &Path, command: &[&str]) -> Result<ExitCode, PodError> {
    let spec = read_spec(path)?;
    let gone = || PodError::Missing("the container is not running".to_owned());
    let first = read_record(&spec.record)?.ok_or_else(gone)?;
    let open = |name: &str| File::open(format!("/proc/{}/ns/{name}", first.pid));
    // All handles first: this machine's /proc is out of sight after the first entry.
    let namespaces = ["net", "uts", "ipc", "pid", "mnt"].map(open);
    if !first.is_alive() {
        return Err(gone());
    }
    for namespace in namespaces {
        let namespace = namespace.doing(|| "find the container's namespaces".to_owned())?;
        setns(namespace, CloneFlags::empty()).doing(|| "enter the container".to_owned())?;
    }
    nix::unistd::chdir("/").doing(|| "enter the container".to_owned())?;
    confine(&spec.user)?;
    let Some((program, arguments)) = command.split_first() else {
        return Err(PodError::Missing("no command specified".to_owned()));
    };
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", path).envs(&spec.environment);
    command.envs(std::env::var_os("TERM").map(|terminal| ("TERM", terminal)));
    let status = command.status().doing(|| format!("execute {program}"))?;
    // As a shell tells of a command that a signal ended.
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
