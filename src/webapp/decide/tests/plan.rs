//! What the action `plan` tells.

use super::world::{World, charm};
use super::{ROCK, flask};
use crate::effects::Effect;
use crate::webapp::effects::WebEffect;
use crate::webapp::framework::Framework;

/// What is told; and nothing is done.
fn plan(world: &mut World) -> (String, String) {
    let effects = world.act("plan", &[]);
    assert!(world.done.is_empty(), "{:?}", world.done);
    let [Effect::<WebEffect>::ActionResults(results)] = &effects[..] else { panic!("{effects:?}") };
    (results["changes"].expose().to_owned(), results["status"].expose().to_owned())
}

#[test]
fn a_settled_app_has_nothing_to_change() {
    assert_eq!(plan(&mut flask()), ("nothing".to_owned(), "active".to_owned()));
}

#[test]
fn what_would_be_changed_is_named_and_no_value_is_told() {
    let mut world = flask();
    world.option("flask-env", "staging");
    world.option("webserver-worker-class", "sync");
    world.relate("ingress", &[("ingress", r#"{"url": "https://apps.example/web"}"#)]);
    let (changes, status) = plan(&mut world);
    insta::assert_snapshot!(changes, @"
    change service flask: its environment (FLASK_BASE_URL, FLASK_ENV)
    restart services that have changed, start those that are stopped
    relation ingress:7: write host, ip in the unit's databag
    relation ingress:7: write is_port_open, model, name, port, strip-prefix in the application's databag
    ");
    assert_eq!(status, "active");
}

#[test]
fn what_a_fresh_unit_would_do_is_told_in_its_order() {
    let mut world = World::fresh(charm(Framework::Flask, "", None), ROCK);
    world.pass();
    world.has_file("migrate.sh");
    let (changes, _) = plan(&mut world);
    insta::assert_snapshot!(changes, @"
    write /tmp/flask/state/original-services.json
    write /opt/sidecharm/b1/sidecharm (this program)
    write /flask/gunicorn.candidate.conf.py
    check the web server's settings
    write /flask/gunicorn.conf.py
    migrate the database: bash -eo pipefail migrate.sh
    write /etc/sidecharm/secrets/_daemon_.json
    change service flask: its command, its environment (FLASK_BASE_URL, SIDECHARM_SECRETS)
    change check sidecharm-web
    restart services that have changed, start those that are stopped
    write /flask/gunicorn.candidate.conf.py
    open port 8000/tcp
    ");
}

#[test]
fn what_keeps_the_app_from_starting_is_told_as_the_status_tells_it() {
    let mut world = flask();
    world.option("flask-env", "");
    let status = "blocked: invalid options: flask-env (must be a text that is not empty)";
    assert_eq!(plan(&mut world), ("nothing".to_owned(), status.to_owned()));
}

#[test]
fn the_last_migration_is_shown_with_what_it_said() {
    let mut world = World::fresh(charm(Framework::Flask, "", None), ROCK);
    world.has_file("migrate.sh");
    let shown = |world: &mut World| format!("{:?}", world.act("show-migration", &[]));
    assert!(shown(&mut world).contains("web/0 has run no migration: another unit has"));
    world.observed.event = crate::juju::event::Event::Start;
    world.settle();
    let container = world.observed.containers.values_mut().next().unwrap();
    let output =
        ("/etc/sidecharm/migration-output".to_owned(), crate::secret::Secret::new("created 3 tables"));
    container.contents.extend([output]);
    let effects = world.act("show-migration", &[]);
    let [Effect::<WebEffect>::ActionResults(results)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((results["state"].expose(), results["output"].expose()), ("completed", "created 3 tables"));
}
