//! The own sentinel has the generation of the present master and the name of one of the past.

use super::world::{World, address, follows, host};
use crate::effects::ContainerChange;
use crate::redis::layers;
use crate::redis::view::{Sentinel, ServerRole};

/// `app/0` of three follows `app/1`, and its sentinel names `app/2`, which was master before; nobody else answers but `app/2`.
fn misled() -> World {
    let mut world = World::settled(3);
    let text = "sentinel myid ab\nsentinel monitor app MASTER 6379 2\nsentinel config-epoch app 1\n\
                sentinel known-replica app REPLICA 6379\n";
    world.put_file("sentinel", layers::SENTINEL_FILE, &with_names(text, 2, 1));
    sentinel(&mut world, 0).master = address(&host(2), 6379);
    world.own.view.as_mut().unwrap().sentinels[1].sentinel = None;
    world
}

fn with_names(text: &str, master: u32, replica: u32) -> String {
    text.replace("MASTER", &host(master)).replace("REPLICA", &host(replica))
}

fn sentinel(world: &mut World, number: usize) -> &mut Sentinel {
    world.own.view.as_mut().unwrap().sentinels[number].sentinel.as_mut().unwrap()
}

fn stop(world: &mut World) {
    world.stop_service("sentinel", layers::SENTINEL);
    world.own.view.as_mut().unwrap().sentinels[0].sentinel = None;
}

fn is_stopped(world: &World) -> bool {
    let stop = ContainerChange::Stop(vec![layers::SENTINEL.to_owned()]);
    world.container_changes("sentinel").contains(&stop)
}

/// What it has voted is in its file only once it has ended.
#[test]
fn it_is_stopped_and_in_the_next_hook_given_the_name_and_started() {
    let mut world = misled();
    let notice = ContainerChange::Notify { key: "sidecharm.dev/misled" };
    assert!(is_stopped(&world));
    assert_eq!(world.container_changes("sentinel").last(), Some(&notice));
    assert_eq!(world.pushed("sentinel"), [""; 0]);
    stop(&mut world);
    let text = world.pushed_text("sentinel", layers::SENTINEL_FILE);
    let expected = "sentinel myid ab\nsentinel monitor app MASTER 6379 2\nsentinel config-epoch app 1\n\
                    sentinel known-replica app REPLICA 6379\n";
    assert_eq!(text, with_names(expected, 1, 2));
    let changes = world.container_changes("sentinel");
    let push = changes.iter().position(|change| matches!(change, ContainerChange::Push { .. })).unwrap();
    assert!(changes[push..].contains(&ContainerChange::Replan), "{changes:?}");
}

#[test]
fn what_the_leader_has_confirmed_tells_who_is_right_and_else_whom_the_server_follows() {
    let nobodys = ServerRole::Replica { of: address("127.0.0.1", 1), link_up: false };
    let mut world = misled();
    world.server().role = nobodys;
    assert!(is_stopped(&world), "confirmed");
    world.set_peer("leader-epoch", "0");
    assert!(!is_stopped(&world), "confirmed in another generation");
    world.server().role = follows(1, false);
    assert!(is_stopped(&world), "followed");
    world.server().role = ServerRole::Master;
    assert!(!is_stopped(&world), "nothing tells");
    // The other one is misled, and the own server was not told of the new master yet.
    let mut world = misled();
    world.set_peer("leader-host", &host(2));
    assert!(!is_stopped(&world), "the own one was confirmed");
}

#[test]
fn a_sentinel_that_leads_or_lags_or_is_one_of_a_majority_is_left_alone() {
    let changes: [fn(&mut World); 5] = [
        |world| sentinel(world, 0).failover = true,
        |world| sentinel(world, 2).failover = true,
        |world| sentinel(world, 2).config_epoch = 2,
        |world| sentinel(world, 2).config_epoch = 0,
        |world| {
            let named = sentinel(world, 0).clone();
            world.own.view.as_mut().unwrap().sentinels[1].sentinel = Some(named);
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut world = misled();
        change(&mut world);
        assert!(!is_stopped(&world), "change {number}");
    }
}
