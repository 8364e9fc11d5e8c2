//! The demo, interrupted.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use sha2::{Digest as _, Sha256};

/// How long the demo may take to get to a line, and to clear away.
const PATIENCE: Duration = Duration::from_secs(90);

/// The demo in a folder of its own, with a model of its own.
struct Demo {
    folder: tempfile::TempDir,
}

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let charm = folder.path().join("dist/redis-k8s");
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        let assembled = Command::new(project.join("tools/assemble"))
            .args([&programs().join("sidecharm"), &charm])
            .status()
            .unwrap();
        assert!(assembled.success(), "tools/assemble failed");
        std::os::unix::fs::symlink(project.join("demo"), folder.path().join("demo")).unwrap();
        Self { folder }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn start(&self) -> Child {
        Command::new(programs().join("examples/demo"))
            .current_dir(self.folder.path())
            .env("MINIJUJU_HOME", self.home())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the demo is missing: run `cargo build --workspace --examples`")
    }

    /// What this machine has of the demo's model: processes, mounts, interfaces, sockets.
    fn traces(&self) -> Vec<String> {
        let folder = self.folder.path().to_str().unwrap();
        let key: String = format!("{:x}", Sha256::digest(self.home().as_os_str().as_encoded_bytes()));
        let run = format!("/run/minijuju/{}", &key[..8]);
        let mut traces = Vec::new();
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let name = process.file_name().to_string_lossy().into_owned();
            if name.parse::<u32>().is_err() || name == std::process::id().to_string() {
                continue;
            }
            let read = |file| std::fs::read(process.path().join(file)).unwrap_or_default();
            let known = [read("cmdline"), read("environ"), read("mountinfo")].concat();
            let known = String::from_utf8_lossy(&known).into_owned();
            if known.contains(folder) || known.contains(&run) {
                traces.push(format!("process {name}: {}", String::from_utf8_lossy(&read("cmdline"))));
            }
        }
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        traces.extend(
            mounts.lines().filter(|line| line.contains(folder) || line.contains(&run)).map(str::to_owned),
        );
        let links = Command::new("ip").args(["-brief", "link"]).output().unwrap();
        let links = String::from_utf8(links.stdout).unwrap();
        let bridge = format!("mj{}", &key[..7]);
        traces.extend(links.lines().filter(|line| line.contains(&bridge)).map(str::to_owned));
        traces.extend(Some(run).filter(|run| Path::new(run).exists()));
        traces
    }
}

/// What an interrupted demo has left is told of by then, and goes.
impl Drop for Demo {
    fn drop(&mut self) {
        if !self.traces().is_empty() {
            let mut destroy = Command::new(programs().join("minijuju"));
            destroy.args(["destroy-model", "redis-demo", "--no-prompt"]).env("MINIJUJU_HOME", self.home());
            drop(destroy.status());
        }
    }
}

/// What Cargo has built lies in a folder above this test.
fn programs() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}

/// Interrupts the demo, as Ctrl-C does, once it has printed this.
fn check(line: &str) {
    let demo = Demo::new();
    let mut child = demo.start();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    while !printed.contains(line) {
        assert_ne!(output.read_line(&mut printed).unwrap(), 0, "the demo has ended: {printed}");
    }
    assert!(!demo.traces().is_empty(), "nothing is seen of the demo");
    interrupt(&demo, child, output);
}

/// Interrupts it, and fails if it leaves anything.
fn interrupt(demo: &Demo, mut child: Child, mut output: impl Read + Send + 'static) {
    kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
    let begun = Instant::now();
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        assert!(begun.elapsed() < PATIENCE, "the demo has not ended");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(code, Some(130));
    let left = demo.traces();
    assert!(left.is_empty(), "the demo leaves {left:#?}");
}

#[test]
fn the_demo_leaves_nothing_when_it_is_interrupted_while_it_makes_its_model() {
    let demo = Demo::new();
    let mut child = demo.start();
    let output = child.stdout.take().unwrap();
    let begun = Instant::now();
    while !demo.home().exists() {
        assert!(begun.elapsed() < PATIENCE, "no model is made");
        std::thread::sleep(Duration::from_millis(1));
    }
    interrupt(&demo, child, output);
}

#[test]
fn the_demo_leaves_nothing_when_it_is_interrupted_while_it_deploys() {
    check("$ minijuju deploy ./dist/redis-k8s");
}

#[test]
fn the_demo_leaves_nothing_when_it_is_interrupted_while_pods_come_up() {
    check("redis-k8s/1");
}

#[test]
fn the_demo_leaves_nothing_when_it_is_interrupted_after_it_has_killed_a_pod() {
    check("$ minijuju kill-pod");
}
