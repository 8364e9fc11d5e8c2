//! Units behind an ingress restart one after another, so that some always answer: each waits until the one with the next lower
//! number runs with what it is to run with itself, as that one says in the peer relation.
//!
//! It is well when its health check's path answers, or, where none is known, when it has run for some seconds. A unit that is
//! not well with new settings says so, and the others stay as they are. One that says nothing (its pod is away)
//! is not waited for beyond the next update-status.

use super::container::ends;
use super::{Effects, in_container};
use crate::effects::{Bag, ContainerChange, Effect};
use crate::juju::event::Event;
use crate::juju::names::{ContainerName, UnitName};
use crate::juju::status::Status;
use crate::juju::wire::Databag;
use crate::pebble::types::Owner;
use crate::secret::Secret;
use crate::webapp::command::CommandLine;
use crate::webapp::effects::{Change, WebEffect};
use crate::webapp::integrations::Interface;
use crate::webapp::layer::digest;
use crate::webapp::situation::{Ready, Situation};
use crate::webapp::variables::Variables;

/// What was last said, so that it is said once.
pub(super) const SAID: &str = "/etc/sidecharm/serves";
/// With what the app was last started well.
pub(super) const PROVEN: &str = "/etc/sidecharm/proven";
/// The key in the peer relation's bags.
const KEY: &str = "serves";
/// The notice that makes Juju run a hook after a restart, which tells how it went.
const NOTICE: &str = "sidecharm.dev/restarted";
const FAILED: &str = "failed ";

/// A unit among several, whose restarts are to be in turn.
pub(super) struct Rolling<'a> {
    situation: &'a Situation<'a>,
    ready: &'a Ready<'a>,
    /// What it is to run with, but for what differs from unit to unit.
    wanted: String,
    runs: bool,
}

impl<'a> Rolling<'a> {
    /// Nothing where all may restart at once.
    pub(super) fn of(
        situation: &'a Situation<'a>,
        ready: &'a Ready<'a>,
        variables: &Variables,
        command: &CommandLine,
    ) -> Option<Self> {
        let observed = situation.observed;
        let is_behind_ingress = situation
            .seen
            .iter()
            .any(|one| one.integration.interface == Interface::Ingress && one.data().is_some());
        let applies = ready.settings.own.rolling_restart
            && observed.planned_units.len() > 1
            && observed.context.juju_version.has_custom_notices()
            && is_behind_ingress;
        if !applies {
            return None;
        }
        let web = situation.charm.profile.framework;
        let peers = format!("{}PEER_FQDNS", web.prefix());
        let mut text = format!(
            "{}\n{}\n{}\n",
            situation.charm.build,
            ready.rock.remembered().unwrap_or_default(),
            command.as_str()
        );
        for (name, value) in variables.iter().filter(|(name, _)| *name != peers) {
            text.push_str(&format!("{name}={}\n", value.expose()));
        }
        let wanted = digest(&ready.key, &text);
        let runs = ready.container.is_active(web.as_str());
        Some(Self { situation, ready, wanted, runs })
    }

    /// What is shown of a running unit whose turn to restart has not come.
    pub(super) fn waits(&self) -> Option<Status> {
        let before = self.before().filter(|_| self.runs)?;
        let observed = self.situation.observed;
        let peer = observed.peer.as_ref()?;
        let said = peer.units.get(before).and_then(|bag| bag.get(KEY)).map_or("", String::as_str);
        if said.strip_prefix(FAILED) == Some(self.wanted.as_str()) {
            return Some(Status::waiting(&format!(
                "Runs as before: {before} keeps ending with the new settings"
            )));
        }
        if said == self.wanted || observed.event == Event::UpdateStatus {
            return None;
        }
        Some(Status::waiting(&format!("Waiting for {before} to restart first")))
    }

    /// Before the services are replanned: how it went the last time, for the unit that comes next. Of a new plan the next
    /// hook tells, which comes also when the start fails.
    pub(super) fn tells(&self, is_new: bool) -> Effects {
        if is_new {
            return in_container(self.situation, [ContainerChange::Notify { key: NOTICE }]);
        }
        let is_well = self.runs && self.ready.container.content(PROVEN) == Some(&*self.wanted);
        let said = if is_well { self.wanted.clone() } else { format!("{FAILED}{}", self.wanted) };
        let Some(peer) = &self.situation.observed.peer else { return Effects::new() };
        if self.ready.container.content(SAID) == Some(&*said) {
            return Effects::new();
        }
        let bag = Databag::from([(KEY.to_owned(), said.clone())]);
        let mut effects = vec![Effect::Databag(peer.id.clone(), Bag::Unit, bag)];
        effects.extend(in_container(self.situation, [note(SAID, said)]));
        effects
    }

    /// After the services were replanned: an app that ran before has to prove that it runs with what is new. What comes after
    /// a failure is left out.
    pub(super) fn proves(&self, is_new: bool) -> Effects {
        let own = &self.ready.settings.own;
        let web = self.situation.charm.profile.framework.as_str();
        let container = ContainerName::parse(self.situation.charm.profile.container());
        let prove = container.ok().filter(|_| is_new && self.runs).map(|container| {
            let answers = own.check_path.clone().map(|path| (self.ready.settings.port, path));
            let problem = ends(self.situation);
            Effect::Workload(WebEffect {
                container,
                change: Change::Prove { service: web.to_owned(), answers, problem },
            })
        });
        let proven = in_container(self.situation, [note(PROVEN, self.wanted.clone())]);
        prove.into_iter().chain(proven).collect()
    }

    /// The unit with the next lower number among those that are to stay.
    fn before(&self) -> Option<&UnitName> {
        let number = self.situation.unit().number();
        self.situation.observed.planned_units.iter().rfind(|unit| unit.number() < number)
    }
}

fn note(path: &str, text: String) -> ContainerChange {
    let (path, content, owner) = (path.to_owned(), Secret::new(text), Owner::both("root"));
    ContainerChange::Push { path, content, owner, mode: 0o644 }
}
