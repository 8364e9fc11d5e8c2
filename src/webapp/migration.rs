//! Database migrations: which script, whose turn it is, and whether one is due.
//!
//! One unit migrates: the leader; while a new image is rolled out, the unit that gets it first, which is the one with the
//! highest number. (Kubernetes replaces pods from the highest on, and the leader may be the last.) The others wait until
//! they read that it is done. What was done is recorded in the peer relation: each unit writes its own last migration under
//! [`KEY`] into its bag, and the leader the one that counts into the application's. It is remembered in the container too,
//! since what a hook writes into a bag is lost when it fails.

use serde::{Deserialize, Serialize};

use super::framework::Profile;
use super::layer::{digest, state_dir};
use super::variables::{Value, Variables};
use crate::juju::names::RelationId;
use crate::secret::Secret;

/// The key of a [`Record`] in the peer relation's bags.
pub const KEY: &str = "migration";
/// What a unit shows that may not go on yet.
pub const WAITING: &str = "Waiting for another unit to migrate the database";

/// Looked for in the app's directory; the last that is there counts.
const SCRIPTS: [&str; 4] = ["migrate", "migrate.sh", "migrate.py", "manage.py"];

/// A script that migrates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    command: Vec<String>,
}

/// How a migration went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// It went well.
    Completed,
    /// It did not, and is tried again.
    Failed,
}

/// What a migration is for. One that was completed for the same is not run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// A digest of what tells one image, or one script, from another.
    image: String,
    /// A digest of what tells one set of integrations from another.
    integrations: String,
}

/// A migration and how it went, as it stands in a bag and in the container's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What it was for.
    #[serde(flatten)]
    pub subject: Subject,
    /// How it went.
    pub state: State,
}

/// What is known before a unit goes on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What a migration would be for now.
    pub subject: &'a Subject,
    /// This unit is the one that migrates: see [`is_this_units_turn`].
    pub is_own_turn: bool,
    /// What the container's file says.
    pub own: Option<&'a Record>,
    /// What the bags say: the application's and those of all units.
    pub others: &'a [Record],
}

/// What to do about the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The services may run.
    Done,
    /// Run it; then [`Script::failed`] is the status, or the services may run.
    Run,
    /// Leave the services as they are.
    Wait,
}

impl Script {
    /// The one of these files in the app's directory that migrates.
    pub fn among(profile: Profile, files: impl IntoIterator<Item: AsRef<str>>) -> Option<Self> {
        let rank = |file: &str| SCRIPTS.iter().position(|script| *script == file);
        let rank = files.into_iter().filter_map(|file| rank(file.as_ref())).max()?;
        let directory = profile.app_dir();
        let command = match SCRIPTS.get(rank).copied()? {
            script @ "migrate" => vec![format!("{directory}/{script}")],
            script @ "migrate.sh" => ["bash", "-eo", "pipefail", script].map(str::to_owned).into(),
            script @ "manage.py" => ["python3", script, "migrate"].map(str::to_owned).into(),
            script => ["python3", script].map(str::to_owned).into(),
        };
        Some(Self { command })
    }

    /// The program and its arguments, for [`super::process::exec`].
    pub fn command(&self) -> impl Iterator<Item = &str> {
        self.command.iter().map(String::as_str)
    }

    /// What the operator sees when it fails.
    pub fn failed(&self) -> String {
        let words = self.command.join("', '");
        format!("database migration command ['{words}'] failed, will retry in next update-status")
    }
}

impl Subject {
    /// For an image whose script migrates what these integrations lead to: those that may hold what the app migrates, each
    /// with its relation. Another relation may lead to another database of the same name. Of secrets only the names count:
    /// a new password is no reason to migrate, and nothing of one is told.
    pub fn new(image: &str, relations: &[RelationId], integrations: &Variables) -> Self {
        let salt = Secret::new("");
        let relations = relations.iter().map(ToString::to_string);
        let variables = integrations.iter().map(|(name, value)| match value {
            Value::Plain(text) => format!("{name}={text}"),
            Value::Secret(_) => name.to_owned(),
        });
        let text = relations.chain(variables).collect::<Vec<_>>().join("\n");
        Self { image: digest(&salt, image), integrations: digest(&salt, &text) }
    }

    /// A record of it.
    pub fn ended(&self, is_good: bool) -> Record {
        let state = if is_good { State::Completed } else { State::Failed };
        Record { subject: self.clone(), state }
    }
}

impl Record {
    /// Reads what [`Self::render`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text for a bag.
    ///
    /// # Errors
    /// Never for a record; serde's signature is kept.
    pub fn render(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads the container's file; `None`, as where there is no file, if no migration has ended.
    pub fn parse_file(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let state = match words.next()? {
            "COMPLETED" => State::Completed,
            "FAILED" => State::Failed,
            _ => return None,
        };
        let (image, integrations) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some(Self { subject: Subject { image, integrations }, state })
    }

    /// The text of the container's file: paas-charm's word, then what it was for.
    pub fn render_file(&self) -> String {
        let Self { subject: Subject { image, integrations }, state } = self;
        let word = match state {
            State::Completed => "COMPLETED",
            State::Failed => "FAILED",
        };
        format!("{word}\n{image} {integrations}\n")
    }

    fn completes(&self, subject: &Subject) -> bool {
        self.state == State::Completed && self.subject == *subject
    }
}

impl Situation<'_> {
    /// What to do. Not asked where there is no script.
    pub fn next(&self) -> Next {
        if self.own.iter().copied().chain(self.others).any(|record| record.completes(self.subject)) {
            Next::Done
        } else if self.is_own_turn {
            Next::Run
        } else {
            Next::Wait
        }
    }

    /// What the leader has to write into the application's bag, where it says something else.
    pub fn to_publish(&self, published: Option<&Record>) -> Option<Record> {
        let done = self.subject.ended(true);
        let is_done = self.next() == Next::Done;
        (is_done && published != Some(&done)).then_some(done)
    }
}

/// Whether this unit is the one that migrates. `published` is what the application's bag says; `others` are the numbers of
/// the other units.
pub fn is_this_units_turn(
    subject: &Subject,
    published: Option<&Record>,
    is_leader: bool,
    own: u32,
    others: impl IntoIterator<Item = u32>,
) -> bool {
    let is_new_image = published.is_some_and(|record| record.subject.image != subject.image);
    if is_new_image { others.into_iter().all(|other| other < own) } else { is_leader }
}

/// The container's file with this unit's own [`Record`].
pub fn state_file(profile: Profile) -> String {
    format!("{}/database-migration-status", state_dir(profile))
}

#[cfg(test)]
mod tests;
