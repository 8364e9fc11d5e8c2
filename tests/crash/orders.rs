//! Units come up in an order of their own for each seed: some are added later, hooks are late, a container restarts.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::cluster::Cluster;
use crate::harm;
use crate::model::Model;
use crate::probe::Probe;
use crate::second_pass;
use crate::target::{APPLICATION, refresh};
use crate::writer::Target;

/// So many of a unit's first hooks are late.
const HOOKS: usize = 25;

/// Lets so many units come up in the order that the seed gives. Fails if ever two servers accept writes at the same time, or if
/// they do not settle.
pub fn come_up(name: &str, units: usize, seed: u64) {
    let mut random = SmallRng::seed_from_u64(seed);
    let model = Model::new(name);
    let charm = harm::charm(&model);
    write_delays(&charm, units, &mut random);
    let first = random.random_range(1..=units);
    model.juju(&["deploy", &charm, APPLICATION, "-n", &first.to_string()]);
    model.until("there are passwords", || !passwords(&model).is_empty());
    let target = target(name, units, &passwords(&model));
    let probe = Probe::start(&target);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                refresh(&model, &target);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let _end = End(&done);
        let mut pause = || std::thread::sleep(Duration::from_millis(random.random_range(0..1500)));
        pause();
        if first < units {
            model.juju(&["add-unit", APPLICATION, "-n", &(units - first).to_string()]);
        }
        pause();
        let unit = format!("{APPLICATION}/{}", random.random_range(0..first));
        let container = ["redis", "sentinel", "charm"][random.random_range(0..3)];
        model.juju(&["restart-container", &unit, container]);
        model.settle(APPLICATION, units);
    });
    probe.stop();
    let cluster = Cluster::settled(model, units);
    second_pass::writes_nothing(&cluster.model, APPLICATION, units);
}

/// A third of the hooks is late, by up to a second.
fn write_delays(charm: &str, units: usize, random: &mut SmallRng) {
    let mut lines = String::new();
    for unit in 0..units {
        lines += &format!("{APPLICATION}/{unit}");
        for _ in 0..HOOKS {
            let late = if random.random_range(0..3) == 0 { random.random_range(1..1000) } else { 0 };
            lines += &format!(" 0.{late:03}");
        }
        lines.push('\n');
    }
    std::fs::write(Path::new(charm).join("delays"), lines).unwrap();
}

/// All passwords by their key; none before the leader has made them.
fn passwords(model: &Model) -> BTreeMap<String, String> {
    let secrets = model.json(&["secrets"]);
    let Some(id) = secrets.as_object().unwrap().keys().next() else { return BTreeMap::new() };
    let secret = model.json(&["show-secret", id, "--reveal"]);
    serde_json::from_value(secret[id]["content"].clone()).unwrap()
}

fn target(model: &str, units: usize, passwords: &BTreeMap<String, String>) -> Target {
    // Where nobody answers, until the pod is there.
    let nobody = IpAddr::V4(Ipv4Addr::new(127, 255, 255, 254));
    let host =
        |unit: usize| format!("{APPLICATION}-{unit}.{APPLICATION}-endpoints.{model}.svc.cluster.local");
    Target {
        application: APPLICATION.to_owned(),
        sentinel_password: passwords["sentinel-password"].clone(),
        password: Some(passwords["redis-password"].clone()),
        hosts: Arc::new(Mutex::new((0..units).map(|unit| (host(unit), nobody)).collect())),
        favourite: Arc::default(),
    }
}

/// Sets its flag when it goes.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
