//! Real servers and sentinels, one pair for each unit, on addresses 127.x.y.z that no other test uses.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sidecharm::redis::acl::{self, ClientAccess};
use sidecharm::redis::lineage::Lineage;
use sidecharm::redis::observe::{self, Cluster};
use sidecharm::redis::passwords::Passwords;
use sidecharm::redis::sentinel_config::{self, SentinelConfig};
use sidecharm::redis::server_config::{self, Durability, ServerConfig};
use sidecharm::redis::view::View;
use sidecharm::redis::watch::{self, Paths};
use sidecharm::redis::watch_config::{self, WatchConfig};
use sidecharm::redis::{hosts, layers, membership};
use sidecharm::secret::Secret;

/// The name of the application, and of the master for Sentinel.
pub const APPLICATION: &str = "app";
const UUID: &str = "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11";

/// A set of units. Dropping it ends all their processes.
pub struct Servers {
    folder: tempfile::TempDir,
    pub hosts: Vec<String>,
    pub passwords: Passwords,
    pub bootstrapped: bool,
    processes: Vec<Option<Child>>,
}

impl Servers {
    /// Prepares the files of `count` units; the first master is unit 0. Starts nothing.
    pub fn new(count: usize) -> Self {
        let hosts = addresses(count);
        let mut random = 0_u8;
        let mut next = || {
            Secret::generate(|| {
                random = random.wrapping_add(37);
                random
            })
        };
        let content = Passwords::KEYS.iter().map(|key| ((*key).to_owned(), next())).collect();
        let passwords = Passwords::from_content(&content).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let processes = (0..2 * count).map(|_| None).collect();
        let servers = Self { folder, hosts, passwords, bootstrapped: false, processes };
        for unit in 0..count {
            servers.write_files(unit);
        }
        servers
    }

    fn write_files(&self, unit: usize) {
        let host = &self.hosts[unit];
        let folder = self.unit_folder(unit);
        std::fs::create_dir_all(&folder).unwrap();
        let here = folder.display();
        let config = ServerConfig {
            host,
            passwords: &self.passwords,
            min_replicas: server_config::min_replicas(self.hosts.len()),
            durability: Durability::Balanced,
        };
        let text = server_config::render(config).expose().to_owned();
        let text = text
            .replace("bind * -::*", &format!("bind {host}"))
            .replace("dir /var/lib/redis", &format!("dir {here}"))
            .replace("/etc/sidecharm/redis/users.acl", &format!("{here}/users.acl"));
        std::fs::write(folder.join("redis.conf"), text).unwrap();
        std::fs::write(folder.join("users.acl"), acl::render(ClientAccess::Open, &self.passwords)).unwrap();
        let name = sidecharm::juju::names::UnitName::parse(&format!("app/{unit}")).unwrap();
        let config = SentinelConfig {
            application: APPLICATION,
            host,
            id: &hosts::sentinel_id(UUID, &name),
            master: &self.hosts[0],
            epoch: 0,
            quorum: membership::quorum(self.hosts.len()),
            passwords: &self.passwords,
        };
        let text = sentinel_config::render(config).expose().replace("bind * -::*", &format!("bind {host}"));
        std::fs::write(folder.join("sentinel.conf"), text).unwrap();
        let lineage =
            Lineage { model_uuid: UUID.to_owned(), application: APPLICATION.to_owned(), generation: 0 };
        std::fs::write(folder.join("lineage.json"), lineage.render().unwrap()).unwrap();
        self.write_watch_config(unit);
    }

    /// Writes what `watch` of a unit is told.
    pub fn write_watch_config(&self, unit: usize) {
        let config = WatchConfig {
            application: APPLICATION,
            model_uuid: UUID,
            host: &self.hosts[unit],
            units: &self.hosts,
            passwords: &self.passwords,
            bootstrapped: self.bootstrapped,
            joined: 0,
            known_epoch: 0,
            strict: false,
        };
        let text = watch_config::render(config).unwrap();
        std::fs::write(self.watch_config(unit), text.expose()).unwrap();
    }

    /// Where that is.
    pub fn watch_config(&self, unit: usize) -> PathBuf {
        self.unit_folder(unit).join("watch.json")
    }

    fn unit_folder(&self, unit: usize) -> PathBuf {
        self.folder.path().join(unit.to_string())
    }

    pub fn start_server(&mut self, unit: usize) {
        let file = self.unit_folder(unit).join("redis.conf");
        let mut command = Command::new("redis-server");
        command.arg(file).args(layers::BIRTH.split(' ')).args(["--logfile", "server.log"]);
        self.processes[2 * unit] = Some(start(command));
    }

    pub fn start_sentinel(&mut self, unit: usize) {
        let file = self.unit_folder(unit).join("sentinel.conf");
        let mut command = Command::new("redis-server");
        command.arg(file).arg("--sentinel");
        self.processes[2 * unit + 1] = Some(start(command));
    }

    pub fn start_all(&mut self) {
        for unit in 0..self.hosts.len() {
            self.start_server(unit);
            self.start_sentinel(unit);
        }
    }

    /// SIGKILL.
    pub fn kill_server(&mut self, unit: usize) {
        self.kill(2 * unit);
    }

    /// What a new, empty storage has: nothing of the server, and no sign of whose it is.
    pub fn empty_storage(&self, unit: usize) {
        let folder = self.unit_folder(unit);
        std::fs::remove_dir_all(folder.join("appendonlydir")).unwrap();
        std::fs::remove_file(folder.join("lineage.json")).unwrap();
        drop(std::fs::remove_file(folder.join("dump.rdb")));
    }

    /// SIGKILL, and another at once.
    pub fn restart_sentinel(&mut self, unit: usize) {
        self.kill(2 * unit + 1);
        self.start_sentinel(unit);
    }

    /// SIGKILL of the server and the sentinel.
    pub fn kill_pod(&mut self, unit: usize) {
        self.kill(2 * unit);
        self.kill(2 * unit + 1);
    }

    /// Starts the sentinel again if it has ended by itself.
    pub fn revive_sentinel(&mut self, unit: usize) {
        if self.processes[2 * unit + 1].as_mut().unwrap().try_wait().unwrap().is_some() {
            self.start_sentinel(unit);
        }
    }

    fn kill(&mut self, process: usize) {
        let mut child = self.processes[process].take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub fn cluster(&self, unit: usize) -> Cluster {
        let (operator, sentinel) = (self.passwords.operator.clone(), self.passwords.sentinel.clone());
        Cluster::new(APPLICATION, &self.hosts[unit], self.hosts.clone(), operator, sentinel)
    }

    pub async fn view(&self, unit: usize) -> View {
        observe::look(&self.cluster(unit), Duration::from_secs(2)).await
    }

    /// Runs `watch` of a unit for good in this runtime.
    pub fn watch(&self, unit: usize) -> tokio::task::JoinHandle<()> {
        self.watch_and_tell(unit, async |_| true)
    }

    /// The same, with what `watch` does to tell Juju.
    pub fn watch_and_tell(
        &self,
        unit: usize,
        notify: impl AsyncFn(Option<&str>) -> bool + 'static,
    ) -> tokio::task::JoinHandle<()> {
        self.watch_until(unit, notify, std::future::pending())
    }

    /// The same, until it is terminated.
    pub fn watch_until(
        &self,
        unit: usize,
        notify: impl AsyncFn(Option<&str>) -> bool + 'static,
        terminated: impl Future<Output = ()> + 'static,
    ) -> tokio::task::JoinHandle<()> {
        let folder = self.unit_folder(unit);
        let paths =
            Paths { config: self.watch_config(unit), lineage: folder.join("lineage.json"), data: folder };
        tokio::task::spawn_local(async move { watch::run(&paths, notify, terminated).await })
    }

    /// The units whose servers accept writes now.
    pub async fn masters(&self) -> Vec<usize> {
        let mut masters = Vec::new();
        for unit in 0..self.hosts.len() {
            if self.view(unit).await.is_master() {
                masters.push(unit);
            }
        }
        masters
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for mut child in self.processes.drain(..).flatten() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Polls until the question is answered with yes.
pub async fn until(what: &str, limit: Duration, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("redis-server is missing: run `make setup`")
}

/// Addresses that differ between the processes and the tests of this machine.
fn addresses(count: usize) -> Vec<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let set = NEXT.fetch_add(1, Ordering::Relaxed) % 25;
    let process = std::process::id();
    let (high, low) = (1 + (process >> 8) % 250, process % 250);
    (0..count)
        .map(|unit| format!("127.{high}.{low}.{}", 10 * set + 1 + u32::try_from(unit).unwrap()))
        .collect()
}
