//! What gunicorn and uvicorn are told, from the option to the plan.

use super::world::{World, charm};
use super::{POSTGRESQL, ROCK};
use crate::effects::{ContainerChange, Effect};
use crate::webapp::effects::{Change, WebEffect};
use crate::webapp::framework::Framework;
use crate::webapp::gunicorn::GEVENT_CHECK;

const WITHOUT_CLASS: (&str, &str) = (" -k [ sync ]", "");

/// An app on gunicorn with a database, whose rock's command has a place for a worker class or has none.
fn app(framework: Framework, has_class: bool) -> World {
    let (from, to) = WITHOUT_CLASS;
    let rock = ROCK.replace("flask", framework.as_str());
    let rock = if has_class { rock } else { rock.replace(from, to) };
    let mut world = World::fresh(charm(framework, POSTGRESQL, None), &rock);
    world.relate("postgresql", &[("endpoints", "pg:5432"), ("username", "u"), ("password", "p")]);
    world.settle();
    world
}

fn command(world: &World) -> &str {
    &world.container().plan.services[world.charm.profile.framework.as_str()].command
}

/// The status with this worker class, and what stands in the command then.
fn with_class(framework: Framework, has_class: bool, class: &str) -> (String, bool) {
    let mut world = app(framework, has_class);
    world.option("webserver-worker-class", class);
    world.settle();
    (world.status(), command(&world).ends_with(&format!(" -k [ {class} ]")))
}

fn worker_classes(framework: Framework) {
    let unknown =
        format!("blocked: Only 'gevent' and 'sync' are allowed. https://bit.ly/{framework}-async-doc");
    assert_eq!(with_class(framework, true, "eventlet"), (unknown, false));
    let no_place = "blocked: Worker class is set through `juju config` but the `-k` worker class argument is not in the service command.";
    assert_eq!(with_class(framework, false, "gevent"), (no_place.to_owned(), false));
    for class in ["gevent", "sync"] {
        assert_eq!(with_class(framework, true, class), ("active".to_owned(), true));
    }
}

#[test]
fn django_has_the_worker_classes_that_there_is_a_place_for() {
    worker_classes(Framework::Django);
}

#[test]
fn flask_has_the_worker_classes_that_there_is_a_place_for() {
    worker_classes(Framework::Flask);
}

/// What is shown where the rock has no gevent, once it was looked for before anything else is done.
fn without_gevent(framework: Framework) -> String {
    let mut world = app(framework, true);
    world.option("webserver-worker-class", "gevent");
    let effects = world.decide().effects;
    let at = |wanted: fn(&Effect<WebEffect>) -> bool| effects.iter().position(wanted).unwrap();
    let is_check = |effect: &Effect<_>| {
        matches!(effect, Effect::Workload(WebEffect { change: Change::Check { .. }, .. }))
    };
    let is_layer =
        |effect: &Effect<_>| matches!(effect, Effect::Container(_, ContainerChange::AddLayer { .. }));
    assert!(at(is_check) < at(is_layer), "{effects:?}");
    let Effect::Workload(WebEffect { change: Change::Check { command, problem }, .. }) =
        &effects[at(is_check)]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(command.exec.command, GEVENT_CHECK);
    problem.to_string()
}

#[test]
fn a_django_rock_without_gevent_is_blocked_before_anything_is_changed() {
    let expected = "blocked: gunicorn[gevent] must be installed in the rock. https://bit.ly/django-async-doc";
    assert_eq!(without_gevent(Framework::Django), expected);
}

#[test]
fn a_flask_rock_without_gevent_is_blocked_before_anything_is_changed() {
    let expected = "blocked: gunicorn[gevent] must be installed in the rock. https://bit.ly/flask-async-doc";
    assert_eq!(without_gevent(Framework::Flask), expected);
}

fn fastapi(paas_config: Option<&str>) -> World {
    let rock = "services: {fastapi: {override: replace, startup: enabled, user: _daemon_, command: uvicorn}}";
    let mut world = World::fresh(charm(Framework::FastApi, "", paas_config), rock);
    world.settle();
    assert_eq!(world.status(), "active");
    world
}

#[test]
fn uvicorns_logs_are_json_where_the_author_says_so() {
    let world = fastapi(Some("framework_logging_format: json"));
    let all = world.variables();
    assert_eq!(all["UVICORN_LOG_CONFIG"], "/tmp/fastapi/log_config/uvicorn-log-config.json");
    assert_eq!(all["PYTHONPATH"], "/tmp/fastapi/log_config");
    for file in ["uvicorn_log_handler.py", "uvicorn-log-config.json"] {
        assert_eq!(world.times(&format!("push /tmp/fastapi/log_config/{file}")), 1, "{:?}", world.done);
    }
}

#[test]
fn without_json_uvicorn_is_given_no_files_and_no_variables() {
    for paas_config in [None, Some("framework_logging_format: none")] {
        let world = fastapi(paas_config);
        assert_eq!(world.times("push /tmp/fastapi/log_config"), 0, "{:?}", world.done);
        let all = world.variables();
        assert!(!all.contains_key("UVICORN_LOG_CONFIG") && !all.contains_key("PYTHONPATH"), "{all:?}");
    }
}
