//! A real Pebble daemon of a test's own, which is gone with the test. It asserts nothing about Pebble.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sidecharm::pebble::Client;
use sidecharm::pebble::types::{Layer, Version};
use tempfile::TempDir;

/// The daemon that the tests run.
pub fn binary() -> PathBuf {
    let path = std::env::var_os("PEBBLE_BIN")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/bin/pebble"), PathBuf::from);
    assert!(path.is_file(), "pebble is missing: run 'make setup'");
    path
}

/// A daemon with a folder and a socket.
pub struct Daemon {
    directory: TempDir,
    child: Option<Child>,
    is_first_process: bool,
}

impl Daemon {
    /// Starts a daemon and waits until it answers.
    pub async fn start() -> Self {
        let mut daemon = Self::stopped();
        daemon.start_again().await;
        daemon
    }

    /// A daemon that is process 1 of its own namespace, as in a container.
    pub async fn start_as_first_process() -> Self {
        let mut daemon = Self::stopped();
        daemon.is_first_process = true;
        daemon.start_again().await;
        daemon
    }

    /// A daemon that has not been started.
    pub fn stopped() -> Self {
        // Short, since a socket's path may have no more than 107 bytes.
        let directory = tempfile::Builder::new().prefix("pb").tempdir_in("/tmp").unwrap();
        Self { directory, child: None, is_first_process: false }
    }

    /// Starts it, again if it was started before, with what its folder holds.
    pub async fn start_again(&mut self) {
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = if self.is_first_process {
            let mut command = Command::new("unshare");
            command.args(["--pid", "--fork", "--kill-child"]);
            if !rustix::process::geteuid().is_root() {
                command.args(["--user", "--map-root-user"]);
            }
            command.arg(binary());
            command
        } else {
            Command::new(binary())
        };
        command
            .args(["run", "--hold"])
            .env("PEBBLE", self.directory.path())
            .env("PEBBLE_SOCKET", self.socket());
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let client = self.client();
        eventually("the daemon answers", async || client.system_info().await.ok()).await;
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::new(self.socket())
    }

    /// The path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.path("s")
    }

    /// A path in its folder, as text.
    pub fn text_path(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Its version; `None` if it does not say.
    pub async fn version(&self) -> Option<Version> {
        self.client().system_info().await.unwrap().parsed_version()
    }

    /// Whether it is older than this version of 1: a test of what it lacks, or did otherwise, asks.
    pub async fn is_before(&self, minor: u32) -> bool {
        self.version().await < Some(Version::new(1, minor, 0))
    }

    /// The most memory it has held, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let pid = self.pid().unwrap().as_raw_nonzero();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid().unwrap(), signal).unwrap();
    }

    /// Waits until it has ended.
    pub async fn wait(&mut self) {
        let child = self.child.as_mut().unwrap();
        eventually("the daemon ends", async || child.try_wait().unwrap()).await;
        self.child = None;
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
        self.kill_orphans();
    }
}

impl Daemon {
    /// Ends the daemon in order, so that it stops its services; a paused one has to be woken for that.
    fn end(&mut self) {
        let pid = self.pid();
        let Some(child) = &mut self.child else { return };
        for signal in [Signal::CONT, Signal::TERM] {
            let _ = pid.map(|pid| kill_process(pid, signal));
        }
        let end = Instant::now() + Duration::from_secs(10);
        while child.try_wait().is_ok_and(|status| status.is_none()) {
            if Instant::now() > end {
                drop(child.kill());
                drop(child.wait());
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills what a daemon that was killed left behind: processes that have its folder in their environment.
    fn kill_orphans(&self) {
        let mark = format!("PEBBLE={}\0", self.directory.path().display());
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = process.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
            let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
            let is_ours = environment.windows(mark.len()).any(|window| window == mark.as_bytes());
            if let (Some(pid), true) = (pid, is_ours) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }

    /// The daemon's process, not that of `unshare`, which ends with it.
    fn pid(&self) -> Option<Pid> {
        let child = self.child.as_ref()?;
        if !self.is_first_process {
            return Some(Pid::from_child(child));
        }
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).ok()?;
        Pid::from_raw(children.split_whitespace().next()?.parse().ok()?)
    }

    /// Pauses the daemon and returns when it stands still.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
        let pid = self.pid().unwrap().as_raw_nonzero();
        let end = Instant::now() + Duration::from_secs(10);
        let is_paused = || {
            let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
            let mut stats =
                threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("stat")).ok());
            stats.all(|stat| stat.contains(") T "))
        };
        while !is_paused() {
            assert!(Instant::now() < end, "the daemon does not stop");
            std::thread::yield_now();
        }
    }
}

/// Asks until there is an answer, for at most ten seconds.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "not within ten seconds: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Reads a layer from YAML.
pub fn layer(yaml: &str) -> Layer {
    Layer::parse(yaml).unwrap()
}
