use proptest::prelude::*;

use super::*;
use crate::relations::testing::{anything, nearly, remote, with_units};
use crate::relations::{mongodb_client, mysql_client, postgresql_client};

const USER: &str = "secret:9m4e2mr0ui3e8a215n4g";
const TLS: &str = "secret:9m4e2mr0ui3e8a215n50";

fn shown(answer: &Answer<Database>) -> String {
    match answer {
        Ok(database) => format!("{}\n{:#?}", database.connection.uri().expose(), database),
        Err(not_ready) => not_ready.to_string(),
    }
}

#[test]
fn the_ask_names_the_database_and_what_shall_be_secret() {
    insta::assert_debug_snapshot!((ask("flask-app", false), ask_of_unit(true)), @r#"
    (
        {
            "database": "flask-app",
            "provided-secrets": "[\"mtls-cert\"]",
            "requested-secrets": "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\",\"entity-name\",\"entity-password\"]",
        },
        {
            "provided-secrets": "",
            "requested-secrets": "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\",\"entity-name\",\"entity-password\"]",
        },
    )
    "#);
}

fn right() -> Remote {
    remote(
        &[
            ("data", r#"{"database": "flask-app"}"#),
            ("secret-user", USER),
            ("secret-tls", TLS),
            ("database", "flask-app"),
            ("endpoints", "pg-primary.m.svc.cluster.local:5432"),
            ("read-only-endpoints", "pg-replicas.m.svc.cluster.local:5432"),
            ("version", "14.11"),
        ],
        &[
            (USER, "username", "relation_id_7"),
            (USER, "password", "pw"),
            (USER, "uris", "postgresql://relation_id_7:pw@pg-primary.m.svc.cluster.local:5432/flask-app"),
            (TLS, "tls", "False"),
        ],
    )
}

#[test]
fn a_postgresql_with_its_secrets_is_ready() {
    let said = right();
    assert_eq!(secrets(&said).len(), 2);
    insta::assert_snapshot!(shown(&postgresql_client::parse(&said, "x")), @r#"
    postgresql://relation_id_7:pw@pg-primary.m.svc.cluster.local:5432/flask-app
    Database {
        connection: Connection {
            scheme: "postgresql",
            user: Some(
                "relation_id_7",
            ),
            password: Some(
                •••,
            ),
            userinfo: Some(
                •••,
            ),
            hosts: [
                Host {
                    name: "pg-primary.m.svc.cluster.local",
                    port: Some(
                        5432,
                    ),
                },
            ],
            path: "/flask-app",
            query: "",
            fragment: "",
        },
        more: [],
        name: "flask-app",
        endpoints: [
            Host {
                name: "pg-primary.m.svc.cluster.local",
                port: Some(
                    5432,
                ),
            },
        ],
        read_only_endpoints: [
            Host {
                name: "pg-replicas.m.svc.cluster.local",
                port: Some(
                    5432,
                ),
            },
        ],
        replica_set: None,
        tls: Some(
            false,
        ),
        tls_ca: None,
        version: Some(
            "14.11",
        ),
    }
    "#);
}

#[test]
fn without_uris_one_is_made() {
    let user = [(USER, "username", "u"), (USER, "password", "p/a#s?s")];
    let mysql = [("secret-user", USER), ("endpoints", "mysql-primary.m.svc.cluster.local.:3306,b:3306")];
    let mongo = [("secret-user", USER), ("endpoints", "h1,h2:27017"), ("replset", "rs"), ("database", "d b")];
    let plain = [("username", "u"), ("password", "p"), ("endpoints", "[::1]:5432")];
    let uris = [
        mysql_client::parse(&remote(&mysql, &user), "flask-app"),
        mongodb_client::parse(&remote(&mongo, &user), "flask-app"),
        postgresql_client::parse(&remote(&plain, &[]), "flask-app"),
        mongodb_client::parse(&remote(&mongo[..2], &user), "flask-app"),
    ];
    insta::assert_snapshot!(uris.map(|one| one.unwrap().connection.uri().expose().to_owned()).join("\n"), @"
    mysql://u:p%2Fa%23s%3Fs@mysql-primary.m.svc.cluster.local.:3306/flask-app
    mongodb://u:p%2Fa%23s%3Fs@h1,h2:27017/d%20b?replicaSet=rs&authSource=admin
    postgresql://u:p@[::1]:5432/flask-app
    mongodb://u:p%2Fa%23s%3Fs@h1,h2:27017/flask-app
    ");
}

#[test]
fn several_uris_are_told_apart() {
    let said = remote(&[("uris", "postgresql://u:p@h1/d,postgresql://u:p@h2/d")], &[]);
    let database = postgresql_client::parse(&said, "d").unwrap();
    assert_eq!(database.connection.uri().expose(), "postgresql://u:p@h1/d");
    assert_eq!(database.more[0].uri().expose(), "postgresql://u:p@h2/d");
}

#[test]
fn an_unencoded_password_in_uris_is_encoded() {
    let uris = "postgresql://u:5432/p@x@h:5432/d";
    let user = [(USER, "username", "u"), (USER, "password", "5432/p@x"), (USER, "uris", uris)];
    let database = postgresql_client::parse(&remote(&[("secret-user", USER)], &user), "d").unwrap();
    assert_eq!(database.connection.uri().expose(), "postgresql://u:5432%2Fp%40x@h:5432/d");
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let half = [(USER, "password", "hunter2")];
    let uris = |text: &'static str| [(USER, "uris", text)];
    let named = ("secret-user", USER);
    let cases = [
        ("nothing", remote(&[], &[])),
        ("only their bookkeeping", remote(&[("data", "{}")], &[])),
        ("a secret not granted", remote(&[named, ("endpoints", "h:1")], &[])),
        ("half a secret", remote(&[named], &half)),
        ("half in plain text", remote(&[("password", "hunter2"), ("endpoints", "h")], &[])),
        ("no secret at all", remote(&[("secret-user", "hunter2")], &[])),
        ("a bad port", remote(&[named, ("endpoints", "h:hunter2")], &half)),
        ("a bad URI", remote(&[named], &uris("hunter2"))),
        ("blank URIs", remote(&[named], &uris(" "))),
    ];
    let lines = cases.map(|(case, said)| format!("{case}: {}", shown(&mysql_client::parse(&said, "d"))));
    insta::assert_snapshot!(lines.join("\n"), @"
    nothing: not there yet: secret-user, endpoints
    only their bookkeeping: not there yet: secret-user, endpoints
    a secret not granted: not there yet: the content of secret-user
    half a secret: not there yet: secret-user/username, endpoints
    half in plain text: not there yet: username
    no secret at all: secret-user: names no Juju secret
    a bad port: endpoints: has a port that is not a number from 1 to 65535
    a bad URI: secret-user/uris: has no scheme
    blank URIs: secret-user/uris: has no scheme
    ");
}

#[test]
fn a_subordinate_is_waited_for() {
    let said = remote(&[("subordinated", "true"), ("uris", "mysql://u:p@h/d")], &[]);
    let said = with_units(said, &[("router/0", &[("ingress-address", "10.0.0.1")])]);
    assert_eq!(mysql_client::parse(&said, "d"), Err(missing("state")));
    let said = with_units(said, &[("router/1", &[("state", "ready")])]);
    assert!(mysql_client::parse(&said, "d").is_ok());
}

const KEYS: &[&str] = &[
    "secret-user",
    "secret-tls",
    "username",
    "password",
    "uris",
    "endpoints",
    "read-only-endpoints",
    "database",
    "tls",
    "tls-ca",
    "replset",
    "subordinated",
    "state",
    "version",
];

proptest! {
    #[test]
    fn no_bag_makes_it_panic(any in anything(KEYS), nearly in nearly(right(), KEYS), uris in "([a-z]{1,3}://)?\\PC*") {
        let mut with_uris = right();
        with_uris.secrets.values_mut().for_each(|content| drop(content.insert("uris".to_owned(), Secret::new(&uris))));
        for said in [any, nearly, with_uris] {
            drop(secrets(&said));
            drop((postgresql_client::parse(&said, "d"), mysql_client::parse(&said, "d"), mongodb_client::parse(&said, "d")));
        }
    }
}
