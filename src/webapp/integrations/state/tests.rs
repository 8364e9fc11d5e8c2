use super::*;
use crate::relations::testing::{anything, remote, with_units};
use crate::webapp::integrations::testing::{self, SECRET, all, database, requires, seen, seen_of};
use crate::webapp::integrations::testing::{postgresql, redis, s3, saml, smtp, valkey};

/// The state in a line; of what is ready, the URL if it has one.
fn shown(state: &State) -> String {
    match state {
        State::Ready(Data::Database(database)) => database.connection.uri().expose().to_owned(),
        State::Ready(Data::Redis(url)) => url.uri().expose().to_owned(),
        State::Ready(Data::Valkey(valkey)) => valkey.connection.uri().expose().to_owned(),
        State::Ready(Data::RabbitMq(rabbit)) => rabbit.uris().expose().to_owned(),
        State::Ready(Data::Tracing(url)) => url.as_str().to_owned(),
        State::Ready(_) => "ready".to_owned(),
        other => format!("{other:?}"),
    }
}

fn table<const N: usize>(interface: &str, cases: [(&str, Remote); N]) -> String {
    let line = |(case, said): (&str, Remote)| {
        let seen = seen(&[("endpoint", interface, said)]);
        format!("{case}: {}", shown(&seen[0].state))
    };
    cases.map(line).join("\n")
}

/// As Juju has it from the first moment of a relation.
fn silent() -> Remote {
    with_units(
        Remote::default(),
        &[("far/0", &[("ingress-address", "10.1.0.1"), ("private-address", "10.1.0.1")])],
    )
}

#[test]
fn who_said_nothing_is_silent_and_who_said_all_is_ready() {
    for (endpoint, interface, said) in all() {
        let integrations = requires(&[(endpoint, interface, true)]);
        assert_eq!(seen_of(&integrations, &[])[0].state, State::Unrelated, "{interface}");
        for nothing in [Remote::default(), silent()] {
            assert_eq!(seen_of(&integrations, &[(endpoint, nothing)])[0].state, State::Silent, "{interface}");
        }
        let ready = seen_of(&integrations, &[(endpoint, said)]);
        assert!(ready[0].data().is_some(), "{interface}: {:?}", ready[0].state);
    }
}

#[test]
fn the_secrets_that_an_answer_names_are_asked_for() {
    for (endpoint, interface, said) in all() {
        let integrations = requires(&[(endpoint, interface, true)]);
        let (relations, _) = testing::observed(&[(endpoint, said.clone())]);
        let named = named_secrets(&integrations, &relations);
        assert!(named.keys().eq(said.secrets.keys()), "{interface}: {named:?}");
        assert_eq!(named_secrets(&requires(&[("other", interface, true)]), &relations), NamedSecrets::new());
    }
}

#[test]
fn a_secret_that_the_relation_does_not_name_is_not_its_own() {
    let integrations = requires(&[("smtp", "smtp", true)]);
    let (relations, mut secrets) =
        testing::observed(&[("smtp", smtp(&[("password_id", "")])), ("x", postgresql())]);
    let own = ApplicationName::parse("my-app").unwrap();
    let looked = look(&integrations, &relations, &secrets, &own);
    let Some(Data::Smtp(smtp)) = looked[0].data() else { panic!("{looked:?}") };
    assert_eq!(smtp.password, None);
    let (relations, _) = testing::observed(&[("smtp", testing::smtp(&[]))]);
    for state in secrets.values_mut() {
        *state = SecretState::Unreadable(SecretId::parse(SECRET).unwrap(), "denied".to_owned());
    }
    let refused = look(&integrations, &relations, &secrets, &own);
    assert_eq!(shown(&refused[0].state), r#"Waiting(["the content of password_id"])"#);
}

#[test]
fn only_what_is_used_is_read() {
    let names: Vec<_> = all().into_iter().map(|(name, interface, _)| (name, interface, true)).collect();
    let wants = wants(&requires(&names));
    let of = |wanted: fn(&EndpointWant) -> bool| {
        let chosen: Vec<_> =
            wants.iter().filter(|want| wanted(want)).map(|want| want.endpoint.as_str()).collect();
        chosen.join(" ")
    };
    assert_eq!(of(|want| want.reads_units), "mongodb mysql postgresql rabbitmq redis oidc logging");
    assert_eq!(of(|want| !want.reads_application), "logging");
    assert_eq!(of(|want| want.own == OwnBags::Never), "redis saml smtp");
    assert_eq!(wants.len(), 15);
}

#[test]
fn the_url_of_a_database_is_taken_or_made() {
    let plain = |keys: &[(&str, &str)]| remote(keys, &[]);
    let fields = [("username", "u"), ("password", "p"), ("endpoints", "h1:5432,h2:5432"), ("database", "d")];
    insta::assert_snapshot!(table("postgresql_client", [
        ("nothing", Remote::default()),
        ("no user", plain(&fields[1..])),
        ("no password", plain(&[fields[0], fields[2]])),
        ("no endpoints", plain(&fields[..2])),
        ("uris win", plain(&[&fields[..], &[("uris", "postgresql://a:b@c/e")]].concat())),
        ("fields", plain(&fields)),
        ("no database", plain(&fields[..3])),
        ("a secret", postgresql()),
        ("a secret not granted", remote(&[("secret-user", SECRET)], &[])),
    ]), @r#"
    nothing: Silent
    no user: Waiting(["username"])
    no password: Waiting(["password"])
    no endpoints: Waiting(["endpoints"])
    uris win: postgresql://a:b@c/e
    fields: postgresql://u:p@h1:5432/d
    no database: postgresql://u:p@h1:5432/my-app
    a secret: postgresql://u:hunter2@pg-primary:5432/app
    a secret not granted: Waiting(["the content of secret-user"])
    "#);
    insta::assert_snapshot!(table("mysql_client", [("fields", plain(&fields))]), @"fields: mysql://u:p@h1:5432/d");
    insta::assert_snapshot!(table("mongodb_client", [("fields", plain(&fields))]), @"fields: mongodb://u:p@h1:5432,h2:5432/d");
}

#[test]
fn a_uri_with_several_hosts_is_read() {
    let uri = "mongodb://u:p@h1:27017,h2:27017/d?replicaSet=rs";
    assert_eq!(table("mongodb_client", [("uri", database(uri))]), format!("uri: {uri}"));
}

#[test]
fn a_password_that_breaks_a_uri_is_encoded() {
    let broken = "postgresql://u:p/a#s?s@h:5432/d";
    let fields = remote(
        &[("username", "u"), ("password", "p/a#s?s"), ("endpoints", "h:5432"), ("database", "d")],
        &[],
    );
    insta::assert_snapshot!(table("postgresql_client", [("uri", database(broken)), ("fields", fields)]), @"
    uri: postgresql://u:p%2Fa%23s%3Fs@h:5432/d
    fields: postgresql://u:p%2Fa%23s%3Fs@h:5432/d
    ");
    let rabbit = remote(&[("hostname", "h"), ("password", "p/a#s?s")], &[]);
    insta::assert_snapshot!(table("rabbitmq", [("rabbit", rabbit)]), @"rabbit: amqp://my-app:p%2Fa%23s%3Fs@h:5672/%2F");
}

#[test]
fn a_rabbitmq_is_known_by_its_application_or_by_its_units() {
    let unit = |keys: &[(&str, &str)]| with_units(Remote::default(), &[("rabbit/0", keys)]);
    insta::assert_snapshot!(table("rabbitmq", [
        ("nothing", silent()),
        ("no password", unit(&[("hostname", "h")])),
        ("no host", unit(&[("password", "p")])),
        ("a unit", unit(&[("hostname", "h"), ("password", "p")])),
        ("the application", remote(&[("hostname", "h"), ("password", "p")], &[])),
    ]), @r#"
    nothing: Silent
    no password: Waiting(["password"])
    no host: Waiting(["hostname"])
    a unit: amqp://my-app:p@h:5672/%2F
    the application: amqp://my-app:p@h:5672/%2F
    "#);
}

#[test]
fn the_hosts_of_a_rabbitmq_are_in_the_order_of_their_units() {
    let host = |name: &'static str| [("hostname", name), ("password", "p")];
    let (a, b, c) = (host("10.0.0.9"), host("10.0.0.1"), host("10.0.0.5"));
    let units: [(&str, &[(&str, &str)]); 3] = [("rabbit/2", &a), ("rabbit/10", &b), ("rabbit/1", &c)];
    let forwards = with_units(Remote::default(), &units);
    insta::assert_snapshot!(table("rabbitmq", [("units", forwards)]), @"units: amqp://my-app:p@10.0.0.5:5672/%2F,amqp://my-app:p@10.0.0.9:5672/%2F,amqp://my-app:p@10.0.0.1:5672/%2F");
}

#[test]
fn a_redis_is_known_by_its_leader_host_and_port() {
    let unit: &[_] = &[("hostname", "10.1.88.132"), ("port", "6379")];
    let with = |leader: &[(&str, &str)]| with_units(remote(leader, &[]), &[("redis/0", unit)]);
    let host = |name: &str, port: &str| {
        with_units(Remote::default(), &[("redis/0", &[("hostname", name), ("port", port)])])
    };
    insta::assert_snapshot!(table("redis", [
        ("nothing", silent()),
        ("host and port", redis()),
        ("a user", host("u:p@10.1.88.132", "6379")),
        ("leader-host", with(&[("leader-host", "redis-0.redis-endpoints")])),
        ("no port yet", host("h", "None")),
        ("a port that is none", host("h", "x")),
        ("a port too high", host("h", "70000")),
        ("no host", host("a b", "6379")),
    ]), @r#"
    nothing: Silent
    host and port: redis://10.1.88.132:6379
    a user: redis://u:p@10.1.88.132:6379
    leader-host: redis://redis-0.redis-endpoints:6379
    no port yet: Waiting(["hostname", "port"])
    a port that is none: Broken("redis/0: port: is not a port number from 1 to 65535")
    a port too high: Broken("redis/0: port: is not a port number from 1 to 65535")
    no host: Broken("hostname: is no host name")
    "#);
}

#[test]
fn a_bucket_needs_both_keys_and_a_name() {
    insta::assert_snapshot!(table("s3", [
        ("nothing", Remote::default()),
        ("the integrator's bookkeeping", remote(&[("data", r#"{"bucket": "my-app"}"#)], &[])),
        ("no access key", remote(&[("secret-key", "s"), ("bucket", "b")], &[])),
        ("no secret key", remote(&[("access-key", "a"), ("bucket", "b")], &[])),
        ("no bucket", remote(&[("access-key", "a"), ("secret-key", "s")], &[])),
        ("only a bucket", remote(&[("bucket", "b")], &[])),
        ("the least", s3(&[])),
        ("the most", s3(testing::S3_MORE)),
        ("a list that is none", s3(&[("attributes", "x")])),
    ]), @r#"
    nothing: Silent
    the integrator's bookkeeping: Silent
    no access key: Waiting(["access-key"])
    no secret key: Waiting(["secret-key"])
    no bucket: Waiting(["bucket"])
    only a bucket: Waiting(["access-key", "secret-key"])
    the least: ready
    the most: ready
    a list that is none: Broken("attributes: is not a list of texts in JSON")
    "#);
}

#[test]
fn an_all_digit_s3_key_stays_text() {
    let said = remote(
        &[("access-key", "4711"), ("secret-key", "0815"), ("bucket", "true"), ("s3-api-version", "4")],
        &[],
    );
    let seen = seen(&[("s3", "s3", said)]);
    let Some(Data::S3(s3)) = seen[0].data() else { panic!("{seen:?}") };
    assert_eq!(
        (s3.access_key.expose(), s3.secret_key.expose(), s3.bucket.as_str()),
        ("4711", "0815", "true")
    );
}

#[test]
fn an_identity_provider_signs_with_its_first_certificate() {
    insta::assert_snapshot!(table("saml", [
        ("nothing", Remote::default()),
        ("no certificate", remote(&[("entity_id", "e")], &[])),
        ("an empty certificate", remote(&[("entity_id", "e"), ("x509certs", "")], &[])),
        ("the least", saml(&[])),
        ("the most", saml(testing::SAML_MORE)),
        ("no URL", saml(&[("metadata_url", "x")])),
    ]), @r#"
    nothing: Silent
    no certificate: Waiting(["x509certs"])
    an empty certificate: Waiting(["x509certs"])
    the least: ready
    the most: ready
    no URL: Broken("metadata_url: has no scheme")
    "#);
    let seen = seen(&[("saml", "saml", saml(testing::SAML_MORE))]);
    let Some(Data::Saml(saml)) = seen[0].data() else { panic!("{seen:?}") };
    assert_eq!(saml.signing_certificate, "MIIC1");
    assert_eq!(saml.sign_on_redirect().unwrap().url, "https://login.staging.ubuntu.com/");
}

#[test]
fn traces_go_where_the_protocol_that_was_asked_for_is_taken() {
    let url = |url: &str| {
        remote(
            &[(
                "receivers",
                &format!(r#"[{{"protocol": {{"name": "otlp_http", "type": "http"}}, "url": "{url}"}}]"#),
            )],
            &[],
        )
    };
    insta::assert_snapshot!(table("tracing", [
        ("nothing", Remote::default()),
        ("another protocol", remote(&[("receivers", r#"[{"protocol": {"name": "otlp_grpc", "type": "grpc"}, "url": "t:4317"}]"#)], &[])),
        ("an endpoint", testing::tracing()),
        ("a bad URL", url("tempo")),
        ("a bad port", url("http://tempo:x")),
    ]), @r#"
    nothing: Silent
    another protocol: Waiting(["receivers/otlp_http"])
    an endpoint: http://tempo:4318/
    a bad URL: Broken("receivers/url: has no scheme")
    a bad port: Broken("receivers/url: has a port that is not a number from 1 to 65535")
    "#);
}

#[test]
fn a_mail_server_says_all_that_is_needed() {
    insta::assert_snapshot!(table("smtp", [
        ("no sign-on", remote(&[("host", "h"), ("port", "25")], &[])),
        ("a bad port", smtp(&[("port", "smtp")])),
        ("a bad protection", smtp(&[("transport_security", "yes")])),
        ("all", smtp(&[])),
    ]), @r#"
    no sign-on: Waiting(["auth_type", "transport_security"])
    a bad port: Broken("port: is not a port number from 1 to 65535")
    a bad protection: Broken("transport_security: is none of none, starttls and tls")
    all: ready
    "#);
}

#[test]
fn a_valkey_must_not_want_tls() {
    insta::assert_snapshot!(table("valkey_client", [
        ("no answer", remote(&[("version", "v1"), ("requests", "[]")], &[])),
        ("the library's bookkeeping", remote(&[("version", "v1"), ("data", "{}")], &[])),
        ("all", valkey("false")),
        ("TLS", valkey("true")),
    ]), @r#"
    no answer: Waiting(["requests"])
    the library's bookkeeping: Silent
    all: valkey://u:hunter2@valkey-primary:6379
    TLS: Broken("secret-tls/tls: asks for TLS, which is not supported")
    "#);
}

#[test]
fn two_valkeys_at_one_endpoint_are_one_too_many() {
    let integrations = requires(&[("valkey", "valkey_client", true)]);
    let two = seen_of(&integrations, &[("valkey", valkey("false")), ("valkey", valkey("false"))]);
    assert_eq!(shown(&two[0].state), r#"Broken("several relations: only one can be used")"#);
}

#[test]
fn of_two_databases_at_one_endpoint_the_older_is_used() {
    let integrations = requires(&[("db", "postgresql_client", true)]);
    let two = seen_of(&integrations, &[("db", postgresql()), ("db", database("postgresql://u:p@other/d"))]);
    assert_eq!(shown(&two[0].state), "postgresql://u:hunter2@pg-primary:5432/app");
}

#[test]
fn a_store_without_its_id_is_waited_for() {
    let urls = [("grpc_api_url", "g:1"), ("http_api_url", "http://h:1")];
    insta::assert_snapshot!(table("openfga", [("no store", remote(&urls, &[])), ("all", testing::openfga())]), @r#"
    no store: Waiting(["store_id"])
    all: ready
    "#);
}

#[test]
fn nothing_prints_a_password() {
    for (_, interface, said) in all() {
        let printed = format!("{:?}", seen(&[("x", interface, said)]));
        assert!(!printed.contains(testing::HIDDEN), "{printed}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bag_makes_it_panic(said in anything(&[
        "endpoints", "secret-user", "uris", "username", "password", "hostname", "port", "requests", "responses", "access-key",
        "secret-key", "bucket", "entity_id", "x509certs", "host", "auth_type", "transport_security", "receivers", "ingress", "endpoint",
    ])) {
        for interface in Interface::ALL {
            let seen = seen(&[("x", interface.as_str(), said.clone())]);
            proptest::prop_assert!(!matches!(seen[0].state, State::Unrelated));
        }
    }
}
