//! Units behind an ingress restart one after another, so that some always answer: each waits until the one with the next lower
//! number runs with what it is to run with itself, as that one says in the peer relation.
//!
//! What a unit says is a digest of what it runs with, once that has proved to be well: its health check's path answers, or,
//! where none is known, its port is open after some seconds. Before it restarts it says `restarting`, and restarts in the next
//! hook, when that was told. One that is not well says `failed`, one that waits `waiting`, and those that follow pass `failed`
//! on and stay as they are. One that says nothing of the digest (its pod is away) is not waited for beyond the next
//! update-status. The first unit waits while the last one still takes the change before.

use std::time::Duration;

use super::container::{ends, unanswered};
use super::{Effects, in_container};
use crate::effects::{Bag, ContainerChange, Effect};
use crate::juju::event::Event;
use crate::juju::names::{ContainerName, UnitName};
use crate::juju::status::Status;
use crate::juju::wire::{Databag, PortRange};
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
/// The notice that makes Juju run a hook before and after a restart.
pub(super) const NOTICE: &str = "sidecharm.dev/restarted";
/// How long the app may take after a restart until it answers.
const PATIENCE: Duration = Duration::from_secs(45);
/// And where it was started by an earlier hook.
const GLANCE: Duration = Duration::from_secs(6);

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
        // The ingress is told of another port at once, for all units.
        let is_port_kept = observed.opened_ports.contains(&PortRange::tcp(ready.settings.port));
        let applies = ready.settings.own.rolling_restart
            && observed.planned_units.len() > 1
            && observed.context.juju_version.has_custom_notices()
            && is_behind_ingress
            && is_port_kept;
        let peer = observed.peer.as_ref().filter(|_| applies)?;
        let _own_bag = peer.units.get(situation.unit())?;
        let web = situation.charm.profile.framework;
        // Each unit has those of the others.
        let peers = format!("{}PEER_FQDNS", web.prefix());
        let units = observed.planned_units.iter().map(UnitName::as_str);
        // An ingress that comes again is another: what was said before is of no worth.
        let ingresses = situation.charm.integrations.iter();
        let ingresses = ingresses.filter(|one| one.interface == Interface::Ingress);
        let ingresses = ingresses.filter_map(|one| observed.relations.get(&one.endpoint)).flatten();
        let names: Vec<&str> = units.chain(ingresses.map(|relation| relation.id.as_str())).collect();
        let mut text = format!(
            "{}\n{}\n{}\n{}\n",
            situation.charm.build,
            ready.rock.remembered().unwrap_or_default(),
            command.as_str(),
            names.join(" ")
        );
        for (name, value) in variables.iter().filter(|(name, _)| *name != peers) {
            text.push_str(&format!("{name}={}\n", value.expose()));
        }
        let wanted = digest(&ready.key, &text);
        let runs = ready.container.is_active(web.as_str());
        Some(Self { situation, ready, peer, wanted, runs })
    }

    /// After the services were replanned, where they were.
    pub(super) fn follow_up(
        rolling: Option<&Self>,
        situation: &Situation<'_>,
        is_new: bool,
        restarts: bool,
    ) -> Effects {
        let Some(rolling) = rolling else { return Self::is_over(situation) };
        [rolling.tells(restarts), rolling.proves(is_new, restarts)].concat()
    }

    /// Where restarts need no turn, nothing that was said before may be taken for said.
    fn is_over(situation: &Situation<'_>) -> Effects {
        let Some(peer) = &situation.observed.peer else { return Effects::new() };
        let said = peer.units.get(situation.unit()).filter(|bag| bag.contains_key(KEY));
        said.map_or_else(Effects::new, |_| say(situation, peer, String::new()))
    }

    /// Of a running unit that is to restart and whose turn has not come, or that has to say so first: what it shows, and what
    /// is done instead.
    pub(super) fn waits(&self, is_new: bool) -> Option<(Status, Effects)> {
        if !self.runs || self.is_proven() {
            return None;
        }
        let waits = match self.before() {
            Some(before) => self.waits_for(before),
            None => self.waits_for_the_last(),
        };
        let restarting = self.of_digest("restarting");
        if waits.is_some() || !is_new || self.said_by(self.situation.unit()) == restarting {
            return waits;
        }
        let mut effects = self.says(restarting);
        effects.extend(in_container(self.situation, [ContainerChange::Notify { key: NOTICE }]));
        Some((Status::waiting("Restarting with new settings"), effects))
    }

    fn waits_for(&self, before: &UnitName) -> Option<(Status, Effects)> {
        let said = self.said_by(before);
        if let Some(culprit) = said.strip_prefix(&self.failed_by("")) {
            let status = Status::waiting(&format!(
                "Runs as before: {culprit} is not well with the new settings, see its status"
            ));
            return Some((status, self.says(said.to_owned())));
        }
        let is_silent = !["waiting", "restarting"].iter().any(|word| said == self.of_digest(word));
        if said == self.wanted || is_silent && self.situation.observed.event == Event::UpdateStatus {
            return None;
        }
        let status = Status::waiting(&format!("Waiting for {before} to restart first"));
        Some((status, self.says(self.of_digest("waiting"))))
    }

    /// A change is still on its way through the units that this one has taken first.
    fn waits_for_the_last(&self) -> Option<(Status, Effects)> {
        let last = self.situation.observed.planned_units.last()?;
        let own = self.said_by(self.situation.unit());
        let said = self.said_by(last);
        let is_on_its_way = ["waiting", "restarting"].iter().any(|word| said == format!("{word} {own}"));
        let waits = is_on_its_way && self.situation.observed.event != Event::UpdateStatus;
        let text = || format!("Waiting for {last} to take the settings before these");
        waits.then(|| (Status::waiting(&text()), Effects::new()))
    }

    /// How the last restart went, for the unit that comes next. Of one that is about to be made a later hook tells.
    fn tells(&self, restarts: bool) -> Effects {
        let (restarting, failed) =
            (self.of_digest("restarting"), self.failed_by(self.situation.unit().as_str()));
        let is_known = [&restarting, &failed].iter().any(|text| self.said_by(self.situation.unit()) == *text);
        if restarts {
            Effects::new()
        } else if self.runs && (self.is_proven() || !self.must_prove()) {
            self.says(self.wanted.clone())
        } else if self.runs && !is_known {
            self.says(restarting)
        } else {
            self.says(failed)
        }
    }

    /// After the services were replanned, where they were: an app that was well with something else before has to prove that
    /// it is well with what is new. What comes after a failure is left out.
    fn proves(&self, is_new: bool, restarts: bool) -> Effects {
        if self.is_proven() || !self.runs && !restarts {
            return Effects::new();
        }
        let must = self.must_prove();
        let mut effects: Effects = self.prove(restarts).filter(|_| must).into_iter().collect();
        let (path, content) = (PROVEN.to_owned(), Secret::new(self.wanted.as_str()));
        let note = ContainerChange::Push { path, content, owner: Owner::both("root"), mode: 0o644 };
        // Nobody was told that a hook is to follow.
        let notify = (must && !is_new).then_some(ContainerChange::Notify { key: NOTICE });
        effects.extend(in_container(self.situation, [note].into_iter().chain(notify)));
        effects
    }

    fn prove(&self, restarts: bool) -> Option<Effect<WebEffect>> {
        let profile = self.situation.charm.profile;
        let settings = self.ready.settings;
        let change = Change::Prove(Probe {
            service: profile.framework.as_str().to_owned(),
            port: settings.port,
            path: settings.own.check_path.clone(),
            within: if restarts { PATIENCE } else { GLANCE },
            ends: ends(self.situation, profile.framework.as_str()),
            unanswered: Status::blocked(&unanswered(self.situation, settings)),
        });
        Some(Effect::Workload(WebEffect {
            container: ContainerName::parse(profile.container()).ok()?,
            change,
        }))
    }

    fn is_proven(&self) -> bool {
        self.ready.container.content(PROVEN) == Some(&*self.wanted)
    }

    /// It is not the first thing that it runs with: not in this container, or not in the one that was there before.
    fn must_prove(&self) -> bool {
        let said = self.said_by(self.situation.unit());
        self.ready.container.content(PROVEN).is_some() || !said.is_empty() && said != self.wanted
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
        say(self.situation, self.peer, text)
    }

    fn of_digest(&self, word: &str) -> String {
        format!("{word} {}", self.wanted)
    }

    fn failed_by(&self, unit: &str) -> String {
        format!("failed {} {unit}", self.wanted)
    }
}

fn say(situation: &Situation<'_>, peer: &Peer, text: String) -> Effects {
    let bag = Databag::from([(KEY.to_owned(), text)]);
    Effect::publish(&peer.id, Bag::Unit, peer.units.get(situation.unit()), Some(bag)).into_iter().collect()
}
