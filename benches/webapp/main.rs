//! `make bench-webapp`: what a web app's charm costs, beside paas-charm, whose charm libraries `PAAS_CHARM_LIBS` names.
//!
//! Both run in the same model, with the same app, in alternation. It asserts nothing: it shows what is to be reached.
//!
//! Words choose parts of it: `deployments`, `hooks` (with what events start), `relations`. Of an unoptimised build, and only
//! what many relations cost, hook by hook (`tools/rocks flask` builds the app):
//! `cargo build --workspace && cargo bench --profile dev --bench webapp -- relations`

#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::print_stderr, reason = "what goes wrong goes to the other stream")]

mod charms;
mod cost;
mod deployed;
#[path = "../../demo/model.rs"]
#[expect(dead_code, reason = "the demo needs more of it")]
mod model;
mod relations;
mod restarts;
mod table;

use std::collections::BTreeMap;
use std::process::ExitCode;

use charms::{Charms, NATIVE, PYTHON};
use deployed::Deployed;
use model::{Failure, Model};
use serde_json::Value;
use table::{Table, Target};

const EVENTS: [&str; 2] = ["config-changed", "update-status"];
/// What can be asked for; all is the default.
const PARTS: [&str; 3] = ["deployments", "hooks", "relations"];
/// How often each is deployed.
const DEPLOYMENTS: usize = 3;
/// How often Pebbles are asked whether they are ready: as Juju does, and so that it does not hide what the charm takes.
const POLLS: [&str; 2] = ["5s", "200ms"];
const SERVICES: &str = "services started";
const PROCESSES: &str = "processes in the workload";
const RELATED: &str = "12 relations, deploy to quiet";

fn main() -> ExitCode {
    // Cargo passes --bench; a number is how many runs to make of each event.
    let runs = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(30);
    let parts = std::env::args().filter(|argument| PARTS.contains(&argument.as_str())).collect();
    match bench(runs, parts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench-webapp: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn bench(runs: usize, mut parts: Vec<String>) -> Result<(), Failure> {
    if parts.is_empty() {
        parts = PARTS.map(str::to_owned).to_vec();
    }
    let charms = Charms::assemble()?;
    let applications = charms.applications();
    if applications == [NATIVE] {
        println!(
            "PAAS_CHARM_LIBS is unset, so this charm alone is measured: it names a folder with the charm libraries \
             that a packed Flask charm of paas-charm has, as lib/charms/CHARM/vN/*.py"
        );
    }
    let columns = [(NATIVE, "native"), (PYTHON, "paas-charm")];
    let mut table = Table::new(columns.get(..applications.len()).unwrap_or_default());
    set_targets(&mut table);
    let model = Model::make("bench-webapp")?;
    let measured = measure(&model, &charms, runs, &parts, &mut table);
    let destroyed = model.destroy();
    measured.and(destroyed)?;
    let head = format!("Median of {runs} runs and {DEPLOYMENTS} deployments, lowest to highest in brackets");
    println!("\n{}", table.render(&head));
    Ok(())
}

fn set_targets(table: &mut Table) {
    for event in EVENTS {
        table.target(event, "wall, ms", Target::Times(50.0));
        table.target(event, "CPU of the charm, ms", Target::Times(50.0));
        table.target(event, "CPU with its hook tools, ms", Target::Times(50.0));
        table.target(event, "peak memory, MiB", Target::Times(5.0));
    }
    for poll in POLLS {
        table.target(&served_at(poll), "wall, s", Target::Times(2.0));
    }
    table.target(restarts::NOTHING, SERVICES, Target::AtMost(0.0));
    table.target(restarts::NOTHING, PROCESSES, Target::AtMost(0.0));
    table.target(RELATED, "wall, s", Target::AtMost(5.0));
    table.target(RELATED, "hook tools started", Target::AtMost(500.0));
}

fn served_at(poll: &str) -> String {
    format!("deploy to HTTP 200, {poll} poll")
}

fn measure(
    model: &Model,
    charms: &Charms,
    runs: usize,
    parts: &[String],
    table: &mut Table,
) -> Result<(), Failure> {
    let is_asked = |part: &str| parts.iter().any(|asked| asked == part);
    if is_asked("deployments") {
        deployments(model, charms, table)?;
    }
    model.ask(&["model-config", "pebble-poll-interval=200ms"])?;
    let provider = charms.path(relations::PROVIDER);
    model.juju(&["deploy", &provider.to_string_lossy(), relations::PROVIDER])?;
    if is_asked("hooks") {
        hooks(model, charms, runs, table)?;
    }
    if is_asked("relations") {
        related(model, charms, table)?;
    }
    Ok(())
}

/// One unit, from its deployment to its first good answer.
fn deployments(model: &Model, charms: &Charms, table: &mut Table) -> Result<(), Failure> {
    for poll in POLLS {
        model.ask(&["model-config", &format!("pebble-poll-interval={poll}")])?;
        for _ in 0..DEPLOYMENTS {
            for application in charms.applications() {
                let deployed = Deployed::deploy(model, &charms.path(application), application)?;
                table.add(&served_at(poll), "wall, s", application, deployed.serves()?.as_secs_f64());
                deployed.is_quiet()?;
                deployed.remove()?;
            }
        }
    }
    Ok(())
}

/// What events cost at which there is nothing to do; what events start.
fn hooks(model: &Model, charms: &Charms, runs: usize, table: &mut Table) -> Result<(), Failure> {
    let mut units = Vec::new();
    for application in charms.applications() {
        let deployed = Deployed::deploy(model, &charms.path(application), application)?;
        deployed.is_quiet()?;
        units.push((application, deployed));
    }
    let named: Vec<_> = units.iter().map(|(application, deployed)| (*application, deployed.unit())).collect();
    cost::repeat(model, &named, &EVENTS, runs, |event, application, cost| {
        table.add_all(event, application, cost);
    })?;
    for (application, deployed) in units {
        for started in restarts::at_each_event(&deployed)? {
            for (metric, count) in [(SERVICES, started.services), (PROCESSES, started.processes)] {
                #[expect(clippy::cast_precision_loss, reason = "they are few")]
                table.add(started.event, metric, application, count as f64);
            }
        }
        deployed.remove()?;
    }
    Ok(())
}

/// An app that is related to everything when it is deployed.
fn related(model: &Model, charms: &Charms, table: &mut Table) -> Result<(), Failure> {
    for _ in 0..DEPLOYMENTS {
        for application in charms.applications() {
            let deployed = Deployed::deploy(model, &charms.path(application), application)?;
            deployed.integrate_all()?;
            table.add(RELATED, "wall, s", application, deployed.is_quiet()?.as_secs_f64());
            deployed.remove()?;
        }
    }
    for application in charms.applications() {
        let name = Charms::counting(application);
        let deployed = Deployed::deploy(model, &charms.path(&name), &name)?;
        deployed.integrate_all()?;
        deployed.is_quiet()?;
        let costs = counted_hooks(&deployed)?;
        let sum = |key| costs.iter().filter_map(|cost| cost.get(key)).filter_map(Value::as_f64).sum();
        table.add(RELATED, "hook tools started", application, sum("hook-tools"));
        table.add(RELATED, "requests to Pebble", application, sum("pebble-requests"));
        table.add(RELATED, "hooks", application, costs.iter().map(|_| 1.0).sum());
        deployed.remove()?;
    }
    Ok(())
}

/// What each hook of a counting charm has cost; shows them.
fn counted_hooks(deployed: &Deployed<'_>) -> Result<Vec<Value>, Failure> {
    let lines = deployed.model.ask(&["exec", "--unit", &deployed.unit(), "--", "cat", "hooks.jsonl"])?;
    let costs: Result<Vec<Value>, _> = lines.lines().map(serde_json::from_str).collect();
    let costs = costs.map_err(|error| Failure::new(format!("{}: {error}", deployed.name)))?;
    println!("\nHooks of {}: hook tools, requests to Pebble", deployed.name);
    for cost in &costs {
        let number = |key| cost.get(key).and_then(Value::as_u64).unwrap_or_default();
        let hook = cost.get("hook").and_then(Value::as_str).unwrap_or_default();
        println!("{:>6}{:>6}  {hook}", number("hook-tools"), number("pebble-requests"));
    }
    let mut tools: BTreeMap<_, u64> = BTreeMap::new();
    for (tool, count) in costs.iter().filter_map(|cost| cost.get("tools")?.as_object()).flatten() {
        *tools.entry(tool.as_str()).or_default() += count.as_u64().unwrap_or_default();
    }
    println!("In all: {tools:?}\n");
    Ok(costs)
}
