//! What follows from a change of relations, of units, of who leads.

use super::world::{World, charm};
use super::{POSTGRESQL, ROCK, flask, is_active};
use crate::effects::Effect;
use crate::juju::event::Event;
use crate::juju::names::{RelationId, SecretId, UnitName};
use crate::juju::wire::PortRange;
use crate::observed::SecretState;
use crate::secret::Secret;
use crate::webapp::framework::Framework;

const DATABASE: [(&str, &str); 3] = [("endpoints", "pg:5432"), ("username", "u"), ("password", "p")];
const USER: &str = "secret:rl0lt6qu3s3f21io7ag0";

/// What another charm says.
type Said<'a> = &'a [(&'a str, &'a str)];

/// Defect 18 of paas-charm: after some of them the app kept what it had been given until another event came.
#[test]
fn what_a_relation_gave_is_gone_when_the_relation_is() {
    let valkey = format!(r#"[{{"resource": "*", "endpoints": "v:6379", "secret-user": "{USER}"}}]"#);
    let proxy =
        r#"[{"requirer": "r", "status": "ready", "http_proxy": "http://p:1", "https_proxy": "http://p:1"}]"#;
    let relations: [(&str, &str, Said<'_>, &str); 6] = [
        ("rabbitmq", "rabbitmq", &[("hostname", "h"), ("password", "p")], "RABBITMQ_HOSTNAME"),
        (
            "smtp",
            "smtp",
            &[("host", "h"), ("port", "25"), ("auth_type", "none"), ("transport_security", "none")],
            "SMTP_HOST",
        ),
        ("saml", "saml", &[("entity_id", "e"), ("x509certs", "c")], "SAML_ENTITY_ID"),
        (
            "openfga",
            "openfga",
            &[("grpc_api_url", "g:1"), ("http_api_url", "http://g:2"), ("store_id", "s")],
            "FGA_STORE_ID",
        ),
        ("valkey", "valkey_client", &[("version", "v1"), ("requests", &valkey)], "VALKEY_DB_HOSTNAME"),
        ("http-proxy", "http_proxy", &[("responses", proxy)], "HTTP_PROXY"),
    ];
    for (endpoint, interface, said, variable) in relations {
        let requires = format!("{endpoint}: {{interface: {interface}, optional: true}}");
        let mut world = World::settled(charm(Framework::Flask, &requires, None), ROCK);
        let content =
            [("username", "u"), ("password", "p")].map(|(key, text)| (key.to_owned(), Secret::new(text)));
        let known = SecretState::Known(content.into_iter().collect());
        let _none = world.observed.secrets.insert(SecretId::parse(USER).unwrap(), known);
        let before = world.variables();
        world.relate(endpoint, said);
        world.settle();
        assert_eq!(world.status(), "active", "{endpoint}");
        assert!(world.variables().contains_key(variable), "{endpoint}: {:?}", world.variables());
        world.observed.relations.clear();
        world.done.clear();
        world.settle();
        assert_eq!(world.variables(), before, "{endpoint}");
        assert_eq!((world.times("replan"), world.status().as_str()), (1, "active"), "{endpoint}");
    }
}

#[test]
fn a_peer_that_leaves_restarts_the_app_once_with_the_peers_that_are_left() {
    let mut world = flask();
    world.observed.planned_units =
        [0, 1, 2].map(|number| UnitName::parse(&format!("web/{number}")).unwrap()).into();
    world.settle();
    let host = |number: u32| format!("web-{number}.web-endpoints.dev.svc.cluster.local");
    assert_eq!(world.variables()["FLASK_PEER_FQDNS"], format!("{},{}", host(1), host(2)));
    let _gone = world.observed.planned_units.pop();
    world.done.clear();
    world.settle();
    assert_eq!(world.variables()["FLASK_PEER_FQDNS"], host(1));
    assert_eq!(world.times("replan"), 1, "{:?}", world.done);
}

#[test]
fn djangos_hosts_follow_the_ingress() {
    let mut world =
        World::fresh(charm(Framework::Django, POSTGRESQL, None), &ROCK.replace("flask", "django"));
    world.relate("postgresql", &DATABASE);
    world.settle();
    let hosts = |world: &World| world.variables()["DJANGO_ALLOWED_HOSTS"].clone();
    assert_eq!(hosts(&world), r#"["web.dev"]"#);
    for host in ["juju.test", "another.test"] {
        world.relate("ingress", &[("ingress", &format!(r#"{{"url": "http://{host}/dev-web"}}"#))]);
        world.settle();
        assert_eq!(hosts(&world), format!(r#"["{host}"]"#));
    }
}

#[test]
fn a_lost_integration_stops_the_app_and_what_comes_back_is_migrated_for() {
    let mut world = World::fresh(charm(Framework::Flask, POSTGRESQL, None), ROCK);
    world.has_file("migrate.sh");
    world.relate("postgresql", &DATABASE);
    world.settle();
    let state = |world: &World| {
        let text = world.container().content("/tmp/flask/state/database-migration-status").unwrap();
        text.lines().next().unwrap().to_owned()
    };
    assert_eq!((state(&world).as_str(), world.times("migrate ")), ("COMPLETED", 1));
    world.observed.relations.clear();
    world.settle();
    assert_eq!(world.status(), "blocked: missing integrations: postgresql");
    assert_eq!(state(&world), "PENDING");
    assert!(!is_active(&world, "flask") && !is_active(&world, "statsd-exporter"));
    world.relate("postgresql", &DATABASE);
    let relation = world.observed.relations.values_mut().flatten().next().unwrap();
    relation.id = RelationId::parse("postgresql:8").unwrap();
    world.settle();
    assert_eq!((state(&world).as_str(), world.times("migrate ")), ("COMPLETED", 2));
    assert!(is_active(&world, "flask"));
}

/// Defect 26 of paas-charm: only who led at the peer relation's first event made the key.
#[test]
fn who_leads_makes_the_key_in_whatever_event_it_is_missing() {
    let makes = |world: &World| {
        let is_made = |effect: &Effect<_>| matches!(effect, Effect::CreateSecret { .. });
        world.decide().effects.iter().filter(|effect| is_made(effect)).count()
    };
    let mut world = World::fresh(charm(Framework::Flask, "", None), ROCK);
    world.observed.is_leader = false;
    assert_eq!(makes(&world), 0);
    world.observed.is_leader = true;
    for event in [Event::LeaderElected, Event::UpdateStatus, Event::ConfigChanged, Event::UpgradeCharm] {
        world.observed.event = event;
        assert_eq!(makes(&world), 1, "{:?}", world.observed.event);
    }
    world.settle();
    assert_eq!(makes(&world), 0);
}

/// Defect 28 of paas-charm: it told the ingress of a port that was not open yet.
#[test]
fn a_port_is_open_before_the_ingress_is_told_of_it() {
    let mut world = flask();
    world.observed.opened_ports = vec![PortRange::tcp(1)];
    world.relate("ingress", &[]);
    let effects = world.decide().effects;
    let opened = effects.iter().position(|effect| matches!(effect, Effect::Ports { .. }));
    let told = effects.iter().position(
        |effect| matches!(effect, Effect::Databag(id, _, keys) if id.as_str() == "ingress:7" && keys.contains_key("port")),
    );
    assert!(opened.unwrap() < told.unwrap(), "{effects:?}");
}
