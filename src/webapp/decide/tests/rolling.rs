//! Units behind an ingress restart in turn.

use super::world::{World, charm, unit};
use super::{ROCK, WORKERS};
use crate::juju::event::Event;
use crate::juju::names::{EndpointName, RelationId};
use crate::juju::wire::Databag;
use crate::pebble::types::ServiceStatus;
use crate::secret::Secret;
use crate::webapp::framework::Framework;

const POSTGRESQL: &str = "postgresql: {interface: postgresql_client, optional: true}";

/// The leader, with this number, of three units behind an ingress; it runs, and then an option was set.
fn about_to_restart(number: u32, prepare: impl FnOnce(&mut World)) -> World {
    let mut world = World::fresh(charm(Framework::Flask, POSTGRESQL, None), ROCK);
    world.relate("ingress", &[("ingress", r#"{"url": "https://apps.example/web"}"#)]);
    world.be(number, 3);
    world.observed.is_leader = true;
    world.rolls(true);
    prepare(&mut world);
    world.settle();
    world.done.clear();
    world.option("flask-env", "staging");
    world
}

fn serves(world: &World, number: u32) -> String {
    world.observed.peer.as_ref().unwrap().units[&unit(number)].get("serves").cloned().unwrap_or_default()
}

fn says(world: &mut World, number: u32, text: &str) {
    let bag = Databag::from([("serves".to_owned(), text.to_owned())]);
    world.observed.peer.as_mut().unwrap().units.insert(unit(number), bag);
}

/// What a unit says that runs with the option.
fn digest() -> String {
    let mut first = about_to_restart(0, |_| {});
    first.settle();
    serves(&first, 0)
}

fn restarts(world: &World) -> usize {
    world.done.iter().filter(|done| *done == "replan").count()
}

fn proven(world: &mut World, text: Option<&str>) {
    let container = world.observed.containers.values_mut().next().unwrap();
    let file = "/etc/sidecharm/proven".to_owned();
    let _before = match text {
        Some(text) => container.contents.insert(file, Secret::new(text)),
        None => container.contents.remove(&file),
    };
}

/// It has said that it restarts, and does it in the next pass.
fn says_it_restarts(world: &mut World) {
    let expected = format!("restarting {}", digest());
    assert_eq!(world.status(), "waiting: Restarting with new settings");
    world.pass();
    let own = world.observed.context.unit.number();
    assert_eq!(
        (world.done.join(" "), serves(world, own)),
        ("notify sidecharm.dev/restarted".to_owned(), expected)
    );
    world.done.clear();
}

#[test]
fn the_first_unit_says_that_it_restarts_then_does_it_and_then_says_how_it_went() {
    let mut world = about_to_restart(0, |_| {});
    says_it_restarts(&mut world);
    world.pass();
    assert_eq!(restarts(&world), 1);
    // The notice comes first: also a start that fails is told.
    let at = |wanted: &str| world.done.iter().position(|done| done == wanted).unwrap();
    let told = at("notify sidecharm.dev/restarted");
    assert!(at("layer charm") < told && told < at("replan"), "{:?}", world.done);
    assert!(at("replan") < at("prove flask") && at("prove flask") < at("push /etc/sidecharm/proven"));
    assert_eq!(serves(&world, 0), format!("restarting {}", digest()));
    world.pass();
    assert_eq!(serves(&world, 0), digest());
    assert!(world.decide().effects.is_empty());
    assert!(!serves(&world, 0).contains("staging"));
}

#[test]
fn the_next_waits_until_the_one_before_it_runs_with_the_same() {
    let mut world = about_to_restart(1, |_| {});
    for said in ["", "what it ran with before"] {
        says(&mut world, 0, said);
        assert_eq!(world.status(), "waiting: Waiting for web/0 to restart first");
        world.settle();
        assert_eq!((world.done.as_slice(), serves(&world, 1)), (&[][..], format!("waiting {}", digest())));
    }
    says(&mut world, 0, &digest());
    says_it_restarts(&mut world);
    world.settle();
    assert_eq!((restarts(&world), serves(&world, 1)), (1, digest()));
}

/// Its update-status would otherwise come while the one before it has not failed for certain.
#[test]
fn a_unit_that_waits_restarts_or_fails_holds_up_all_that_follow_also_at_their_update_status() {
    let mut world = about_to_restart(2, |_| {});
    world.observed.event = Event::UpdateStatus;
    let waits = "waiting: Waiting for web/1 to restart first";
    let runs_as_before = "waiting: Runs as before: web/0 is not well with the new settings, see its status";
    let waiting = format!("waiting {}", digest());
    let failed = format!("failed {} web/0", digest());
    let restarting = format!("restarting {}", digest());
    let cases =
        [(&waiting, waits, &waiting), (&failed, runs_as_before, &failed), (&restarting, waits, &waiting)];
    for (said, expected, passed_on) in cases {
        says(&mut world, 1, said);
        assert_eq!(world.status(), expected);
        world.settle();
        assert_eq!((restarts(&world), serves(&world, 2)), (0, passed_on.clone()));
    }
}

#[test]
fn a_unit_that_says_nothing_is_not_waited_for_beyond_the_next_update_status() {
    for said in ["", "what it ran with before", "failed what it ran with before web/0", "waiting for another"]
    {
        let mut world = about_to_restart(1, |_| {});
        says(&mut world, 0, said);
        world.settle();
        assert_eq!(restarts(&world), 0);
        world.observed.event = Event::UpdateStatus;
        world.settle();
        assert_eq!((restarts(&world), serves(&world, 1)), (1, digest()), "{said}");
    }
}

/// Else two of two units would be away at once.
#[test]
fn the_first_unit_waits_while_the_last_one_takes_the_change_before() {
    for word in ["waiting", "restarting"] {
        let mut world = about_to_restart(0, |_| {});
        let before = serves(&world, 0);
        says(&mut world, 2, &format!("{word} {before}"));
        assert_eq!(world.status(), "waiting: Waiting for web/2 to take the settings before these");
        world.settle();
        assert_eq!(restarts(&world), 0);
        let mut patient = about_to_restart(0, |_| {});
        says(&mut patient, 2, &format!("{word} {before}"));
        patient.observed.event = Event::UpdateStatus;
        patient.settle();
        assert_eq!(restarts(&patient), 1, "it is not waited for beyond the next update-status");
        says(&mut world, 2, &before);
        world.settle();
        assert_eq!(restarts(&world), 1);
    }
}

#[test]
fn a_change_of_the_units_restarts_them_in_turn_too() {
    let mut world = about_to_restart(1, |_| {});
    says(&mut world, 0, &digest());
    world.settle();
    world.done.clear();
    world.observed.planned_units.push(unit(3));
    assert_eq!(world.status(), "waiting: Waiting for web/0 to restart first");
}

#[test]
fn a_unit_that_keeps_ending_says_so_once() {
    let mut world = about_to_restart(0, |_| {});
    world.pass();
    world.pass();
    world.set(&["flask".to_owned()], &ServiceStatus::Backoff);
    world.pass();
    assert_eq!(serves(&world, 0), format!("failed {} web/0", digest()));
    assert!(world.status().starts_with("blocked: service flask keeps ending"), "{}", world.status());
    assert!(world.decide().effects.is_empty(), "{:?}", world.decide().effects);
}

/// The charm was killed before it knew, or the app answered too late.
#[test]
fn a_restart_that_was_not_seen_through_is_looked_at_in_every_hook_until_the_app_is_well() {
    let mut world = about_to_restart(0, |_| {});
    let old = world.container().content("/etc/sidecharm/proven").unwrap().to_owned();
    world.pass();
    world.pass();
    for _hook in 0..2 {
        proven(&mut world, Some(&old));
        world.done.clear();
        world.pass();
        assert_eq!(serves(&world, 0), format!("failed {} web/0", digest()));
        // It proves to be well, and a hook follows which says so.
        let expected = ["prove flask", "push /etc/sidecharm/proven", "notify sidecharm.dev/restarted"];
        assert_eq!(world.done, expected);
    }
    world.pass();
    assert_eq!(serves(&world, 0), digest());
    assert!(world.decide().effects.is_empty(), "{:?}", world.decide().effects);
}

/// The notes that were in the container are gone with it; what the unit has said is not.
#[test]
fn an_app_in_a_new_pod_proves_to_be_well_with_what_its_predecessor_was_not() {
    let mut world = about_to_restart(0, |_| {});
    says(&mut world, 0, &format!("failed {} web/0", digest()));
    proven(&mut world, None);
    world.set(&["flask".to_owned()], &ServiceStatus::Inactive);
    world.pass();
    assert_eq!((world.times("prove flask"), restarts(&world)), (1, 1));
    assert!(serves(&world, 0).starts_with("failed "), "{}", serves(&world, 0));
}

#[test]
fn a_first_start_proves_nothing() {
    let mut world = World::fresh(charm(Framework::Flask, "", None), ROCK);
    world.relate("ingress", &[("ingress", r#"{"url": "https://apps.example/web"}"#)]);
    world.be(0, 3);
    world.observed.is_leader = true;
    world.rolls(true);
    world.settle();
    assert!(!world.done.contains(&"prove flask".to_owned()), "{:?}", world.done);
    assert_eq!(serves(&world, 0).len(), digest().len());
}

#[test]
fn a_unit_whose_start_fails_at_once_says_so_too_and_tries_again() {
    let mut world = about_to_restart(0, |_| {});
    let old = world.container().content("/etc/sidecharm/proven").unwrap().to_owned();
    world.pass();
    world.pass();
    for _hook in 0..2 {
        proven(&mut world, Some(&old));
        world.set(&["flask".to_owned()], &ServiceStatus::Inactive);
        world.done.clear();
        world.pass();
        assert_eq!(restarts(&world), 1);
        // Only what comes after a proof tells of a further hook, else there would be one after each.
        assert_eq!(world.done.last().map(String::as_str), Some("notify sidecharm.dev/restarted"));
    }
    world.settle();
    assert_eq!(serves(&world, 0), digest());
}

#[test]
fn a_worker_that_ended_is_started_whatever_the_unit_before_says() {
    let mut world = about_to_restart(1, |_| {});
    says(&mut world, 0, &digest());
    world.settle();
    world.done.clear();
    says(&mut world, 0, &format!("failed {} web/0", digest()));
    world.set(&["flask".to_owned()], &ServiceStatus::Active);
    let rock = world.observed.containers.values_mut().next().unwrap();
    for service in rock.services.iter_mut().filter(|service| service.name != "flask") {
        service.current = ServiceStatus::Inactive;
    }
    world.settle();
    assert_eq!(restarts(&world), 1);
}

#[test]
fn all_restart_at_once_where_the_operator_says_so_or_nothing_is_gained_and_nothing_said_is_left() {
    let opted_out = |world: &mut World| world.rolls(false);
    let without_ingress = |world: &mut World| world.observed.relations.clear();
    let with_another_port = |world: &mut World| world.observed.opened_ports.clear();
    for change in [&opted_out as &dyn Fn(&mut World), &without_ingress, &with_another_port] {
        let mut world = about_to_restart(1, |_| {});
        change(&mut world);
        let decision = world.pass();
        assert_eq!(restarts(&world), 1, "{decision:?}");
        assert!(!world.done.iter().any(|done| done.contains("notify")), "{:?}", world.done);
        assert_eq!(serves(&world, 1), "");
    }
}

#[test]
fn an_ingress_that_comes_again_is_another() {
    let mut world = about_to_restart(1, |_| {});
    says(&mut world, 0, &digest());
    let endpoint = EndpointName::parse("ingress").unwrap();
    world.observed.relations.get_mut(&endpoint).unwrap()[0].id = RelationId::parse("ingress:8").unwrap();
    assert_eq!(world.status(), "waiting: Waiting for web/0 to restart first");
}

#[test]
fn a_unit_migrates_before_its_turn_and_restarts_in_its_turn() {
    let mut world = about_to_restart(2, |world| world.has_file("migrate.sh"));
    let database =
        [("endpoints", "10.1.0.9:5432"), ("username", "u"), ("password", "p"), ("database", "web")];
    world.relate("postgresql", &database);
    world.pass();
    assert_eq!(world.status(), "waiting: Waiting for web/1 to restart first");
    let beside = "push /etc/sidecharm/beside/_daemon_.json";
    let of = |wanted: &str| world.done.iter().filter(|done| done.starts_with(wanted)).count();
    // What the migration is given is its own, and is taken away.
    assert_eq!(
        (of("migrate "), of(beside), of("push /etc/sidecharm/secrets")),
        (1, 2, 0),
        "{:?}",
        world.done
    );
    assert_eq!(restarts(&world), 0);
    world.settle();
    let migrations = world.done.iter().filter(|done| done.starts_with("migrate ")).count();
    assert_eq!(migrations, 1, "{:?}", world.done);
}

#[test]
fn units_that_differ_in_their_schedulers_and_their_peers_run_with_the_same() {
    let said = [0, 1].map(|number| {
        let mut world = World::fresh(charm(Framework::Flask, "", None), WORKERS);
        world.relate("ingress", &[("ingress", r#"{"url": "https://apps.example/web"}"#)]);
        world.be(number, 3);
        world.observed.is_leader = true;
        world.rolls(true);
        world.settle();
        serves(&world, number)
    });
    assert_eq!(said[0], said[1]);
}
