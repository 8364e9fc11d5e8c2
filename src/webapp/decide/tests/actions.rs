//! The actions: what they do, and that none ends without a word.

use super::world::{World, charm};
use super::{POSTGRESQL, ROCK, flask};
use crate::effects::Effect;
use crate::juju::event::Event;
use crate::observed::SecretState;
use crate::webapp::effects::{Change, WebEffect};
use crate::webapp::framework::Framework;

/// Makes a world worse.
type Hinder = fn(&mut World);

const ANN: [(&str, &str); 2] = [("username", "ann"), ("email", "ann@example.com")];

fn django() -> World {
    let mut world =
        World::fresh(charm(Framework::Django, POSTGRESQL, None), &ROCK.replace("flask", "django"));
    world.relate("postgresql", &[("endpoints", "pg:5432"), ("username", "u"), ("password", "p")]);
    world.settle();
    world
}

/// Why the action failed, which did nothing else.
fn failure(effects: &[Effect<WebEffect>]) -> &str {
    let [Effect::ActionFailure(reason)] = effects else { panic!("{effects:?}") };
    reason
}

#[test]
fn the_superusers_name_and_address_are_given_to_djangos_own_command() {
    let effects = django().act("create-superuser", &ANN);
    let [Effect::Workload(WebEffect { change: Change::Act { command }, .. }), Effect::ActionResults(results)] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    let exec = &command.exec;
    let wrapper = "/opt/sidecharm/b1/sidecharm run --environment /etc/sidecharm/secrets/_daemon_.json -- ";
    let expected = format!("{wrapper}python3 manage.py createsuperuser --noinput");
    assert_eq!(exec.command.join(" "), expected, "the secret key is in that file");
    assert_eq!(exec.environment["DJANGO_SUPERUSER_USERNAME"], "ann");
    assert_eq!(exec.environment["DJANGO_SUPERUSER_EMAIL"], "ann@example.com");
    assert_eq!(exec.environment["DJANGO_SUPERUSER_PASSWORD"], results["password"].expose());
    assert_eq!(django().variables()["DJANGO_SECRET_KEY"], "made");
}

/// Defect 21 of paas-charm: it told the failure, and ran the command all the same.
#[test]
fn create_superuser_runs_nothing_where_the_charm_is_not_ready() {
    let hindrances: [(Hinder, &str); 3] = [
        (|world| world.observed.relations.clear(), "missing integrations: postgresql"),
        (|world| world.option("webserver-worker-class", "eventlet"), "Only 'gevent' and 'sync' are allowed"),
        (
            |world| world.observed.secret = SecretState::Vanished(World::secret_id()),
            "the secret key cannot be read",
        ),
    ];
    for (hinder, why) in hindrances {
        let mut world = django();
        hinder(&mut world);
        world.done.clear();
        let effects = world.act("create-superuser", &ANN);
        let reason = failure(&effects);
        assert!(reason.starts_with(&format!("django-app container is not ready: {why}")), "{reason}");
        assert_eq!(world.done, [""; 0]);
    }
}

/// Defect 22 of paas-charm: where its state was invalid, the action did nothing and told nothing.
#[test]
fn rotate_secret_key_fails_with_a_reason_or_tells_that_it_has_rotated() {
    let rotate = |hinder: Hinder| {
        let mut world = flask();
        hinder(&mut world);
        world.act("rotate-secret-key", &[])
    };
    let vanished = rotate(|world| world.observed.secret = SecretState::Vanished(World::secret_id()));
    let expected =
        "the secret key cannot be read (secret:9m4e2mr0ui3e8a215n4g: it was removed): see `juju secrets`";
    assert_eq!(failure(&vanished), expected);
    let without_peers = rotate(|world| world.observed.peer = None);
    assert_eq!(failure(&without_peers), "charm is still initializing");
    let with_a_bad_option = rotate(|world| world.option("flask-env", ""));
    let is_renewal = |effect: &Effect<_>| matches!(effect, Effect::RenewSecret { .. });
    let is_told = |effect: &Effect<_>| matches!(effect, Effect::ActionResults(results) if results["status"].expose() == "success");
    assert!(
        with_a_bad_option.iter().any(is_renewal) && with_a_bad_option.iter().any(is_told),
        "{with_a_bad_option:?}"
    );
}

#[test]
fn the_app_has_another_key_after_the_rotation() {
    let mut world = flask();
    assert_eq!(world.variables()["FLASK_SECRET_KEY"], "made");
    drop(world.act("rotate-secret-key", &[]));
    world.observed.event = Event::UpdateStatus;
    world.settle();
    assert_eq!(world.variables()["FLASK_SECRET_KEY"], "renewed");
}
