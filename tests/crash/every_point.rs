//! Each point of the hooks that decide.

use crate::harm::Point;
use crate::points;
use crate::state::State;

/// System calls of the thread that does all the talking. Killed before them, it has not yet asked (`connect`), not yet sent
/// or not all (`sendto`, `writev`), sent but not read the answer (`recvfrom`), not yet started a hook tool (`clone3`), is
/// waiting for a tool or an answer (`epoll_wait`), has not used what a tool told (`wait4`), has not yet taken away what the
/// hook before left (`unlink`), or leaves nothing for the next (`rename`).
const CALLS: [&str; 9] =
    ["connect", "sendto", "writev", "recvfrom", "clone3", "epoll_wait", "wait4", "unlink", "rename"];

/// From here on one of so many points is taken: a program is being written, or an answer awaited again and again.
const MANY: usize = 40;
const OF_MANY: usize = 12;

/// Kills a hook at one point after the other, `step` apart, with a deployment for each.
fn each(units: usize, hook: &'static str, step: usize) {
    let unharmed = points::unharmed("crash", units);
    let kill = |point: &Point| points::bootstrap("crash", units, point, &unharmed);
    walk(hook, step, kill);
}

/// Goes from point to point until the hook gets to its end.
fn walk(hook: &'static str, step: usize, kill: impl Fn(&Point) -> bool) {
    let mut kills = 0;
    for call in CALLS {
        let mut number = 1;
        loop {
            let point = Point { hook, call, number };
            println!("{point}");
            if !kill(&point) {
                break;
            }
            kills += 1;
            number += if number < MANY { step } else { step * OF_MANY };
        }
    }
    println!("{hook}: {kills} points");
    assert!(kills > 5 * CALLS.len() / step, "only {kills} kills");
}

#[test]
fn the_hook_that_makes_the_secret_may_be_killed_anywhere() {
    each(1, "redis-peers-relation-created", 1);
}

#[test]
fn the_hook_that_fills_the_containers_may_be_killed_anywhere() {
    each(1, "leader-elected", 1);
}

#[test]
fn the_hook_that_confirms_the_first_master_may_be_killed_anywhere() {
    each(1, "redis-pebble-ready", 1);
}

#[test]
fn a_hook_that_changes_running_servers_may_be_killed_anywhere() {
    let cluster = points::deploy("crash", 1);
    let values = ["durability=strict", "durability=balanced"];
    let unharmed: Vec<State> = values.iter().map(|value| points::configured(&cluster, 1, value)).collect();
    let turn = std::cell::Cell::new(0);
    walk("config-changed", 1, |point| {
        let index = turn.replace(1 - turn.get());
        points::config(&cluster, 1, values[index], point, &unharmed[index])
    });
}

#[test]
fn a_leader_of_three_may_be_killed_at_any_third_point() {
    each(3, "leader-elected", 3);
}
