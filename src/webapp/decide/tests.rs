mod actions;
mod changes;
mod layers;
mod patience;
mod plan;
mod rolling;
mod servers;
mod world;

use crate::effects::{Bag, Effect, OwnSecret};
use crate::juju::event::Event;
use crate::juju::wire::Databag;
use crate::observed::SecretState;
use crate::pebble::types::{CheckStatus, Plan, ServiceStatus};
use crate::secret::Secret;
use crate::webapp::framework::{Framework, Generation};
use crate::webapp::layer::Rock;
use world::{World, charm};

const ROCK: &str = "services: {
    flask: {override: replace, startup: enabled, command: \"/bin/python3 -m gunicorn -c /flask/gunicorn.conf.py 'app:app' -k [ sync ]\", user: _daemon_, environment: {ROCK: kept}},
    statsd-exporter: {override: merge, startup: enabled, command: /bin/statsd_exporter}}";
const WORKERS: &str = "services: {
    flask: {override: replace, startup: enabled, command: \"gunicorn -k [ sync ]\"},
    a-worker: {override: replace, startup: enabled, command: worker},
    a-scheduler: {override: replace, startup: enabled, command: scheduler}}";
const POSTGRESQL: &str = "postgresql: {interface: postgresql_client}";

fn flask() -> World {
    World::settled(charm(Framework::Flask, "", None), ROCK)
}

fn is_active(world: &World, service: &str) -> bool {
    world.container().is_active(service)
}

#[test]
fn a_first_pass_makes_the_key_and_the_second_starts_the_app() {
    let mut world = World::fresh(charm(Framework::Flask, "", None), ROCK);
    assert_eq!(world.pass().unit_status.unwrap().to_string(), "waiting: Waiting for peer integration");
    assert!(world.done.is_empty(), "{:?}", world.done);
    world.pass();
    let run = "/opt/sidecharm/b1/sidecharm run --environment /etc/sidecharm/beside/_daemon_.json --";
    let check = "-c /flask/gunicorn.candidate.conf.py --check-config";
    let gunicorn = "/bin/python3 -m gunicorn -c /flask/gunicorn.conf.py app:app -k sync";
    assert_eq!(
        world.done,
        [
            "push /tmp/flask/state/original-services.json",
            "push itself",
            "push /etc/sidecharm/beside/_daemon_.json",
            "push /flask/gunicorn.candidate.conf.py",
            &format!("check {run} {gunicorn} {check}"),
            "push /flask/gunicorn.conf.py",
            "push /etc/sidecharm/beside/_daemon_.json",
            "push /etc/sidecharm/secrets/_daemon_.json",
            "layer charm",
            "replan",
            "push /flask/gunicorn.candidate.conf.py",
        ]
    );
    assert_eq!(world.status(), "active");
    assert!(world.decide().effects.is_empty(), "{:?}", world.decide().effects);
    let plan = serde_json::to_string(&world.container().plan).unwrap();
    assert!(plan.contains("ROCK") && !plan.contains("made"), "{plan}");
}

#[test]
fn an_option_restarts_the_app_once() {
    let mut world = flask();
    world.option("flask-env", "staging");
    world.settle();
    let replans = world.done.iter().filter(|done| *done == "replan").count();
    assert_eq!(replans, 1, "{:?}", world.done);
    assert!(!world.done.iter().any(|done| done.starts_with("check")), "{:?}", world.done);
}

#[test]
fn the_path_that_the_operator_names_is_asked_for() {
    let mut world = flask();
    world.option("sidecharm-check-path", "/healthz");
    world.settle();
    let check = serde_json::to_string(&world.container().plan.checks["sidecharm-web"]).unwrap();
    assert!(check.contains("http://localhost:8000/healthz") && !check.contains("tcp"), "{check}");
}

#[test]
fn a_setting_of_gunicorns_reloads_it_and_restarts_nothing() {
    let mut world = flask();
    let _before = world
        .observed
        .config
        .insert("webserver-workers".to_owned(), crate::juju::wire::ConfigValue::Integer(3));
    world.settle();
    assert!(world.done.contains(&"reload flask".to_owned()), "{:?}", world.done);
    assert!(!world.done.contains(&"replan".to_owned()), "{:?}", world.done);
    assert_eq!(
        world.done.last().unwrap(),
        "push /flask/gunicorn.candidate.conf.py",
        "the candidate goes last"
    );
}

#[test]
fn a_reload_that_was_cut_off_is_made_good() {
    let mut world = flask();
    let candidate = "/flask/gunicorn.candidate.conf.py";
    let wanted = world.container().content("/flask/gunicorn.conf.py").unwrap().to_owned();
    let container = world.observed.containers.values_mut().next().unwrap();
    let _before = container.contents.insert(candidate.to_owned(), Secret::new(wanted));
    world.settle();
    assert!(world.done.contains(&"reload flask".to_owned()), "{:?}", world.done);
}

#[test]
fn bad_options_block_and_the_running_app_is_left_alone() {
    for (option, value, expected) in [
        ("flask-env", "", "blocked: invalid options: flask-env (must be a text that is not empty)"),
        (
            "webserver-worker-class",
            "eventlet",
            "blocked: Only 'gevent' and 'sync' are allowed. https://bit.ly/flask-async-doc",
        ),
    ] {
        let mut world = flask();
        world.option(option, value);
        assert_eq!(world.status(), expected);
        world.pass();
        assert!(world.done.is_empty() && is_active(&world, "flask"), "{option}: {:?}", world.done);
    }
}

#[test]
fn a_broken_file_or_a_rock_of_another_framework_blocks_and_the_running_app_is_left_alone() {
    let mut world = flask();
    world.charm = charm(Framework::Flask, "", Some("nonsense: true"));
    assert!(world.status().starts_with("blocked: Invalid paas-config.yaml: nonsense"), "{}", world.status());
    world.pass();
    assert!(world.done.is_empty() && is_active(&world, "flask"), "{:?}", world.done);
    let mut world = flask();
    let rock = "services: {web: {override: replace, command: x}}";
    let remembered = world.observed.containers.values_mut().next().unwrap();
    let text = Rock::of(&Plan::parse(rock).unwrap()).remembered().unwrap();
    let file = "/tmp/flask/state/original-services.json".to_owned();
    let _before = remembered.contents.insert(file, Secret::new(text));
    assert!(world.status().starts_with("blocked: the rock has no service 'flask'"), "{}", world.status());
    world.pass();
    assert!(world.done.is_empty() && is_active(&world, "flask"), "{:?}", world.done);
}

#[test]
fn a_rock_without_the_service_is_blocked() {
    let world =
        World::settled(charm(Framework::Flask, "", None), "services: {web: {override: replace, command: x}}");
    assert_eq!(
        world.status(),
        "blocked: the rock has no service 'flask': attach the rock of a flask app with `juju attach-resource`"
    );
}

#[test]
fn a_missing_integration_stops_all_services_and_its_return_starts_them() {
    let mut world = World::fresh(charm(Framework::Flask, POSTGRESQL, None), ROCK);
    world.settle();
    assert_eq!(world.status(), "blocked: missing integrations: postgresql");
    assert!(!is_active(&world, "flask"));
    let said = [("endpoints", "pg:5432"), ("username", "u"), ("password", "p"), ("database", "web")];
    world.relate("postgresql", &said);
    world.settle();
    assert_eq!(world.status(), "active");
    assert!(is_active(&world, "flask"));
    world.observed.relations.clear();
    world.done.clear();
    world.settle();
    assert_eq!(world.done, ["stop flask statsd-exporter"]);
}

#[test]
fn half_of_a_relation_is_waited_for_by_name() {
    let mut world = World::settled(charm(Framework::Flask, POSTGRESQL, None), ROCK);
    world.relate("postgresql", &[("endpoints", "pg:5432"), ("database", "web")]);
    assert!(
        world.status().starts_with("waiting: Waiting for relation data: postgresql ("),
        "{}",
        world.status()
    );
}

#[test]
fn django_needs_a_database() {
    let rock = ROCK.replace("flask", "django");
    let world = World::settled(charm(Framework::Django, "", None), &rock);
    assert_eq!(world.status(), "blocked: Django requires a database integration to work");
}

#[test]
fn a_database_is_asked_for_once_and_named_after_the_application() {
    let mut world = World::settled(charm(Framework::Flask, POSTGRESQL, None), ROCK);
    world.relate("postgresql", &[]);
    world.pass();
    let relation = world.observed.relations.values().flatten().next().unwrap();
    assert_eq!(relation.own_application.as_ref().unwrap()["database"], "web");
    assert!(world.decide().effects.is_empty(), "{:?}", world.decide().effects);
}

#[test]
fn the_leader_migrates_before_the_app_starts_and_only_once() {
    let mut world = World::fresh(charm(Framework::Flask, "", None), ROCK);
    world.has_file("migrate.sh");
    world.settle();
    let at = |what: &str| world.done.iter().position(|done| done.starts_with(what)).unwrap();
    assert!(at("migrate ") < at("layer charm"), "{:?}", world.done);
    assert_eq!(world.done.iter().filter(|done| done.starts_with("migrate ")).count(), 1);
    assert!(
        world.done.contains(&"notify sidecharm.dev/migrated".to_owned()),
        "others wait: {:?}",
        world.done
    );
    assert!(world.observed.peer.as_ref().unwrap().application.contains_key("migration"));
}

#[test]
fn another_unit_waits_for_the_migration_and_starts_when_it_is_told() {
    let mut leader = World::settled(charm(Framework::Flask, "", None), ROCK);
    leader.has_file("migrate.sh");
    leader.settle();
    let mut other = World::fresh(charm(Framework::Flask, "", None), ROCK);
    other.has_file("migrate.sh");
    other.be(1, 2);
    other.observed.secret = leader.observed.secret.clone();
    assert_eq!(other.status(), "waiting: Waiting for another unit to migrate the database");
    other.pass();
    assert!(!is_active(&other, "flask"));
    other.observed.peer.as_mut().unwrap().application = leader.observed.peer.unwrap().application;
    other.settle();
    assert_eq!(other.status(), "active");
    assert!(!other.done.iter().any(|done| done.starts_with("migrate ")), "{:?}", other.done);
}

#[test]
fn one_unit_runs_the_scheduler_and_every_unit_a_worker() {
    let mut world = World::settled(charm(Framework::Flask, "", None), WORKERS);
    assert!(is_active(&world, "a-worker") && is_active(&world, "a-scheduler"));
    world.be(1, 2);
    world.settle();
    assert!(is_active(&world, "a-worker") && is_active(&world, "flask") && !is_active(&world, "a-scheduler"));
    assert!(!world.done.contains(&"replan".to_owned()), "a replan would start it again: {:?}", world.done);
    // Unit 0 went.
    world.observed.planned_units = vec![world.observed.context.unit.clone()];
    world.settle();
    assert!(is_active(&world, "a-scheduler"));
}

#[test]
fn the_key_of_the_python_charm_is_used_and_becomes_a_secret_when_it_is_rotated() {
    let mut world = World::fresh(charm(Framework::Flask, "", None), ROCK);
    let bag = &mut world.observed.peer.as_mut().unwrap().application;
    let _none = bag.insert("flask_secret_key".to_owned(), "hunter2".to_owned());
    world.settle();
    assert_eq!(world.status(), "active");
    assert_eq!(world.observed.secret, SecretState::Unnamed);
    let secrets = world.container().content("/etc/sidecharm/secrets/_daemon_.json").unwrap();
    assert!(secrets.contains("hunter2"), "the app's sessions stay valid");
    let effects = world.act("rotate-secret-key", &[]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::CreateSecret { .. })), "{effects:?}");
    assert!(!world.observed.peer.as_ref().unwrap().application.contains_key("flask_secret_key"));
}

#[test]
fn a_key_in_a_secret_with_paas_charms_label_is_used_and_rotated_there() {
    let mut world = World::settled(
        charm(Framework::Go, "", None),
        "services: {go: {override: replace, startup: enabled, command: app}}",
    );
    world.charm.profile.generation = Generation::Second;
    world.observed.peer.as_mut().unwrap().application.clear();
    assert!(world.decide().effects.iter().all(|effect| !matches!(effect, Effect::CreateSecret { .. })));
    let renewed = Effect::RenewSecret { which: OwnSecret::Label("app-secret-key"), keys: vec!["value"] };
    assert!(world.act("rotate-secret-key", &[]).contains(&renewed));
}

#[test]
fn only_the_leader_rotates_and_only_when_there_is_a_key() {
    let failure = |effects: Vec<Effect<_>>| match &effects[..] {
        [Effect::ActionFailure(reason)] => reason.clone(),
        other => panic!("{other:?}"),
    };
    let mut world = World::fresh(charm(Framework::Flask, "", None), ROCK);
    assert_eq!(failure(world.act("rotate-secret-key", &[])), "charm is still initializing");
    world.observed.is_leader = false;
    assert_eq!(failure(world.act("rotate-secret-key", &[])), "only leader unit can rotate secret key");
    let mut world = flask();
    let effects = world.act("rotate-secret-key", &[]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::RenewSecret { .. })), "{effects:?}");
    assert!(world.done.contains(&"notify sidecharm.dev/secret-key".to_owned()), "{:?}", world.done);
    world.observed.event = Event::UpdateStatus;
    world.done.clear();
    world.settle();
    assert!(world.done.contains(&"replan".to_owned()), "the app is given the new one: {:?}", world.done);
}

#[test]
fn a_superuser_is_made_with_a_password_that_is_told_and_a_charm_that_is_not_ready_makes_none() {
    let rock = ROCK.replace("flask", "django");
    let requires = "postgresql: {interface: postgresql_client}";
    let mut world = World::settled(charm(Framework::Django, requires, None), &rock);
    let parameters = [("username", "ann"), ("email", "ann@example.com")];
    let effects = world.act("create-superuser", &parameters);
    assert!(
        matches!(&effects[..], [Effect::ActionFailure(reason)] if reason.starts_with("django-app container is not ready")),
        "{effects:?}"
    );
    world.observed.event = Event::ConfigChanged;
    world.relate("postgresql", &[("endpoints", "pg:5432"), ("username", "u"), ("password", "p")]);
    world.settle();
    world.done.clear();
    let effects = world.act("create-superuser", &parameters);
    assert!(world.done[0].ends_with("-- python3 manage.py createsuperuser --noinput"), "{:?}", world.done);
    let results = effects.iter().find_map(|effect| match effect {
        Effect::ActionResults(results) => Some(results),
        _ => None,
    });
    assert_eq!(results.unwrap()["password"].expose(), "fresh");
}

#[test]
fn a_service_that_keeps_ending_is_named() {
    let mut world = flask();
    world.set(&["flask".to_owned()], &ServiceStatus::Backoff);
    assert_eq!(
        world.status(),
        "blocked: service flask keeps ending: see `juju ssh --container flask-app web/0 pebble logs flask`"
    );
}

#[test]
fn a_worker_that_keeps_ending_is_named_too() {
    let mut world = World::settled(charm(Framework::Flask, "", None), WORKERS);
    world.set(&["a-worker".to_owned()], &ServiceStatus::Backoff);
    assert_eq!(
        world.status(),
        "blocked: service a-worker keeps ending: see `juju ssh --container flask-app web/0 pebble logs a-worker`"
    );
}

#[test]
fn data_that_no_process_can_be_given_block_and_name_the_variable() {
    let mut world = World::settled(charm(Framework::Flask, POSTGRESQL, None), ROCK);
    let said = [("endpoints", "pg:5432"), ("username", "u"), ("password", "p\u{0}"), ("database", "web")];
    world.relate("postgresql", &said);
    let expected = "blocked: POSTGRESQL_DB_PASSWORD, which the app is to be given, must hold no NUL byte";
    assert!(world.status().starts_with(expected), "{}", world.status());
    world.pass();
    assert!(world.done.is_empty(), "{:?}", world.done);
}

#[test]
fn an_app_that_does_not_answer_its_check_is_named_while_it_does_not() {
    let mut world = flask();
    world.check(CheckStatus::Down);
    let see = "see `juju ssh --container flask-app web/0 pebble logs flask`";
    assert_eq!(world.status(), format!("waiting: service flask does not listen at port 8000: {see}"));
    world.option("sidecharm-check-path", "/healthz");
    world.settle();
    let expected =
        format!("waiting: service flask does not answer GET /healthz at port 8000 with 2xx: {see}");
    assert_eq!(world.status(), expected);
    world.check(CheckStatus::Up);
    assert_eq!(world.status(), "active");
}

#[test]
fn a_secret_key_that_vanished_is_told_and_no_other_is_made() {
    let mut world = flask();
    world.observed.secret = SecretState::Vanished(World::secret_id());
    assert!(world.status().starts_with("blocked: the secret key cannot be read"), "{}", world.status());
    world.pass();
    assert!(world.done.is_empty() && is_active(&world, "flask"), "{:?}", world.done);
}

#[test]
fn the_base_url_follows_the_ingress_and_the_ingress_is_told_the_port() {
    let mut world = flask();
    world.relate("ingress", &[("ingress", r#"{"url": "http://juju.test/dev-web"}"#)]);
    world.settle();
    let layer = serde_json::to_string(&world.container().plan).unwrap();
    assert!(layer.contains("\"FLASK_BASE_URL\":\"http://juju.test/dev-web\""), "{layer}");
    let relation = world.observed.relations.values().flatten().next().unwrap();
    assert_eq!(relation.own_application.as_ref().unwrap()["port"], "8000");
    let told = |bag: &Option<Databag>| bag.as_ref().unwrap()["host"].clone();
    assert_eq!(told(&relation.own_unit), "\"web-0.web-endpoints.dev.svc.cluster.local\"");
}

#[test]
fn a_unit_that_does_not_lead_writes_nothing_of_the_applications() {
    let mut world = World::fresh(charm(Framework::Flask, POSTGRESQL, None), ROCK);
    world.be(1, 2);
    world.relate("postgresql", &[]);
    world.observed.relations.values_mut().flatten().for_each(|relation| relation.own_application = None);
    let effects = world.decide().effects;
    let of_application = |effect: &Effect<_>| {
        matches!(effect, Effect::Databag(_, Bag::Application, _) | Effect::CreateSecret { .. })
    };
    assert!(!effects.iter().any(of_application), "{effects:?}");
}
