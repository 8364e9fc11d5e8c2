//! What comes broken from outside: it is said, and changes nothing that runs.

use super::world::{World, host, written};
use crate::effects::Bag;
use crate::observed::SecretState;
use crate::redis::layers;

#[test]
fn a_peer_databag_that_lost_its_secret_gets_no_new_passwords() {
    let mut world = World::settled(3);
    world.observed.secret = SecretState::Unnamed;
    world.own.view = None;
    world.own.live = None;
    for leads in [false, true] {
        world.observed.is_leader = leads;
        assert_eq!(world.decide().effects, [], "leader: {leads}");
        let status = world.unit_status();
        assert!(status.starts_with("blocked: the peer databag names no password secret: "), "{status}");
    }
}

#[test]
fn a_secret_that_lacks_a_password_is_said_and_changes_nothing() {
    let mut world = World::settled(3);
    let SecretState::Known(mut content) = world.observed.secret else { panic!("the secret is known") };
    drop(content.remove("sentinel-password"));
    world.observed.secret = SecretState::Known(content);
    world.own.view = None;
    world.own.live = None;
    assert_eq!(world.decide().effects, []);
    assert_eq!(
        world.unit_status(),
        "blocked: the password secret lacks a usable sentinel-password, the servers keep theirs: set it on the leader \
         with juju exec and secret-set"
    );
}

#[test]
fn rubbish_in_the_peer_databag_starts_no_sentinel_and_is_written_over() {
    let mut world = World::settled(3);
    world.observed.is_leader = true;
    for (key, good) in
        [("leader-host", host(1)), ("generation", "0".to_owned()), ("members", "0:0,1:0,2:0".to_owned())]
    {
        world.set_peer(key, "rubbish\nin two lines");
        let decision = world.decide();
        assert_eq!(written(&decision, Bag::Application), [(key.to_owned(), good.clone())].into());
        assert_eq!(decision.effects.len(), 1);
        world.set_peer(key, &good);
    }
    world.set_peer("leader-host", "rubbish\nin two lines");
    world.own.view = None;
    world.remove_file("sentinel", layers::SENTINEL_FILE);
    assert_eq!(world.container_changes("sentinel"), []);
}
