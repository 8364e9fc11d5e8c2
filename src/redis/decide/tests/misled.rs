//! The own sentinel has the generation of the present master and the name of one of the past.

use super::world::{World, address, follows, host};
use crate::effects::ContainerChange;
use crate::redis::layers;
use crate::redis::view::{Sentinel, ServerRole};

/// `app/0` of three follows `app/1`, and its sentinel names `app/2`, which was master before; nobody else answers but `app/2`.
fn misled() -> World {
    let mut world = World::settled(3);
    let text =
        "sentinel myid ab\nsentinel monitor app MASTER 6379 2\nsentinel known-replica app REPLICA 6379\n";
    let text = text.replace("MASTER", &host(2)).replace("REPLICA", &host(1));
    world.put_file("sentinel", layers::SENTINEL_FILE, &text);
    sentinel(&mut world, 0).master = address(&host(2), 6379);
    world.own.view.as_mut().unwrap().sentinels[1].sentinel = None;
    world
}

fn sentinel(world: &mut World, number: usize) -> &mut Sentinel {
    world.own.view.as_mut().unwrap().sentinels[number].sentinel.as_mut().unwrap()
}

fn is_corrected(world: &World) -> bool {
    world.pushed("sentinel").contains(&layers::SENTINEL_FILE.to_owned())
}

#[test]
fn it_is_stopped_given_the_name_and_started() {
    let world = misled();
    let changes = world.container_changes("sentinel");
    let place = |wanted: fn(&ContainerChange) -> bool| changes.iter().position(wanted).unwrap();
    let stop = place(|change| matches!(change, ContainerChange::Stop(names) if *names == [layers::SENTINEL]));
    let push =
        place(|change| matches!(change, ContainerChange::Push { path, .. } if path == layers::SENTINEL_FILE));
    let start = place(|change| *change == ContainerChange::Replan);
    assert!(stop < push && push < start, "{changes:?}");
    let text = world.pushed_text("sentinel", layers::SENTINEL_FILE);
    let expected =
        "sentinel myid ab\nsentinel monitor app MASTER 6379 2\nsentinel known-replica app REPLICA 6379\n";
    assert_eq!(text, expected.replace("MASTER", &host(1)).replace("REPLICA", &host(2)));
}

#[test]
fn what_the_server_follows_or_the_leader_has_confirmed_tells_who_is_right() {
    let nobodys = ServerRole::Replica { of: address("127.0.0.1", 1), link_up: false };
    let mut world = misled();
    world.server().role = nobodys.clone();
    assert!(is_corrected(&world), "confirmed");
    world.set_peer("leader-epoch", "0");
    assert!(!is_corrected(&world), "confirmed in another generation");
    world.server().role = follows(1, false);
    assert!(is_corrected(&world), "followed");
    world.server().role = ServerRole::Master;
    assert!(!is_corrected(&world), "nothing tells");
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
        assert!(!is_corrected(&world), "change {number}");
    }
}
