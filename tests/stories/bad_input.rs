//! What bad input gets: the status says what is wrong and what to do, no hook fails, and what runs goes on.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use sidecharm::redis::SERVER_PORT;

use crate::model::Model;
use crate::target::target;
use crate::writer::{Target, connect};

const UNIT: &str = "redis-k8s/0";

/// Redis, settled, and looked at by a hook each second.
struct Redis<'a> {
    model: &'a Model,
    /// The process of each server.
    servers: Vec<(String, String)>,
}

impl<'a> Redis<'a> {
    fn new(model: &'a Model, units: usize) -> Self {
        model.juju(&["model-config", "update-status-hook-interval=1s"]);
        model.juju(&["deploy", &model.redis_charm(), "redis-k8s", "-n", &units.to_string()]);
        model.settle("redis-k8s", units);
        let process = |unit: String| (unit.clone(), process(model, &unit));
        let servers = (0..units).map(|number| format!("redis-k8s/{number}")).map(process).collect();
        Self { model, servers }
    }

    /// Waits until a unit's status begins so, and checks that no server was stopped meanwhile.
    fn says(&self, unit: &str, beginning: &str) {
        let shown = || self.model.statuses("redis-k8s").get(unit).cloned().unwrap_or_default();
        self.model.until(&format!("{unit} is {beginning}"), || shown().starts_with(beginning));
        self.runs_on();
    }

    /// All is well again, with the servers of the beginning, and no hook has ever failed.
    fn is_well(&self) {
        self.model.settle("redis-k8s", self.servers.len());
        self.runs_on();
    }

    fn runs_on(&self) {
        for (unit, before) in &self.servers {
            assert_eq!(process(self.model, unit), *before, "the server of {unit}");
        }
        self.has_failed_no_hook();
    }

    fn has_failed_no_hook(&self) {
        let log = self.model.juju(&["debug-log", "--replay"]);
        let failed: Vec<_> = log.lines().filter(|line| line.contains("via hook dispatching")).collect();
        let failed: Vec<_> = failed.into_iter().filter(|line| line.contains("failed")).collect();
        assert!(failed.is_empty(), "{failed:?}");
    }

    /// A command in a container.
    fn inside(&self, container: &str, command: &[&str]) -> String {
        let exec = ["exec", "--unit", UNIT, "--container", container, "--"];
        self.model.juju(&[&exec, command].concat())
    }

    /// A command as the charm of a unit would give it.
    fn as_charm(&self, unit: &str, command: &[&str]) -> String {
        self.model.juju(&[&["exec", "--unit", unit, "--"], command].concat()).trim().to_owned()
    }

    /// Sets a key in the peer application bag.
    fn tell_peers(&self, key: &str, value: &str) {
        let leader = self.leader();
        let id = self.as_charm(&leader, &["relation-ids", "redis-peers"]);
        self.as_charm(&leader, &["relation-set", "-r", &id, "--app", &format!("{key}={value}")]);
    }

    /// What a key in the peer application bag holds.
    fn peers_know(&self, key: &str) -> String {
        let id = self.as_charm(UNIT, &["relation-ids", "redis-peers"]);
        self.as_charm(UNIT, &["relation-get", "-r", &id, "--app", key, UNIT])
    }

    fn leader(&self) -> String {
        let leads = |unit: &&(String, String)| self.as_charm(&unit.0, &["is-leader"]) == "True";
        self.servers.iter().find(leads).unwrap().0.clone()
    }
}

/// The id of the server's process in the container of its unit; the oldest, since it forks to save its data.
fn process(model: &Model, unit: &str) -> String {
    let find = ["exec", "--unit", unit, "--container", "redis", "--", "pgrep", "-o", "-x", "redis-server"];
    model.juju(&find).trim().to_owned()
}

#[test]
fn an_unknown_value_of_an_option_is_named_and_changes_nothing() {
    let model = Model::new("story-option");
    let redis = Redis::new(&model, 1);
    model.juju(&["config", "redis-k8s", "durability=nonsense"]);
    redis.says(UNIT, "blocked: option durability must be balanced or strict");
    model.juju(&["config", "redis-k8s", "durability=balanced", "enable-tls=true"]);
    redis.says(UNIT, "blocked: enable-tls is not supported yet: set it to false");
    model.juju(&["config", "redis-k8s", "--reset", "enable-tls"]);
    redis.is_well();
}

#[test]
fn databags_that_cannot_be_read_are_named_or_mended_and_stop_nothing() {
    let model = Model::new("story-databag");
    let redis = Redis::new(&model, 1);
    for (key, rubbish) in [("leader-host", "no host\nat all"), ("generation", "-1"), ("members", "0:x,:,7")] {
        let before = redis.peers_know(key);
        redis.tell_peers(key, rubbish);
        model.until(&format!("{key} is what it was"), || redis.peers_know(key) == before);
    }
    let secret = redis.peers_know("passwords-secret");
    for rubbish in ["", "rubbish"] {
        redis.tell_peers("passwords-secret", rubbish);
        redis.says(UNIT, "blocked: the peer databag names no password secret");
        redis.tell_peers("passwords-secret", &secret);
        redis.is_well();
    }
    let loki = model.charm("loki", "provides: {logging: {interface: loki_push_api}}");
    model.juju(&["deploy", &loki, "loki"]);
    model.juju(&["integrate", "loki", "redis-k8s:logging"]);
    let relation = || redis.as_charm("loki/0", &["relation-ids", "logging"]);
    model.until("both are related", || !relation().is_empty());
    redis.as_charm("loki/0", &["relation-set", "-r", &relation(), "endpoint=[\"rubbish\"]"]);
    redis.says(UNIT, "blocked: loki/0 gave no usable endpoint for logs: check its charm");
    model.juju(&["remove-relation", "loki", "redis-k8s:logging"]);
    redis.is_well();
}

#[test]
fn a_password_secret_that_cannot_be_read_or_is_gone_is_named_and_stops_nothing() {
    let model = Model::new("story-secret");
    let redis = Redis::new(&model, 2);
    let secret = redis.peers_know("passwords-secret");
    let other = model.charm("other", "");
    model.juju(&["deploy", &other, "other"]);
    model.until("the other has started", || model.statuses("other").len() == 1);
    let foreign = redis.as_charm("other/0", &["secret-add", "color=red"]);
    redis.tell_peers("passwords-secret", &foreign);
    for unit in [UNIT, "redis-k8s/1"] {
        redis.says(
            unit,
            &format!("waiting: password secret {foreign} cannot be read, the servers keep theirs: secret-get failed with exit code 1: permission denied"),
        );
    }
    redis.tell_peers("passwords-secret", &secret);
    redis.is_well();
    redis.as_charm(&redis.leader(), &["secret-set", &secret, "color=red"]);
    redis.says(UNIT, "blocked: the password secret lacks a usable ");
    redis.as_charm(&redis.leader(), &["secret-remove", &secret]);
    for unit in [UNIT, "redis-k8s/1"] {
        redis.says(unit, &format!("blocked: password secret {secret} is gone: the servers keep theirs"));
    }
}

#[test]
fn a_pebble_that_is_not_there_is_waited_for() {
    let model = Model::new("story-pebble");
    let redis = Redis::new(&model, 1);
    for container in ["sentinel", "redis"] {
        let socket = format!("/charm/containers/{container}/pebble.socket");
        let aside = format!("{socket}.aside");
        redis.as_charm(UNIT, &["mv", &socket, &aside]);
        redis.says(UNIT, &format!("waiting: waiting for Pebble in container {container}"));
        redis.as_charm(UNIT, &["mv", &aside, &socket]);
        redis.is_well();
    }
}

#[test]
fn a_pebble_that_takes_connections_and_never_answers_is_waited_for() {
    let model = Model::new("story-hangs");
    let redis = Redis::new(&model, 1);
    for container in ["sentinel", "redis"] {
        let socket = model.pebble_socket(UNIT, container);
        let aside = socket.with_extension("aside");
        std::fs::rename(&socket, &aside).unwrap();
        // It is never accepted from: what connects waits for good.
        let hanging = UnixListener::bind(&socket).unwrap();
        std::fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
        redis.says(UNIT, &format!("waiting: waiting for Pebble in container {container}"));
        std::fs::rename(&aside, &socket).unwrap();
        drop(hanging);
        redis.is_well();
    }
}

#[test]
fn a_server_that_does_not_answer_is_said_to_and_left_running() {
    let model = Model::new("story-stopped");
    let redis = Redis::new(&model, 1);
    redis.inside("redis", &["pkill", "-STOP", "-x", "redis-server"]);
    redis.says(UNIT, "waiting: waiting for redis to answer");
    redis.inside("redis", &["pkill", "-CONT", "-x", "redis-server"]);
    redis.is_well();
}

#[test]
fn a_watch_that_ends_again_and_again_is_named_and_the_hooks_stand_in() {
    let model = Model::new("story-watch");
    let redis = Redis::new(&model, 1);
    let program = redis.inside("redis", &["sh", "-c", "echo /opt/sidecharm/*/sidecharm"]);
    let program = program.trim();
    let broken = format!("echo '#!/bin/false' >/tmp/watch; chmod 755 /tmp/watch; mv -f /tmp/watch {program}");
    redis.inside("redis", &["sh", "-c", &broken]);
    redis.inside("redis", &["pkill", "-f", "sidecharm watch"]);
    redis.says(
        UNIT,
        "waiting: watch keeps ending: see juju ssh --container redis redis-k8s/0 pebble logs watch",
    );
    redis.inside("redis", &["rm", program]);
    redis.is_well();
}

#[test]
fn a_full_disk_is_said_and_the_server_writes_again_once_there_is_space() {
    let model = Model::new("story-full");
    let _disk = SmallDisk::under(&model.storage());
    let redis = Redis::new(&model, 1);
    let server = Server::of(&model);
    redis.inside("redis", &["sh", "-c", "cat /dev/zero >/var/lib/redis/filler || true"]);
    let write = || server.ask(&["SET", "key", &"x".repeat(20_000)]);
    model.until("the server notices", || write().contains("MISCONF"));
    redis.says(UNIT, "blocked: redis cannot write to its disk: free or add space on storage database");
    redis.inside("redis", &["rm", "/var/lib/redis/filler"]);
    redis.is_well();
    assert_eq!(write(), "OK");
}

#[test]
fn a_full_disk_ends_a_strict_server_which_keeps_what_it_acknowledged() {
    let model = Model::new("story-full-strict");
    let _disk = SmallDisk::under(&model.storage());
    let redis = Redis::new(&model, 1);
    model.juju(&["config", "redis-k8s", "durability=strict"]);
    let file = || redis.inside("redis", &["cat", "/etc/sidecharm/redis/redis.conf"]);
    model.until("it is strict", || file().contains("appendfsync always"));
    let server = Server::of(&model);
    model.until("a write is acknowledged", || server.ask(&["SET", "kept", "yes"]) == "OK");
    redis.inside("redis", &["sh", "-c", "cat /dev/zero >/var/lib/redis/filler || true"]);
    // Redis ends where it cannot keep what it promised. Pebble starts it again, until the next write.
    let write = || server.ask(&["SET", "key", &"x".repeat(20_000)]);
    model.until("the status says so", || {
        assert_ne!(write(), "OK", "a full disk keeps a write");
        model.statuses("redis-k8s")[UNIT].ends_with("pebble logs redis, and whether storage database is full")
    });
    redis.inside("redis", &["rm", "/var/lib/redis/filler"]);
    model.until("a write is acknowledged", || write() == "OK");
    model.settle("redis-k8s", 1);
    assert_eq!(server.ask(&["GET", "kept"]), "yes");
    redis.has_failed_no_hook();
}

/// The server of the only unit, and the way to it. A password on a command line could be read by all.
struct Server(Target);

impl Server {
    fn of(model: &Model) -> Self {
        Self(target(model))
    }

    /// What it answers, errors included.
    fn ask(&self, words: &[&str]) -> String {
        let address = *self.0.hosts.lock().unwrap().values().next().unwrap();
        let answer = connect(address, SERVER_PORT, self.0.password.as_deref()).and_then(|mut server| {
            let mut command = redis::cmd(words[0]);
            command.arg(&words[1..]).query::<String>(&mut server)
        });
        answer.unwrap_or_else(|error| error.to_string())
    }
}

/// A disk of a few MiB, mounted on a folder; made after the model and so gone before it.
struct SmallDisk(String);

impl SmallDisk {
    fn under(folder: &Path) -> Self {
        let folder = folder.display().to_string();
        run(&["mount", "-t", "tmpfs", "-o", "size=8m", "small-disk", &folder]);
        Self(folder)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(&["umount", "--lazy", &self.0]);
    }
}

fn run(command: &[&str]) {
    assert!(Command::new(command[0]).args(&command[1..]).status().unwrap().success(), "{command:?}");
}
