//! What the Redis workload makes of what was observed: the common ground of all its decisions.

use super::acl::ClientAccess;
use super::hosts::Hosts;
use super::lineage::Lineage;
use super::options::{self, Options};
use super::passwords::{MissingPassword, Passwords};
use super::role::Standing;
use super::roster::Roster;
use super::server_config::Durability;
use super::view::View;
use super::{layers, topology::Topology};
use crate::juju::environment::HookContext;
use crate::juju::names::{ContainerName, EndpointName, UnitName};
use crate::observed::{Container, Observed, Relation, SecretState};

/// The key in the peer application bag that names the secret with the passwords.
pub const SECRET_KEY: &str = "passwords-secret";
/// The key with the host of the master as the leader saw it last; the Python charm's own key.
pub const MASTER_KEY: &str = "leader-host";
/// The key with the configuration epoch under which the sentinels named that master.
pub const EPOCH_KEY: &str = "leader-epoch";
/// The key that says that some master was once confirmed.
pub const BOOTSTRAPPED_KEY: &str = "bootstrapped";
/// The key with the workload version that Juju was told.
pub const VERSION_KEY: &str = "workload-version";

/// What was seen of the workload's own servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RedisObserved {
    /// The identity of this program's build.
    pub build: String,
    /// The servers and sentinels; absent where there are no passwords to ask with.
    pub view: Option<View>,
    /// The own server refused the charm's password.
    pub refused: bool,
    /// What the own server runs with now.
    pub live: Option<LiveSettings>,
}

/// Settings of the running server that the charm keeps right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSettings {
    /// `min-replicas-to-write`
    pub min_replicas: String,
    /// `appendfsync`
    pub appendfsync: String,
    /// User `default` needs no password.
    pub default_is_open: bool,
}

/// The common ground.
#[derive(Debug)]
pub struct Situation<'a> {
    pub(super) observed: &'a Observed,
    pub(super) own: &'a RedisObserved,
    pub(super) options: Options,
    pub(super) option_problems: Vec<String>,
    pub(super) hosts: Hosts,
    /// The own unit's host name.
    pub(super) host: String,
    /// The host names of the planned units, in numerical order.
    pub(super) unit_hosts: Vec<String>,
    /// The passwords, if the secret was read and is whole.
    pub(super) passwords: Option<Result<Passwords, MissingPassword>>,
    pub(super) bootstrapped: bool,
    pub(super) roster: Roster,
    /// What the storage says of its data; `None` when it says nothing.
    pub(super) lineage: Option<Result<Lineage, ()>>,
}

impl<'a> Situation<'a> {
    /// Draws the conclusions that everything else needs.
    pub fn new(observed: &'a Observed, own: &'a RedisObserved) -> Self {
        let (options, option_problems) = options::read(&observed.config);
        let hosts = hosts(&observed.context, &observed.hosts_file);
        let lineage =
            container(observed, "redis").and_then(|container| container.content(layers::LINEAGE_FILE));
        Self {
            observed,
            own,
            options,
            option_problems,
            host: hosts.name(&observed.context.unit),
            unit_hosts: observed.planned_units.iter().map(|unit| hosts.name(unit)).collect(),
            hosts,
            passwords: passwords(&observed.secret),
            bootstrapped: peer_value(observed, BOOTSTRAPPED_KEY).is_some(),
            roster: observed.peer.as_ref().map(|peer| Roster::read(&peer.application)).unwrap_or_default(),
            lineage: lineage.map(|text| Lineage::parse(text).map_err(drop)),
        }
    }

    /// The unit behind a host, as the operator knows it.
    pub(super) fn name(&self, host: &str) -> String {
        self.hosts.unit(host).map_or_else(|| host.to_owned(), |unit| unit.to_string())
    }

    /// The own unit.
    pub(super) fn unit(&self) -> &UnitName {
        &self.observed.context.unit
    }

    /// The unit is being removed.
    pub(super) fn is_leaving(&self) -> bool {
        !self.observed.planned_units.contains(self.unit())
    }

    pub(super) fn container(&self, name: &str) -> Option<&'a Container> {
        container(self.observed, name)
    }

    pub(super) fn relations(&self, endpoint: &str) -> &'a [Relation] {
        let endpoint = EndpointName::parse(endpoint).ok();
        endpoint.and_then(|endpoint| self.observed.relations.get(&endpoint)).map_or(&[], Vec::as_slice)
    }

    /// The usable passwords.
    pub(super) fn usable_passwords(&self) -> Option<&Passwords> {
        self.passwords.as_ref()?.as_ref().ok()
    }

    /// The host that a majority of sentinels name.
    pub(super) fn announced_master(&self) -> Option<&str> {
        self.own.view.as_ref()?.announced_master().map(|address| address.host.as_str())
    }

    /// The master as the leader wrote it last: a hint, not a fact. What is no unit's host is no hint.
    pub(super) fn hinted_master(&self) -> Option<&'a str> {
        peer_value(self.observed, MASTER_KEY).filter(|host| self.hosts.unit(host).is_some())
    }

    /// The configuration epoch of the master that the leader wrote last.
    pub(super) fn known_epoch(&self) -> u64 {
        peer_value(self.observed, EPOCH_KEY).and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// The master that the leader wrote last, and its epoch.
    pub(super) fn confirmed_word(&self) -> Option<(&str, u64)> {
        Some((self.hinted_master()?, self.known_epoch()))
    }

    /// The last confirmed master, where its unit is gone for good and this unit alone is left with data that may be older.
    pub(super) fn lost_master(&self) -> Option<&'a str> {
        let view = self.own.view.as_ref().filter(|view| !view.is_master())?;
        let alone = self.unit_hosts == [self.host.as_str()] && self.observed.existing_units == 1;
        let last = self.hinted_master().filter(|host| *host != self.host);
        let server = view.server.as_ref().filter(|server| !server.loading)?;
        // A process that has followed a master knows where it is in its stream; one that was started since begins at 0.
        let followed = server.offset > 0 && view.announced_epoch() >= Some(self.known_epoch());
        last.filter(|_| alone && self.bootstrapped && !followed)
    }

    /// The sentinels name this unit, and its storage came back empty.
    pub(super) fn has_lost_data(&self) -> bool {
        let standing = self.standing();
        let named = self.announced_master() == Some(self.host.as_str());
        named && standing.bootstrapped && !standing.has_lineage
    }

    /// The same, and there is no other unit whose data could be had.
    pub(super) fn is_empty_alone(&self) -> bool {
        let alone = self.unit_hosts == [self.host.as_str()] && self.observed.existing_units == 1;
        let serves = |view: &View| view.server.as_ref().is_some_and(|server| !server.loading);
        alone
            && self.has_lost_data()
            && self.own.view.as_ref().is_some_and(|view| serves(view) && !view.is_master())
    }

    /// This unit alone is left, what it holds is not the application's last data or none, and who had them is gone.
    pub(super) fn is_stranded(&self) -> bool {
        let alone = self.unit_hosts == [self.host.as_str()] && self.observed.existing_units == 1;
        let Some(view) = self.own.view.as_ref().filter(|view| !view.is_master()) else { return false };
        let serves = view.server.as_ref().is_some_and(|server| !server.loading);
        let named = self.announced_master().or_else(|| self.hinted_master());
        let elsewhere = named.is_some_and(|host| host != self.host);
        alone && self.bootstrapped && serves && elsewhere && !self.standing().has_lineage
    }

    /// The named master's unit was removed, and no other is about to go.
    pub(super) fn is_masters_unit_gone(&self, master: &str) -> bool {
        let settled = self.observed.existing_units == self.unit_hosts.len();
        settled && !self.unit_hosts.iter().any(|host| host == master)
    }

    /// There is no master, and this unit holds data that may be the best there are.
    pub(super) fn may_claim(&self) -> bool {
        let Some(view) = &self.own.view else { return false };
        let serves = view.server.as_ref().is_some_and(|server| !server.loading) && !view.is_master();
        let topology = Topology::of(view);
        let is_follower = topology.master.as_deref() != Some(self.host.as_str()) && !topology.is_in_step;
        serves && is_follower && topology.master_down && self.standing().has_lineage
    }

    /// A master that this unit has seen with its own server: it is it, or follows it in step.
    pub(super) fn confirmed_master(&self) -> Option<&str> {
        let topology = Topology::of(self.own.view.as_ref()?);
        let own_is_it = topology.is_master && topology.master.as_deref() == Some(self.host.as_str());
        if own_is_it || topology.is_in_step { self.announced_master() } else { None }
    }

    pub(super) fn ours(&self) -> Lineage {
        Lineage {
            model_uuid: self.observed.context.model_uuid.clone(),
            application: self.unit().application().to_string(),
            generation: self.joined(),
        }
    }

    /// The generation in which this unit joined.
    pub(super) fn joined(&self) -> u64 {
        self.roster.joined(self.unit().number())
    }

    /// The storage is from a time before this unit joined: it was removed meanwhile, and the others wrote on without it.
    pub(super) fn is_outdated(&self) -> bool {
        matches!(&self.lineage, Some(Ok(lineage)) if lineage.generation < self.joined())
    }

    /// The storage holds data that are not this application's.
    pub(super) fn is_foreign(&self) -> bool {
        let ours = self.ours();
        let foreign = |lineage: &Lineage| !lineage.is_of(&ours.model_uuid, &ours.application);
        self.lineage.as_ref().is_some_and(|lineage| lineage.as_ref().map_or(true, foreign))
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            bootstrapped: self.bootstrapped,
            has_lineage: self.lineage.is_some() && !self.is_foreign() && !self.is_outdated(),
            died_as_master: false,
            known_epoch: self.known_epoch(),
            strict: self.options.durability == Durability::Strict,
        }
    }

    /// Clients without a password are let in: such a relation exists, and the operator allows it.
    pub(super) fn access(&self) -> ClientAccess {
        if self.options.legacy_open && !self.relations("redis").is_empty() {
            ClientAccess::Open
        } else {
            ClientAccess::Closed
        }
    }
}

/// The host names of the application.
pub fn hosts(context: &HookContext, hosts_file: &str) -> Hosts {
    Hosts::new(&context.unit, &context.model_name, hosts_file)
}

/// The passwords in the secret, if it was read.
pub fn passwords(secret: &SecretState) -> Option<Result<Passwords, MissingPassword>> {
    match secret {
        SecretState::Known(content) => Some(Passwords::from_content(content)),
        SecretState::Unnamed | SecretState::Vanished(_) | SecretState::Unreadable(..) => None,
    }
}

fn container<'a>(observed: &'a Observed, name: &str) -> Option<&'a Container> {
    observed.containers.get(&ContainerName::parse(name).ok()?)
}

fn peer_value<'a>(observed: &'a Observed, key: &str) -> Option<&'a str> {
    let peer = observed.peer.as_ref()?;
    peer.application.get(key).map(String::as_str).filter(|value| !value.is_empty())
}
