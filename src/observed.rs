//! What one pass knows of Juju and Pebble, as plain data. `read` is its only reader.

pub mod read;

use std::collections::BTreeMap;

use crate::juju::environment::HookContext;
use crate::juju::event::{Event, RelationKind};
use crate::juju::metadata::Role;
use crate::juju::names::{ContainerName, EndpointName, RelationId, SecretId, UnitName};
use crate::juju::wire::{Config, Databag, Parameters, PortRange, ReportedStatus, SecretContent};
use crate::pebble::types::{CheckInfo, CheckStatus, FileInfo, Plan, ServiceInfo, ServiceStatus};
use crate::secret::Secret;

/// What a workload wants read. What is not wanted costs nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// The peer endpoint; its application bag is read.
    pub peer: Option<EndpointName>,
    /// In the peer relation also the bag of the unit with the highest number: it is the first to get a new image.
    pub last_unit: bool,
    /// And the own unit's and that of the unit with the next lower number, where one of these endpoints is related.
    pub in_turn_with: Vec<EndpointName>,
    /// The key in the peer application bag that names the application's secret.
    pub secret_key: Option<&'static str>,
    /// The application's own label of its secret, where the peer bag names none: a Python charm made it.
    pub secret_label: Option<&'static str>,
    /// Other endpoints.
    pub endpoints: Vec<EndpointWant>,
    /// The workload containers.
    pub containers: Vec<ContainerWant>,
    /// The open ports.
    pub opened_ports: bool,
}

impl Wants {
    /// Says whether an event tells of something that is read: where it does not, and all was well before, there is nothing to
    /// do. What a unit says when it joins is told by the -changed that follows.
    pub fn hears(&self, event: &Event) -> bool {
        let Event::Relation(event) = event else { return true };
        let endpoint = event.relation.endpoint();
        if self.peer.as_ref() == Some(&endpoint) {
            return true;
        }
        let Some(want) = self.endpoints.iter().find(|want| want.endpoint == endpoint) else { return false };
        match (event.kind, &event.remote_unit) {
            (RelationKind::Created | RelationKind::Broken, _) => true,
            (RelationKind::Joined, _) => false,
            (RelationKind::Changed, None) => want.reads_application,
            (RelationKind::Changed, Some(_)) => want.reads_units,
            (RelationKind::Departed, _) => {
                want.reads_units || event.departing_unit.as_ref() != event.remote_unit.as_ref()
            }
        }
    }
}

/// What is wanted of each relation of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointWant {
    /// Which endpoint.
    pub endpoint: EndpointName,
    /// Which side this application is on. A provider must ask Juju for its relations: the goal state does not tell of
    /// clients of an offer in other models.
    pub role: Role,
    /// When the own bags are read.
    pub own: OwnBags,
    /// The own address.
    pub address: bool,
    /// The bags of the other side's units.
    pub reads_units: bool,
    /// The other side's application bag.
    pub reads_application: bool,
}

impl EndpointWant {
    /// What is wanted of an endpoint over which this application tells others of itself.
    pub const fn provided(endpoint: EndpointName) -> Self {
        Self {
            endpoint,
            role: Role::Provider,
            own: OwnBags::Always,
            address: true,
            reads_units: false,
            reads_application: false,
        }
    }
}

/// When the own unit's bag is read, and the own application's if this unit leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnBags {
    /// Nothing is published.
    Never,
    /// What is published is a question: it matters until the other side's application has answered, and where it may not
    /// have been asked yet.
    UntilAnswered,
    /// In every pass.
    Always,
}

/// What is wanted of a container, beside its plan and services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerWant {
    /// Which container.
    pub name: ContainerName,
    /// Files whose content matters.
    pub contents: Vec<String>,
    /// Files and directories that only have to be there.
    pub presence: Vec<PresenceWant>,
    /// A directory of which some entries matter, and the pattern of their names (`m*`).
    pub listing: Option<(String, &'static str)>,
    /// The state of its checks.
    pub checks: bool,
}

/// A file or directory that has to be there, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceWant {
    /// Absolute.
    pub path: String,
    /// While this service runs nobody needs to ask.
    pub unless_active: &'static str,
}

/// What a workload needs to look at its own servers: read first, and while it looks the rest is read.
#[derive(Debug)]
pub struct Basis<'a> {
    /// Who and where this unit is.
    pub context: &'a HookContext,
    /// As in [`Observed`].
    pub hosts_file: &'a str,
    /// The units that are meant to stay, in numerical order.
    pub planned_units: Vec<UnitName>,
    /// Units that Juju still has, those that are going included.
    pub existing_units: usize,
    /// The peer relation; absent in the first hooks of a unit.
    pub peer: Option<Peer>,
    /// The application's secret.
    pub secret: SecretState,
    /// The wanted containers; an unreachable one is not among them.
    pub containers: BTreeMap<ContainerName, Container>,
}

/// All that a pass knows, the workload's own servers aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Who and where this unit is.
    pub context: HookContext,
    /// Why the pass runs. It only narrows what is done.
    pub event: Event,
    /// The charm's name in its metadata.
    pub charm_name: String,
    /// The charm container's `/etc/hosts`, in which Kubernetes writes the pod's full name.
    pub hosts_file: String,
    /// The options that have a value.
    pub config: Config,
    /// This unit leads.
    pub is_leader: bool,
    /// The units that are meant to stay, in numerical order.
    pub planned_units: Vec<UnitName>,
    /// Units that Juju still has, those that are going included.
    pub existing_units: usize,
    /// The peer relation; absent in the first hooks of a unit.
    pub peer: Option<Peer>,
    /// The application's secret.
    pub secret: SecretState,
    /// The secrets that options and relations name.
    pub secrets: BTreeMap<SecretId, SecretState>,
    /// The ports of this unit that are open, where wanted.
    pub opened_ports: Vec<PortRange>,
    /// Something new that nobody can guess, for whoever needs it.
    pub fresh: Secret,
    /// The parameters of the action that runs.
    pub parameters: Parameters,
    /// The relations of each wanted endpoint, those that are being broken left out.
    pub relations: Relations,
    /// Endpoints with a new relation to units that are up, whose hooks are still to come.
    pub joining: Vec<EndpointName>,
    /// What Juju shows of this unit.
    pub shown_unit_status: ReportedStatus,
    /// What Juju shows of the application; only the leader may ask.
    pub shown_application_status: Option<ReportedStatus>,
    /// The wanted containers; an unreachable one is not among them.
    pub containers: BTreeMap<ContainerName, Container>,
}

/// The relations of each endpoint.
pub type Relations = BTreeMap<EndpointName, Vec<Relation>>;

/// The peer relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its id.
    pub id: RelationId,
    /// The own application's bag, which every unit may read and the leader may write.
    pub application: Databag,
    /// The bags of units, of those that are wanted and there.
    pub units: BTreeMap<UnitName, Databag>,
}

/// A relation with another application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its id.
    pub id: RelationId,
    /// The own unit's bag, where it was read.
    pub own_unit: Option<Databag>,
    /// The own application's bag, where it was read: this unit leads.
    pub own_application: Option<Databag>,
    /// The own address in this relation, where wanted and known.
    pub address: Option<String>,
    /// The other side's application bag, where wanted.
    pub application: Databag,
    /// The other side's units, where wanted.
    pub units: BTreeMap<UnitName, Databag>,
    /// The other side is in another model, as far as the goal state tells.
    pub in_other_model: bool,
}

/// The application's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretState {
    /// The peer bag names none yet, or there is no peer relation yet; nor is there one with the wanted label.
    Unnamed,
    /// It was read.
    Known(SecretContent),
    /// The peer bag names one that Juju does not have.
    Vanished(SecretId),
    /// It is there, and Juju does not give it; the tool's words.
    Unreadable(SecretId, String),
}

/// A container whose Pebble answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Pebble's combined plan.
    pub plan: Plan,
    /// The state of each service in it.
    pub services: Vec<ServiceInfo>,
    /// The content of each wanted file that exists; files may hold secrets.
    pub contents: BTreeMap<String, Secret>,
    /// Those that only have to be there and were asked for, with the name of the user who owns each.
    pub present: BTreeMap<String, String>,
    /// The wanted entries of a directory.
    pub listed: Vec<FileInfo>,
    /// The state of its checks, where wanted.
    pub checks: Vec<CheckInfo>,
}

impl Container {
    /// A service's process runs.
    pub fn is_active(&self, service: &str) -> bool {
        self.services.iter().any(|info| info.name == service && info.current == ServiceStatus::Active)
    }

    /// A service's process runs, and this is its program.
    pub fn runs(&self, service: &str, program: &str) -> bool {
        let command = self.plan.services.get(service).map(|service| service.command.as_str());
        self.is_active(service) && command.and_then(|command| command.split(' ').next()) == Some(program)
    }

    /// A service has ended and is waiting to be restarted, or was given up.
    pub fn is_failing(&self, service: &str) -> bool {
        let failing =
            |status: &ServiceStatus| matches!(status, ServiceStatus::Backoff | ServiceStatus::Error);
        self.services.iter().any(|info| info.name == service && failing(&info.current))
    }

    /// A check has failed as often as makes it down.
    pub fn is_down(&self, check: &str) -> bool {
        self.checks.iter().any(|info| info.name == check && info.status == CheckStatus::Down)
    }

    /// A wanted file's content.
    pub fn content(&self, path: &str) -> Option<&str> {
        self.contents.get(path).map(Secret::expose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::juju::event::RelationEvent;

    #[test]
    fn an_event_is_heard_where_it_tells_of_what_is_read() {
        use RelationKind::{Broken, Changed, Created, Departed, Joined};
        let endpoint = |name: &str| EndpointName::parse(name).unwrap();
        let units = EndpointWant {
            reads_units: true,
            role: Role::Requirer,
            ..EndpointWant::provided(endpoint("by-units"))
        };
        let application = EndpointWant {
            reads_application: true,
            role: Role::Requirer,
            ..EndpointWant::provided(endpoint("by-application"))
        };
        let told = EndpointWant::provided(endpoint("told"));
        let wants = Wants {
            peer: Some(endpoint("peers")),
            endpoints: vec![units, application, told],
            ..Wants::default()
        };
        let unit = || Some(UnitName::parse("other/0").unwrap());
        let event = |id: &str, kind, remote_unit, departing_unit| {
            let relation = RelationId::parse(id).unwrap();
            Event::Relation(RelationEvent {
                kind,
                relation,
                remote_application: None,
                remote_unit,
                departing_unit,
            })
        };
        let cases = [
            ("by-units:1", Created, None, true),
            ("by-units:1", Joined, unit(), false),
            ("by-units:1", Changed, unit(), true),
            ("by-units:1", Changed, None, false),
            ("by-units:1", Departed, unit(), true),
            ("by-units:1", Broken, None, true),
            ("by-application:1", Joined, unit(), false),
            ("by-application:1", Changed, unit(), false),
            ("by-application:1", Changed, None, true),
            ("by-application:1", Departed, unit(), false),
            ("told:1", Created, None, true),
            ("told:1", Changed, unit(), false),
            ("told:1", Changed, None, false),
            ("told:1", Broken, None, true),
            ("of-no-interest:1", Created, None, false),
            ("of-no-interest:1", Changed, None, false),
            ("peers:1", Joined, unit(), true),
            ("peers:1", Departed, unit(), true),
        ];
        for (id, kind, remote, expected) in cases {
            let departing = remote.clone();
            assert_eq!(wants.hears(&event(id, kind, remote, departing)), expected, "{id} {kind:?}");
        }
        // It is this unit that goes.
        let own = UnitName::parse("app/0").ok();
        assert!(wants.hears(&event("told:1", Departed, unit(), own)));
        assert!(wants.hears(&Event::UpdateStatus) && wants.hears(&Event::ConfigChanged));
    }
}
