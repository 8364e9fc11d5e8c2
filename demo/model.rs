//! A model of minijuju's for the demo and the benchmark: types verbs, shows them, and reads their JSON. It decides nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Why the demo cannot go on, in a sentence.
#[derive(Debug)]
pub struct Failure(String);

/// A model that was made here, and is destroyed here.
pub struct Model {
    name: &'static str,
    program: PathBuf,
    interrupted: AtomicBool,
    /// There is something to destroy. Locked while it is being made.
    made: Mutex<bool>,
}

impl Failure {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Model {
    /// Makes it. One of that name that is there already belongs to somebody else: then this fails.
    ///
    /// From the beginning Ctrl-C and SIGTERM destroy it, and end the process.
    pub fn make(name: &'static str) -> Result<Arc<Self>, Failure> {
        // What Cargo builds and runs lies in a folder beside the programs of the same build.
        let here = std::env::current_exe().map_err(|error| Failure::new(error.to_string()))?;
        let program = here.ancestors().nth(2).map(|folder| folder.join("minijuju"));
        let program = program.filter(|program| program.is_file());
        let program = program.ok_or_else(|| Failure::new("minijuju is not built"))?;
        let model = Self { name, program, interrupted: AtomicBool::new(false), made: Mutex::new(false) };
        let model = Arc::new(model);
        model.clear_away_when_interrupted()?;
        let hint = |failure| {
            Failure(format!("{failure}\n(`minijuju destroy-model {name}` removes a model that was left up)"))
        };
        let mut made = model.made.lock().unwrap_or_else(PoisonError::into_inner);
        model.ask(&["add-model", name]).map_err(hint)?;
        *made = true;
        drop(made);
        Ok(model)
    }

    /// When this returns, signals are caught.
    fn clear_away_when_interrupted(self: &Arc<Self>) -> Result<(), Failure> {
        let model = Arc::clone(self);
        let (ready, is_ready) = mpsc::channel();
        std::thread::spawn(move || {
            if wait_for_signal(|| ready.send(())).is_ok() {
                let made = *model.made.lock().unwrap_or_else(PoisonError::into_inner);
                model.interrupted.store(true, Ordering::Relaxed);
                println!("\n\nInterrupted: tearing everything down");
                let code = if !made || model.destroy().is_ok() { 130 } else { 1 };
                end(code);
            }
        });
        is_ready.recv().map_err(|_| Failure::new("signals cannot be caught"))
    }

    pub fn name(&self) -> &str {
        self.name
    }

    /// Types a verb, and shows it with its answer.
    pub fn juju(&self, arguments: &[&str]) -> Result<(), Failure> {
        println!("$ minijuju {}", arguments.join(" "));
        let answer = self.ask(arguments)?;
        answer.lines().for_each(|line| println!("  {line}"));
        Ok(())
    }

    /// Waits until the application has so many units and all are active; shows each status that changes.
    pub fn settle(&self, application: &str, units: usize, patience: Duration) -> Result<(), Failure> {
        let begun = Instant::now();
        let mut shown = BTreeMap::new();
        loop {
            let status = self.status()?;
            for (unit, details) in units_of(&status, application) {
                let workload = |key| text(details, &format!("/workload-status/{key}"));
                let now = format!("{:<8} {}", workload("current"), workload("message"));
                if shown.insert(unit.clone(), now.clone()).as_ref() != Some(&now) {
                    println!("  {:>6.2} s  {unit:<12} {}", begun.elapsed().as_secs_f64(), now.trim_end());
                }
            }
            if settled(&status, application, units) {
                return Ok(());
            }
            if begun.elapsed() > patience {
                return Err(Failure::new(format!("{application} has not settled within {patience:?}")));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn is_settled(&self, application: &str, units: usize) -> Result<bool, Failure> {
        Ok(settled(&self.status()?, application, units))
    }

    /// Each unit's host name in the model, and its address.
    pub fn addresses(&self, application: &str) -> Result<BTreeMap<String, IpAddr>, Failure> {
        let status = self.status()?;
        let model = text(&status, "/model/name");
        let host = |unit: &str| {
            let pod = unit.replace('/', "-");
            format!("{pod}.{application}-endpoints.{model}.svc.cluster.local")
        };
        let units = units_of(&status, application);
        let address = |details: &Value| text(details, "/address").parse().ok();
        Ok(units.filter_map(|(unit, details)| Some((host(unit), address(details)?))).collect())
    }

    /// Every `leader-host` in the databags that a unit of a client application sees.
    pub fn leader_hosts(&self, unit: &str) -> Result<Vec<String>, Failure> {
        let shown = self.json(&["show-unit", unit])?;
        let mut hosts = Vec::new();
        let relations = shown.get(unit).and_then(|unit| unit.get("relation-info")).and_then(Value::as_array);
        for relation in relations.into_iter().flatten() {
            hosts.push(text(relation, "/application-data/leader-host").to_owned());
            for bag in relation.get("related-units").and_then(Value::as_object).into_iter().flatten() {
                hosts.push(text(bag.1, "/data/leader-host").to_owned());
            }
        }
        hosts.retain(|host| !host.is_empty());
        Ok(hosts)
    }

    pub fn sentinel_password(&self) -> Result<String, Failure> {
        let results = self.json(&["run", "redis-k8s/0", "get-sentinel-password"])?;
        match text(&results, "/redis-k8s~10/results/sentinel-password") {
            "" => Err(Failure::new("the action gave no password")),
            password => Ok(password.to_owned()),
        }
    }

    /// What to type to look around in a model that is left up.
    pub fn suggestions(&self) -> String {
        let verbs = [
            "status --watch",
            "debug-log",
            "show-unit counter/0",
            "run redis-k8s/0 get-initial-admin-password",
            "exec --unit redis-k8s/0 --container redis -- redis-cli info replication",
            "config redis-k8s durability=strict",
            "destroy-model",
        ];
        let start = format!("  {} --model {}", self.program.display(), self.name);
        verbs.map(|verb| format!("{start} {verb}\n")).concat()
    }

    pub fn destroy(&self) -> Result<(), Failure> {
        let verb = ["destroy-model", "--no-prompt"];
        let output = self.run(&verb)?;
        if output.status.success() { Ok(()) } else { Err(failed(&verb, &output)) }
    }

    /// The unit that leads an application.
    pub fn leader(&self, application: &str) -> Result<String, Failure> {
        let status = self.status()?;
        let leader =
            units_of(&status, application).find(|(_, unit)| unit.get("leader") == Some(&Value::Bool(true)));
        leader
            .map(|(unit, _)| unit.clone())
            .ok_or_else(|| Failure::new(format!("{application} has no leader")))
    }

    fn status(&self) -> Result<Value, Failure> {
        self.json(&["status"])
    }

    pub fn json(&self, arguments: &[&str]) -> Result<Value, Failure> {
        let answer = self.ask(&[arguments, &["--format", "json"]].concat())?;
        serde_json::from_str(&answer)
            .map_err(|error| Failure::new(format!("{}: {error}", arguments.join(" "))))
    }

    /// Types a verb without showing it, and returns its answer.
    pub fn ask(&self, arguments: &[&str]) -> Result<String, Failure> {
        self.stop_if_interrupted();
        let output = self.run(arguments)?;
        // What failed may have failed because the model is being destroyed.
        self.stop_if_interrupted();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(failed(arguments, &output))
        }
    }

    /// Goes no further when the other thread destroys the model and ends the process.
    fn stop_if_interrupted(&self) {
        while self.interrupted.load(Ordering::Relaxed) {
            std::thread::park();
        }
    }

    /// In a process group of its own: Ctrl-C is for the demo, which then clears away.
    fn run(&self, arguments: &[&str]) -> Result<Output, Failure> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env("JUJU_MODEL", self.name).process_group(0);
        command.output().map_err(|error| Failure::new(format!("{}: {error}", self.program.display())))
    }
}

/// The unit behind a host name: `redis-k8s-0.redis-k8s-endpoints…` is `redis-k8s/0`.
pub fn unit_of(host: &str) -> Result<String, Failure> {
    let pod = host.split('.').next().and_then(|pod| pod.rsplit_once('-'));
    let (application, number) = pod.ok_or_else(|| Failure::new(format!("{host} is no unit's host name")))?;
    Ok(format!("{application}/{number}"))
}

fn units_of<'a>(status: &'a Value, application: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let units = status.pointer(&format!("/applications/{application}/units"));
    units.and_then(Value::as_object).into_iter().flatten()
}

/// So many units are there, all active and idle, and agree on who is master, where they speak of one: a pod that was lost
/// leaves its last words standing.
fn settled(status: &Value, application: &str, units: usize) -> bool {
    let all: Vec<_> = units_of(status, application).collect();
    let said = |unit, key| text(unit, &format!("/workload-status/{key}"));
    let masters: Vec<_> = all.iter().filter(|(_, unit)| said(unit, "message") == "master").collect();
    let agrees = |message: &str| match message.strip_prefix("replica of ") {
        Some(master) => masters.iter().any(|(unit, _)| *unit == master),
        None => true,
    };
    let well = |unit| said(unit, "current") == "active" && text(unit, "/juju-status/current") == "idle";
    all.len() == units
        && masters.len() <= 1
        && all.iter().all(|(_, unit)| well(unit) && agrees(said(unit, "message")))
}

/// The text at a JSON pointer; empty if there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn failed(arguments: &[&str], output: &Output) -> Failure {
    let stderr = String::from_utf8_lossy(&output.stderr);
    Failure::new(format!("minijuju {} failed: {}", arguments.join(" "), stderr.trim_end()))
}

/// Calls `ready` once it waits.
fn wait_for_signal<T>(ready: impl FnOnce() -> T) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        drop(ready());
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

#[expect(clippy::exit, reason = "the other thread may be waiting for a verb that will not end")]
fn end(code: i32) -> ! {
    std::process::exit(code)
}
