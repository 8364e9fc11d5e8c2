//! Units behind an ingress restart one after another, so that some always answer: each waits until the one with the next lower
//! number runs with what it is to run with itself, as that one says in the peer relation.
//!
//! A unit says with what it runs (a digest) once that has proved to be well: its health check's path answers, or, where none
//! is known, it has run for some seconds. One that is not well with it says `failed`, and one that waits says `waiting`: those
//! that follow pass both on and stay as they are. One that says nothing of it (its pod is away) is not waited for beyond the
//! next update-status.

use std::time::Duration;

use super::container::{ends, unanswered};
use super::{Effects, in_container};
use crate::effects::{Bag, ContainerChange, Effect};
use crate::juju::event::Event;
use crate::juju::names::{ContainerName, UnitName};
use crate::juju::status::Status;
use crate::juju::wire::Databag;
use crate::observed::Peer;
use crate::pebble::types::Owner;
use crate::secret::Secret;
use crate::webapp::command::CommandLine;
use crate::webapp::effects::{Change, Probe, WebEffect};
use crate::webapp::integrations::Interface;
use crate::webapp::layer::digest;
use crate::webapp::situation::{Ready, Situation};
use crate::webapp::variables::Variables;

/// With what the app was last well.
pub(super) const PROVEN: &str = "/etc/sidecharm/proven";
/// The key in the peer relation's bags.
const KEY: &str = "serves";
/// The notice that makes Juju run a hook after a restart, which tells how it went.
pub(super) const NOTICE: &str = "sidecharm.dev/restarted";
/// How long the app may take after a restart until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// And where it was started by an earlier hook.
const GLANCE: Duration = Duration::from_secs(5);

/// A unit among several, whose restarts are to be in turn.
pub(super) struct Rolling<'a> {
    situation: &'a Situation<'a>,
    ready: &'a Ready<'a>,
    peer: &'a Peer,
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
        let peer = observed.peer.as_ref().filter(|_| applies)?;
        let web = situation.charm.profile.framework;
        // Each unit has those of the others.
        let peers = format!("{}PEER_FQDNS", web.prefix());
        let units: Vec<&str> = observed.planned_units.iter().map(UnitName::as_str).collect();
        let mut text = format!(
            "{}\n{}\n{}\n{}\n",
            situation.charm.build,
            ready.rock.remembered().unwrap_or_default(),
            command.as_str(),
            units.join(" ")
        );
        for (name, value) in variables.iter().filter(|(name, _)| *name != peers) {
            text.push_str(&format!("{name}={}\n", value.expose()));
        }
        let wanted = digest(&ready.key, &text);
        let runs = ready.container.is_active(web.as_str());
        Some(Self { situation, ready, peer, wanted, runs })
    }

    /// Of a running unit whose turn to restart has not come: what it shows, and what it says to those that follow.
    pub(super) fn waits(&self) -> Option<(Status, Effects)> {
        let before = self.before().filter(|_| self.runs)?;
        let said = self.said_by(before);
        let failed = self.failed_by("");
        if let Some(culprit) = said.strip_prefix(&failed) {
            let status = Status::waiting(&format!(
                "Runs as before: {culprit} is not well with the new settings, see its status"
            ));
            return Some((status, self.says(said.to_owned())));
        }
        let waiting = format!("waiting {}", self.wanted);
        let is_silent = said != waiting;
        if said == self.wanted || is_silent && self.situation.observed.event == Event::UpdateStatus {
            return None;
        }
        Some((Status::waiting(&format!("Waiting for {before} to restart first")), self.says(waiting)))
    }

    /// How the last restart went, for the unit that comes next. Of one that is about to be made the next hook tells.
    pub(super) fn tells(&self, is_new: bool) -> Effects {
        match self.ready.container.content(PROVEN) {
            _ if is_new => Effects::new(),
            Some(proven) if proven == self.wanted && self.runs => self.says(self.wanted.clone()),
            None if self.runs => self.says(self.wanted.clone()),
            _ => self.says(self.failed_by(self.situation.unit().as_str())),
        }
    }

    /// After the services were replanned, where they were: an app that was well with something else before has to prove that
    /// it is well with what is new. What comes after a failure is left out.
    pub(super) fn proves(&self, is_new: bool, restarts: bool) -> Effects {
        let proven = self.ready.container.content(PROVEN);
        if proven == Some(&*self.wanted) || !self.runs && !restarts {
            return Effects::new();
        }
        let mut effects: Effects = proven.and_then(|_| self.prove(restarts)).into_iter().collect();
        let (path, content) = (PROVEN.to_owned(), Secret::new(self.wanted.as_str()));
        let note = ContainerChange::Push { path, content, owner: Owner::both("root"), mode: 0o644 };
        // Nobody was told that a hook is to follow.
        let notify = (proven.is_some() && !is_new).then_some(ContainerChange::Notify { key: NOTICE });
        effects.extend(in_container(self.situation, [note].into_iter().chain(notify)));
        effects
    }

    fn prove(&self, restarts: bool) -> Option<Effect<WebEffect>> {
        let profile = self.situation.charm.profile;
        let settings = self.ready.settings;
        let probe = settings.own.check_path.as_ref().map(|path| Probe {
            port: settings.port,
            path: path.clone(),
            unanswered: Status::blocked(&unanswered(self.situation, settings)),
        });
        let change = Change::Prove {
            service: profile.framework.as_str().to_owned(),
            probe,
            within: if restarts { PATIENCE } else { GLANCE },
            ends: ends(self.situation),
        };
        Some(Effect::Workload(WebEffect {
            container: ContainerName::parse(profile.container()).ok()?,
            change,
        }))
    }

    /// The unit with the next lower number among those that are to stay.
    fn before(&self) -> Option<&UnitName> {
        let number = self.situation.unit().number();
        self.situation.observed.planned_units.iter().rfind(|unit| unit.number() < number)
    }

    fn said_by(&self, unit: &UnitName) -> &str {
        self.peer.units.get(unit).and_then(|bag| bag.get(KEY)).map_or("", String::as_str)
    }

    fn says(&self, text: String) -> Effects {
        let own = self.peer.units.get(self.situation.unit());
        let bag = Databag::from([(KEY.to_owned(), text)]);
        Effect::publish(&self.peer.id, Bag::Unit, own, Some(bag)).into_iter().collect()
    }

    fn failed_by(&self, unit: &str) -> String {
        format!("failed {} {unit}", self.wanted)
    }
}
