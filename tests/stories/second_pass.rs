//! A pass over a settled unit: which hook tools it starts, and what it asks Pebble.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Model;

/// The hook tools that only ask.
const READERS: [&str; 10] = [
    "config-get",
    "goal-state",
    "is-leader",
    "network-get",
    "opened-ports",
    "relation-get",
    "relation-ids",
    "relation-list",
    "secret-get",
    "status-get",
];
/// Runs the charm as Juju does, and prints the programs that it starts.
const TRACED: &str = "traced=$(mktemp)
    strace --follow-forks --quiet=all --trace=execve --status=successful --output=$traced ./dispatch >&2
    cat $traced; rm $traced";
/// So many passes may still mend what the last hook before them has left, or meet one that runs at the same time.
const PASSES: usize = 3;

/// Has each unit pass over what is there, and fails if that writes anything to Juju or to a Pebble.
pub fn writes_nothing(model: &Model, application: &str, units: usize) {
    for unit in (0..units).map(|number| format!("{application}/{number}")) {
        let mut written = BTreeSet::new();
        for _ in 0..PASSES {
            let before = model.container_logs();
            let tools = tools(&model.juju(&["exec", "--unit", &unit, "--", "sh", "-c", TRACED]));
            assert!(tools.contains("config-get"), "{unit} has not passed: {tools:?}");
            written = tools.into_iter().filter(|tool| !READERS.contains(&tool.as_str())).collect();
            written.extend(
                requests(&before, &model.container_logs(), &unit).into_iter().filter(|it| it != "GET"),
            );
            if written.is_empty() {
                break;
            }
        }
        assert!(written.is_empty(), "{unit} writes in every pass: {written:?}");
    }
}

/// The hook tools among the programs that strace saw.
fn tools(traced: &str) -> BTreeSet<String> {
    let program =
        |line: &str| line.split_once("execve(\"")?.1.split_once('"').map(|found| found.0.to_owned());
    let programs = traced.lines().filter_map(program).filter(|program| program.contains("/juju/tools/"));
    programs.filter_map(|program| program.rsplit_once('/').map(|path| path.1.to_owned())).collect()
}

/// The methods of the requests that the unit's Pebbles have logged since.
pub fn requests(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    unit: &str,
) -> Vec<String> {
    let pod = format!("{}.", unit.replace('/', "-"));
    let of_workload = |name: &&String| name.starts_with(&pod) && !name.ends_with(".charm.log");
    let mut methods = Vec::new();
    for name in now.keys().filter(of_workload) {
        let known = before.get(name).map_or(0, String::len);
        let lines = now[name][known..].lines();
        let method = |line: &str| Some(line.split_once("[pebble] ")?.1.split_once(" /v1/")?.0.to_owned());
        methods.extend(lines.filter_map(method));
    }
    methods
}
