//! What befalls a Redis application in its life: it is left alone, killed piece by piece, restarted, and scaled.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::cluster::Cluster;
use crate::model::Model;
use crate::second_pass;
use crate::target::APPLICATION;
use crate::writer::Writer;

impl Cluster {
    fn new(name: &str, units: usize) -> Self {
        let model = Model::new(name);
        let charm = model.redis_charm();
        Self::deploy(model, &charm, units)
    }

    /// Kills the server of this container so many times, each time as soon as Pebble has started it again. A server that
    /// saves has a child of its name: the oldest process is meant.
    fn kill_server(&self, unit: &str, container: &str, times: usize) {
        let last = std::cell::RefCell::new(String::new());
        for time in 0..times {
            self.model.until(&format!("{container} of {unit} is killed for the {time}th time"), || {
                let script = format!(
                    "pid=$(pgrep -ox 'redis-server|redis-sentinel') && [ \"$pid\" != '{}' ] && kill -9 $pid && echo $pid; true",
                    last.borrow()
                );
                let exec = ["exec", "--unit", unit, "--container", container, "--", "sh", "-c", &script];
                let killed = self.model.juju(&exec).trim().to_owned();
                let is_killed = !killed.is_empty();
                if is_killed {
                    last.replace(killed);
                }
                is_killed
            });
        }
    }

    /// The master, and one of the others.
    fn master_and_replica(&self) -> [String; 2] {
        let master = self.model.master(APPLICATION);
        let replica = self.model.statuses(APPLICATION).into_keys().find(|unit| *unit != master);
        [master, replica.unwrap()]
    }
}

/// The answer to `GET /metrics`; empty if there is none.
fn metrics(address: IpAddr) -> String {
    let ask = || {
        let mut answer = String::new();
        let mut stream = TcpStream::connect((address, 9121))?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n")?;
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer)
    };
    ask().unwrap_or_default()
}

/// What the passes of every unit did while this many of them ran for nothing but the time.
struct Passes {
    /// How many hook tools each started.
    processes: BTreeSet<String>,
    /// The other lines of the charm and its agents.
    told: Vec<String>,
    /// The requests to the units' Pebbles: each method, and how often.
    requests: BTreeMap<String, usize>,
}

/// Lets each unit run its update-status hook twice.
fn watch_passes(model: &Model, units: usize) -> Passes {
    let passes = |log: &str, unit: usize| {
        log.matches(&format!("unit.{APPLICATION}/{unit}.update-status hook tools started")).count()
    };
    let log = || model.juju(&["debug-log", "--replay", "--no-tail"]);
    let more = |before: &str, number: usize| {
        model.until(&format!("every unit has passed {number} times"), || {
            let now = log();
            (0..units).all(|unit| passes(&now, unit) >= passes(before, unit) + number)
        });
    };
    // What happened while the model settled may still be told; a pass later it is.
    more(&log(), 1);
    let (before, containers) = (log(), model.container_logs());
    more(&before, 2);
    let now = model.container_logs();
    let mut requests = BTreeMap::new();
    for unit in 0..units {
        for method in second_pass::requests(&containers, &now, &format!("{APPLICATION}/{unit}")) {
            *requests.entry(method).or_default() += 1;
        }
    }
    let now = log();
    let lines = now[before.len()..].lines().filter(|line| line.contains(&format!("unit-{APPLICATION}")));
    let (processes, told): (Vec<_>, Vec<_>) =
        lines.map(str::to_owned).partition(|line| line.contains(".update-status hook tools started "));
    let count = |line: &String| line.rsplit_once("processes=").unwrap().1.to_owned();
    Passes { processes: processes.iter().map(count).collect(), told, requests }
}

#[test]
fn a_pass_over_a_settled_model_writes_nothing_however_many_units_there_are() {
    let model = Model::new("life-settled");
    model.juju(&["model-config", "update-status-hook-interval=1s"]);
    let charm = model.redis_charm();
    let mut cluster = Cluster::deploy(model, &charm, 3);
    // Such a client brings no password, and while it is there none is taken.
    cluster.target.password = None;
    let model = &cluster.model;
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/client");
    model.juju(&["deploy", client.to_str().unwrap(), "counter"]);
    model.juju(&["integrate", APPLICATION, "counter"]);
    let counts = |status: &String| status.starts_with("active: Counting");
    model.until("the client counts", || model.statuses("counter").values().any(counts));
    for units in [3, 5] {
        if units == 5 {
            model.juju(&["add-unit", APPLICATION, "-n", "2"]);
        }
        cluster.converge(units);
        let passes = watch_passes(model, units);
        // Nine, and for the client's relation two. Of the leader one less, which is told both statuses at once, and one more: only it
        // may read the application's own bag.
        assert_eq!(passes.processes, BTreeSet::from(["11"].map(str::to_owned)));
        let ran = "ran \"update-status\" hook";
        let other: Vec<_> = passes.told.iter().filter(|line| !line.contains(ran)).collect();
        assert!(other.is_empty(), "{other:#?}");
        let methods: Vec<_> = passes.requests.keys().collect();
        assert_eq!(methods, ["GET"], "{:?}", passes.requests);
        second_pass::writes_nothing(model, APPLICATION, units);
    }
}

#[test]
fn five_units_have_one_master_a_quorum_of_three_and_an_exporter_each() {
    let cluster = Cluster::new("life-five", 5);
    let addresses = cluster.target.hosts.lock().unwrap().clone();
    assert_eq!(addresses.len(), 5);
    for address in addresses.into_values() {
        cluster.model.until(&format!("the exporter at {address} reaches its server"), || {
            metrics(address).lines().any(|line| line == "redis_up 1")
        });
    }
}

/// Each start after a kill waits twice as long, as Pebble has it: eight seconds after the fifth.
fn check_kills(name: &str, container: &str) {
    let cluster = Cluster::new(name, 3);
    cluster.kill_server(&cluster.model.master(APPLICATION), container, 5);
    cluster.converge(3);
}

#[test]
fn a_master_killed_five_times_in_a_row_is_a_member_again() {
    check_kills("life-server-kills", "redis");
}

#[test]
fn a_sentinel_killed_five_times_in_a_row_is_a_member_again() {
    check_kills("life-sentinel-kills", "sentinel");
}

#[test]
fn any_container_of_any_unit_restarts_and_all_is_well_again() {
    let cluster = Cluster::new("life-restarts", 3);
    for container in ["redis", "sentinel", "charm"] {
        for unit in cluster.master_and_replica() {
            let started = || {
                let log = cluster.model.juju(&["debug-log", "--replay", "--no-tail", "-i", &unit]);
                let hook =
                    if container == "charm" { "start".into() } else { format!("{container}-pebble-ready") };
                log.matches(&format!("ran \"{hook}\" hook")).count()
            };
            let before = started();
            cluster.model.juju(&["restart-container", &unit, container]);
            cluster.model.until(&format!("{unit} hears that {container} is back"), || started() > before);
            cluster.converge(3);
        }
    }
}

#[test]
fn no_acknowledged_write_is_lost_while_units_come_and_go() {
    let cluster = Cluster::new("life-scale", 1);
    let Cluster { model, target } = &cluster;
    let writer = Writer::start(target.clone(), Duration::from_millis(5));
    let mut units = 1_usize;
    for wanted in [3, 5, 2, 1, 3_usize] {
        let change = wanted.abs_diff(units).to_string();
        if wanted > units {
            model.juju(&["add-unit", APPLICATION, "-n", &change]);
        } else {
            model.juju(&["remove-unit", APPLICATION, "--num-units", &change, "--no-prompt"]);
        }
        units = wanted;
        cluster.converge(units);
        let before = writer.acknowledged();
        model.until("writes go on", || writer.acknowledged() > before + 20);
    }
    let record = writer.stop();
    let lost = record.lost(target).unwrap();
    assert!(
        lost.is_empty(),
        "{} of {} acknowledged writes are lost: {lost:?}",
        lost.len(),
        record.writes.len()
    );
}

#[test]
fn three_units_replace_a_killed_master_and_shrink_to_one() {
    let cluster = Cluster::new("story-three", 3);
    let model = &cluster.model;
    let first = model.master(APPLICATION);
    let address = model.address(&first);
    model.juju(&["kill-pod", &first]);
    model.until("the pod is replaced", || model.address(&first) != address);
    model.settle(APPLICATION, 3);
    model.juju(&["remove-unit", APPLICATION, "--num-units", "2", "--no-prompt"]);
    model.settle(APPLICATION, 1);
}

#[test]
fn all_pods_that_die_at_once_come_back_with_one_master_and_every_acknowledged_write() {
    let cluster = Cluster::new("life-outage", 3);
    let Cluster { model, target } = &cluster;
    let writer = Writer::start(target.clone(), Duration::from_millis(2));
    for _ in 0..2 {
        let before = writer.acknowledged();
        model.until("writes go on", || writer.acknowledged() > before + 200);
        let addresses = || ["redis-k8s/0", "redis-k8s/1", "redis-k8s/2"].map(|unit| model.address(unit));
        let old = addresses();
        std::thread::scope(|scope| {
            for unit in 0..3 {
                scope.spawn(move || model.juju(&["kill-pod", &format!("{APPLICATION}/{unit}")]));
            }
        });
        model.until("all pods are replaced", || addresses().iter().all(|address| !old.contains(address)));
        cluster.converge(3);
    }
    let record = writer.stop();
    let lost = record.lost(target).unwrap();
    assert!(lost.is_empty(), "{} of {} acknowledged writes are lost", lost.len(), record.writes.len());
}
