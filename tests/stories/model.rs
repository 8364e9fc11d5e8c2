//! A model for one test, spoken to through minijuju's own verbs. It is destroyed with the value.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A model with a folder of its own.
pub struct Model {
    name: String,
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Model {
    /// An empty model in which Pebbles are polled often, so that a story takes seconds.
    pub fn new(name: &str) -> Self {
        let here = std::env::current_exe().unwrap();
        let programs = here.ancestors().nth(2).unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let model = Self { name: name.to_owned(), folder, programs };
        model.juju(&["add-model", name]);
        model.juju(&["model-config", "pebble-poll-interval=0.2"]);
        model
    }

    /// The Redis charm with the binary of this build, as a folder to deploy.
    pub fn redis_charm(&self) -> String {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let charm = self.folder.path().join("charm");
        let assembled = Command::new(project.join("tools/assemble"))
            .args([&self.programs.join("sidecharm"), &charm])
            .status()
            .unwrap();
        assert!(assembled.success(), "tools/assemble failed");
        charm.display().to_string()
    }

    /// Types a verb that must succeed, and returns what it prints.
    pub fn juju(&self, arguments: &[&str]) -> String {
        let output = Command::new(self.programs.join("minijuju"))
            .args(arguments)
            .env("JUJU_MODEL", &self.name)
            .env("MINIJUJU_HOME", self.folder.path().join("home"))
            .output()
            .expect("minijuju is missing: run `cargo build --workspace`");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "minijuju {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.juju(&[arguments, &["--format", "json"]].concat())).unwrap()
    }

    /// Each unit's workload status, as `active: message`.
    pub fn statuses(&self, application: &str) -> Vec<String> {
        let status = self.json(&["status"]);
        let units = status.pointer(&format!("/applications/{application}/units")).and_then(Value::as_object);
        let text = |unit: &Value, key: &str| {
            unit.pointer(&format!("/workload-status/{key}"))
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        units
            .into_iter()
            .flatten()
            .map(|(_, unit)| format!("{}: {}", text(unit, "current"), text(unit, "message")))
            .collect()
    }

    /// Waits until so many units are all active, one of them master and the others replicas of it.
    pub fn settle(&self, application: &str, units: usize) -> Duration {
        let begun = Instant::now();
        loop {
            let statuses = self.statuses(application);
            let masters = statuses.iter().filter(|status| *status == "active: master").count();
            let replicas = statuses.iter().filter(|status| status.starts_with("active: replica of ")).count();
            if statuses.len() == units && masters == 1 && masters + replicas == units {
                return begun.elapsed();
            }
            let log = || self.juju(&["debug-log", "--replay"]);
            assert!(begun.elapsed() < Duration::from_secs(90), "not settled: {statuses:?}\n{}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let destroyed = Command::new(self.programs.join("minijuju"))
            .args(["destroy-model", "--no-prompt"])
            .env("JUJU_MODEL", &self.name)
            .env("MINIJUJU_HOME", self.folder.path().join("home"))
            .status();
        if !std::thread::panicking() {
            assert!(destroyed.unwrap().success(), "the model is not destroyed");
        }
    }
}
