//! Bootstraps of three units in random order, against a model of the servers: always one master, never two.
//!
//! Hooks come in any order and are killed after any effect; containers come up at any time; servers are killed; `watch` runs or
//! does not. Sentinels ping, notice what is down, and name whom their file names; they do not fail over here (the
//! real ones do, in `tests/redis`).

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use super::world::{World, address, host};
use crate::effects::{Bag, ContainerChange, Effect};
use crate::juju::names::ContainerName;
use crate::juju::wire::Databag;
use crate::observed::{Container, SecretState};
use crate::redis::effects::Change;
use crate::redis::role::{self, Step};
use crate::redis::sentinel_config;
use crate::redis::situation::{LiveSettings, RedisObserved, Situation};
use crate::redis::view::{Address, Sentinel, SentinelAnswer, Server, ServerRole, View};
use crate::redis::{layers, passwords};

const UNITS: u32 = 3;
const ORDERS: u64 = 200;
const STEPS: u32 = 400;

#[test]
fn any_order_of_events_ends_with_one_master() {
    for seed in 0..ORDERS {
        let mut simulation = Simulation::new(seed);
        for step in 0..STEPS {
            simulation.random_step();
            assert!(simulation.masters() <= 1, "seed {seed}, step {step}: {} masters", simulation.masters());
        }
        simulation.settle();
        assert_eq!(simulation.masters(), 1, "seed {seed}: {:?}", simulation.statuses());
        for status in simulation.statuses() {
            assert!(status.starts_with("active: "), "seed {seed}: {status}");
        }
    }
}

struct Simulation {
    random: SmallRng,
    peer: Databag,
    secret: bool,
    units: Vec<Unit>,
}

#[derive(Default)]
struct Unit {
    containers: BTreeMap<ContainerName, Container>,
    server: Option<Process>,
    sentinel: Option<Pings>,
}

struct Process {
    role: ServerRole,
    uptime: Duration,
}

/// What a sentinel remembers of its pings to the master.
#[derive(Default)]
struct Pings {
    last_ok: Duration,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        Self {
            random: SmallRng::seed_from_u64(seed),
            peer: Databag::new(),
            secret: false,
            units: (0..UNITS).map(|_| Unit::default()).collect(),
        }
    }

    fn random_step(&mut self) {
        let unit = self.random.random_range(0..UNITS);
        match self.random.random_range(0..20) {
            0 => self.bring_up(unit, "redis"),
            1 => self.bring_up(unit, "sentinel"),
            2..8 => self.hook(unit, true),
            8..14 => self.watch(unit),
            14..19 => self.tick(),
            _ => self.kill_server(unit),
        }
    }

    /// Everything comes up and nothing more goes wrong.
    fn settle(&mut self) {
        for unit in 0..UNITS {
            self.bring_up(unit, "redis");
            self.bring_up(unit, "sentinel");
        }
        for _ in 0..20 {
            for unit in 0..UNITS {
                self.hook(unit, false);
                self.watch(unit);
            }
            self.tick();
        }
    }

    fn masters(&self) -> usize {
        let is_master =
            |unit: &&Unit| unit.server.as_ref().is_some_and(|server| server.role == ServerRole::Master);
        self.units.iter().filter(is_master).count()
    }

    fn statuses(&self) -> Vec<String> {
        (0..UNITS).map(|unit| self.world(unit).unit_status()).collect()
    }

    fn unit(&mut self, number: u32) -> &mut Unit {
        &mut self.units[usize::try_from(number).unwrap()]
    }

    fn bring_up(&mut self, number: u32, name: &str) {
        let empty = World::fresh(1).observed.containers.remove(&container(name)).unwrap();
        let _there = self.unit(number).containers.entry(container(name)).or_insert(empty);
    }

    fn kill_server(&mut self, number: u32) {
        if let Some(server) = &mut self.unit(number).server {
            // Pebble starts it again at once, and it is born read-only.
            *server = born();
        }
    }

    fn tick(&mut self) {
        let up: Vec<bool> = self.units.iter().map(|unit| unit.server.is_some()).collect();
        let named: Vec<Option<String>> = (0..UNITS).map(|unit| self.named(unit)).collect();
        for (unit, named) in self.units.iter_mut().zip(named) {
            if let Some(server) = &mut unit.server {
                server.uptime += Duration::from_secs(1);
            }
            if let Some(pings) = &mut unit.sentinel {
                let answers = (0..UNITS).any(|other| {
                    up[usize::try_from(other).unwrap()] && named.as_deref() == Some(&host(other))
                });
                pings.last_ok = if answers { Duration::ZERO } else { pings.last_ok + Duration::from_secs(1) };
            }
        }
    }

    /// Whom a unit's sentinel names: its file says.
    fn named(&self, number: u32) -> Option<String> {
        let unit = &self.units[usize::try_from(number).unwrap()];
        let file = unit.containers.get(&container("sentinel"))?.content(layers::SENTINEL_FILE)?;
        sentinel_config::parse(file, "app").map(|kept| kept.master.host)
    }

    /// The world as one unit sees it.
    fn world(&self, number: u32) -> World {
        let mut world = World::fresh(UNITS).seen_by(number);
        let unit = &self.units[usize::try_from(number).unwrap()];
        world.observed.is_leader = number == 0;
        world.observed.peer.as_mut().unwrap().application = self.peer.clone();
        world.observed.containers = unit.containers.clone();
        if self.secret {
            world.observed.secret = SecretState::Known(passwords::content(1));
            let configured =
                unit.containers.values().any(|one| one.plan.services.contains_key(layers::SERVER));
            if configured {
                world.own =
                    RedisObserved { view: Some(self.view(number)), live: self.live(number), ..world.own };
            }
        }
        world
    }

    fn view(&self, number: u32) -> View {
        let server = self.units[usize::try_from(number).unwrap()].server.as_ref().map(|process| Server {
            role: self.link(&process.role),
            loading: false,
            uptime: process.uptime,
            version: "7.0.15".to_owned(),
            offset: 0,
            priority: 100,
            replicas: Vec::new(),
            disk_trouble: false,
        });
        let answer = |other: u32| SentinelAnswer { host: host(other), sentinel: self.sentinel(other) };
        View { me: host(number), server, sentinels: (0..UNITS).map(answer).collect() }
    }

    /// A replica's link is up when the server it follows is master.
    fn link(&self, role: &ServerRole) -> ServerRole {
        let ServerRole::Replica { of, .. } = role else { return role.clone() };
        let link_up = (0..UNITS).any(|other| {
            let server = &self.units[usize::try_from(other).unwrap()].server;
            of.host == host(other) && server.as_ref().is_some_and(|one| one.role == ServerRole::Master)
        });
        ServerRole::Replica { of: of.clone(), link_up }
    }

    fn sentinel(&self, number: u32) -> Option<Sentinel> {
        let pings = self.units[usize::try_from(number).unwrap()].sentinel.as_ref()?;
        Some(Sentinel {
            master: address(&self.named(number)?, 6379),
            down: pings.last_ok >= Duration::from_secs(2),
            failover: false,
            promoted: false,
            disconnected: false,
            config_epoch: 0,
            last_ok_ping: pings.last_ok + Duration::from_millis(300),
            quorum: 2,
            other_sentinels: UNITS - 1,
            replicas: UNITS - 1,
        })
    }

    fn live(&self, number: u32) -> Option<LiveSettings> {
        self.units[usize::try_from(number).unwrap()].server.as_ref()?;
        Some(LiveSettings {
            min_replicas: "1".to_owned(),
            appendfsync: "everysec".to_owned(),
            default_is_open: false,
        })
    }

    /// One hook; with `killed` it may end after any effect.
    fn hook(&mut self, number: u32, killed: bool) {
        let effects = self.world(number).decide().effects;
        let last = if killed { self.random.random_range(0..=effects.len()) } else { effects.len() };
        let completed = last == effects.len();
        for effect in effects.into_iter().take(last) {
            match effect {
                Effect::Container(name, change) => self.change_container(number, &name, change),
                Effect::Workload(own) => self.change_server(number, own.change),
                // Juju keeps these only of a hook that ended well.
                Effect::Databag(_, Bag::Application, changes) if completed => self.peer.extend(changes),
                Effect::CreateSecret { under, .. } if completed => {
                    self.secret = true;
                    drop(self.peer.insert(under.to_owned(), "secret:9m4e2mr0ui3e8a215n4g".to_owned()));
                }
                Effect::Databag(..)
                | Effect::CreateSecret { .. }
                | Effect::RenewSecret { .. }
                | Effect::Ports { .. }
                | Effect::WorkloadVersion(_)
                | Effect::ActionResults(_)
                | Effect::ActionFailure(_) => {}
            }
        }
    }

    fn change_container(&mut self, number: u32, name: &ContainerName, change: ContainerChange) {
        let unit = self.unit(number);
        let Some(container) = unit.containers.get_mut(name) else { return };
        match change {
            ContainerChange::Push { path, content, .. } => drop(container.contents.insert(path, content)),
            ContainerChange::PushSelf { path } => drop(container.present.insert(path, "root".to_owned())),
            ContainerChange::AddLayer { layer, .. } => container.plan = container.plan.with(&layer),
            ContainerChange::Replan => {
                super::world::start_all(container);
                if name.as_str() == "redis" {
                    let _server = unit.server.get_or_insert_with(born);
                } else {
                    let _sentinel = unit.sentinel.get_or_insert_with(Pings::default);
                }
            }
            ContainerChange::MakeDirectory { .. }
            | ContainerChange::Own { .. }
            | ContainerChange::ReplanAndWait
            | ContainerChange::Restart(_)
            | ContainerChange::Stop(_)
            | ContainerChange::Notify { .. } => {}
        }
    }

    fn change_server(&mut self, number: u32, change: Change) {
        let Some(server) = &mut self.unit(number).server else { return };
        match change {
            Change::Promote => server.role = ServerRole::Master,
            Change::Follow(of) => server.role = ServerRole::Replica { of, link_up: false },
            other => panic!("not part of a bootstrap: {other:?}"),
        }
    }

    fn watch(&mut self, number: u32) {
        let world = self.world(number);
        let running = world
            .observed
            .containers
            .get(&container("redis"))
            .is_some_and(|one| one.is_active(layers::WATCH));
        let Some(view) = world.own.view.clone().filter(|_| running) else { return };
        let standing = Situation::new(&world.observed, &world.own).standing();
        match role::next(&view, standing) {
            Step::Promote => self.change_server(number, Change::Promote),
            Step::Follow(master) => self.change_server(number, Change::Follow(master)),
            Step::Keep | Step::Wait(_) | Step::HandOver | Step::GiveWay | Step::RestartSentinel => {}
        }
    }
}

fn born() -> Process {
    let nobody = Address { host: "127.0.0.1".to_owned(), port: 1 };
    Process { role: ServerRole::Replica { of: nobody, link_up: false }, uptime: Duration::ZERO }
}

fn container(name: &str) -> ContainerName {
    ContainerName::parse(name).unwrap()
}
