//! A world to decide in: unit `app/0` of so many, everything as it should be or nothing yet.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::effects::{Bag, ContainerChange, Decision, Effect};
use crate::juju::environment::HookContext;
use crate::juju::event::Event;
use crate::juju::names::{ContainerName, EndpointName, RelationId, SecretId, UnitName};
use crate::juju::wire::{Databag, Parameters, ReportedStatus};
use crate::observed::{Container, Observed, Peer, Relation, SecretState};
use crate::pebble::types::{Layer, Plan, ServiceInfo, ServiceStatus};
use crate::redis::decide::decide;
use crate::redis::effects::{Change, RedisEffect};
use crate::redis::passwords;
use crate::redis::situation::{LiveSettings, RedisObserved};
use crate::redis::view::{Address, Sentinel, SentinelAnswer, Server, ServerRole, View};
use crate::secret::Secret;

pub(super) struct World {
    pub(super) observed: Observed,
    pub(super) own: RedisObserved,
}

impl World {
    /// Nothing has been done yet.
    pub(super) fn fresh(units: u32) -> Self {
        let shown = ReportedStatus { status: "unknown".to_owned(), message: String::new() };
        let empty = Container {
            plan: Plan::default(),
            services: Vec::new(),
            contents: BTreeMap::new(),
            listed: Vec::new(),
            checks: Vec::new(),
            present: BTreeMap::from([("/var/lib/redis".to_owned(), "redis".to_owned())]),
        };
        let observed = Observed {
            context: context(0),
            event: Event::ConfigChanged,
            charm_name: "redis-k8s".to_owned(),
            hosts_file: String::new(),
            config: BTreeMap::new(),
            is_leader: false,
            planned_units: (0..units).map(unit).collect(),
            existing_units: usize::try_from(units).unwrap(),
            peer: Some(Peer {
                id: RelationId::parse("redis-peers:0").unwrap(),
                application: Databag::new(),
                units: BTreeMap::new(),
            }),
            secret: SecretState::Unnamed,
            secrets: BTreeMap::new(),
            opened_ports: Vec::new(),
            fresh: Secret::new(""),
            parameters: Parameters::new(),
            relations: BTreeMap::new(),
            joining: Vec::new(),
            shown_unit_status: shown.clone(),
            shown_application_status: None,
            containers: ["redis", "sentinel"].map(|name| (container(name), empty.clone())).into(),
        };
        Self { observed, own: RedisObserved { build: "b1".to_owned(), ..RedisObserved::default() } }
    }

    /// The same world, seen by another unit.
    pub(super) fn seen_by(mut self, number: u32) -> Self {
        self.observed.context = context(number);
        self
    }

    /// The leader has made passwords and chosen unit 1 (unit 0 where it is alone).
    pub(super) fn with_passwords(mut self) -> Self {
        self.observed.secret = SecretState::Known(passwords::content(1));
        let first = host(1.min(self.last()));
        self.set_peer("passwords-secret", "secret:9m4e2mr0ui3e8a215n4g");
        self.set_peer("leader-host", &first);
        self
    }

    /// Everything runs: unit 1 is master (unit 0 where it is alone), and what was decided on the way was done.
    pub(super) fn settled(units: u32) -> Self {
        let mut world = Self::fresh(units).with_passwords();
        world.do_container_changes();
        world.set_peer("bootstrapped", "true");
        world.set_peer("leader-epoch", "1");
        world.set_peer("workload-version", "7.0.15");
        world.set_peer("generation", "0");
        world.set_peer(
            "members",
            &(0..units).map(|number| format!("{number}:0")).collect::<Vec<_>>().join(","),
        );
        let master = host(1.min(world.last()));
        let others = units - 1;
        let answer =
            |number| SentinelAnswer { host: host(number), sentinel: Some(sentinel(&master, others)) };
        let role = if units == 1 { ServerRole::Master } else { follows(1, true) };
        world.own.view = Some(View {
            me: host(0),
            server: Some(server(role)),
            sentinels: (0..units).map(answer).collect(),
        });
        world.own.live = Some(LiveSettings {
            min_replicas: u32::from(units >= 3).to_string(),
            appendfsync: "everysec".to_owned(),
            default_is_open: false,
        });
        for sentinel in
            world.own.view.as_mut().unwrap().sentinels.iter_mut().flat_map(|one| &mut one.sentinel)
        {
            sentinel.quorum = units / 2 + 1;
        }
        // The flag came with a later pass, which told `watch`.
        world.do_container_changes();
        world
    }

    fn do_container_changes(&mut self) {
        for effect in self.decide().effects {
            let Effect::Container(name, change) = effect else { continue };
            let container = self.observed.containers.get_mut(&name).unwrap();
            match change {
                ContainerChange::Push { path, content, .. } => drop(container.contents.insert(path, content)),
                ContainerChange::PushSelf { path } => drop(container.present.insert(path, "root".to_owned())),
                ContainerChange::AddLayer { layer, .. } => run(container, &layer),
                ContainerChange::MakeDirectory { .. }
                | ContainerChange::Own { .. }
                | ContainerChange::Replan
                | ContainerChange::ReplanAndWait
                | ContainerChange::Restart(_)
                | ContainerChange::Stop(_)
                | ContainerChange::Notify { .. } => {}
            }
        }
    }

    pub(super) fn decide(&self) -> Decision<RedisEffect> {
        decide(&self.observed, &self.own)
    }

    pub(super) fn unit_status(&self) -> String {
        self.decide().unit_status.unwrap().to_string()
    }

    pub(super) fn application_status(&self) -> String {
        self.decide().application_status.unwrap().to_string()
    }

    pub(super) fn container_changes(&self, name: &str) -> Vec<ContainerChange> {
        let of = |effect| match effect {
            Effect::Container(found, change) if found == container(name) => Some(change),
            _ => None,
        };
        self.decide().effects.into_iter().filter_map(of).collect()
    }

    pub(super) fn pushed(&self, name: &str) -> Vec<String> {
        let path = |change: ContainerChange| {
            if let ContainerChange::Push { path, .. } = change { Some(path) } else { None }
        };
        self.container_changes(name).into_iter().filter_map(path).collect()
    }

    pub(super) fn pushed_text(&self, name: &str, wanted: &str) -> String {
        let text = |change| match change {
            ContainerChange::Push { path, content, .. } if path == wanted => {
                Some(content.expose().to_owned())
            }
            _ => None,
        };
        self.container_changes(name).into_iter().find_map(text).unwrap()
    }

    pub(super) fn own_changes(&self) -> Vec<Change> {
        let own = |effect: Effect<RedisEffect>| {
            if let Effect::Workload(own) = effect { Some(own.change) } else { None }
        };
        self.decide().effects.into_iter().filter_map(own).collect()
    }

    pub(super) fn server(&mut self) -> &mut Server {
        self.own.view.as_mut().unwrap().server.as_mut().unwrap()
    }

    pub(super) fn set_peer(&mut self, key: &str, value: &str) {
        let bag = &mut self.observed.peer.as_mut().unwrap().application;
        drop(bag.insert(key.to_owned(), value.to_owned()));
    }

    pub(super) fn plan_units(&mut self, units: u32) {
        self.observed.planned_units = (0..units).map(unit).collect();
        self.own.view.as_mut().unwrap().sentinels.truncate(usize::try_from(units).unwrap());
    }

    pub(super) fn relate(&mut self, endpoint: &str) {
        let relation = Relation {
            id: RelationId::parse(&format!("{endpoint}:7")).unwrap(),
            own_unit: Some(Databag::from([("ingress-address".to_owned(), "10.152.0.1".to_owned())])),
            own_application: self.observed.is_leader.then(Databag::new),
            address: Some("10.1.0.5".to_owned()),
            application: Databag::new(),
            units: BTreeMap::new(),
            in_other_model: false,
        };
        drop(self.observed.relations.insert(EndpointName::parse(endpoint).unwrap(), vec![relation]));
    }

    pub(super) fn put_file(&mut self, name: &str, path: &str, text: &str) {
        let container = self.observed.containers.get_mut(&container(name)).unwrap();
        drop(container.contents.insert(path.to_owned(), Secret::new(text)));
    }

    pub(super) fn remove_file(&mut self, name: &str, path: &str) {
        drop(self.observed.containers.get_mut(&container(name)).unwrap().contents.remove(path));
    }

    pub(super) fn stop_service(&mut self, name: &str, service: &str) {
        self.set_service(name, service, ServiceStatus::Inactive);
    }

    pub(super) fn fail_service(&mut self, name: &str, service: &str) {
        self.set_service(name, service, ServiceStatus::Backoff);
    }

    fn set_service(&mut self, name: &str, service: &str, status: ServiceStatus) {
        let services = &mut self.observed.containers.get_mut(&container(name)).unwrap().services;
        services.iter_mut().find(|info| info.name == service).unwrap().current = status;
    }

    fn last(&self) -> u32 {
        u32::try_from(self.observed.planned_units.len()).unwrap() - 1
    }
}

pub(super) fn written(decision: &Decision<RedisEffect>, wanted: Bag) -> Databag {
    let changes = |effect: &Effect<RedisEffect>| match effect {
        Effect::Databag(_, bag, changes) if *bag == wanted => Some(changes.clone()),
        _ => None,
    };
    decision.effects.iter().find_map(changes).unwrap()
}

pub(super) fn all_passwords() -> Vec<Secret> {
    passwords::content(1).into_values().collect()
}

pub(super) fn follows(number: u32, link_up: bool) -> ServerRole {
    ServerRole::Replica { of: address(&host(number), 6379), link_up }
}

pub(super) fn secret_id() -> SecretId {
    SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap()
}

pub(super) fn address(host: &str, port: u16) -> Address {
    Address { host: host.to_owned(), port }
}

pub(super) fn sentinel(master: &str, others: u32) -> Sentinel {
    Sentinel {
        master: address(master, 6379),
        down: false,
        failover: false,
        promoted: false,
        disconnected: false,
        config_epoch: 1,
        last_ok_ping: Duration::from_millis(300),
        quorum: 2,
        other_sentinels: others,
        replicas: others,
    }
}

pub(super) fn server(role: ServerRole) -> Server {
    Server {
        role,
        loading: false,
        uptime: Duration::from_mins(1),
        version: "7.0.15".to_owned(),
        priority: 100,
        offset: 100,
        replicas: Vec::new(),
        disk_trouble: false,
    }
}

fn run(container: &mut Container, layer: &Layer) {
    container.plan = container.plan.with(layer);
    start_all(container);
}

/// What a replan does: every service of the plan runs.
pub(super) fn start_all(container: &mut Container) {
    let active = |name: &String| ServiceInfo {
        name: name.clone(),
        startup: crate::pebble::types::Startup::Enabled,
        current: ServiceStatus::Active,
        current_since: None,
    };
    container.services = container.plan.services.keys().map(active).collect();
}

fn unit(number: u32) -> UnitName {
    UnitName::parse(&format!("app/{number}")).unwrap()
}

pub(super) fn host(number: u32) -> String {
    format!("app-{number}.app-endpoints.dev.svc.cluster.local")
}

fn container(name: &str) -> ContainerName {
    ContainerName::parse(name).unwrap()
}

fn context(number: u32) -> HookContext {
    let unit = format!("app/{number}");
    let variables = [
        ("JUJU_CONTEXT_ID", "app/0-config-changed-1"),
        ("JUJU_UNIT_NAME", unit.as_str()),
        ("JUJU_MODEL_NAME", "dev"),
        ("JUJU_MODEL_UUID", "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11"),
        ("JUJU_VERSION", "3.6.9"),
        ("JUJU_CHARM_DIR", "/charm"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    HookContext::parse(&variables).unwrap()
}
