//! What happened in our replay of a scenario: runs, commits, and who runs now.

use std::collections::{BTreeMap, BTreeSet};

use minijuju::uniter::process::{Exit, ProcessSpec, Stream};
use serde_json::{Map, Value as Json};

use super::tempo::Tempo;

/// One run of a process.
#[derive(Debug, Clone)]
pub struct Run {
    pub unit: String,
    /// The step it began in, by number.
    pub step: usize,
    pub spec: ProcessSpec,
    /// As the recordings give it.
    pub exit: Option<Json>,
    /// `DEBUG line` and `WARNING line`, as the agent logs them.
    pub lines: Vec<String>,
    /// The lines that have not ended yet.
    unfinished: BTreeMap<&'static str, String>,
    pub flushed: Option<Map<String, Json>>,
    pub flush_error: Option<String>,
    /// Its process has ended.
    pub has_exited: bool,
    pub is_over: bool,
}

/// All of it, in order of the runs' starts.
#[derive(Debug, Default)]
pub struct Diary {
    pub runs: Vec<Run>,
    pub step: usize,
    pub tempo: Tempo,
    /// Each unit's running process.
    pub pids: BTreeMap<String, u32>,
    /// The ids of all secrets that were ever printed or deleted; later ones are greater.
    pub secrets: BTreeSet<String>,
}

impl Diary {
    pub fn begin(&mut self, unit: &str, spec: &ProcessSpec) -> usize {
        self.runs.push(Run {
            unit: unit.to_owned(),
            step: self.step,
            spec: spec.clone(),
            exit: None,
            lines: Vec::new(),
            unfinished: BTreeMap::new(),
            flushed: None,
            flush_error: None,
            has_exited: false,
            is_over: false,
        });
        self.runs.len() - 1
    }

    pub fn end(&mut self, unit: &str, run: usize, exit: &Exit) {
        let signal = |signal| match signal {
            9 => "signal killed".to_owned(),
            15 => "signal terminated".to_owned(),
            other => format!("signal {other}"),
        };
        self.runs[run].exit = Some(match exit {
            Exit::Code(code) => Json::from(*code),
            Exit::Signal(number) => Json::from(signal(*number)),
            Exit::NotStarted(reason) => Json::from(reason.as_str()),
        });
        let rest = std::mem::take(&mut self.runs[run].unfinished);
        self.runs[run].lines.extend(rest.into_values());
        self.runs[run].has_exited = true;
        self.runs[run].is_over = true;
        self.pids.remove(unit);
    }

    /// A unit's process, if one runs, dies with its agent.
    pub fn kill(&mut self, unit: &str) {
        let Some(_) = self.pids.get(unit) else { return };
        if let Some(run) = self.runs.iter().rposition(|run| run.unit == unit && !run.is_over) {
            self.end(unit, run, &Exit::Signal(9));
        }
    }

    pub fn output(&mut self, run: usize, stream: Stream, bytes: &[u8]) {
        let level = match stream {
            Stream::Standard => "DEBUG",
            Stream::Error => "WARNING",
        };
        let text = String::from_utf8_lossy(bytes);
        self.learn_secrets(&text);
        let run = &mut self.runs[run];
        for piece in text.split_inclusive('\n') {
            let line = match run.unfinished.remove(level) {
                Some(begun) => begun + piece,
                None => format!("{level} {piece}"),
            };
            match line.strip_suffix('\n') {
                Some(line) => run.lines.push(line.to_owned()),
                None => drop(run.unfinished.insert(level, line)),
            }
        }
    }

    fn learn_secrets(&mut self, text: &str) {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        let ids = words.filter(|word| word.len() == 20 && !word.starts_with("usersecret"));
        self.secrets.extend(ids.map(str::to_owned));
    }

    /// The unit's last run is committed.
    pub fn commit(&mut self, unit: &str, flushed: Map<String, Json>, error: Option<String>) {
        if let Some(deleted) = flushed.get("secret-deletes") {
            self.learn_secrets(&deleted.to_string());
        }
        let run = self.runs.iter_mut().rev().find(|run| run.unit == unit).unwrap();
        run.flushed = (!flushed.is_empty()).then_some(flushed);
        run.flush_error = error;
    }

    /// Of one unit, in order.
    pub fn of<'d>(&'d self, unit: &'d str) -> impl Iterator<Item = &'d Run> {
        self.runs.iter().filter(move |run| run.unit == unit)
    }
}

impl Run {
    /// As the recordings name it.
    pub fn hook(&self) -> String {
        let variable = |name: &str| self.spec.environment.get(name).map(String::as_str).unwrap_or_default();
        match (variable("JUJU_HOOK_NAME"), variable("JUJU_ACTION_NAME")) {
            ("", "" | "juju-exec") => "juju-exec".to_owned(),
            ("", action) => format!("action:{action}"),
            (hook, _) => hook.to_owned(),
        }
    }
}
