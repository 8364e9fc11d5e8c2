//! When the app is left alone for a moment.

use super::ROCK;
use super::world::{World, charm};
use crate::juju::event::{Event, RelationEvent, RelationKind};
use crate::juju::names::{EndpointName, RelationId};
use crate::webapp::framework::Framework;

const POSTGRESQL: &str = "postgresql: {interface: postgresql_client, optional: true}";

fn changed(endpoint: &str) -> Event {
    Event::Relation(RelationEvent {
        kind: RelationKind::Changed,
        relation: RelationId::parse(&format!("{endpoint}:7")).unwrap(),
        remote_application: None,
        remote_unit: None,
        departing_unit: None,
    })
}

fn with_two_relations(mut world: World) -> World {
    world.relate("ingress", &[("ingress", r#"{"url": "https://apps.example/web"}"#)]);
    world.relate("postgresql", &[]);
    world.observed.joining = vec![EndpointName::parse("postgresql").unwrap()];
    world
}

#[test]
fn an_app_starts_once_with_all_that_it_is_related_to() {
    let mut world = with_two_relations(World::fresh(charm(Framework::Flask, POSTGRESQL, None), ROCK));
    let _key = world.pass();
    for event in [Event::ConfigChanged, Event::Start, changed("ingress")] {
        world.observed.event = event;
        let _asked = world.pass();
        assert_eq!(world.status(), "waiting: Waiting for the first hooks of new relations");
        assert!(world.done.is_empty(), "{:?}", world.done);
    }
    world.observed.joining.clear();
    world.settle();
    assert_eq!(world.done.iter().filter(|done| *done == "replan").count(), 1, "{:?}", world.done);
    assert_eq!(world.status(), "active");
}

#[test]
fn a_running_app_is_not_restarted_for_each_relation_of_several_but_for_an_option_at_once() {
    let settled = World::settled(charm(Framework::Flask, POSTGRESQL, None), ROCK);
    let mut world = with_two_relations(settled);
    world.observed.event = changed("ingress");
    let _asked = world.pass();
    assert!(world.done.is_empty(), "{:?}", world.done);
    assert_eq!(world.status(), "active");
    world.observed.event = Event::ConfigChanged;
    world.settle();
    assert!(world.done.contains(&"replan".to_owned()), "{:?}", world.done);
}

#[test]
fn a_hook_that_does_not_come_is_not_waited_for_beyond_the_next_update_status() {
    let mut world = with_two_relations(World::fresh(charm(Framework::Flask, POSTGRESQL, None), ROCK));
    let _key = world.pass();
    world.observed.event = Event::UpdateStatus;
    world.settle();
    assert_eq!(world.status(), "active");
    assert!(world.done.contains(&"replan".to_owned()), "{:?}", world.done);
}
