//! What a hook costs: the charm's dispatch, run once more on a settled unit under `benches/measure`.

use serde_json::Value;

use crate::model::{Failure, Model};

/// What is shown of what `measure` prints: its key, its name in the table, and what it is multiplied with.
pub const METRICS: [(&str, &str, f64); 6] = [
    ("wall", "wall, ms", 1e3),
    ("own-cpu", "CPU of the charm, ms", 1e3),
    ("all-cpu", "CPU with its hook tools, ms", 1e3),
    ("peak-memory", "peak memory, MiB", 1.0 / 1_048_576.0),
    ("hook-tools", "hook tools started", 1.0),
    ("pebble-requests", "requests to Pebble", 1.0),
];

/// Runs of each event that are measured but not counted: the first of them fills the machine's caches.
const WARMING: usize = 2;

/// Runs each event so often on each application's unit, in alternation; `add` is told the event, the application, and what
/// the run cost.
pub fn repeat(
    model: &Model,
    units: &[(&str, String)],
    events: &[&str],
    runs: usize,
    mut add: impl FnMut(&str, &str, &Value),
) -> Result<(), Failure> {
    for run in 0..runs + WARMING {
        println!("  run {} of {}", run + 1, runs + WARMING);
        for event in events {
            for (application, unit) in units {
                let time = dispatch(model, unit, event, "time")?;
                // The rest does not vary, or little.
                let more = if run % 10 == WARMING { vec!["memory", "count"] } else { Vec::new() };
                let more = more.into_iter().map(|mode| dispatch(model, unit, event, mode));
                let more = more.collect::<Result<Vec<_>, _>>()?;
                if run >= WARMING {
                    [time].iter().chain(&more).for_each(|cost| add(event, application, cost));
                }
            }
        }
    }
    Ok(())
}

/// Runs the charm's dispatch on a unit for this event, and returns what it cost.
pub fn dispatch(model: &Model, unit: &str, event: &str, mode: &str) -> Result<Value, Failure> {
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
