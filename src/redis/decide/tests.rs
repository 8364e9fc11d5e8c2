//! Decisions from literals: what is observed in, what is done and shown out.

mod bad_input;
mod databags;
mod last_unit;
mod misled;
mod simulation;
mod world;

use world::{World, address, all_passwords, follows, host, secret_id, sentinel, server, written};

use crate::effects::{Bag, ContainerChange, Effect, services};
use crate::juju::event::Event;
use crate::juju::wire::ConfigValue;
use crate::observed::SecretState;
use crate::redis::effects::Change;
use crate::redis::layers;
use crate::redis::view::{Sentinel, ServerRole};

#[test]
fn a_settled_unit_gets_nothing() {
    let mut world = World::settled(3);
    for leads in [false, true] {
        world.observed.is_leader = leads;
        let decision = world.decide();
        assert_eq!(decision.effects, [], "leader: {leads}");
    }
    assert_eq!(world.unit_status(), "active: replica of app/1");
    assert_eq!(world.application_status(), "active");
}

#[test]
fn the_leader_makes_the_passwords_and_spares_itself_as_first_master() {
    let mut world = World::fresh(3);
    world.observed.is_leader = true;
    let effects = world.decide().effects;
    assert!(
        matches!(&effects[0], Effect::CreateSecret { under: "passwords-secret", keys, .. } if keys.len() == 6)
    );
    let Effect::Databag(_, Bag::Application, changes) = &effects[1] else { panic!("{effects:?}") };
    assert_eq!(changes["leader-host"], host(1));
    assert_eq!((changes["members"].as_str(), changes["generation"].as_str()), ("0:0,1:0,2:0", "0"));
    assert_eq!(effects.len(), 2);
    assert_eq!(world.unit_status(), "maintenance: creating passwords");
    world.observed.is_leader = false;
    assert_eq!(world.decide().effects, []);
    assert_eq!(world.unit_status(), "waiting: waiting for the leader to create the passwords");
}

#[test]
fn without_the_peer_relation_nothing_is_done() {
    let mut world = World::fresh(1);
    world.observed.peer = None;
    world.observed.is_leader = true;
    assert_eq!(world.decide().effects, []);
    assert_eq!(world.unit_status(), "waiting: waiting for the peer relation");
}

#[test]
fn empty_containers_get_files_before_their_layer_and_the_replan_last() {
    let world = World::fresh(3).with_passwords();
    let changes = world.container_changes("redis");
    let position = |wanted: fn(&ContainerChange) -> bool| changes.iter().position(wanted).unwrap();
    let layer = position(|change| matches!(change, ContainerChange::AddLayer { .. }));
    let program = position(|change| matches!(change, ContainerChange::PushSelf { .. }));
    assert_eq!(position(|change| *change == ContainerChange::Replan), changes.len() - 1);
    assert_eq!(layer, changes.len() - 2);
    assert!(program < layer);
    let pushed = world.pushed("redis");
    for file in [
        layers::SERVER_FILE,
        layers::ACL_FILE,
        layers::EXPORTER_FILE,
        layers::WATCH_FILE,
        layers::LINEAGE_FILE,
    ] {
        assert!(pushed.contains(&file.to_owned()), "{file} is not among {pushed:?}");
    }
    assert_eq!(world.pushed("sentinel"), [layers::SENTINEL_FILE]);
}

#[test]
fn no_file_is_open_to_others_and_no_layer_holds_a_password() {
    let world = World::fresh(3).with_passwords();
    for name in ["redis", "sentinel"] {
        for change in world.container_changes(name) {
            match change {
                ContainerChange::Push { mode, path, .. } => assert_eq!(mode, 0o600, "{path}"),
                ContainerChange::AddLayer { layer, .. } => {
                    let text = layer.render().unwrap();
                    for password in all_passwords() {
                        assert!(!text.contains(password.expose()), "{text}");
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_first_master_that_nobody_has_named_yet_leaves_sentinel_unstarted() {
    let mut world = World::fresh(3).with_passwords();
    world.set_peer("leader-host", "");
    assert_eq!(world.container_changes("sentinel"), []);
    assert!(!world.container_changes("redis").is_empty());
}

#[test]
fn the_announced_master_beats_the_databag_in_a_new_sentinel_file() {
    let mut world = World::settled(3);
    world.remove_file("sentinel", layers::SENTINEL_FILE);
    world.set_peer("leader-host", &host(2));
    let text = world.pushed_text("sentinel", layers::SENTINEL_FILE);
    assert!(text.contains(&format!("sentinel monitor app {} 6379 2", host(1))), "{text}");
}

#[test]
fn a_storage_of_somebody_else_is_left_alone() {
    let mut world = World::settled(3);
    world.put_file(
        "redis",
        layers::LINEAGE_FILE,
        r#"{"model_uuid":"other","application":"db","generation":0}"#,
    );
    world.remove_file("redis", layers::SERVER_FILE);
    assert_eq!(world.decide().effects, []);
    let status =
        "blocked: the storage holds data of application db of model other: attach another, or empty it";
    assert_eq!(world.unit_status(), status);
}

#[test]
fn an_empty_storage_is_marked_only_once_its_server_has_the_data() {
    let mut world = World::settled(3);
    world.remove_file("redis", layers::LINEAGE_FILE);
    assert_eq!(world.pushed("redis"), [layers::LINEAGE_FILE]);
    world.own.view.as_mut().unwrap().server = Some(server(follows(1, false)));
    assert_eq!(world.pushed("redis"), Vec::<String>::new());
}

#[test]
fn a_changed_number_of_units_is_told_to_the_running_servers_first() {
    let mut world = World::settled(3);
    world.plan_units(2);
    let effects = world.decide().effects;
    let told = effects.iter().position(|effect| {
        matches!(effect, Effect::Workload(own) if matches!(&own.change, Change::Configure("min-replicas-to-write", value) if value.expose() == "0"))
    });
    let written = effects.iter().position(|effect| {
        matches!(effect, Effect::Container(_, ContainerChange::Push { path, .. }) if path == layers::SERVER_FILE)
    });
    assert!(told.unwrap() < written.unwrap());
}

#[test]
fn the_quorum_follows_the_planned_units() {
    let mut world = World::settled(3);
    world.own.view.as_mut().unwrap().sentinels[0].sentinel.as_mut().unwrap().quorum = 1;
    let quorum = world.own_changes();
    assert!(
        matches!(&quorum[..], [Change::SentinelSet("quorum", value)] if value.expose() == "2"),
        "{quorum:?}"
    );
}

#[test]
fn hooks_give_roles_only_while_watch_does_not_run() {
    let mut world = World::settled(3);
    world.own.view.as_mut().unwrap().server =
        Some(server(ServerRole::Replica { of: address("127.0.0.1", 1), link_up: false }));
    assert_eq!(world.own_changes(), []);
    world.stop_service("redis", layers::WATCH);
    assert_eq!(world.own_changes(), [Change::Follow(address(&host(1), 6379))]);
}

#[test]
fn a_leaving_master_hands_over_and_does_nothing_else() {
    let mut world = World::settled(3);
    drop(world.observed.planned_units.remove(0));
    assert_eq!(world.decide().effects, []);
    let view = world.own.view.as_mut().unwrap();
    drop(view.sentinels.remove(0));
    view.server = Some(server(ServerRole::Master));
    assert_eq!(world.own_changes(), [Change::HandOver]);
    assert_eq!(world.decide().unit_status, None);
}

#[test]
fn a_client_is_told_the_master_and_let_in_without_a_password_while_it_is_allowed() {
    let mut world = World::settled(3);
    world.relate("redis");
    let decision = world.decide();
    let unit = written(&decision, Bag::Unit);
    assert_eq!((unit["hostname"].as_str(), unit["port"].as_str()), ("10.1.0.5", "6379"));
    assert_eq!(unit["leader-host"], host(1));
    assert!(
        world
            .own_changes()
            .iter()
            .any(|change| matches!(change, Change::DefaultUser { disconnect: false, .. }))
    );
    world.observed.is_leader = true;
    world.relate("redis");
    let decision = world.decide();
    assert_eq!(written(&decision, Bag::Application)["leader-host"], host(1));
    assert_eq!(
        world.application_status(),
        "active: open to clients without a password (legacy-clients=open)"
    );
    world.observed.config.insert("legacy-clients".to_owned(), ConfigValue::Text("closed".to_owned()));
    assert!(!world.own_changes().iter().any(|change| matches!(change, Change::DefaultUser { .. })));
}

#[test]
fn the_last_client_gone_closes_the_door_and_ends_its_connections() {
    let mut world = World::settled(3);
    world.own.live.as_mut().unwrap().default_is_open = true;
    let changes = world.own_changes();
    assert!(matches!(&changes[..], [Change::DefaultUser { disconnect: true, .. }]), "{changes:?}");
}

#[test]
fn nobody_is_told_a_master_that_no_majority_names() {
    let mut world = World::settled(3);
    world.relate("redis");
    for answer in &mut world.own.view.as_mut().unwrap().sentinels[1..] {
        answer.sentinel = None;
    }
    let databags = world.decide().effects.into_iter().filter(|effect| matches!(effect, Effect::Databag(..)));
    assert_eq!(databags.count(), 0);
    assert_eq!(
        world.unit_status(),
        "waiting: 1 of 3 sentinels answer, no failover is possible: bring the other units back, or remove them"
    );
}

#[test]
fn a_secret_that_cannot_be_read_stops_nothing_and_says_so() {
    let mut world = World::settled(3);
    let id = secret_id();
    for (state, status) in [
        (SecretState::Vanished(id.clone()), "blocked: password secret secret:9m4e2mr0ui3e8a215n4g is gone"),
        (
            SecretState::Unreadable(id, "no".to_owned()),
            "waiting: password secret secret:9m4e2mr0ui3e8a215n4g cannot",
        ),
    ] {
        world.observed.secret = state;
        world.own.view = None;
        world.own.live = None;
        assert_eq!(world.decide().effects, []);
        assert!(world.unit_status().starts_with(status), "{}", world.unit_status());
    }
}

#[test]
fn what_is_wrong_with_a_server_is_said() {
    let say = |spoil: fn(&mut World), expected: &str| {
        let mut world = World::settled(3);
        spoil(&mut world);
        assert_eq!(world.unit_status(), expected);
    };
    say(
        |world| world.server().disk_trouble = true,
        "blocked: redis cannot write to its disk: free or add space on storage database",
    );
    say(|world| world.server().loading = true, "waiting: redis is loading its data");
    say(
        |world| world.own.view.as_mut().unwrap().server = None,
        "waiting: waiting for redis to answer: see the log of container redis if it does not",
    );
    say(|world| world.server().role = ServerRole::Master, "waiting: master, but the sentinels name app/1");
    say(
        |world| world.fail_service("redis", layers::WATCH),
        "waiting: watch keeps ending: see juju ssh --container redis app/0 pebble logs watch",
    );
    say(
        |world| {
            let strict = ConfigValue::Text("strict".to_owned());
            drop(world.observed.config.insert("durability".to_owned(), strict));
            world.fail_service("redis", layers::SERVER);
        },
        "waiting: redis keeps ending: see juju ssh --container redis app/0 pebble logs redis, and whether storage database is full",
    );
    say(|world| world.observed.containers.clear(), "waiting: waiting for Pebble in container redis");
    say(
        |world| drop(world.observed.config.insert("enable-tls".to_owned(), ConfigValue::Boolean(true))),
        "blocked: enable-tls is not supported yet: set it to false",
    );
}

#[test]
fn few_units_are_said_to_be_without_failover() {
    for (units, expected) in [
        (1, "active: no high availability: one unit"),
        (2, "active: no automatic failover: two units, three are needed"),
        (3, "active"),
    ] {
        let mut world = World::settled(units);
        world.observed.is_leader = true;
        assert_eq!(world.application_status(), expected);
    }
}

#[test]
fn a_unit_is_not_active_before_its_sentinel_could_lead_a_failover() {
    for spoil in [|one: &mut Sentinel| one.other_sentinels = 1, |one: &mut Sentinel| one.replicas = 0] {
        let mut world = World::settled(3);
        spoil(world.own.view.as_mut().unwrap().sentinels[0].sentinel.as_mut().unwrap());
        let expected =
            "waiting: waiting for the sentinel to learn of the other units: no failover is possible";
        assert_eq!(world.unit_status(), expected);
        // A unit that does not answer is not waited for.
        world.own.view.as_mut().unwrap().sentinels[2].sentinel = None;
        world.own.view.as_mut().unwrap().sentinels[0].sentinel.as_mut().unwrap().replicas = 1;
        assert_eq!(world.unit_status(), "active: replica of app/1");
    }
}

#[test]
fn a_stopping_unit_is_left_alone() {
    let mut world = World::fresh(3).with_passwords();
    for event in [Event::Stop, Event::Remove] {
        world.observed.event = event;
        let decision = world.decide();
        assert_eq!((decision.effects, decision.unit_status), (vec![], None));
    }
}

#[test]
fn sentinels_of_five_units_forget_two_that_left() {
    let mut world = World::settled(3);
    let stale = sentinel(&host(1), 4);
    for answer in &mut world.own.view.as_mut().unwrap().sentinels {
        answer.sentinel = Some(stale.clone());
    }
    assert_eq!(world.own_changes(), [Change::SentinelReset]);
}

#[test]
fn a_unit_that_leaves_begins_a_new_generation() {
    let mut world = World::settled(3);
    world.observed.is_leader = true;
    world.plan_units(2);
    let changes = written(&world.decide(), Bag::Application);
    assert_eq!((changes["members"].as_str(), changes["generation"].as_str()), ("0:0,1:0", "1"));
    let mut world = World::settled(2);
    world.observed.is_leader = true;
    world.observed.planned_units = World::fresh(3).observed.planned_units;
    let changes = written(&world.decide(), Bag::Application);
    assert_eq!((changes["members"].as_str(), changes.get("generation")), ("0:0,1:0,2:0", None));
}

#[test]
fn a_unit_that_was_removed_and_comes_back_forgets_what_its_sentinel_knew() {
    let mut world = World::settled(3);
    world.set_peer("generation", "1");
    world.set_peer("members", "0:1,1:0,2:0");
    world.set_peer("leader-host", &host(2));
    world.own.view = None;
    // It starts: nothing runs yet.
    world.stop_service("sentinel", layers::SENTINEL);
    let text = world.pushed_text("sentinel", layers::SENTINEL_FILE);
    assert!(text.contains(&format!("sentinel monitor app {} 6379 2", host(2))), "{text}");
    assert!(!world.pushed("redis").contains(&layers::LINEAGE_FILE.to_owned()), "its data are old");
    // A unit that was there all the time keeps its own.
    let mut world = World::settled(3);
    world.set_peer("generation", "1");
    assert_eq!(world.pushed("redis"), Vec::<String>::new());
    assert_eq!(world.pushed("sentinel"), Vec::<String>::new());
}

#[test]
fn a_master_that_restarts_while_the_others_leave_is_named_again() {
    let mut world = World::settled(1);
    world.set_peer("generation", "4");
    world.server().role = ServerRole::Replica { of: address("127.0.0.1", 1), link_up: false };
    world.stop_service("redis", layers::WATCH);
    assert_eq!(world.own_changes(), [Change::Promote]);
}

#[test]
fn a_program_that_was_gone_is_started_anew() {
    let mut world = World::settled(3);
    let program = layers::program_path("b1");
    drop(world.observed.containers.values_mut().find_map(|one| one.present.remove(&program)));
    let kinds = |world: &World| -> Vec<&str> {
        let changes = world.container_changes("redis").into_iter();
        let kind = |change| match change {
            ContainerChange::Push { content, .. } if content.expose() == services::OWED => "note",
            ContainerChange::Push { .. } => "note taken back",
            ContainerChange::PushSelf { .. } => "program",
            ContainerChange::Replan => "replan",
            _ => "other",
        };
        changes.map(kind).collect()
    };
    assert_eq!(kinds(&world), [""; 0], "it still runs, so nobody has asked");
    world.fail_service("redis", layers::WATCH);
    assert_eq!(kinds(&world), ["note", "program", "replan", "note taken back"]);
}

#[test]
fn a_sentinel_is_not_started_while_its_storage_cannot_be_judged() {
    let mut world = World::settled(3);
    world.stop_service("sentinel", layers::SENTINEL);
    assert_eq!(world.container_changes("sentinel"), [ContainerChange::Replan]);
    world.observed.containers.retain(|name, _| name.as_str() == "sentinel");
    assert_eq!(world.container_changes("sentinel"), []);
}
