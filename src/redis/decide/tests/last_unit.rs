//! All other units are gone for good: whose data the last one has, and who says so.

use super::world::{World, address, host, written};
use crate::effects::{Bag, Effect};
use crate::juju::event::{ActionEvent, Event};
use crate::juju::names::ActionName;
use crate::redis::age;
use crate::redis::effects::Change;
use crate::redis::layers;
use crate::redis::view::ServerRole;
use crate::secret::Secret;

const LOST: &str = "blocked: the last master, app/1, is gone, and the data here may be older: run \
     promote-to-primary to accept them";

/// `app/0`, alone, of three; `app/1` was master.
fn alone() -> World {
    let mut world = World::settled(3);
    world.plan_units(1);
    world.observed.existing_units = 1;
    world
}

/// The same, and its server has started since: nothing says that it has seen the last writes.
fn alone_and_restarted() -> World {
    let mut world = alone();
    world.server().role = ServerRole::Replica { of: address("127.0.0.1", 1), link_up: false };
    world.server().offset = 0;
    world
}

#[test]
fn the_last_unit_takes_over_when_all_others_are_gone_for_good() {
    let mut world = World::settled(3);
    world.plan_units(1);
    assert!(!world.own_changes().contains(&Change::SentinelTakeOver), "others may still hand over");
    world.observed.existing_units = 1;
    assert!(world.own_changes().contains(&Change::SentinelTakeOver));
}

#[test]
fn a_server_that_may_lack_the_last_writes_takes_nothing_over_by_itself() {
    let mut world = alone_and_restarted();
    assert!(!world.own_changes().contains(&Change::SentinelTakeOver));
    assert_eq!(world.unit_status(), LOST);
    // The old master itself, as its own sentinel remembers.
    world.set_peer("leader-epoch", "2");
    world.own.view.as_mut().unwrap().sentinels[0].sentinel.as_mut().unwrap().master = address(&host(0), 6379);
    world.stop_service("redis", layers::WATCH);
    assert!(!world.own_changes().contains(&Change::Promote));
    assert_eq!(world.unit_status(), LOST);
    // A process that was there all the time, but followed an earlier master than the last.
    world.server().offset = 99;
    assert_eq!(world.unit_status(), LOST);
}

#[test]
fn the_operator_may_accept_the_data_of_the_last_unit() {
    let event = ActionEvent { name: ActionName::parse("promote-to-primary").unwrap(), task: String::new() };
    let mut world = alone_and_restarted();
    world.observed.event = Event::Action(event.clone());
    let effects = world.decide().effects;
    assert!(
        matches!(&effects[..], [Effect::Workload(own), Effect::ActionResults(results)]
            if own.change == Change::SentinelTakeOver
            && results["result"].expose() == "master, with the data of this unit; what only app/1 had is lost"),
        "{effects:?}"
    );
    // It is master then, under an epoch that begins anew, and the leader writes it down.
    world.observed.event = Event::ConfigChanged;
    world.observed.is_leader = true;
    world.set_peer("leader-epoch", "7");
    world.server().role = ServerRole::Master;
    let sentinel = world.own.view.as_mut().unwrap().sentinels[0].sentinel.as_mut().unwrap();
    (sentinel.master, sentinel.other_sentinels, sentinel.replicas) = (address(&host(0), 6379), 0, 0);
    assert_eq!(world.unit_status(), "active: master");
    let changes = written(&world.decide(), Bag::Application);
    assert_eq!((changes["leader-host"].as_str(), changes["leader-epoch"].as_str()), (host(0).as_str(), "1"));
    for mut world in [World::settled(3), World::settled(1), alone()] {
        world.observed.event = Event::Action(event.clone());
        let effects = world.decide().effects;
        assert!(matches!(&effects[..], [Effect::ActionFailure(_)]), "{effects:?}");
    }
}

#[test]
fn a_unit_alone_whose_storage_came_back_empty_begins_anew_at_the_operators_word() {
    let mut world = World::settled(1);
    world.server().role = ServerRole::Replica { of: address("127.0.0.1", 1), link_up: false };
    world.remove_file("redis", layers::LINEAGE_FILE);
    assert_eq!(world.own_changes(), []);
    assert_eq!(
        world.unit_status(),
        "blocked: the storage came back empty and there is no other unit: restore it, or run promote-to-primary to begin anew"
    );
    let event = ActionEvent { name: ActionName::parse("promote-to-primary").unwrap(), task: String::new() };
    world.observed.event = Event::Action(event);
    assert_eq!(world.own_changes(), [Change::SentinelTakeOver]);
}

#[test]
fn a_unit_alone_without_the_last_data_goes_on_with_what_it_has_at_the_operators_word() {
    let mut world = alone();
    world.server().role = ServerRole::Replica { of: address(&host(1), 6379), link_up: false };
    world.remove_file("redis", layers::LINEAGE_FILE);
    assert!(!world.own_changes().contains(&Change::SentinelTakeOver), "it takes nothing over by itself");
    assert_eq!(
        world.unit_status(),
        "blocked: the units that had the data were removed: run promote-to-primary to go on with what is here"
    );
    let event = ActionEvent { name: ActionName::parse("promote-to-primary").unwrap(), task: String::new() };
    world.observed.event = Event::Action(event);
    assert_eq!(world.own_changes(), [Change::SentinelTakeOver]);
}

#[test]
fn several_units_whose_master_was_removed_are_told_the_way_out() {
    let mut world = World::settled(3);
    world.server().role = ServerRole::Replica { of: address(&host(1), 6379), link_up: false };
    assert_eq!(world.unit_status(), "waiting: waiting for the data of app/1");
    world.observed.planned_units.remove(1);
    world.observed.existing_units = 2;
    let status = world.unit_status();
    assert!(status.ends_with("remove all but one and run promote-to-primary on it"), "{status}");
}

#[test]
fn a_server_that_sentinel_does_not_choose_is_not_active_and_without_watch_a_hook_mends_it() {
    let mut world = World::settled(3);
    assert!(world.unit_status().starts_with("active: replica"), "{}", world.unit_status());
    world.server().priority = age::UNTOLD;
    assert!(world.unit_status().starts_with("waiting: waiting to be eligible"), "{}", world.unit_status());
    assert_eq!(world.own_changes(), [], "watch does it");
    world.stop_service("redis", layers::WATCH);
    assert_eq!(world.own_changes(), [Change::Configure("replica-priority", Secret::new("100"))]);
}

#[test]
fn a_unit_without_a_master_to_follow_may_be_chosen_by_the_operator() {
    let event = ActionEvent { name: ActionName::parse("promote-to-primary").unwrap(), task: String::new() };
    let mut world = World::settled(3);
    world.observed.event = Event::Action(event);
    assert_eq!(world.own_changes(), [], "it has a master");
    world.server().role = ServerRole::Replica { of: address(&host(1), 6379), link_up: false };
    let sentinels = &mut world.own.view.as_mut().unwrap().sentinels;
    sentinels
        .iter_mut()
        .filter_map(|answer| answer.sentinel.as_mut())
        .for_each(|sentinel| sentinel.down = true);
    assert_eq!(world.own_changes(), [Change::Claim]);
    world.remove_file("redis", layers::LINEAGE_FILE);
    assert_eq!(world.own_changes(), [], "it has nothing to offer");
}
