//! What runs of the tests leave behind that are killed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::{pebble, poll, processes_of};

/// A test that keeps its model for some seconds, and one that is quick.
const LONG: &str = "ends::a_hook_that_reboots_fails_and_is_retried_as_one_that_fails";
const QUICK: &str = "verbs::a_charm_that_assumes_more_than_the_model_offers_is_refused_and_leaves_nothing";

/// Begins a run of this program, with this test alone, that takes `place` for the folder of temporary files.
fn run(test: &str, place: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env("TMPDIR", place).env("PEBBLE_BIN", pebble());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The folders of models in `place`.
fn homes(place: &Path) -> Vec<PathBuf> {
    let folders = |of: &Path| {
        let entries = std::fs::read_dir(of).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let runs = folders(&place.join("minijuju-tests"));
    let tests = runs.iter().flat_map(|run| folders(run));
    tests.map(|test| test.join("model")).filter(|home| home.join("model.json").exists()).collect()
}

#[test]
fn a_run_destroys_the_models_of_killed_runs_and_none_of_a_living_one() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let has_pod = |home: &PathBuf| processes_of(home).iter().any(|line| line.contains("pebble"));
    let mut killed = run(LONG, place);
    let left = poll("a pod", || homes(place).into_iter().find(has_pod), String::new);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(has_pod(&left), "a pod does not outlive the run that made it");
    let mut living = run(LONG, place);
    let of_living = |home: &PathBuf| *home != left;
    let home = poll("another model", || homes(place).into_iter().find(of_living), String::new);
    assert!(!left.exists() && processes_of(&left).is_empty(), "{:?}", processes_of(&left));
    assert!(run(QUICK, place).wait().unwrap().success());
    assert!(living.wait().unwrap().success(), "the living run was disturbed");
    assert!(processes_of(&home).is_empty());
}
