//! What bad input gets: the status says what is wrong and what to do, no hook fails, and what runs goes on.

use std::path::Path;
use std::process::Command;

use crate::model::Model;

const UNIT: &str = "redis-k8s/0";

/// Redis, settled, and looked at by a hook each second from now on.
struct Redis {
    model: Model,
    /// The process of each server.
    servers: Vec<(String, String)>,
}

impl Redis {
    fn new(model: Model, units: usize) -> Self {
        model.juju(&["deploy", &model.redis_charm(), "redis-k8s", "-n", &units.to_string()]);
        model.settle("redis-k8s", units);
        model.juju(&["model-config", "update-status-hook-interval=1s"]);
        let process = |unit: String| (unit.clone(), process(&model, &unit));
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
            assert_eq!(process(&self.model, unit), *before, "the server of {unit}");
        }
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

/// The id of the server's process in the container of its unit.
fn process(model: &Model, unit: &str) -> String {
    let find = ["exec", "--unit", unit, "--container", "redis", "--", "pgrep", "-x", "redis-server"];
    model.juju(&find).trim().to_owned()
}

#[test]
fn an_unknown_value_of_an_option_is_named_and_changes_nothing() {
    let redis = Redis::new(Model::new("story-option"), 1);
    redis.model.juju(&["config", "redis-k8s", "durability=nonsense"]);
    redis.says(UNIT, "blocked: option durability must be balanced or strict");
    redis.model.juju(&["config", "redis-k8s", "durability=balanced", "enable-tls=true"]);
    redis.says(UNIT, "blocked: enable-tls is not supported yet: set it to false");
    redis.model.juju(&["config", "redis-k8s", "--reset", "enable-tls"]);
    redis.is_well();
}
