//! Answers of earlier hooks that still stand. Juju tells of every change by a hook, so a hook that tells of one relation, or
//! of the options, leaves all other answers as they were; a hook that tells of anything else starts anew.
//!
//! They lie in a private file in the agent's own folder, which lives and dies with the pod and holds the agent's password
//! already. A hook takes the file away and leaves one only when all went well: after one that was killed or failed, and of an
//! operator's `resolved --no-retry`, the next asks everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Call, Output, RunTool, Running, ToolError};
use crate::juju::event::{Event, RelationKind};
use crate::juju::names::{ApplicationName, RelationId};
use crate::secret::Secret;

const FILE: &str = "sidecharm-answers.json";
/// More is not kept.
const LIMIT: usize = 1 << 20;

const CONFIG: &str = "config";
const PORTS: &str = "ports";
const SECRETS: &str = "secrets";

/// The answers, by what they are about and by the call.
type Answers = BTreeMap<String, BTreeMap<String, Secret>>;

/// Answers what it knows, and asks Juju for the rest.
pub struct Memory {
    juju: Arc<dyn RunTool>,
    file: PathBuf,
    build: String,
    is_settled: bool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    answers: Answers,
    joining: BTreeMap<RelationId, ApplicationName>,
    /// This unit leads, as Juju says in this hook; what is kept was read by a leader, where it comes from an earlier one.
    led: bool,
    /// It may act as the leader in this hook: what is kept was read as the leader, or all is asked anew.
    may_lead: bool,
    /// What this hook has written to. Until Juju has taken it nobody knows how it will read.
    written: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Stored {
    build: String,
    is_settled: bool,
    led: bool,
    joining: BTreeMap<RelationId, ApplicationName>,
    answers: Answers,
}

/// What a call has to do with what is kept, by the subject.
enum Use {
    Reads(String),
    Writes(String),
}

impl Memory {
    /// Takes what the last hook of this unit left, if a program of this build left it.
    pub fn take(juju: Arc<dyn RunTool>, charm_dir: &Path, build: &str) -> Self {
        let file = charm_dir.parent().unwrap_or(charm_dir).join(FILE);
        let stored = read(&file).ok().filter(|stored| stored.build == build);
        let is_settled = stored.as_ref().is_some_and(|stored| stored.is_settled);
        let kept = stored.map(|Stored { answers, joining, led, .. }| Kept {
            answers,
            joining,
            led,
            ..Kept::default()
        });
        let kept = Mutex::new(kept.unwrap_or_default());
        Self { juju, file, build: build.to_owned(), is_settled, kept }
    }

    /// Takes in what an event tells, and returns whether the pass may be left out: the last hook found nothing to do, and
    /// this one tells of nothing that is read.
    pub fn hear(&self, event: &Event, is_read: bool) -> bool {
        let mut kept = self.kept();
        kept.may_lead = kept.led;
        let has_met = meet(&mut kept.joining, event);
        let is_news = event.relation().is_some_and(|event| !kept.knows(&event.relation));
        if self.is_settled && !is_read && !has_met && !is_news {
            return false;
        }
        match event {
            Event::Relation(event) => {
                if is_read || is_news {
                    let _answers = kept.answers.remove(&about_relation(event.relation.as_str()));
                }
                let endpoint = about_endpoint(event.relation.endpoint().as_str());
                let is_broken = event.kind == RelationKind::Broken;
                if is_news || is_broken || event.kind == RelationKind::Created {
                    let _ids = kept.answers.remove(&endpoint);
                }
                if is_broken {
                    // Juju may list it to the end.
                    let _new = kept.written.insert(endpoint);
                }
            }
            // What goes on in a container changes nothing in Juju.
            Event::Pebble(_) => {}
            // An option, or an address.
            Event::ConfigChanged => {
                let _options = kept.answers.remove(CONFIG);
                let is_address = |words: &str| words.starts_with("network-get ");
                for all in kept.answers.values_mut() {
                    all.retain(|words, _| !is_address(words));
                }
            }
            _ => {
                kept.answers.clear();
                kept.may_lead = true;
            }
        }
        if kept.answers.is_empty() {
            kept.may_lead = true;
        }
        true
    }

    /// The relations that were made while this unit looked, and of whose other side it has met nobody: where there are units
    /// on that side, hooks for them are sure to come.
    pub fn joining(&self) -> BTreeMap<RelationId, ApplicationName> {
        self.kept().joining.clone()
    }

    /// Whether this unit may act as the leader, if it leads: one that did not when it read what is kept waits for its
    /// leader-elected, since the application's bags may have changed since.
    pub fn may_lead(&self) -> bool {
        self.kept().may_lead
    }

    /// Leaves what is known to the next hook, and whether this one found nothing to do.
    ///
    /// # Errors
    /// When it cannot be written: the next hook asks everything.
    pub fn keep(&self, is_settled: bool) -> io::Result<()> {
        let text = render(&self.build, is_settled, &self.kept())?;
        if text.len() > LIMIT {
            return Ok(());
        }
        let new = self.file.with_extension("new");
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?.write_all(text.as_bytes())?;
        std::fs::rename(&new, &self.file)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, call: Call<'_>) -> Result<Output, ToolError> {
        match of(&call) {
            None if call.tool == "status-get" && call.arguments.contains(&"--application") => {
                let output = self.juju.run(call).await?;
                self.kept().led = output.code == Some(0);
                Ok(output)
            }
            None => self.juju.run(call).await,
            Some(Use::Writes(subject)) => {
                {
                    let mut kept = self.kept();
                    let _answers = kept.answers.remove(&subject);
                    let _new = kept.written.insert(subject);
                }
                self.juju.run(call).await
            }
            Some(Use::Reads(subject)) => {
                let words = format!("{} {}", call.tool, call.arguments.join(" "));
                let known =
                    self.kept().answers.get(&subject).and_then(|answers| answers.get(&words)).cloned();
                if let Some(known) = known {
                    let stdout = known.expose().as_bytes().to_vec();
                    return Ok(Output { code: Some(0), stdout, stderr: Vec::new() });
                }
                let output = self.juju.run(call).await?;
                let text = std::str::from_utf8(&output.stdout).ok().filter(|_| output.code == Some(0));
                let mut kept = self.kept();
                if let Some(text) = text.filter(|_| !kept.written.contains(&subject)) {
                    let _before = kept.answers.entry(subject).or_default().insert(words, Secret::new(text));
                }
                Ok(output)
            }
        }
    }
}

impl RunTool for Memory {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        Box::pin(self.answer(call))
    }
}

impl Kept {
    /// The relation was listed when its endpoint's were last asked for. One that was suspended comes back without a -created.
    fn knows(&self, relation: &RelationId) -> bool {
        let listed = self.answers.get(&about_endpoint(relation.endpoint().as_str()));
        let id = format!("\"{relation}\"");
        listed.is_some_and(|answers| answers.values().any(|text| text.expose().contains(&id)))
    }
}

/// A -joined is always followed by the -changed of the same unit. Says whether one of those that were waited for has come.
fn meet(joining: &mut BTreeMap<RelationId, ApplicationName>, event: &Event) -> bool {
    if *event == Event::UpdateStatus {
        joining.clear();
    }
    let Event::Relation(event) = event else { return false };
    match event.kind {
        RelationKind::Created => {
            let other = event.remote_application.clone();
            joining.extend(other.map(|other| (event.relation.clone(), other)));
            false
        }
        RelationKind::Joined => false,
        RelationKind::Changed if event.remote_unit.is_none() => false,
        RelationKind::Changed | RelationKind::Departed | RelationKind::Broken => {
            joining.remove(&event.relation).is_some()
        }
    }
}

/// What is not here is asked each time: nothing announces that a status, a goal or the lead has changed.
fn of(call: &Call<'_>) -> Option<Use> {
    let after = |flag: &str| {
        let at = call.arguments.iter().position(|argument| *argument == flag)?;
        call.arguments.get(at + 1).copied()
    };
    match call.tool {
        "relation-ids" => Some(Use::Reads(about_endpoint(call.arguments.last()?))),
        "relation-list" | "relation-get" | "network-get" => Some(Use::Reads(about_relation(after("-r")?))),
        "relation-set" => Some(Use::Writes(about_relation(after("-r")?))),
        "config-get" => Some(Use::Reads(CONFIG.to_owned())),
        "opened-ports" => Some(Use::Reads(PORTS.to_owned())),
        "open-port" | "close-port" => Some(Use::Writes(PORTS.to_owned())),
        "secret-get" => Some(Use::Reads(SECRETS.to_owned())),
        "secret-add" | "secret-set" | "secret-remove" | "secret-grant" | "secret-revoke" => {
            Some(Use::Writes(SECRETS.to_owned()))
        }
        _ => None,
    }
}

fn about_relation(id: &str) -> String {
    format!("relation {id}")
}

fn about_endpoint(name: &str) -> String {
    format!("endpoint {name}")
}

/// Takes the file away, so that nobody finds it after a hook that did not end well.
fn read(file: &Path) -> io::Result<Stored> {
    let text = Zeroizing::new(std::fs::read(file)?);
    std::fs::remove_file(file)?;
    Ok(serde_json::from_slice(&text)?)
}

fn render(build: &str, is_settled: bool, kept: &Kept) -> io::Result<Zeroizing<String>> {
    #[derive(Serialize)]
    struct Storing<'a> {
        build: &'a str,
        is_settled: bool,
        led: bool,
        joining: &'a BTreeMap<RelationId, ApplicationName>,
        answers: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
    }
    let answers = kept.answers.iter().map(|(subject, all)| {
        let open = all.iter().map(|(words, text)| (words.as_str(), text.expose()));
        (subject.as_str(), open.collect())
    });
    let storing = Storing {
        build,
        is_settled,
        led: kept.led && kept.may_lead,
        joining: &kept.joining,
        answers: answers.collect(),
    };
    Ok(Zeroizing::new(serde_json::to_string(&storing)?))
}

#[cfg(test)]
mod tests;
