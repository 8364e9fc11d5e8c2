//! The layer that turns the rock's services into the app that Juju's model asks for.
//!
//! The rock's own services are the beginning: they are read from the plan before this layer is on it, and remembered in
//! the container, since afterwards the plan shows both together. Web service, workers and the one scheduler get the
//! variables on top of the rock's own. Secret ones are no part of the plan: the command is started through
//! `sidecharm run`, which reads them from a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::checks;
use super::command::{CommandLine, Malformed};
use super::framework::{Generation, Profile};
use super::gunicorn::WorkerClass;
use super::process;
use super::variables::{Value, Variables};
use crate::pebble::types::{
    Check, Layer, Override, Owner, Plan, Service, ServiceInfo, ServiceStatus, Startup,
};
use crate::secret::Secret;

/// The label of the layer, which is paas-charm's too.
pub const LABEL: &str = "charm";
/// Changes when a secret does, so that the service is restarted then; tells nothing of the secret.
pub const SECRETS: &str = "SIDECHARM_SECRETS";
/// The user of the app in every rock.
pub const USER: &str = "_daemon_";

/// The workload container's directory for what need not outlive the container.
pub(super) const TEMPORARY: &str = "/tmp";

/// The directory of what this charm remembers in the container. It is gone with the container, as the plan is.
pub fn state_dir(profile: Profile) -> String {
    match profile.generation {
        Generation::First => format!("{TEMPORARY}/{}/state", profile.framework),
        Generation::Second => format!("{TEMPORARY}/paas-charm"),
    }
}

/// The file that remembers the rock's services.
pub fn rock_file(profile: Profile) -> String {
    format!("{}/original-services.json", state_dir(profile))
}

/// The services as the rock defines them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rock(BTreeMap<String, Service>);

/// How a service gets its secrets.
#[derive(Debug, Clone, Copy)]
pub struct Wrapper<'a> {
    /// This program in the container.
    pub program: &'a str,
    /// The directory of the files with the secrets.
    pub folder: &'a str,
    /// A secret of the application's, so that the digest of the others cannot be guessed from.
    pub salt: &'a Secret,
}

/// A file with the secret variables, for one of the users that run services. Its mode is 0400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// Where it is.
    pub path: String,
    /// Whose it is; Pebble's own user if it names none.
    pub owner: Owner,
    /// An object of names and texts, in JSON.
    pub content: Secret,
}

/// What the layer is made from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Which charm it is.
    pub profile: Profile,
    /// What the rock runs.
    pub rock: &'a Rock,
    /// The environment of the app.
    pub variables: &'a Variables,
    /// Gunicorn's worker class, where an option names one.
    pub worker_class: Option<WorkerClass>,
    /// Schedulers run in this unit and in no other.
    pub is_schedulers_unit: bool,
    /// How secrets are handed over.
    pub wrapper: Wrapper<'a>,
    /// Processes of the app run beside its services: migrations, gunicorn's check of its configuration.
    pub has_processes: bool,
    /// The check of the web app.
    pub check: &'a Check,
}

/// The layer, and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppLayer {
    /// To be combined under [`LABEL`]; a second time it changes nothing.
    pub layer: Layer,
    /// To be there before services start.
    pub files: Vec<SecretFile>,
    /// Services that must not run in this unit.
    pub elsewhere: BTreeSet<String>,
}

/// What is to be done to services so that they run as the plan says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceChanges {
    /// Those that run and must not.
    pub stop: BTreeSet<String>,
    /// Those that are to be started, or stopped and started.
    pub restart: BTreeSet<String>,
}

/// A rock that does not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The web app's service is not in the plan.
    #[error("the rock has no service '{0}': attach the rock of a {0} app with `juju attach-resource`")]
    NoService(&'static str),
    /// An option names a worker class, and the command has no place for it.
    #[error(
        "Worker class is set through `juju config` but the `-k` worker class argument is not in the service command."
    )]
    NoWorkerClass,
    /// A command cannot be read.
    #[error("the command of service '{0}' in the rock: {1}")]
    Command(String, Malformed),
}

impl Rock {
    /// What was remembered.
    ///
    /// # Errors
    /// When the text is not what [`Self::remembered`] writes.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// The text to remember.
    ///
    /// # Errors
    /// Never for services; serde's signature is kept.
    pub fn remembered(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.0)
    }

    /// The plan's services, where nothing is remembered. If it was forgotten while our layer is on the plan, our variables
    /// stay among the rock's until the container is replaced, and that is all.
    pub fn of(plan: &Plan) -> Self {
        let mut services = plan.services.clone();
        for service in services.values_mut() {
            if service.environment.remove(SECRETS).is_some()
                && let Some(own) = unwrapped(&service.command)
            {
                service.command = own;
            }
        }
        Self(services)
    }

    /// The web app's service.
    pub fn web(&self, profile: Profile) -> Option<&Service> {
        self.0.get(profile.framework.as_str())
    }

    /// Its workers and schedulers.
    pub fn beside(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| is_worker(name) || is_scheduler(name))
    }

    /// Whether any service is a scheduler.
    pub fn has_scheduler(&self) -> bool {
        self.0.keys().any(|name| is_scheduler(name))
    }
}

impl Wrapper<'_> {
    /// Words before a command that needs the secrets, of a process that runs as this user.
    pub fn words(&self, owner: &Owner) -> [String; 5] {
        [self.program, "run", "--environment", &self.file(owner), "--"].map(str::to_owned)
    }

    /// The file that a process of this user reads.
    pub fn file(&self, owner: &Owner) -> String {
        let name = match owner.user_id {
            _ if !owner.user.is_empty() => owner.user.clone(),
            Some(id) => id.to_string(),
            None => "pebble".to_owned(),
        };
        let is_safe = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
        let name: String = name.chars().map(|one| if is_safe(one) { one } else { '.' }).collect();
        format!("{}/{name}.json", self.folder)
    }
}

impl Inputs<'_> {
    /// The web service's command with its worker class, as the process gets it in the end.
    ///
    /// # Errors
    /// When the rock does not do.
    pub fn web_command(&self) -> Result<CommandLine, Fault> {
        let web = self.profile.framework.as_str();
        let command = parse(web, self.rock.web(self.profile).ok_or(Fault::NoService(web))?)?;
        match self.worker_class {
            Some(class) => command.with_worker_class(class.as_str()).ok_or(Fault::NoWorkerClass),
            None => Ok(command),
        }
    }

    /// Makes the layer.
    ///
    /// # Errors
    /// When the rock does not do.
    pub fn build(&self) -> Result<AppLayer, Fault> {
        let web = self.profile.framework.as_str();
        let web_command = self.web_command()?;
        let environment = Environment::of(self.variables, self.wrapper.salt);
        let beside = self.has_processes.then(|| environment.file(process::owner(), &self.wrapper)).flatten();
        let mut files: Vec<SecretFile> = beside.into_iter().collect();
        let mut elsewhere = BTreeSet::new();
        let mut services = BTreeMap::new();
        for (name, rock) in &self.rock.0 {
            let mut service = Service { r#override: Override::Replace, ..rock.clone() };
            if is_scheduler(name) && !self.is_schedulers_unit {
                service.startup = Some(Startup::Disabled);
                elsewhere.insert(name.clone());
            } else if name == web || is_worker(name) || is_scheduler(name) {
                let command = if name == web { web_command.clone() } else { parse(name, rock)? };
                let file = environment.give(&mut service, &command, &self.wrapper);
                files.extend(file.filter(|file| files.iter().all(|other| other.path != file.path)));
            } else {
                continue;
            }
            let _none = services.insert(name.clone(), service);
        }
        let checks = BTreeMap::from([(checks::WEB.to_owned(), self.check.clone())]);
        Ok(AppLayer { layer: Layer { services, checks, ..Layer::default() }, files, elsewhere })
    }
}

impl AppLayer {
    /// Whether the plan is not yet as the layer makes it.
    pub fn changes(&self, plan: &Plan) -> bool {
        plan.is_changed_by(&self.layer)
    }

    /// What must follow once the layer is on the plan that was `before`.
    ///
    /// A replan would not do where a scheduler has moved away: Pebble starts whatever has changed since it ran.
    pub fn service_changes(&self, before: &Plan, services: &[ServiceInfo]) -> ServiceChanges {
        let is_up = |name: &String| {
            let state = services.iter().find(|service| service.name == *name).map(|service| &service.current);
            matches!(state, Some(ServiceStatus::Active | ServiceStatus::Backoff))
        };
        let preview = before.with(&self.layer).replan_preview(before, services);
        ServiceChanges {
            stop: self.elsewhere.iter().filter(|name| is_up(name)).cloned().collect(),
            restart: preview.starts.difference(&self.elsewhere).cloned().collect(),
        }
    }
}

impl ServiceChanges {
    /// Whether all runs as it should.
    pub fn is_empty(&self) -> bool {
        self.stop.is_empty() && self.restart.is_empty()
    }
}

/// Whether this unit runs the schedulers: none of the application's units has a lower number.
pub fn is_schedulers_unit(own: u32, others: impl IntoIterator<Item = u32>) -> bool {
    others.into_iter().all(|other| own <= other)
}

/// The variables in two parts.
struct Environment<'a> {
    plain: BTreeMap<&'a str, &'a str>,
    secret: Option<(Secret, String)>,
}

impl<'a> Environment<'a> {
    fn of(variables: &'a Variables, salt: &Secret) -> Self {
        let mut plain = BTreeMap::new();
        let mut hidden = BTreeMap::new();
        for (name, value) in variables.iter() {
            let part = if matches!(value, Value::Secret(_)) { &mut hidden } else { &mut plain };
            let _none = part.insert(name, value.expose());
        }
        let secret = (!hidden.is_empty()).then(|| {
            let content = Secret::new(object(&hidden));
            let digest = digest(salt, content.expose());
            (content, digest)
        });
        Self { plain, secret }
    }

    fn file(&self, owner: Owner, wrapper: &Wrapper<'_>) -> Option<SecretFile> {
        let (content, _) = self.secret.as_ref()?;
        Some(SecretFile { path: wrapper.file(&owner), owner, content: content.clone() })
    }

    /// Gives a service the variables, and the file that its user is to read.
    fn give(
        &self,
        service: &mut Service,
        command: &CommandLine,
        wrapper: &Wrapper<'_>,
    ) -> Option<SecretFile> {
        let pairs = self.plain.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        service.environment.extend(pairs);
        command.as_str().clone_into(&mut service.command);
        let (_, digest) = self.secret.as_ref()?;
        let owner = Owner {
            user_id: service.user_id.and_then(|id| u32::try_from(id).ok()),
            user: service.user.clone(),
            group_id: service.group_id.and_then(|id| u32::try_from(id).ok()),
            group: service.group.clone(),
        };
        let words = wrapper.words(&owner);
        service.command = command.behind(&words.each_ref().map(String::as_str));
        let _before = service.environment.insert(SECRETS.to_owned(), digest.clone());
        self.file(owner, wrapper)
    }
}

fn parse(name: &str, service: &Service) -> Result<CommandLine, Fault> {
    CommandLine::parse(&service.command).map_err(|malformed| Fault::Command(name.to_owned(), malformed))
}

fn object(pairs: &BTreeMap<&str, &str>) -> String {
    let fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
    serde_json::Value::Object(fields.collect()).to_string()
}

/// The first 16 hexadecimal digits.
pub(super) fn digest(salt: &Secret, text: &str) -> String {
    let hash = Sha256::new().chain_update(salt.expose()).chain_update(text).finalize();
    hash.iter().take(8).fold(String::new(), |mut digits, byte| {
        let _infallible = write!(digits, "{byte:02x}");
        digits
    })
}

/// The command behind ours.
fn unwrapped(command: &str) -> Option<String> {
    let command = CommandLine::parse(command).ok()?;
    let is_ours = |index: usize, word: &str| match index {
        1 => word == "run",
        2 => word == "--environment",
        4 => word == "--",
        _ => true,
    };
    command.without(is_ours, 5).map(str::to_owned)
}

fn is_worker(name: &str) -> bool {
    name.to_lowercase().ends_with("-worker")
}

fn is_scheduler(name: &str) -> bool {
    name.to_lowercase().ends_with("-scheduler")
}

#[cfg(test)]
mod tests;
