//! The recordings: scenarios of whole units, line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// One line of a scenario.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    pub unit: String,
    /// Per unit; 0 is no run of a process.
    pub seq: u32,
    /// Seconds since the start.
    pub t: f64,
    pub step: String,
    /// The number of the step: two may have the same name.
    #[serde(skip)]
    pub number: usize,
    pub hook: String,
    /// What the operator or Kubernetes did.
    #[serde(rename = "do")]
    pub verb: Option<Vec<Json>>,
    #[serde(default)]
    pub argv: Vec<String>,
    #[serde(default)]
    pub cwd: String,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub exit: Json,
    #[serde(default)]
    pub took: f64,
    #[serde(default)]
    pub flushed: Option<Map<String, Json>>,
    pub flush_error: Option<String>,
    #[serde(default)]
    pub status: Vec<Status>,
    #[serde(default)]
    pub events: Vec<Map<String, Json>>,
    #[serde(default)]
    pub log: Vec<String>,
}

/// A status that was set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Status {
    pub of: String,
    pub status: String,
    pub message: String,
    #[serde(default)]
    pub data: BTreeMap<String, Json>,
}

impl Line {
    /// Whether it is a run of a process.
    pub fn is_run(&self) -> bool {
        self.seq > 0
    }

    /// Whether it begins a step.
    pub fn is_step(&self) -> bool {
        self.unit.is_empty() && self.verb.is_none()
    }

    /// When the run was over.
    pub fn end(&self) -> f64 {
        self.t + self.took
    }
}

/// The folder of the recordings.
pub fn folder() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/juju-answers");
    std::env::var_os("JUJU_ANSWERS").map_or_else(own, PathBuf::from)
}

/// The names of all scenarios in the folder.
pub fn names() -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder().join("scenarios")).unwrap();
    let names = entries.filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        Some(name.strip_suffix(".jsonl")?.to_owned())
    });
    names.collect()
}

/// The lines of a scenario.
pub fn read(name: &str) -> Vec<Line> {
    let path = folder().join("scenarios").join(format!("{name}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut number = 0;
    let mut parse = |text: &str| {
        let mut line: Line = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        number += usize::from(line.is_step());
        line.number = number;
        line
    };
    text.lines().map(&mut parse).collect()
}
