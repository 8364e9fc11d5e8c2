//! `make bench`: what a hook costs, beside a charm written in Python with ops that does the same; then a table with ratios.
//!
//! Both run in the same model, in alternation, on the leader of three settled units. It asserts nothing: what a machine
//! can say reliably (hook tools, requests, no write of a settled unit) the stories assert.

#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::print_stderr, reason = "what goes wrong goes to the other stream")]

#[path = "webapp/cost.rs"]
mod cost;
#[path = "../demo/model.rs"]
#[expect(dead_code, reason = "the demo needs more of it")]
mod model;
#[path = "webapp/table.rs"]
#[expect(dead_code, reason = "nothing here has a target")]
mod table;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use model::{Failure, Model};
use table::Table;

/// The two applications, ours first: it is the unit of every ratio.
const NATIVE: &str = "redis-native";
const PYTHON: &str = "redis-python";
const EVENTS: [&str; 2] = ["config-changed", "update-status"];
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
    let mut table = Table::new(&[(NATIVE, "native"), (PYTHON, "ops")]);
    for application in [NATIVE, PYTHON] {
        let charm = folder.join(application);
        let begun = Instant::now();
        model.juju(&["deploy", &charm.to_string_lossy(), application, "-n", "3"])?;
        model.settle(application, 3, PATIENCE)?;
        table.add("3 units, deploy to active", "wall, s", application, begun.elapsed().as_secs_f64());
    }
    for application in [NATIVE, PYTHON] {
        quick_deployment(model, folder, application, &mut table)?;
    }
    let leaders = [(NATIVE, model.leader(NATIVE)?), (PYTHON, model.leader(PYTHON)?)];
    cost::repeat(model, &leaders, &EVENTS, runs, |event, application, cost| {
        table.add_all(event, application, cost);
    })?;
    Ok(table.render(&format!("Median of {runs} runs, lowest to highest in brackets")))
}

/// Deploys once more, with Pebbles asked every 200 ms rather than every 5 s as Juju does.
fn quick_deployment(
    model: &Model,
    folder: &Path,
    application: &str,
    table: &mut Table,
) -> Result<(), Failure> {
    let charm = folder.join(application);
    let name = format!("{application}-quick");
    model.juju(&["model-config", "pebble-poll-interval=0.2"])?;
    let begun = Instant::now();
    model.juju(&["deploy", &charm.to_string_lossy(), &name, "-n", "3"])?;
    model.settle(&name, 3, PATIENCE)?;
    let event = "3 units, at a 200 ms poll";
    table.add(event, "wall, s", application, begun.elapsed().as_secs_f64());
    model.juju(&["remove-application", &name, "--no-prompt"])?;
    model.juju(&["model-config", "pebble-poll-interval=5"])?;
    Ok(())
}
