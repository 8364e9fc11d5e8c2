//! Says where our replay of a step differs from its recording.
//!
//! Some of Juju's order is random, and some depends on when other units did what. So it compares what is fixed: the
//! order of a unit's own hooks with those of each remote unit in each relation, and of each container's notices.

use std::collections::{BTreeMap, BTreeSet};

use minijuju::uniter::inbox::{CommandError, CommandResult};
use serde_json::{Map, Value as Json, json};

use super::diary::Run;
use super::host_process::normal;
use super::record::{Line, Status};
use super::stage::{Stage, name};

const LONG_URI: &str = "secret://f1f4b1d2-3c0a-4b63-9a5e-0d6c7a8b9c1e/";

/// Something that is not as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub step: String,
    pub unit: String,
    pub text: String,
}

/// One run, from the recording or ours.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    hook: String,
    environment: BTreeMap<String, String>,
    argv: Vec<String>,
    cwd: String,
    exit: Json,
    lines: Vec<String>,
    flushed: Option<Map<String, Json>>,
    flush_error: Option<String>,
}

/// Which part of the order a run belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Own,
    /// Whether it is its pebble-ready: looks at its boot and its notices have each a rhythm of their own.
    Container(String, bool),
    /// A relation's id and the remote unit; empty for hooks without one.
    Relation(String, String),
}

impl Seen {
    fn recorded(line: &Line) -> Self {
        let prefix = format!(" {}: ", line.hook.trim_start_matches("action:"));
        let lines = line.log.iter().filter_map(|log| {
            let (level, rest) = log.split_once(&prefix)?;
            matches!(level, "DEBUG" | "WARNING").then(|| format!("{level} {rest}"))
        });
        Self {
            hook: line.hook.clone(),
            environment: line.env.clone(),
            argv: line.argv.clone(),
            cwd: line.cwd.clone(),
            exit: line.exit.clone(),
            lines: lines.collect(),
            flushed: line.flushed.as_ref().map(without_checksums),
            flush_error: line.flush_error.clone(),
        }
    }

    fn ours(run: &Run, stage: &Stage) -> Self {
        let hook = run.hook();
        let is_command = hook == "juju-exec";
        let here = |text: &String| stage.recorded(text);
        Self {
            // The recordings give a command's text alone.
            argv: run.spec.arguments.iter().skip(if is_command { 2 } else { 0 }).map(here).collect(),
            environment: normal(&run.spec.environment, here),
            cwd: stage.recorded(&run.spec.folder.to_string_lossy()),
            exit: run.exit.clone().unwrap_or_default(),
            lines: if is_command {
                Vec::new()
            } else {
                run.lines.iter().map(here).map(without_time).collect()
            },
            flushed: run.flushed.as_ref().map(|flushed| {
                let text = stage.recorded(&json!(flushed).to_string());
                serde_json::from_str(&text.replace(LONG_URI, "secret:")).unwrap()
            }),
            flush_error: run.flush_error.as_ref().map(here),
            hook,
        }
    }

    fn variable(&self, name: &str) -> &str {
        self.environment.get(name).map(String::as_str).unwrap_or_default()
    }

    fn lane(&self) -> Lane {
        let relation = self.variable("JUJU_RELATION_ID");
        if !relation.is_empty() && self.hook.contains("-relation-") {
            return Lane::Relation(relation.to_owned(), self.variable("JUJU_REMOTE_UNIT").to_owned());
        }
        match self.variable("JUJU_WORKLOAD_NAME") {
            "" => Lane::Own,
            container => Lane::Container(container.to_owned(), self.hook.ends_with("-pebble-ready")),
        }
    }

    /// What must be equal for the order to be.
    fn label(&self) -> String {
        let mut label = self.hook.clone();
        for variable in ["JUJU_REMOTE_UNIT", "JUJU_REMOTE_APP", "JUJU_DEPARTING_UNIT"] {
            if let Some(value) = self.environment.get(variable) {
                label = format!("{label} {value}");
            }
        }
        format!("{label} {}", self.exit)
    }
}

/// How Juju sums up a secret's content is its own affair, and a URI says the same in both its forms.
fn without_checksums(flushed: &Map<String, Json>) -> Map<String, Json> {
    let text = json!(flushed).to_string().replace(LONG_URI, "secret:");
    let mut flushed: Map<String, Json> = serde_json::from_str(&text).unwrap();
    for kind in ["secret-creates", "secret-updates"] {
        for secret in flushed.get_mut(kind).and_then(Json::as_array_mut).into_iter().flatten() {
            let content = secret.get_mut("content").and_then(Json::as_object_mut);
            content.map(|content| content.remove("checksum"));
        }
    }
    flushed
}

/// `since: 2026-…` is `since: ${TIME}` in the recordings.
fn without_time(line: String) -> String {
    match line.split_once("since: 2") {
        Some((start, _)) => format!("{start}since: ${{TIME}}"),
        None => line,
    }
}

/// Compares one step.
pub fn step(stage: &Stage, lines: &[Line], number: usize) -> Vec<Difference> {
    let of_step = |line: &&Line| line.number == number;
    let Some(step) = lines.iter().find(of_step).map(|line| line.step.clone()) else { return Vec::new() };
    let mut differences = Vec::new();
    for unit in super::play::units(lines) {
        let recorded =
            lines.iter().filter(|line| line.is_run() && line.unit == unit && line.number == number);
        let recorded: Vec<Seen> = recorded.map(Seen::recorded).collect();
        let ours: Vec<Seen> = {
            let diary = stage.diary.borrow();
            diary.of(&unit).filter(|run| run.step == number).map(|run| Seen::ours(run, stage)).collect()
        };
        // In a deployment of several units nobody says how often one is told of what another writes meanwhile.
        let deploys = lines.iter().filter(of_step).filter(|line| line.hook == "install").count();
        let timing = if deploys > 1 { Timing::Free } else { Timing::Fixed };
        let mut found = orders(&recorded, &ours, timing);
        if found.is_empty() {
            found = contents(&recorded, &ours, timing);
        }
        found.extend(statuses(stage, lines, number, &unit));
        let of_step = |text| Difference { step: step.clone(), unit: unit.clone(), text };
        differences.extend(found.into_iter().map(of_step));
    }
    differences
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Timing {
    Fixed,
    /// A unit may be told once or several times of what another one wrote, and at once or later.
    Free,
}

/// The order of the hooks, wherever it is fixed.
fn orders(recorded: &[Seen], ours: &[Seen], timing: Timing) -> Vec<String> {
    let lanes: BTreeSet<Lane> = recorded.iter().chain(ours).map(Seen::lane).collect();
    let mut differences = Vec::new();
    for lane in &lanes {
        let belongs = |seen: &&Seen| {
            let other = seen.lane();
            match lane {
                Lane::Own | Lane::Container(..) => other == *lane,
                Lane::Relation(relation, _) => {
                    other == *lane
                        || other == Lane::Own
                        || other == Lane::Relation(relation.clone(), String::new())
                }
            }
        };
        let project = |runs: &[Seen]| {
            let mut labels: Vec<String> = runs.iter().filter(belongs).map(Seen::label).collect();
            // A failing stop is repeated as often as there is time.
            labels.dedup_by(|next, label| {
                next == label && (timing == Timing::Free || label.starts_with("stop 1"))
            });
            labels
        };
        let (expected, found) = (project(recorded), project(ours));
        if expected != found {
            differences.push(format!("order in {lane:?}:\n  recorded {expected:?}\n  ours     {found:?}"));
            if *lane == Lane::Own {
                break;
            }
        }
    }
    differences
}

/// What each run was given, printed and left.
fn contents(recorded: &[Seen], ours: &[Seen], timing: Timing) -> Vec<String> {
    let mut differences = Vec::new();
    let mut rest: Vec<&Seen> = ours.iter().collect();
    for expected in recorded {
        let Some(index) = rest.iter().position(|seen| seen.label() == expected.label()) else { continue };
        let found = rest.remove(index);
        let depends = timing == Timing::Free && matches!(expected.lane(), Lane::Relation(..));
        let mut compare = |what: &str, expected: Json, found: Json| {
            if expected != found {
                differences.push(format!("{what}:\n  recorded {expected}\n  ours     {found}"));
            }
        };
        let of = |what: &str| format!("{what} of {}", expected.label());
        let (there, here) = (&expected.environment, &found.environment);
        for variable in there.keys().chain(here.keys()).collect::<BTreeSet<_>>() {
            let what = format!("variable {variable} of {}", expected.label());
            compare(&what, json!(there.get(variable)), json!(here.get(variable)));
        }
        compare(&of("arguments"), json!(expected.argv), json!(found.argv));
        compare(&of("working directory"), json!(expected.cwd), json!(found.cwd));
        compare(&of("flush error"), json!(expected.flush_error), json!(found.flush_error));
        compare(&of("flush"), json!(expected.flushed), json!(found.flushed));
        if !depends {
            let remote = expected.variable("JUJU_REMOTE_UNIT");
            let lines = lines(&expected.lines, &found.lines, remote);
            differences
                .extend(lines.into_iter().map(|text| format!("output of {}: {text}", expected.label())));
        }
    }
    differences
}

/// The lines that one has and the other has not, in their order.
fn lines(recorded: &[String], ours: &[String], remote: &str) -> Vec<String> {
    let (mut recorded, mut ours) = (recorded, ours);
    let mut differences = Vec::new();
    while let (Some(expected), Some(found)) = (recorded.first(), ours.first()) {
        if expected != found && !are_members(expected, found, remote) {
            if ours.contains(expected) && !recorded.contains(found) {
                differences.push(format!("ours alone {found:?}"));
                ours = &ours[1..];
                continue;
            }
            if recorded.contains(found) && !ours.contains(expected) {
                differences.push(format!("recorded alone {expected:?}"));
                recorded = &recorded[1..];
                continue;
            }
            differences.push(format!("recorded {expected:?}, ours {found:?}"));
        }
        (recorded, ours) = (&recorded[1..], &ours[1..]);
    }
    differences.extend(recorded.iter().map(|line| format!("recorded alone {line:?}")));
    differences.extend(ours.iter().map(|line| format!("ours alone {line:?}")));
    differences
}

/// Whether both lines list members: who else is one depends on who came first.
fn are_members(expected: &str, found: &str, remote: &str) -> bool {
    let members = |line: &str| serde_json::from_str::<Vec<String>>(line.split_once(' ')?.1).ok();
    let has = |line| members(line).is_some_and(|members| members.iter().any(|member| member == remote));
    has(expected) && has(found)
}

/// The statuses as the step left them.
fn statuses(stage: &Stage, lines: &[Line], number: usize, unit: &str) -> Vec<String> {
    let last = |of: &str| -> Option<&Status> {
        let end = lines.iter().rposition(|line| line.number == number)?;
        let own = lines.get(..=end)?.iter().filter(|line| line.unit == unit);
        own.flat_map(|line| &line.status).rfind(|status| status.of == of)
    };
    let ours = stage.shared.read(|model| {
        let unit = model.units.get(&name(unit))?;
        Some([("workload", unit.workload_status.clone()), ("agent", unit.agent_status.clone())])
    });
    let mut differences = Vec::new();
    for (of, ours) in ours.into_iter().flatten() {
        // A recording may break off between two hooks.
        let Some(recorded) = last(of).filter(|status| status.status != "executing") else { continue };
        let expected = (recorded.status.as_str(), recorded.message.as_str());
        let found = (ours.status.as_str(), ours.message.as_str());
        if expected != found {
            differences.push(format!("status of {of}: recorded {expected:?}, ours {found:?}"));
        }
        let expected: BTreeMap<&str, String> = recorded
            .data
            .iter()
            .map(|(key, value)| {
                (key.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        let found: BTreeMap<&str, String> =
            ours.data.iter().map(|(key, value)| (key.as_str(), stage.recorded(value))).collect();
        if expected != found {
            differences.push(format!("status data of {of}: recorded {expected:?}, ours {found:?}"));
        }
    }
    differences
}

/// The results of commands.
pub fn commands(
    stage: &Stage,
    lines: &[Line],
    ours: &[Option<Result<CommandResult, CommandError>>],
) -> Vec<Difference> {
    let recorded = events(lines, "juju-exec-result");
    let mut differences = Vec::new();
    for ((line, recorded), ours) in recorded.zip(ours) {
        let text = |bytes: &[u8]| without_random(&stage.recorded(&String::from_utf8_lossy(bytes)));
        let found = match ours {
            Some(Ok(result)) => {
                let mut found = json!({
                    "code": result.code, "stdout": text(&result.stdout), "stderr": text(&result.stderr)
                });
                if let Some(error) = &result.error {
                    found["error"] = json!(stage.recorded(error));
                }
                found
            }
            Some(Err(error)) => json!({"error": error.to_string()}),
            None => Json::Null,
        };
        let mut expected = recorded.clone();
        expected.as_object_mut().unwrap().remove("commands");
        if expected != found {
            let text = format!("command: recorded {expected}, ours {found}");
            differences.push(Difference { step: line.step.clone(), unit: line.unit.clone(), text });
        }
    }
    differences
}

/// The reports of actions.
pub fn actions(stage: &Stage, lines: &[Line]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (line, recorded) in events(lines, "action-finish") {
        let id: u64 = recorded["id"].as_str().unwrap().parse().unwrap();
        let found = stage.shared.read(|model| {
            let action = model.actions.get(&id)?;
            let results = if action.results.is_empty() { Json::Null } else { json!(action.results) };
            Some(json!({
                "id": id.to_string(), "message": action.message, "name": action.name, "results": results,
                "status": serde_json::to_value(action.status).unwrap()
            }))
        });
        // Quotes of quotes: the roots are replaced in the text.
        let found = stage.recorded(&found.unwrap_or_default().to_string());
        let found: Json = serde_json::from_str(&without_random(&found)).unwrap();
        if *recorded != found {
            let text = format!("action: recorded {recorded}, ours {found}");
            differences.push(Difference { step: line.step.clone(), unit: line.unit.clone(), text });
        }
    }
    differences
}

fn events<'l>(lines: &'l [Line], name: &'l str) -> impl Iterator<Item = (&'l Line, &'l Json)> {
    lines
        .iter()
        .flat_map(move |line| line.events.iter().filter_map(move |event| Some((line, event.get(name)?))))
}

/// The random part of a context id is `${RANDOM}`.
fn without_random(text: &str) -> String {
    let Some((start, rest)) = text.split_once("JUJU_CONTEXT_ID=") else { return text.to_owned() };
    let (id, end) = rest.split_at(rest.find(['\\', '\n']).unwrap_or(rest.len()));
    let id = id.rsplit_once('-').map_or(id, |(id, _)| id);
    format!("{start}JUJU_CONTEXT_ID={id}-${{RANDOM}}{end}")
}
