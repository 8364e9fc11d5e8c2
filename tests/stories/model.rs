//! A model for one test, spoken to through minijuju's own verbs. It is destroyed with the value.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// How long anything in a story may take.
const PATIENCE: Duration = Duration::from_secs(90);

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
        let folder = tempfile::tempdir_in(crate::runs::folder(&programs.join("minijuju"))).unwrap();
        let model = Self { name: name.to_owned(), folder, programs };
        model.juju(&["add-model", name]);
        model.juju(&["model-config", "pebble-poll-interval=0.2"]);
        model
    }

    /// The Redis charm with the binary of this build, as a folder to deploy.
    pub fn redis_charm(&self) -> String {
        self.assembled(".")
    }

    /// A charm with the binary of this build, as a folder to deploy: its files are in this folder of the project.
    pub fn assembled(&self, files: &str) -> String {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = project.join(files);
        let charm = self.folder.path().join("charms").join(files.file_name().unwrap());
        let assembled = Command::new(project.join("tools/assemble"))
            .args([&self.programs.join("sidecharm"), &charm, &files])
            .status()
            .unwrap();
        assert!(assembled.success(), "tools/assemble failed");
        charm.display().to_string()
    }

    /// The same charm as a file, packed by charmcraft as `make pack` does.
    pub fn packed(&self, files: &str) -> String {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let checker = self.programs.join("examples/check-charm");
        assert!(checker.is_file(), "check-charm is missing: run `cargo build --example check-charm`");
        let folder = self.folder.path().join("packed");
        let packed = Command::new(project.join("tools/pack"))
            .arg("--debug")
            .args([&self.programs.join("sidecharm"), &checker, &folder, &project.join(files)])
            .env("HOME", self.folder.path())
            .output()
            .unwrap();
        assert!(packed.status.success(), "tools/pack failed (run 'tools/setup test'): {packed:?}");
        let said = String::from_utf8(packed.stdout).unwrap();
        said.rsplit_once(": ").unwrap().0.to_owned()
    }

    /// A charm that does nothing, with one more line of metadata.
    pub fn charm(&self, name: &str, metadata: &str) -> String {
        let charm = self.folder.path().join(name);
        std::fs::create_dir(&charm).unwrap();
        let containers = "containers: {idle: {resource: image}}\nresources: {image: {type: oci-image}}";
        let metadata = format!("name: {name}\nsummary: none\ndescription: none\n{containers}\n{metadata}\n");
        let manifest = "bases: [{name: ubuntu, channel: '22.04', architectures: [amd64, arm64, s390x]}]";
        let dispatch = "#!/bin/sh\nstatus-set active\n";
        for (file, text) in
            [("metadata.yaml", &*metadata), ("manifest.yaml", manifest), ("dispatch", dispatch)]
        {
            std::fs::write(charm.join(file), text).unwrap();
        }
        std::fs::set_permissions(charm.join("dispatch"), Permissions::from_mode(0o755)).unwrap();
        charm.display().to_string()
    }

    /// Where the storage of all units lies on this machine.
    pub fn storage(&self) -> PathBuf {
        let storage = self.folder.path().join("home/storage");
        std::fs::create_dir_all(&storage).unwrap();
        storage
    }

    /// The socket of a container's Pebble, as this machine names it.
    pub fn pebble_socket(&self, unit: &str, container: &str) -> PathBuf {
        let home = self.folder.path().join("home").canonicalize().unwrap();
        let record: Value = serde_json::from_slice(&std::fs::read(home.join("pods.json")).unwrap()).unwrap();
        let pod = &record["pods"][unit];
        let index = pod["containers"].as_array().unwrap().iter().position(|name| name == container).unwrap();
        let key = format!("{:x}", Sha256::digest(home.as_os_str().as_encoded_bytes()));
        let folder = format!("/run/minijuju/{}/p{}/c{index}", &key[..8], pod["serial"]);
        Path::new(&folder).join("pebble.socket")
    }

    /// Where the program is.
    pub fn minijuju(&self) -> PathBuf {
        self.programs.join("minijuju")
    }

    /// A command that speaks to this model when it, or what it starts, is minijuju.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("JUJU_MODEL", &self.name).env("MINIJUJU_HOME", self.folder.path().join("home"));
        command
    }

    /// Types a verb that must succeed, and returns what it prints.
    pub fn juju(&self, arguments: &[&str]) -> String {
        let output = self
            .command(&self.minijuju())
            .args(arguments)
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
    pub fn statuses(&self, application: &str) -> BTreeMap<String, String> {
        let status = self.json(&["status"]);
        let units = status.pointer(&format!("/applications/{application}/units")).and_then(Value::as_object);
        let text = |unit: &Value, key: &str| {
            let text = unit.pointer(&format!("/workload-status/{key}")).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let shown = |unit: &Value| format!("{}: {}", text(unit, "current"), text(unit, "message"));
        units.into_iter().flatten().map(|(name, unit)| (name.clone(), shown(unit))).collect()
    }

    /// A unit's address; empty while it has none.
    pub fn address(&self, unit: &str) -> String {
        let shown = self.json(&["show-unit", unit]);
        shown
            .get(unit)
            .and_then(|unit| unit.get("address"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// The units that say that they are master.
    pub fn masters(&self, application: &str) -> Vec<String> {
        let mut statuses = self.statuses(application);
        statuses.retain(|_, status| status == "active: master");
        statuses.into_keys().collect()
    }

    /// The only unit that says that it is master.
    pub fn master(&self, application: &str) -> String {
        let masters = self.masters(application);
        assert_eq!(masters.len(), 1, "{masters:?}");
        masters.into_iter().next().unwrap()
    }

    /// Waits until so many units are all active, one of them master and the others replicas of it.
    pub fn settle(&self, application: &str, units: usize) -> Duration {
        let begun = Instant::now();
        self.until(&format!("{application} has {units} units, one of them master"), || {
            let statuses = self.statuses(application);
            let masters: Vec<_> = statuses
                .iter()
                .filter(|(_, status)| *status == "active: master")
                .map(|(unit, _)| unit)
                .collect();
            let [master] = masters.as_slice() else { return false };
            let follows = format!("active: replica of {master}");
            let replicas = statuses.values().filter(|status| **status == follows).count();
            statuses.len() == units && replicas + 1 == units
        });
        begun.elapsed()
    }

    /// Looks until it is so.
    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}\n{}", self.story());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What each container has logged, by the log's name (`UNIT.CONTAINER.log`).
    pub fn container_logs(&self) -> BTreeMap<String, String> {
        let logs = std::fs::read_dir(self.folder.path().join("home/log")).into_iter().flatten().flatten();
        let text = |log: &Path| String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned();
        logs.map(|log| (log.file_name().to_string_lossy().into_owned(), text(&log.path()))).collect()
    }
}

impl Model {
    /// All that was logged, by the charm and in the containers.
    fn story(&self) -> String {
        let mut lines = vec![self.juju(&["status"]), self.juju(&["debug-log", "--replay"])];
        for log in std::fs::read_dir(self.folder.path().join("home/log")).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(log.path()).unwrap_or_default();
            let of_services = text.lines().filter(|line| !line.contains("[pebble]"));
            let name = log.file_name().to_string_lossy().into_owned();
            lines.extend(of_services.map(|line| format!("{name}: {line}")));
        }
        lines.join("\n")
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
