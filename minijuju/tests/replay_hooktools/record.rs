//! The recordings as they are on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// One recorded call.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    pub id: String,
    pub state: String,
    /// Calls of the same hook, or of the same agent.
    pub seq: Option<String>,
    pub tool: String,
    pub args: Option<Vec<String>>,
    pub args_b64: Option<Vec<String>>,
    pub stdin: Option<String>,
    #[serde(flatten)]
    pub answer: Answered,
    #[serde(default)]
    pub stdout_truncated: bool,
    /// Other answers to the same input.
    #[serde(default)]
    pub also: Vec<Answered>,
    /// In which hook of an agent the call was made, and what changed before it.
    pub hook: Option<String>,
    pub before: Option<String>,
    /// Variables of the client's own process.
    pub env: Option<BTreeMap<String, String>>,
}

/// What Juju answered.
#[derive(Debug, Clone, Deserialize)]
pub struct Answered {
    pub code: u8,
    pub stdout: String,
    pub stderr: String,
    #[serde(default)]
    pub effect: Map<String, Json>,
}

/// Calls that we answer otherwise.
#[derive(Debug, Deserialize)]
struct Difference {
    reason: String,
    records: Vec<String>,
}

/// Everything in the folder of recordings.
pub struct Recordings {
    pub records: Vec<Record>,
    /// The states' own keys, by state; those of `plain` are complete.
    pub states: BTreeMap<String, Map<String, Json>>,
    /// Files in the charm's folder, by name.
    pub files: BTreeMap<String, Json>,
    /// The environment of each state.
    pub variables: BTreeMap<String, BTreeMap<String, String>>,
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
struct Fixture {
    #[serde(rename = "charm-dir-files")]
    files: BTreeMap<String, Json>,
    states: BTreeMap<String, Map<String, Json>>,
}

impl Recordings {
    /// Reads the folder that `JUJU_ANSWERS` names, else the project's own.
    pub fn read() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/juju-answers");
        let folder = std::env::var_os("JUJU_ANSWERS").map_or(own, PathBuf::from);
        let mut recordings = Self {
            records: Vec::new(),
            states: BTreeMap::new(),
            files: BTreeMap::new(),
            variables: BTreeMap::new(),
            differences: Vec::new(),
        };
        let mut names: Vec<PathBuf> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        for path in names {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = || std::fs::read_to_string(&path).unwrap();
            if name.starts_with("hooktools-")
                && path.extension().is_some_and(|extension| extension == "jsonl")
            {
                recordings.records.extend(text().lines().map(|line| parse(line, &name)));
            } else if name.starts_with("fixture-data-") {
                let fixture: Fixture = parse(&text(), &name);
                recordings.files.extend(fixture.files);
                recordings.states.extend(fixture.states);
            } else if name.starts_with("hookvars-") {
                let variables: BTreeMap<String, BTreeMap<String, String>> = parse(&text(), &name);
                recordings.variables.extend(variables);
            } else if name == "hooktools-differences.json" {
                recordings.differences = parse(&text(), &name);
            }
        }
        assert!(!recordings.records.is_empty(), "no hooktools-*.jsonl in {}", folder.display());
        recordings
    }

    /// The records that share a hook or an agent, together; the others alone.
    pub fn groups(&self) -> Vec<&[Record]> {
        self.records.chunk_by(|left, right| left.seq.is_some() && left.seq == right.seq).collect()
    }

    /// The listed differences: record to reason.
    pub fn known_differences(&self) -> BTreeMap<&str, &str> {
        let listed = self.differences.iter().flat_map(|difference| {
            difference.records.iter().map(|record| (record.as_str(), difference.reason.as_str()))
        });
        listed.collect()
    }

    /// A state with the keys it shares with `plain`.
    pub fn state(&self, name: &str) -> Map<String, Json> {
        let mut state = self.states["plain"].clone();
        state.extend(self.states[name].clone());
        state
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, name: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {text:.200}"))
}
