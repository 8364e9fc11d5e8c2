//! A model for one test, the verbs on it, and what it leaves on this machine.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use minijuju::controller::log::LogLine;
use minijuju::pod::folders::Folders;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use time::OffsetDateTime;

use crate::runs;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A model that is destroyed when it is dropped.
pub struct TestModel {
    pub name: String,
    /// The test's own folder; the model is in `model` in it.
    pub folder: tempfile::TempDir,
}

impl TestModel {
    /// A place for a model; the first verb makes it.
    pub fn new(name: &str) -> Self {
        assert!(nix::unistd::geteuid().is_root(), "these tests make namespaces: run them as root");
        let run = runs::folder(Path::new(env!("CARGO_BIN_EXE_minijuju")));
        let folder = tempfile::tempdir_in(run).unwrap();
        Self { name: name.to_owned(), folder }
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("model")
    }

    pub fn folders(&self) -> Folders {
        Folders::of(&self.home()).unwrap()
    }

    /// A verb, ready to run.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_minijuju"));
        command.args(["--model", &self.name]).args(words);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("PEBBLE_BIN", pebble());
        command.env("MINIJUJU_HOME", self.home());
        command
    }

    /// Runs a verb that must succeed; its standard output.
    pub fn run(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}\n{}", told(&output), self.logs());
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a verb that must fail; its exit code and standard error.
    pub fn fail(&self, words: &[&str]) -> (i32, String) {
        let output = self.command(words).output().unwrap();
        assert!(!output.status.success(), "{words:?} succeeded: {}", told(&output));
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Runs a shell script in a workload container.
    pub fn sh(&self, unit: &str, container: &str, script: &str) -> String {
        self.run(&["exec", "--unit", unit, "--container", container, "--", "sh", "-c", script])
    }

    pub fn status(&self) -> Value {
        serde_json::from_str(&self.run(&["status", "--format", "json"])).unwrap()
    }

    /// The address of a unit's pod, empty if there is none.
    pub fn address(&self, unit: &str) -> String {
        let application = unit.split('/').next().unwrap();
        let units = &self.status()["applications"][application]["units"];
        units[unit]["address"].as_str().unwrap_or_default().to_owned()
    }

    /// Deploys a charm and waits for the Pebble of each of its workload containers.
    pub fn deploy(&self, charm: &Charm, units: usize) {
        let number = units.to_string();
        self.run(&["deploy", charm.folder.to_str().unwrap(), charm.name, "-n", &number]);
        for unit in 0..units {
            let name = format!("{}/{unit}", charm.name);
            poll(
                "an address",
                || Some(self.address(&name)).filter(|address| !address.is_empty()),
                || self.logs(),
            );
            for container in charm.containers {
                self.wait_for_pebble(&format!("{}/{unit}", charm.name), container);
            }
        }
    }

    /// Waits until the container's Pebble answers; its boot id.
    pub fn wait_for_pebble(&self, unit: &str, container: &str) -> String {
        poll(&format!("{container} of {unit}"), || self.boot_id(unit, container), || self.logs())
    }

    /// What the Pebble says of its start, if it answers.
    pub fn boot_id(&self, unit: &str, container: &str) -> Option<String> {
        let mut stream = UnixStream::connect(self.pebble_socket(unit, container)?).ok()?;
        stream.write_all(b"GET /v1/system-info HTTP/1.0\r\nHost: pebble\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1)?).ok()?;
        Some(body["result"]["boot-id"].as_str()?.to_owned())
    }

    /// The pid of a container's first process, as this machine numbers it; waits while the container is being started.
    pub fn first_process(&self, unit: &str, container: &str) -> i32 {
        let record = self.pod_folder(unit).unwrap().join(format!("{}.pid", self.index(unit, container)));
        let read = || {
            let record: Value = serde_json::from_slice(&fs::read(&record).ok()?).ok()?;
            i32::try_from(record["pid"].as_i64()?).ok()
        };
        poll("the first process", read, || self.logs())
    }

    /// Ends the controller and waits until it is gone.
    pub fn end_controller(&self, signal: Signal) {
        let pid = self.controller();
        kill(Pid::from_raw(pid), signal).unwrap();
        let folder = format!("/proc/{pid}");
        poll("the controller's end", || (!Path::new(&folder).exists()).then_some(()), || self.logs());
    }

    /// The pid of the controller.
    pub fn controller(&self) -> i32 {
        let home = self.home();
        let is_ours = |pid: &i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            line.contains("\0controller\0") && line.contains(home.to_str().unwrap())
        };
        pids().into_iter().find(is_ours).expect("no controller runs")
    }

    fn pebble_socket(&self, unit: &str, container: &str) -> Option<PathBuf> {
        Some(self.pod_folder(unit)?.join(format!("c{}/pebble.socket", self.index(unit, container))))
    }

    fn pod_folder(&self, unit: &str) -> Option<PathBuf> {
        let serial = self.record()?["pods"][unit]["serial"].as_u64()?;
        Some(self.folders().run.join(format!("p{serial}")))
    }

    fn index(&self, unit: &str, container: &str) -> usize {
        let record = self.record().unwrap();
        let containers = record["pods"][unit]["containers"].as_array().unwrap();
        containers.iter().position(|name| name == container).unwrap()
    }

    fn record(&self) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.home().join("pods.json")).ok()?).ok()
    }

    /// When the model's log had this message, each time.
    pub fn logged(&self, message: &str) -> Vec<OffsetDateTime> {
        let text = fs::read_to_string(self.home().join("log/model.log")).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<LogLine>(line).ok());
        lines.filter(|line| line.message == message).map(|line| line.time).collect()
    }

    /// Everything that may tell why a test failed.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        for entry in fs::read_dir(self.home().join("log")).into_iter().flatten().flatten() {
            text.extend(["--- ", &entry.path().display().to_string(), "\n"]);
            text += &String::from_utf8_lossy(&fs::read(entry.path()).unwrap_or_default());
        }
        text
    }

    /// What this machine holds of the model: interfaces, processes, mounts, folders.
    pub fn traces(&self) -> Vec<String> {
        let home = self.home().to_str().unwrap().to_owned();
        let mut traces = Vec::new();
        let folders = match self.home().canonicalize() {
            Ok(_) => Some(self.folders()),
            Err(_) => None,
        };
        if let Some(folders) = &folders {
            traces.extend([home.clone(), folders.run.display().to_string()]);
        }
        traces.extend(processes_of(&self.home()));
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        traces.extend(mounts.lines().filter(|line| line.contains(&home)).map(str::to_owned));
        traces
    }
}

impl Drop for TestModel {
    fn drop(&mut self) {
        if !self.home().join("model.json").exists() {
            return;
        }
        let output = self.command(&["destroy-model", "--yes"]).output().unwrap();
        // A test that failed already has said more than this could.
        if !std::thread::panicking() {
            assert!(output.status.success(), "{}", told(&output));
        }
    }
}

/// A charm made for a test.
pub struct Charm {
    pub name: &'static str,
    pub containers: &'static [&'static str],
    pub folder: PathBuf,
}

impl Charm {
    /// Writes a charm with these containers; `more` is added to its metadata, `dispatch` is a shell script.
    pub fn write(
        model: &TestModel,
        name: &'static str,
        containers: &'static [&'static str],
        more: &str,
        dispatch: &str,
    ) -> Self {
        let folder = model.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        let containers_yaml =
            containers.iter().map(|name| format!("  {name}: {{}}\n")).collect::<Vec<_>>().concat();
        let containers_yaml = if more.contains("containers:") {
            String::new()
        } else {
            format!("containers:\n{containers_yaml}")
        };
        let metadata = format!("name: {name}\nsummary: s\ndescription: d\n{containers_yaml}{more}");
        fs::write(folder.join("metadata.yaml"), metadata).unwrap();
        fs::write(folder.join("dispatch"), format!("#!/bin/sh\n{dispatch}\n")).unwrap();
        fs::set_permissions(folder.join("dispatch"), fs::Permissions::from_mode(0o755)).unwrap();
        Self { name, containers, folder }
    }

    /// The plainest one: its hooks do nothing.
    pub fn plain(model: &TestModel, name: &'static str, containers: &'static [&'static str]) -> Self {
        Self::write(model, name, containers, "", "exit 0")
    }
}

/// Asks again and again until there is an answer.
pub fn poll<T>(what: &str, mut ask: impl FnMut() -> Option<T>, why: impl Fn() -> String) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}\n{}", why());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The real Pebble.
pub fn pebble() -> PathBuf {
    let configured = std::env::var_os("PEBBLE_BIN").map(PathBuf::from);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/bin/pebble");
    let found = configured.unwrap_or(built);
    assert!(found.is_file(), "pebble is missing: run 'make setup'");
    found
}

/// The processes that have to do with a model: they name its folder, or have mounts of it.
pub fn processes_of(home: &Path) -> Vec<String> {
    let home = home.to_str().unwrap();
    let shown = |pid: i32| {
        let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let seen = [read("cmdline"), read("mountinfo")].concat();
        let line = || format!("process {pid}: {}", String::from_utf8_lossy(&read("cmdline")));
        String::from_utf8_lossy(&seen).contains(home).then(line)
    };
    pids().into_iter().filter_map(shown).collect()
}

fn pids() -> Vec<i32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr))
}
