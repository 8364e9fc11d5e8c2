//! `make demo`: three units of Redis come up, lose their master under a writer, recover, shrink and grow again.
//!
//! It types what an operator would type and tells how long things took. It tests nothing: the numbers are this machine's.

#![expect(clippy::print_stdout, reason = "it tells a story on the terminal")]
#![expect(clippy::print_stderr, reason = "what goes wrong goes to the other stream")]

#[expect(dead_code, reason = "the benchmark needs more of it")]
mod model;
#[path = "../tests/redis/writer.rs"]
mod writer;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Failure, Model};
use writer::{Record, Target, Writer};

/// How long the slowest step may take before the demo gives up.
const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let keep = std::env::args().skip(1).any(|argument| argument == "--keep");
    let model = match Model::make("redis-demo") {
        Ok(model) => model,
        Err(failure) => {
            eprintln!("demo: {failure}");
            return ExitCode::FAILURE;
        }
    };
    let told = tell(&model);
    if let Err(failure) = &told {
        eprintln!("\ndemo: {failure}");
    }
    if keep && told.is_ok() {
        println!("\nThe model is left up. Try:\n\n{}", model.suggestions());
        return ExitCode::SUCCESS;
    }
    heading("Tear everything down");
    match (told, model.destroy()) {
        (Ok(()), Ok(())) => {
            println!("$ minijuju destroy-model redis-demo\n  nothing is left of it");
            ExitCode::SUCCESS
        }
        (_, Err(failure)) => {
            eprintln!("demo: {failure}");
            ExitCode::FAILURE
        }
        (Err(_), Ok(())) => ExitCode::FAILURE,
    }
}

fn tell(model: &Model) -> Result<(), Failure> {
    heading("Deploy three units of Redis, and a client that knows nothing but its relation");
    let begun = Instant::now();
    // A lost pod comes back after so long, as in a cluster: time enough for a failover.
    model.juju(&["model-config", "pod-replacement-delay=5s"])?;
    model.juju(&["deploy", "./dist/redis-k8s", "redis-k8s", "-n", "3"])?;
    model.juju(&["deploy", "./demo/client", "counter"])?;
    model.settle("redis-k8s", 3, PATIENCE)?;
    println!("\n  three units active after {}", seconds(begun.elapsed()));
    model.juju(&["integrate", "redis-k8s", "counter"])?;
    model.settle("counter", 1, PATIENCE)?;
    model.juju(&["status"])?;

    heading("Write through Sentinel, and kill the master's pod");
    let target = target(model)?;
    let writer = Writer::start(target.clone(), Duration::from_millis(2));
    let record = lose_the_master(model, &target, writer)?;

    heading("Shrink to one unit, and grow back to three");
    model.juju(&["remove-unit", "redis-k8s", "--num-units", "2", "--no-prompt"])?;
    model.settle("redis-k8s", 1, PATIENCE)?;
    model.juju(&["add-unit", "redis-k8s", "-n", "2"])?;
    model.settle("redis-k8s", 3, PATIENCE)?;
    model.juju(&["status"])?;
    refresh(model, &target)?;
    tell_lost(&record, &target)?;
    model.juju(&["run", "counter/0", "report"])?;
    Ok(())
}

/// Kills the master's pod under the writer, waits until all is well, and tells what it saw.
fn lose_the_master(model: &Model, target: &Target, writer: Writer) -> Result<Record, Failure> {
    until("the client writes", || Ok(writer.acknowledged() > 500))?;
    let (host, _) = target.master().ok_or_else(|| Failure::new("no sentinel names a master"))?;
    let unit = model::unit_of(&host)?;
    println!("\n  the master is {unit}\n");
    let killed = Instant::now();
    model.juju(&["kill-pod", &unit])?;

    let heard = until("the client's databag names another master", || {
        Ok(model.leader_hosts("counter/0")?.into_iter().any(|named| named != *host))
    })?;
    let announced = heard - killed;
    until("the client counts again, and the pod is back", || {
        refresh(model, target)?;
        model.is_settled("redis-k8s", 3)
    })?;
    let record = writer.stop();
    let after = record.writes.iter().find(|write| write.at > killed && write.host != host);
    let Some(after) = after else { return Err(Failure::new("nothing was written to another master")) };
    println!("\n  the new master is {}", model::unit_of(&after.host)?);
    println!("  a write succeeded {} after the kill", seconds(after.at - killed));
    if let Some(gap) = record.longest_gap() {
        let (old, new) = (model::unit_of(&gap.old_host)?, model::unit_of(&gap.new_host)?);
        println!("  between its last write at {old} and its first at {new}: {}", seconds(gap.length));
    }
    println!("  the client's databag named it {} after the kill", seconds(announced));
    model.juju(&["status"])?;
    tell_lost(&record, target)?;
    Ok(record)
}

fn tell_lost(record: &Record, target: &Target) -> Result<(), Failure> {
    let lost = record.lost(target).map_err(Failure::new)?;
    println!("\n  {} writes were acknowledged, {} of them are missing", record.writes.len(), lost.len());
    if lost.is_empty() { Ok(()) } else { Err(Failure::new("acknowledged writes are missing")) }
}

/// The writer's way to Redis: the sentinels' password, and each unit's address.
fn target(model: &Model) -> Result<Target, Failure> {
    let target = Target {
        application: "redis-k8s".to_owned(),
        sentinel_password: model.sentinel_password()?,
        password: None, // as a related client: the option legacy-clients is open
        hosts: Arc::default(),
        favourite: Arc::default(),
    };
    refresh(model, &target)?;
    Ok(target)
}

/// Tells the writer where the units are now: a replaced pod has a new address.
fn refresh(model: &Model, target: &Target) -> Result<(), Failure> {
    let hosts = model.addresses("redis-k8s")?;
    *target.hosts.lock().map_err(|_| Failure::new("the writer has crashed"))? = hosts;
    Ok(())
}

/// Looks until the question is answered with yes, and returns when that was.
fn until(what: &str, mut is_so: impl FnMut() -> Result<bool, Failure>) -> Result<Instant, Failure> {
    let begun = Instant::now();
    while !is_so()? {
        if begun.elapsed() > PATIENCE {
            return Err(Failure::new(format!("not within {}: {what}", seconds(PATIENCE))));
        }
        std::thread::sleep(LOOK);
    }
    Ok(Instant::now())
}

fn heading(text: &str) {
    println!("\n# {text}\n");
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
