//! What an event starts in the workload's container: services by Pebble's log, and processes under strace.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::cost;
use crate::deployed::Deployed;
use crate::model::Failure;

const CONTAINER: &str = "flask-app";
pub const NOTHING: &str = "config-changed, none changed";
const EVENTS: [&str; 4] = [NOTHING, "one option changed", "a relation added", "rotate-secret-key"];

/// What was started at one event.
pub struct Started {
    pub event: &'static str,
    pub services: usize,
    pub processes: usize,
}

/// Has each event happen to a quiet application.
pub fn at_each_event(deployed: &Deployed<'_>) -> Result<Vec<Started>, Failure> {
    EVENTS.into_iter().map(|event| at(deployed, event)).collect()
}

fn at(deployed: &Deployed<'_>, event: &'static str) -> Result<Started, Failure> {
    let before = services(deployed)?;
    let trace = Trace::begin(&processes(deployed)?)?;
    let begun = Instant::now();
    let unit = deployed.unit();
    match event {
        "one option changed" => {
            deployed.model.ask(&["config", &deployed.name, "flask-env=staging"]).map(drop)
        }
        "a relation added" => deployed.integrate("postgresql"),
        "rotate-secret-key" => deployed.model.ask(&["run", &unit, "rotate-secret-key"]).map(drop),
        _ => cost::dispatch(deployed.model, &unit, "config-changed", "time").map(drop),
    }?;
    deployed.quiet_since(begun)?;
    Ok(Started { event, services: services(deployed)? - before, processes: trace.end()? })
}

/// How often Pebble has started services.
fn services(deployed: &Deployed<'_>) -> Result<usize, Failure> {
    let home = std::env::var_os("MINIJUJU_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| Path::new("/var/lib/minijuju").join(deployed.model.name()));
    let log = home.join("log").join(format!("{}.{CONTAINER}.log", deployed.unit().replace('/', "-")));
    let text = fs::read(&log).map_err(|error| Failure::new(format!("{}: {error}", log.display())))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let is_start = |line: &&str| line.contains("[pebble] Service \"") && line.contains("\" starting: ");
    Ok(text.lines().filter(is_start).count())
}

/// The container's processes, as this machine numbers them.
fn processes(deployed: &Deployed<'_>) -> Result<Vec<String>, Failure> {
    let unit = deployed.unit();
    let own = ["exec", "--unit", &unit, "--container", CONTAINER, "--", "readlink", "/proc/self/ns/pid"];
    let namespace = deployed.model.ask(&own)?;
    let all = fs::read_dir("/proc").map_err(|error| Failure::new(error.to_string()))?.flatten();
    let inside = all.filter(|process| {
        fs::read_link(process.path().join("ns/pid")).is_ok_and(|link| link.as_os_str() == namespace.trim())
    });
    let found: Vec<_> = inside.map(|process| process.file_name().to_string_lossy().into_owned()).collect();
    if found.is_empty() { Err(Failure::new(format!("no process is in {namespace}"))) } else { Ok(found) }
}

/// A strace that follows processes.
struct Trace {
    strace: Child,
    file: tempfile::NamedTempFile,
    /// Open while it runs: it would stop following when nobody takes what it says.
    _said: Option<BufReader<ChildStderr>>,
}

impl Trace {
    /// When this returns, all are followed.
    fn begin(processes: &[String]) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("strace: {error}"));
        let file = tempfile::NamedTempFile::new().map_err(failed)?;
        let mut command = Command::new("strace");
        command
            .args(["-f", "-e", "trace=clone,clone3,fork,vfork", "-e", "signal=none", "-o"])
            .arg(file.path());
        command.args(processes.iter().flat_map(|process| ["-p", process])).stderr(Stdio::piped());
        let mut strace = command.spawn().map_err(failed)?;
        let mut said = strace.stderr.take().map(BufReader::new);
        let lines = said.as_mut().into_iter().flat_map(BufRead::lines);
        let attached = lines.map_while(Result::ok).filter(|line| line.contains(" attached"));
        let count = attached.take(processes.len()).count();
        let trace = Self { strace, file, _said: said };
        if count == processes.len() {
            Ok(trace)
        } else {
            Err(Failure::new("strace did not find all processes"))
        }
    }

    /// How many processes were started since.
    fn end(mut self) -> Result<usize, Failure> {
        let pid = i32::try_from(self.strace.id()).ok().and_then(Pid::from_raw);
        let ended = pid.map(|pid| kill_process(pid, Signal::INT));
        let waited = self.strace.wait();
        let text = fs::read_to_string(self.file.path()).map_err(|error| Failure::new(error.to_string()))?;
        if !matches!(ended, Some(Ok(()))) || waited.is_err() {
            return Err(Failure::new("strace has ended by itself"));
        }
        let is_call = |line: &&str| ["clone(", "clone3(", "fork("].iter().any(|call| line.contains(call));
        Ok(text.lines().filter(is_call).filter(|line| !line.contains("CLONE_THREAD")).count())
    }
}
