//! A charm that is killed at any point converges: a few of the points and moments that `make test-all` tries by the hundred.

use crate::harm::Point;
use crate::points::{self, bootstrap, unharmed};
use crate::state::State;
use crate::target::APPLICATION;
use crate::{orders, random};

/// The first call that is not made, in hooks that each decide something: the secret is made and not yet named, the first file
/// is written, the layer is added and nothing started, the first master is confirmed and not yet told.
const SAMPLE: [(&str, &str, usize); 4] = [
    ("redis-peers-relation-created", "wait4", 10),
    ("leader-elected", "recvfrom", 15),
    ("leader-elected", "connect", 28),
    ("redis-pebble-ready", "wait4", 3),
];

#[test]
fn a_hook_killed_at_a_point_of_the_bootstrap_is_made_good_by_the_next() {
    let unharmed = unharmed("crash-unharmed", 1);
    for (hook, call, number) in SAMPLE {
        let point = Point { hook, call, number };
        assert!(bootstrap("crash-point", 1, &point, &unharmed), "{point} was not reached");
    }
}

#[test]
fn a_hook_killed_while_it_changes_a_running_server_is_made_good_by_the_next() {
    let cluster = points::deploy("crash-config", 1);
    let unharmed = points::configured(&cluster, 1, "durability=strict");
    points::configured(&cluster, 1, "durability=balanced");
    // The server was told, and its file is not written yet.
    let point = Point { hook: "config-changed", call: "connect", number: 11 };
    assert!(points::config(&cluster, 1, "durability=strict", &point, &unharmed), "{point} was not reached");
}

#[test]
fn a_hook_killed_between_the_plan_and_the_replan_leaves_nothing_running_by_an_older_plan() {
    let cluster = points::deploy("crash-replan", 1);
    let model = &cluster.model;
    let inside = |script: &str| {
        model.juju(&["exec", "--unit", "redis-k8s/0", "--container", "redis", "--", "sh", "-c", script])
    };
    let foreign = format!("FOREIGN={}", std::process::id());
    let runs_foreign = || {
        let environment = |process: std::fs::DirEntry| std::fs::read(process.path().join("environ"));
        let environments = std::fs::read_dir("/proc").unwrap().flatten().flat_map(environment);
        environments.into_iter().any(|all| all.split(|byte| *byte == 0).any(|one| one == foreign.as_bytes()))
    };
    // What somebody else does to the plan of the charm.
    let environment = foreign.replace('=', ": ");
    let layer = format!("services: {{redis_exporter: {{override: merge, environment: {{{environment}}}}}}}");
    let change = format!(
        "echo '{layer}' >/tmp/layer; /charm/bin/pebble add --combine sidecharm /tmp/layer && /charm/bin/pebble replan || true"
    );
    // A hook that happens to run takes it back at once.
    let make_foreign = || {
        model.until("the foreign plan runs", || {
            drop(inside(&change));
            runs_foreign()
        });
    };
    make_foreign();
    model.juju(&["config", APPLICATION, "legacy-clients=closed"]);
    model.until("nothing runs by the foreign plan", || !runs_foreign());
    let unharmed = State::of(model, 1);
    let mut points = 0;
    // In a pass with nothing else to do the last connection is for the replan, and the one before it for the layer.
    for (number, value) in (12..).zip(["open", "closed"].into_iter().cycle()) {
        make_foreign();
        let point = Point { hook: "config-changed", call: "connect", number };
        if !points::config(&cluster, 1, &format!("legacy-clients={value}"), &point, &unharmed) {
            break;
        }
        model.until(&format!("killed at {point}, nothing runs by the foreign plan"), || !runs_foreign());
        points += 1;
    }
    assert!(points >= 2, "only {points} points were reached");
}

#[test]
fn hooks_killed_all_the_time_change_nothing_in_the_end() {
    random::kill("crash-kills", &[3], 15, 1);
}

#[test]
fn units_that_come_up_in_any_order_have_one_master_and_never_two() {
    for seed in [1, 2] {
        orders::come_up("crash-orders", 3, seed);
    }
}

#[test]
fn two_units_and_five_that_come_up_in_any_order_have_one_master_and_never_two() {
    for (units, seed) in [(2, 3), (5, 4)] {
        orders::come_up("crash-numbers", units, seed);
    }
}
