//! Makes the recorded calls and says what differs.

use std::path::PathBuf;

use minijuju::controller::model::Model;
use minijuju::controller::secret_access;
use minijuju::hooktools::call::{Answer, Request, Response};
use minijuju::hooktools::client;
use minijuju::hooktools::context::HookContext;
use minijuju::hooktools::wire::Bytes;
use minijuju::run::{Hook, Run};
use serde_json::{Map, Value as Json, json};
use sidecharm::juju::names::UnitName;

use super::effects;
use super::fixture::{self, NOW, Prepared};
use super::process;
use super::record::{Answered, Record, Recordings};

/// The records' own stand-ins for what differs from run to run.
pub struct Places {
    folder: tempfile::TempDir,
    /// New secrets' ids, in order: as recorded and ours.
    secrets: Vec<(String, String)>,
}

/// Replays calls that belong together; for each, what differs.
pub fn replay(recordings: &Recordings, places: &Places, group: &[Record]) -> Vec<Option<String>> {
    let first = &group[0];
    let prepared = fixture::prepare(recordings, first);
    if first.id.starts_with("client.") {
        return group.iter().map(|record| process::call(record, &prepared, places)).collect();
    }
    Hooks { prepared, places, context: None, hook: None, leadership_asked: false }.replay(group)
}

impl Places {
    /// A folder with the charm in it.
    pub fn new(recordings: &Recordings) -> Self {
        let model = fixture::prepare(recordings, &recordings.records[0]).model;
        let folder = tempfile::tempdir().unwrap();
        fixture::write_charm(recordings, &folder.path().join("charm"));
        let mut model = model;
        let secrets = (1..=5).map(|number| {
            let ours = secret_access::allocate(&mut model, NOW).unwrap();
            (format!("d000000000000000{:04}", number * 10), ours.to_string())
        });
        Self { secrets: secrets.collect(), folder }
    }

    /// The agent's folder.
    pub fn base(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub fn charm(&self) -> PathBuf {
        self.folder.path().join("charm")
    }

    /// A recorded text as it must be here.
    pub fn here(&self, text: &str) -> String {
        let mut text = text
            .replace("${DIR}", &self.charm().to_string_lossy())
            .replace("${BASE}", &self.folder.path().to_string_lossy())
            .replace("${SOCK}", &self.folder.path().to_string_lossy())
            .replace("${CONTROLLER}", "10.152.183.1:17070")
            .replace("ctrl:admin/other.haproxy", "haproxy");
        for (recorded, ours) in &self.secrets {
            text = text.replace(recorded, ours);
        }
        text
    }

    fn json_here(&self, json: &Json) -> Json {
        serde_json::from_str(&self.here(&json.to_string())).unwrap()
    }
}

/// The hooks of one agent.
struct Hooks<'p> {
    prepared: Prepared,
    places: &'p Places,
    context: Option<HookContext>,
    /// The recorded name of the hook that is running.
    hook: Option<String>,
    leadership_asked: bool,
}

impl Hooks<'_> {
    fn replay(&mut self, group: &[Record]) -> Vec<Option<String>> {
        let mut differences = Vec::new();
        for (index, record) in group.iter().enumerate() {
            self.enter_hook(record);
            let last = index + 1 == group.len();
            differences.push(self.step(record, last));
        }
        differences
    }

    /// Starts the record's hook, unless it is running.
    fn enter_hook(&mut self, record: &Record) {
        if self.context.is_some() && self.hook == record.hook {
            return;
        }
        if let Some(context) = self.context.take() {
            self.prepared.memory = context.into_memory();
        }
        if let Some(hook) = &record.hook {
            let before = record.before.as_deref().unwrap_or_default();
            change_model(&mut self.prepared.model, before);
            self.prepared.run = named_run(hook, before);
        }
        self.hook.clone_from(&record.hook);
        let Prepared { model, memory, run } = &mut self.prepared;
        let surroundings = fixture::surroundings(self.places.folder.path());
        let memory = std::mem::take(memory);
        self.context = Some(HookContext::new(model, &fixture::unit(), run, &surroundings, memory));
    }

    fn step(&mut self, record: &Record, last: bool) -> Option<String> {
        let context = self.context.as_mut()?;
        let mut request = Request::new(context.id(), self.places.charm(), &record.tool, &[]);
        request.args = arguments(record, self.places);
        let mut response = call(context, &mut self.prepared.model, request, record.stdin.as_deref());
        if let Err(error) = client::write_files(&response.writes) {
            response = Response { code: 1, stderr: format!("ERROR {error}\n"), ..Response::default() };
        }
        let mut ours = Map::new();
        let immediate: Vec<Json> = context.take_effects().iter().map(effects::immediate).collect();
        if !immediate.is_empty() {
            ours.insert("immediate".to_owned(), Json::Array(immediate));
        }
        for write in &response.writes {
            if write.path.ends_with("out.txt") {
                let written = std::fs::read_to_string(&write.path).unwrap_or_default();
                ours.insert(format!("file {}", write.path.display()), json!(written));
                drop(std::fs::remove_file(&write.path));
            }
        }
        if last {
            let exit = record.answer.effect.get("hook-exit").and_then(Json::as_u64).unwrap_or(0);
            self.end(exit, &mut ours);
        }
        self.lose_leadership(record);
        compare(record, self.places, &response, &ours)
    }

    /// The end of the hook, as its effects.
    fn end(&mut self, exit: u64, ours: &mut Map<String, Json>) {
        let model = &mut self.prepared.model;
        let before = model.clone();
        let mut context = self.context.take().unwrap();
        let mut flush_error = None;
        if exit == 0 {
            let (changes, error) = match context.flush(model, NOW) {
                Ok(changes) => (changes, None),
                Err(error) => (*error.changes, Some(error.message)),
            };
            if !changes.is_empty() {
                ours.insert("flush".to_owned(), effects::flush(&changes, &before));
            }
            flush_error = error;
        } else {
            ours.insert("hook-exit".to_owned(), json!(exit));
        }
        let after: Vec<Json> = context.take_effects().iter().map(effects::immediate).collect();
        if !after.is_empty() {
            ours.insert("after-hook".to_owned(), Json::Array(after));
        }
        if let Some(outcome) = context.action_outcome().cloned() {
            let process_error = (exit != 0).then(|| format!("exit status {exit}"));
            let finish = outcome.finish(process_error.as_deref(), flush_error.as_deref());
            ours.insert("action-finish".to_owned(), effects::action_finish(&finish));
        } else if let Some(error) = flush_error {
            ours.insert("flush-error".to_owned(), json!(error));
        }
    }

    /// In one state the unit leads only until it has asked once.
    fn lose_leadership(&mut self, record: &Record) {
        if record.state == "plain-loses" && !self.leadership_asked {
            self.leadership_asked = true;
            let application = self.prepared.model.applications.values_mut().next().unwrap();
            application.leadership.leader = UnitName::parse("web/1").ok();
        }
    }
}

/// Makes a call and gives the agent what it asks for.
fn call(context: &mut HookContext, model: &mut Model, mut request: Request, stdin: Option<&str>) -> Response {
    loop {
        match context.call(model, &request, NOW) {
            Answer::Done(response) => return response,
            Answer::NeedsStdin => request.stdin = Some(Bytes(stdin.unwrap_or_default().as_bytes().to_vec())),
            Answer::NeedsFile(path) => {
                let read = client::read_file(&path);
                assert!(request.files.insert(path, read).is_none(), "a file is asked for twice");
            }
        }
    }
}

pub fn arguments(record: &Record, places: &Places) -> Vec<String> {
    if let Some(encoded) = &record.args_b64 {
        let bytes = encoded.iter().map(|arg| fixture::decode_base64(arg));
        return bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect();
    }
    record.args.iter().flatten().map(|arg| places.here(&repeated(arg))).collect()
}

/// `${REPEAT:N:p}`: N bytes that begin with p and repeat its last character.
fn repeated(arg: &str) -> String {
    let Some(rest) = arg.strip_prefix("${REPEAT:").and_then(|rest| rest.strip_suffix('}')) else {
        return arg.to_owned();
    };
    let (size, start) = rest.split_once(':').unwrap();
    let mut text = start.to_owned();
    let last = start.chars().last().unwrap();
    while text.len() < size.parse().unwrap() {
        text.push(last);
    }
    text
}

/// What differs from the recorded answer and all its alternatives.
pub fn compare(
    record: &Record,
    places: &Places,
    response: &Response,
    ours: &Map<String, Json>,
) -> Option<String> {
    let answers = || std::iter::once(&record.answer).chain(&record.also);
    let same = |answer: &Answered| {
        same_output(record, &places.here(&answer.stdout), &response.stdout)
            && (answer.code, places.here(&answer.stderr)) == (response.code, response.stderr.clone())
            && same_effects(answer, places, ours)
    };
    if answers().any(same) {
        return None;
    }
    let show = |code: u8, out: &str, err: &str, effect: &Map<String, Json>| {
        format!("{code} {out:?} {err:?} {}", serde_json::to_string(effect).unwrap())
    };
    let expected = &record.answer;
    let effect = places.json_here(&Json::Object(expected.effect.clone()));
    let expected = show(
        expected.code,
        &places.here(&expected.stdout),
        &places.here(&expected.stderr),
        effect.as_object()?,
    );
    let given = show(response.code, &response.stdout, &response.stderr, ours);
    Some(format!(
        "  {} {:?} in {}\n  juju: {expected:.1500}\n  ours: {given:.1500}",
        record.tool, record.args, record.state
    ))
}

fn same_output(record: &Record, expected: &str, ours: &str) -> bool {
    if record.stdout_truncated {
        return ours.starts_with(expected);
    }
    // The order of these is the controller's.
    if matches!(record.tool.as_str(), "storage-list" | "secret-ids") {
        let sorted = |text: &str| {
            let mut items: Vec<String> = text
                .split(['\n', ',', '[', ']'])
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect();
            items.sort();
            items
        };
        return sorted(expected) == sorted(ours) && expected.starts_with('[') == ours.starts_with('[');
    }
    expected == ours
}

fn same_effects(answer: &Answered, places: &Places, ours: &Map<String, Json>) -> bool {
    let expected = places.json_here(&Json::Object(answer.effect.clone()));
    effects::equal(&expected, &Json::Object(ours.clone()))
}

/// A run by its recorded name: `hook 2: db:1 relation-departed remote-unit="mysql/1"`.
fn named_run(hook: &str, before: &str) -> Run {
    let name = hook.split_once(": ").unwrap().1;
    let remote_unit = |text: &str| {
        let name = text.split_once("remote-unit").map(|(_, rest)| rest.trim_matches(['=', '"', ' ']));
        name.and_then(|name| UnitName::parse(name).ok())
    };
    if name == "juju-exec" {
        let remote_unit = remote_unit(before);
        return Run::Exec { action: None, command: String::new(), relation: Some(1), remote_unit };
    }
    if name == "update-status" {
        return Run::Hook(Hook::UpdateStatus);
    }
    let kind = name.strip_prefix("db:1 ").unwrap().split(' ').next().unwrap();
    let remote_unit = remote_unit(name);
    Run::Hook(Hook::Relation {
        kind: fixture::relation_hook(kind),
        relation: 1,
        remote_application: "mysql".to_owned(),
        departing_unit: (kind == "relation-departed").then(|| remote_unit.clone()).flatten(),
        remote_unit,
    })
}

/// Changes the model as a recorded text says: `controller: mysql/1 host := h2 (…)`.
fn change_model(model: &mut Model, text: &str) {
    for part in text.split("; ") {
        let Some((left, right)) = part.split_once(" := ") else { continue };
        let value = right.split(" (").next().unwrap();
        let words: Vec<&str> = left.trim_start_matches("controller: ").split(' ').collect();
        let relation = model.relations.get_mut(&1).unwrap();
        match words.as_slice() {
            ["members"] => {
                let record =
                    model.units.get_mut(&fixture::unit()).unwrap().agent.relations.get_mut(&1).unwrap();
                record.members = value.split(", ").map(|unit| (UnitName::parse(unit).unwrap(), 1)).collect();
            }
            ["config", key] => {
                let application = model.applications.values_mut().next().unwrap();
                application.options.insert((*key).to_owned(), value.parse().unwrap());
            }
            [application, "app", key] => {
                let side =
                    relation.sides.iter_mut().find(|side| side.application.as_str() == *application).unwrap();
                side.bag.data.insert((*key).to_owned(), value.to_owned());
            }
            [unit, key] => {
                let unit = UnitName::parse(unit).unwrap();
                let side = relation.side_mut(&unit.application()).unwrap();
                side.units.get_mut(&unit).unwrap().bag.data.insert((*key).to_owned(), value.to_owned());
            }
            other => panic!("{other:?}"),
        }
    }
}
