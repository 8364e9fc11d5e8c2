//! `make bench`: what a hook costs, beside a charm written in Python with ops that does the same; then a table with ratios.
//!
//! Both run in the same model, in alternation, on the leader of three settled units. It asserts nothing: what a machine
//! can say reliably (hook tools, requests, no write of a settled unit) the stories assert.

#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::print_stderr, reason = "what goes wrong goes to the other stream")]

#[path = "../demo/model.rs"]
#[expect(dead_code, reason = "the demo needs more of it")]
mod model;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use model::{Failure, Model};
use serde_json::Value;

/// The two applications, ours first: it is the unit of every ratio.
const NATIVE: &str = "redis-native";
const PYTHON: &str = "redis-python";
const EVENTS: [&str; 2] = ["config-changed", "update-status"];
/// Runs that are measured but not counted: the first of them fills the machine's caches.
const WARMING: usize = 2;
const PATIENCE: Duration = Duration::from_mins(3);

fn main() -> ExitCode {
    // Cargo passes --bench; a number is how many runs to make of each event.
    let runs = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(30);
    match bench(runs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn bench(runs: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(error.to_string()))?;
    assemble(folder.path())?;
    let model = Model::make("bench")?;
    let table = measure(&model, folder.path(), runs);
    model.destroy()?;
    println!("\n{}", table?);
    Ok(())
}

/// Both charms as folders, each with the measuring program beside its dispatch.
fn assemble(folder: &Path) -> Result<(), Failure> {
    let script = "
        cp -r dist/redis-k8s $0/redis-native
        cp -r dist/redis-k8s $0/redis-python
        rm $0/redis-python/dispatch $0/redis-python/sidecharm.yaml
        cp -r benches/ops-charm/dispatch benches/ops-charm/src $0/redis-python/
        cp -r .tools/ops-bench $0/redis-python/venv
        cp benches/measure $0/redis-native/
        cp benches/measure $0/redis-python/";
    let mut command = Command::new("sh");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["-ec", script]).arg(folder);
    let status = command.status().map_err(|error| Failure::new(error.to_string()))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new("the charms could not be assembled: run `make bench`"))
    }
}

fn measure(model: &Model, folder: &Path, runs: usize) -> Result<String, Failure> {
    let mut results = Results::default();
    for application in [NATIVE, PYTHON] {
        let charm = folder.join(application);
        let begun = Instant::now();
        model.juju(&["deploy", &charm.to_string_lossy(), application, "-n", "3"])?;
        model.settle(application, 3, PATIENCE)?;
        results.add("3 units, deploy to active", "wall, s", application, begun.elapsed().as_secs_f64());
    }
    for application in [NATIVE, PYTHON] {
        quick_deployment(model, folder, application, &mut results)?;
    }
    let leaders = [(NATIVE, model.leader(NATIVE)?), (PYTHON, model.leader(PYTHON)?)];
    for run in 0..runs + WARMING {
        println!("  run {} of {}", run + 1, runs + WARMING);
        for event in EVENTS {
            for (application, leader) in &leaders {
                let time = dispatch(model, leader, event, "time")?;
                // The rest does not vary, or little.
                let more = if run % 10 == WARMING { vec!["memory", "count"] } else { Vec::new() };
                let more = more.into_iter().map(|mode| dispatch(model, leader, event, mode));
                let more = more.collect::<Result<Vec<_>, _>>()?;
                if run >= WARMING {
                    [time].iter().chain(&more).for_each(|values| results.add_all(event, application, values));
                }
            }
        }
    }
    Ok(results.table(runs))
}

/// Deploys once more, with Pebbles asked every 200 ms rather than every 5 s as Juju does.
fn quick_deployment(
    model: &Model,
    folder: &Path,
    application: &str,
    results: &mut Results,
) -> Result<(), Failure> {
    let charm = folder.join(application);
    let name = format!("{application}-quick");
    model.juju(&["model-config", "pebble-poll-interval=0.2"])?;
    let begun = Instant::now();
    model.juju(&["deploy", &charm.to_string_lossy(), &name, "-n", "3"])?;
    model.settle(&name, 3, PATIENCE)?;
    let event = "3 units, at a 200 ms poll";
    results.add(event, "wall, s", application, begun.elapsed().as_secs_f64());
    model.juju(&["remove-application", &name, "--no-prompt"])?;
    model.juju(&["model-config", "pebble-poll-interval=5"])?;
    Ok(())
}

/// Runs the charm's dispatch on a unit for this event, and returns what it cost.
fn dispatch(model: &Model, unit: &str, event: &str, mode: &str) -> Result<Value, Failure> {
    let command = format!(
        "./measure {mode} env -u JUJU_ACTION_NAME -u JUJU_ACTION_UUID -u JUJU_ACTION_TAG \
         JUJU_DISPATCH_PATH=hooks/{event} JUJU_HOOK_NAME={event} ./dispatch"
    );
    let answer = model.ask(&["exec", "--unit", unit, "--", &command])?;
    let line = answer.lines().rfind(|line| line.starts_with('{'));
    let value: Option<Value> = line.and_then(|line| serde_json::from_str(line).ok());
    let value = value.ok_or_else(|| Failure::new(format!("{unit}: {event} was not measured: {answer}")))?;
    if value.get("exit") == Some(&Value::from(0)) {
        Ok(value)
    } else {
        Err(Failure::new(format!("{unit}: {event} failed: {value}")))
    }
}

/// What is shown of what `measure` prints: its key, its name in the table, and what it is multiplied with.
const METRICS: [(&str, &str, f64); 6] = [
    ("wall", "wall, ms", 1e3),
    ("own-cpu", "CPU of the charm, ms", 1e3),
    ("all-cpu", "CPU with its hook tools, ms", 1e3),
    ("peak-memory", "peak memory, MiB", 1.0 / 1_048_576.0),
    ("hook-tools", "hook tools started", 1.0),
    ("pebble-requests", "requests to Pebble", 1.0),
];

/// Event → metric → application → values.
#[derive(Default)]
struct Results(Vec<(String, String, BTreeMap<String, Vec<f64>>)>);

impl Results {
    fn add_all(&mut self, event: &str, application: &str, values: &Value) {
        for (key, name, factor) in METRICS {
            if let Some(value) = values.get(key).and_then(Value::as_f64) {
                self.add(event, name, application, value * factor);
            }
        }
    }

    fn add(&mut self, event: &str, metric: &str, application: &str, value: f64) {
        let known = self.0.iter().position(|row| row.0 == event && row.1 == metric);
        let at = known.unwrap_or_else(|| {
            self.0.push((event.to_owned(), metric.to_owned(), BTreeMap::new()));
            self.0.len() - 1
        });
        if let Some((_, _, applications)) = self.0.get_mut(at) {
            applications.entry(application.to_owned()).or_default().push(value);
        }
    }

    fn table(&mut self, runs: usize) -> String {
        let head = format!("Median of {runs} runs, lowest to highest in brackets\n");
        let mut lines = vec![head, row(["event", "", "native", "ops", "ops/native"])];
        for (event, metric, applications) in &mut self.0 {
            let mut median = |application: &str| summary(applications.get_mut(application));
            let ((native, native_text), (python, python_text)) = (median(NATIVE), median(PYTHON));
            let ratio = if native > 0.0 { format!("{:.1}", python / native) } else { "-".to_owned() };
            lines.push(row([event, metric, &native_text, &python_text, &ratio]));
        }
        lines.join("\n")
    }
}

fn row([event, metric, native, python, ratio]: [&str; 5]) -> String {
    format!("{event:<26}{metric:<30}{native:>26}{python:>26}{ratio:>12}")
}

/// The median, and how it is shown.
fn summary(values: Option<&mut Vec<f64>>) -> (f64, String) {
    let Some(values) = values else { return (0.0, "-".to_owned()) };
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    let (median, low, high) = (at(values.len() / 2), at(0), at(values.len().saturating_sub(1)));
    (median, format!("{median:.2} [{low:.2} {high:.2}]"))
}
