//! Replays recorded scenarios of Juju's own unit agent against ours and compares hooks, their order where Juju's is
//! fixed, environments, outputs, commits and statuses.
//!
//! The recordings are in `tests/juju-answers/` (or the folder that `JUJU_ANSWERS` names): `scenarios/*.jsonl` and the
//! shell charms they ran. Each runs with real Pebbles and real processes, ten times as fast as it was recorded.

#[cfg(test)]
mod compare;
#[cfg(test)]
mod diary;
#[cfg(test)]
mod flush;
#[cfg(test)]
mod host_process;
#[cfg(test)]
mod known;
#[cfg(test)]
mod play;
#[cfg(test)]
mod record;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tempo;

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// What takes longer has failed.
const LIMIT: Duration = Duration::from_secs(30);
/// How many scenarios share the machine in one test.
const TOGETHER: usize = 6;
/// The scenarios with a test of their own; the others share one.
const NAMED: [&str; 8] = [
    "deploy-one",
    "deploy-three",
    "relate",
    "config",
    "hook-error",
    "flush-failure",
    "leader-plain",
    "churn",
];
/// Recordings of charms that were never put among the recorded charms: they cannot be replayed.
const WITHOUT_CHARM: [&str; 2] = ["charm-native", "charm-ops"];
/// The hook tools that recorded charms call.
const TOOLS: [&str; 39] = [
    "action-fail",
    "action-get",
    "action-log",
    "action-set",
    "application-version-set",
    "close-port",
    "config-get",
    "credential-get",
    "goal-state",
    "is-leader",
    "juju-log",
    "juju-reboot",
    "leader-get",
    "leader-set",
    "network-get",
    "open-port",
    "opened-ports",
    "relation-get",
    "relation-ids",
    "relation-list",
    "relation-set",
    "resource-get",
    "secret-add",
    "secret-get",
    "secret-grant",
    "secret-ids",
    "secret-info-get",
    "secret-remove",
    "secret-revoke",
    "secret-set",
    "state-delete",
    "state-get",
    "state-set",
    "status-get",
    "status-set",
    "storage-add",
    "storage-get",
    "storage-list",
    "unit-get",
];

#[cfg(test)]
fn replay(scenario: &str) {
    let complaints = complaints(scenario);
    assert!(complaints.is_empty(), "{complaints}");
}

/// What is not as it should be in one scenario.
#[cfg(test)]
fn complaints(scenario: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    let differences = local.block_on(&runtime, play::play(scenario));
    let complaints = known::complaints(scenario, &differences);
    if complaints.is_empty() { complaints } else { format!("{scenario}:\n{complaints}") }
}

/// Polls until it is so.
async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < LIMIT, "still waiting: {what}");
        sleep(Duration::from_millis(2)).await;
    }
}

#[test]
fn deploy_one_goes_as_in_juju() {
    replay("deploy-one");
}

#[test]
fn deploy_three_goes_as_in_juju() {
    replay("deploy-three");
}

#[test]
fn relate_goes_as_in_juju() {
    replay("relate");
}

#[test]
fn config_goes_as_in_juju() {
    replay("config");
}

#[test]
fn hook_error_goes_as_in_juju() {
    replay("hook-error");
}

#[test]
fn flush_failure_goes_as_in_juju() {
    replay("flush-failure");
}

#[test]
fn leader_plain_goes_as_in_juju() {
    replay("leader-plain");
}

#[test]
fn churn_goes_as_in_juju() {
    replay("churn");
}

#[test]
fn every_other_recording_goes_as_in_juju() {
    let names = record::names().into_iter();
    let is_other = |name: &String| !NAMED.contains(&name.as_str()) && !WITHOUT_CHARM.contains(&name.as_str());
    let others: Vec<String> = names.filter(is_other).collect();
    let queue = Mutex::new(others.into_iter());
    let work = || {
        let mut found = String::new();
        loop {
            let Some(name) = queue.lock().unwrap().next() else { return found };
            found += &complaints(&name);
        }
    };
    let complaints: String = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..TOGETHER).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn no_recording_is_missing() {
    let names = record::names();
    for name in NAMED {
        assert!(names.contains(name), "there is no recording {name}");
    }
}
