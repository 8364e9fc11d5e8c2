//! Replays recorded calls of Juju's own hook tools against ours and compares exit code, stdout, stderr and effects.
//!
//! The recordings are in `tests/juju-answers/` (or the folder that `JUJU_ANSWERS` names): `hooktools-*.jsonl` with one
//! call a line, the states they were made in, and `hooktools-differences.json` with the calls that we answer otherwise
//! and why. It fails if any other call differs, or a listed one does not.

#[cfg(test)]
mod effects;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod process;
#[cfg(test)]
mod record;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use record::{Record, Recordings};

#[test]
fn recorded_calls_are_answered_as_juju_answered_them() {
    let recordings = Recordings::read();
    let mut differing: BTreeMap<&str, String> = BTreeMap::new();
    let places = replay::Places::new(&recordings);
    for group in recordings.groups() {
        for (record, difference) in group.iter().zip(replay::replay(&recordings, &places, group)) {
            if let Some(difference) = difference {
                differing.insert(&record.id, difference);
            }
        }
    }
    let total = recordings.records.len();
    println!("{} of {total} recorded calls are equal, {} differ", total - differing.len(), differing.len());

    let known: BTreeMap<&str, &str> = recordings.known_differences();
    let recorded: BTreeSet<&str> =
        recordings.records.iter().map(|record: &Record| record.id.as_str()).collect();
    let mut complaints = String::new();
    for (id, difference) in differing.iter().filter(|(id, _)| !known.contains_key(*id)) {
        writeln!(complaints, "{id} differs:\n{difference}").unwrap();
    }
    for (id, reason) in &known {
        if !recorded.contains(id) {
            writeln!(complaints, "{id} is listed as different ({reason}), but there is no such recording")
                .unwrap();
        } else if !differing.contains_key(id) {
            writeln!(complaints, "{id} is listed as different ({reason}), but is equal").unwrap();
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}
