//! How soon the databags of a client name the new master, with Juju's leader alive and with it dead.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::Cluster;
use crate::model::Model;
use crate::target::{APPLICATION, refresh};
use crate::writer::{Target, connect};

const RUNS: usize = 5;
/// After the announcement, and after the election of a leader where the old one is dead.
const LIMIT: Duration = Duration::from_secs(2);
const CLIENT: &str = "counter/0";

/// When something was first seen.
type Moment = Option<Instant>;

/// What there is to be seen after a kill.
struct Seen {
    announced: Moment,
    /// The survivors' own bags.
    units: BTreeMap<String, Moment>,
    elected: Moment,
    application: Moment,
}

impl Seen {
    fn is_all(&self) -> bool {
        let units = self.units.values().all(Option::is_some);
        units && self.announced.is_some() && self.elected.is_some() && self.application.is_some()
    }
}

fn related() -> Cluster {
    // A leader that is dead stays so for longer than its lease.
    let cluster = Cluster::with("chaos-databags", &["pod-replacement-delay=20s", "leader-lease=5s"]);
    let client = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/client");
    cluster.model.juju(&["deploy", client, "counter"]);
    cluster.model.juju(&["integrate", APPLICATION, "counter"]);
    cluster.model.until("the client has a bag", || host_of(&relation(&cluster.model), None).is_some());
    cluster
}

/// The client's relation, as it sees it.
fn relation(model: &Model) -> Value {
    let shown = model.json(&["show-unit", CLIENT]);
    let relations = shown.pointer("/counter~10/relation-info").and_then(Value::as_array);
    let redis = relations.into_iter().flatten().find(|relation| relation["endpoint"] == "redis");
    redis.cloned().unwrap_or_default()
}

/// The master that a bag names: a unit's own, or the application's.
fn host_of(relation: &Value, unit: Option<&str>) -> Option<String> {
    let bag = match unit {
        Some(unit) => relation.get("related-units")?.get(unit)?.get("data")?,
        None => relation.get("application-data")?,
    };
    bag.get("leader-host").and_then(Value::as_str).map(str::to_owned)
}

fn leader(model: &Model) -> Option<String> {
    let status = model.json(&["status"]);
    let units = status.pointer(&format!("/applications/{APPLICATION}/units"))?.as_object()?;
    units.iter().find(|(_, unit)| unit["leader"] == true).map(|(name, _)| name.clone())
}

fn sentinels(target: &Target) -> Vec<IpAddr> {
    target.hosts.lock().unwrap().values().copied().collect()
}

/// Makes the leader's unit master, or another.
fn place_master(cluster: &Cluster, on_leader: bool) -> (String, String) {
    let Cluster { model, target } = cluster;
    let both = || {
        let master = model.masters(APPLICATION).into_iter().next();
        master.zip(leader(model)).filter(|(master, leader)| (master == leader) == on_leader)
    };
    model.until("the master is where it should be", || {
        let done = both().is_some();
        if !done {
            refresh(model, target);
            let address = sentinels(target)[0];
            let ask = || {
                let mut sentinel = connect(address, 26379, Some(&target.sentinel_password))?;
                redis::cmd("SENTINEL").arg(&["FAILOVER", APPLICATION]).query::<()>(&mut sentinel)
            };
            // Refused while another failover is under way.
            drop(ask());
            std::thread::sleep(Duration::from_millis(500));
        }
        done
    });
    model.settle(APPLICATION, 3);
    both().expect("the master has moved again")
}

/// Waits until the first sentinel names another master than this host.
fn announcement(target: &Target, old: &str, stop: &AtomicBool) -> Moment {
    let named = |address: &IpAddr| {
        let mut sentinel = connect(*address, 26379, Some(&target.sentinel_password)).ok()?;
        let words = ["GET-MASTER-ADDR-BY-NAME", APPLICATION];
        redis::cmd("SENTINEL").arg(&words).query::<Vec<String>>(&mut sentinel).ok()?.into_iter().next()
    };
    let addresses = sentinels(target);
    while !stop.load(Ordering::Relaxed) {
        if addresses.iter().filter_map(named).any(|host| host != old) {
            return Some(Instant::now());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

/// Kills the master's pod and looks until everything has been seen.
fn kill_and_look(cluster: &Cluster, master: &str, old_leader: &str) -> Seen {
    let Cluster { model, target } = cluster;
    refresh(model, target);
    let old = host_of(&relation(model), None).unwrap();
    let survivors = model.statuses(APPLICATION).into_keys().filter(|unit| unit != master);
    let units = survivors.map(|unit| (unit, None)).collect();
    let seen = std::sync::Mutex::new(Seen { announced: None, units, elected: None, application: None });
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let announced = scope.spawn(|| announcement(target, &old, &stop));
        model.juju(&["kill-pod", master]);
        model.until("the new master is in every bag", || {
            let mut seen = seen.lock().unwrap();
            let relation = relation(model);
            let is_new = |host: Option<String>| host.is_some_and(|host| host != old);
            let now = Instant::now();
            for (unit, moment) in &mut seen.units {
                *moment = moment.or_else(|| is_new(host_of(&relation, Some(unit))).then_some(now));
            }
            seen.application = seen.application.or_else(|| is_new(host_of(&relation, None)).then_some(now));
            let elected = || master != old_leader || leader(model).is_some_and(|unit| unit != old_leader);
            seen.elected = seen.elected.or_else(|| elected().then(Instant::now));
            if announced.is_finished() || seen.announced.is_some() {
                seen.announced = seen.announced.or(Some(now));
            }
            seen.is_all()
        });
        stop.store(true, Ordering::Relaxed);
        seen.lock().unwrap().announced = announced.join().unwrap();
    });
    seen.into_inner().unwrap()
}

fn check(on_leader: bool, what: &str) {
    let cluster = related();
    for run in 1..=RUNS {
        let (master, old_leader) = place_master(&cluster, on_leader);
        let seen = kill_and_look(&cluster, &master, &old_leader);
        let announced = seen.announced.expect("no sentinel announced another master");
        let after = |moment: Moment, since: Instant| moment.unwrap().saturating_duration_since(since);
        let units = seen.units.values().map(|moment| after(*moment, announced)).max().unwrap();
        let since = if on_leader { announced.max(seen.elected.unwrap()) } else { announced };
        let application = after(seen.application, since);
        println!(
            "run {run}: {what}: every survivor's bag {:.2} s after the announcement, the application's {:.2} s after {}",
            units.as_secs_f64(),
            application.as_secs_f64(),
            if on_leader { "the election" } else { "it" }
        );
        assert!(units <= LIMIT && application <= LIMIT, "{units:?} {application:?}");
        cluster.model.settle(APPLICATION, 3);
    }
}

#[test]
fn with_the_leader_alive_the_databags_name_the_new_master_within_two_seconds() {
    check(false, "leader alive");
}

#[test]
fn with_the_leader_dead_the_units_bags_do_and_the_applications_once_there_is_a_leader() {
    check(true, "leader dead");
}
