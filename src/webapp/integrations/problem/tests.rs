use super::*;
use crate::juju::status::Kind;
use crate::relations::answer::Remote;
use crate::relations::testing::remote;
use crate::webapp::framework::{Framework, Generation};
use crate::webapp::integrations::testing::{
    self, Owned, all, database, http_proxy, ingress, oauth, postgresql, requires, s3, saml, seen, seen_of,
    smtp, tracing, valkey,
};

fn first(seen: &[Seen], owned: &Owned) -> Option<Problem> {
    invalid(seen).or_else(|| unready(seen, &owned.app()))
}

fn shown(seen: &[Seen]) -> String {
    first(seen, &Owned::first(Framework::Flask))
        .map_or_else(|| "fine".to_owned(), |problem| problem.status().to_string())
}

fn required(endpoints: &[(&str, &str)], relations: &[(&str, Remote)]) -> String {
    let endpoints: Vec<_> = endpoints.iter().map(|(name, interface)| (*name, *interface, false)).collect();
    shown(&seen_of(&requires(&endpoints), relations))
}

#[test]
fn every_required_integration_is_missed_by_the_name_of_its_endpoint() {
    let everything: Vec<_> = all().into_iter().map(|(name, interface, _)| (name, interface)).collect();
    insta::assert_snapshot!(required(&everything, &[]), @"blocked: missing integrations: mongodb, mysql, postgresql, rabbitmq, redis, valkey, s3, openfga, saml, tracing, smtp, oidc, http-proxy");
    let optional: Vec<_> = everything.iter().map(|(name, interface)| (*name, *interface, true)).collect();
    assert_eq!(shown(&seen_of(&requires(&optional), &[])), "fine");
}

#[test]
fn what_is_there_is_not_missed() {
    let three = [("mysql", "mysql_client"), ("postgresql", "postgresql_client"), ("s3", "s3")];
    assert_eq!(required(&three, &[]), "blocked: missing integrations: mysql, postgresql, s3");
    assert_eq!(required(&three, &[("s3", s3(&[]))]), "blocked: missing integrations: mysql, postgresql");
    let two = [("s3", s3(&[])), ("mysql", database("mysql://u:p@h/d"))];
    assert_eq!(required(&three, &two), "blocked: missing integrations: postgresql");
    let silent = [&two[..], &[("postgresql", Remote::default())]].concat();
    assert_eq!(required(&three, &silent), "blocked: missing integrations: postgresql");
    let there = [&two[..], &[("postgresql", postgresql())]].concat();
    assert_eq!(required(&three, &there), "fine");
}

#[test]
fn optional_and_required_integrations_are_told_apart() {
    for (endpoint, said) in [("saml", saml(&[])), ("tracing", tracing()), ("smtp", smtp(&[]))] {
        let state = |optional, relations: &[(&str, Remote)]| {
            shown(&seen_of(&requires(&[(endpoint, endpoint, optional)]), relations))
        };
        assert_eq!(state(true, &[]), "fine");
        assert_eq!(state(false, &[]), format!("blocked: missing integrations: {endpoint}"));
        assert_eq!(state(true, &[(endpoint, said.clone())]), "fine");
        assert_eq!(state(false, &[(endpoint, said)]), "fine");
    }
}

#[test]
fn who_is_optional_and_says_nothing_yet_keeps_nobody_waiting() {
    // A proxy and an identity provider were related on purpose: the app must not go out or sign on without them.
    let awaited = ["http_proxy", "oauth"];
    for (endpoint, interface, _) in all() {
        let silent = shown(&seen(&[(endpoint, interface, Remote::default())]));
        assert_eq!(silent == "fine", !awaited.contains(&interface), "{interface}: {silent}");
    }
}

#[test]
fn a_required_valkey_or_proxy_is_enforced() {
    let both = [("valkey", "valkey_client"), ("http-proxy", "http_proxy")];
    assert_eq!(required(&both, &[]), "blocked: missing integrations: valkey, http-proxy");
    let there = [("valkey", valkey("false")), ("http-proxy", http_proxy())];
    assert_eq!(required(&both, &there), "fine");
}

#[test]
fn a_missing_identity_provider_is_named_by_its_endpoint() {
    assert_eq!(required(&[("sign-on", "oauth")], &[]), "blocked: missing integrations: sign-on");
}

#[test]
fn only_what_is_missing_stops_the_services() {
    let endpoint = EndpointName::parse("s3").unwrap();
    let keys = vec!["bucket".to_owned()];
    assert!(Problem::Missing(vec![endpoint.clone()]).stops_services());
    for problem in [
        Problem::Invalid(endpoint.clone(), String::new()),
        Problem::HalfWritten(vec![(endpoint, keys)]),
        Problem::NoIngress,
    ] {
        assert!(!problem.stops_services());
    }
}

#[test]
fn data_that_cannot_be_used_are_blocked_with_the_name_of_the_relation() {
    let bad = |key: &str, text: &str| remote(&[(key, text)], &[]);
    let cases = [
        ("s3", "s3", s3(&[("attributes", "x")])),
        ("redis", "redis", bad_redis()),
        ("saml", "saml", saml(&[("metadata_url", "x")])),
        ("rabbitmq", "rabbitmq", remote(&[("hostname", "a:b:c@"), ("password", "p")], &[])),
        ("oidc", "oauth", broken_oauth()),
        ("valkey", "valkey_client", valkey("true")),
        ("tracing", "tracing", bad("receivers", "x")),
        ("smtp", "smtp", smtp(&[("port", "x")])),
        ("main-db", "postgresql_client", database("hunter2")),
        ("openfga", "openfga", remote(&OPENFGA, &[])),
        ("ingress", "ingress", bad("ingress", "x")),
    ];
    let lines = cases.map(|(name, interface, said)| shown(&seen(&[(name, interface, said)])));
    insta::assert_snapshot!(lines.join("\n"), @"
    blocked: Invalid s3 relation data. attributes: is not a list of texts in JSON
    blocked: Invalid redis relation data. redis/0: port: is not a port number from 1 to 65535
    blocked: Invalid saml relation data. metadata_url: has no scheme
    blocked: Invalid rabbitmq relation data. hostname: is no host name
    blocked: Invalid oidc relation data. jwt_access_token: is neither True nor False
    blocked: Invalid valkey relation data. secret-tls/tls: asks for TLS, which is not supported
    blocked: Invalid tracing relation data. receivers: is not a list of receivers in JSON
    blocked: Invalid smtp relation data. port: is not a port number from 1 to 65535
    blocked: Invalid main-db relation data. secret-user/uris: has no scheme
    blocked: Invalid openfga relation data. token_secret_id: names no Juju secret
    blocked: Invalid ingress relation data. ingress: is not a URL in JSON
    ");
}

const OPENFGA: [(&str, &str); 4] =
    [("grpc_api_url", "g"), ("http_api_url", "h"), ("store_id", "s"), ("token_secret_id", "hunter2")];

fn bad_redis() -> Remote {
    let mut said = testing::redis();
    for bag in said.units.values_mut() {
        bag.insert("port".to_owned(), "x".to_owned());
    }
    said
}

fn broken_oauth() -> Remote {
    let mut said = oauth();
    said.application.insert("jwt_access_token".to_owned(), "x".to_owned());
    said
}

#[test]
fn logs_that_cannot_be_sent_do_not_stop_the_app() {
    assert_eq!(shown(&seen(&[("logging", "loki_push_api", remote(&[("endpoint", "x")], &[]))])), "fine");
}

#[test]
fn a_relation_without_a_proxy_is_blocked() {
    for (said, why) in [
        (Remote::default(), "nothing was said yet"),
        (remote(&[("responses", "[]")], &[]), "not there yet: responses"),
        (remote(&[("responses", "x")], &[]), "responses: is not a list of responses in JSON"),
    ] {
        let expected =
            format!("blocked: http-proxy relation data is either unavailable, invalid or not usable. {why}");
        assert_eq!(shown(&seen(&[("http-proxy", "http_proxy", said)])), expected);
    }
    assert_eq!(shown(&seen(&[("http-proxy", "http_proxy", http_proxy())])), "fine");
    assert_eq!(shown(&seen_of(&requires(&[("http-proxy", "http_proxy", true)]), &[])), "fine");
}

#[test]
fn half_written_data_are_waited_for_with_the_name_of_the_relation() {
    let half = seen(&[
        (
            "mysql",
            "mysql_client",
            remote(&[("secret-user", testing::SECRET)], &[(testing::SECRET, "password", "p")]),
        ),
        ("s3", "s3", remote(&[("access-key", "a")], &[])),
        ("ingress", "ingress", remote(&[("other", "x")], &[])),
    ]);
    let problem = unready(&half, &Owned::first(Framework::Flask).app()).unwrap();
    assert_eq!(problem.status().kind(), Kind::Waiting);
    insta::assert_snapshot!(problem.status().message(), @"Waiting for relation data: mysql (secret-user/username, endpoints), s3 (secret-key, bucket)");
}

const OIDC: (&str, &str, bool) = ("oidc", "oauth", true);
const INGRESS: (&str, &str, bool) = ("ingress", "ingress", true);

/// How an app stands to an identity provider: whether it is related, and reached through ingress.
fn signed_on(owned: &Owned, provider: Option<Remote>, reached: bool) -> String {
    let mut relations: Vec<_> = provider.map(|said| ("oidc", said)).into_iter().collect();
    relations.extend(reached.then(|| ("ingress", ingress())));
    let seen = seen_of(&requires(&[OIDC, INGRESS]), &relations);
    first(&seen, owned).map_or_else(|| "fine".to_owned(), |problem| problem.status().to_string())
}

#[test]
fn signing_on_needs_ingress_whichever_comes_first() {
    for framework in Framework::ALL {
        let owned = Owned::first(framework);
        let without = "blocked: Ingress relation is required for OIDC to work correctly!";
        assert_eq!(signed_on(&owned, Some(oauth()), false), without);
        assert_eq!(signed_on(&owned, Some(oauth()), true), "fine");
        assert_eq!(signed_on(&owned, None, true), "fine");
        assert_eq!(signed_on(&owned, None, false), "fine");
    }
}

#[test]
fn a_provider_that_made_no_client_is_named() {
    for framework in Framework::ALL {
        let owned = Owned::first(framework);
        let text = "blocked: Please check oidc-provider charm!";
        assert_eq!(signed_on(&owned, Some(Remote::default()), true), text);
        let before_the_ask = remote(&[("issuer_url", "https://hydra")], &[]);
        assert_eq!(signed_on(&owned, Some(before_the_ask), true), text);
    }
}

#[test]
fn openid_is_one_of_the_scopes_and_not_a_part_of_one() {
    for framework in Framework::ALL {
        let with = |scopes| Owned::new(framework, Generation::First, &[("oidc-scopes", scopes)]);
        let text =
            "blocked: The 'openid' scope is required for OAuth integration, please add it to the scopes.";
        for scopes in ["profile", "myopenidx profile", ""] {
            assert_eq!(signed_on(&with(scopes), Some(oauth()), true), text);
        }
        assert_eq!(signed_on(&with("profile openid"), Some(oauth()), true), "fine");
    }
}

#[test]
fn scopes_do_not_matter_while_nobody_is_related() {
    let owned = Owned::new(Framework::Flask, Generation::First, &[("oidc-scopes", "profile")]);
    assert_eq!(signed_on(&owned, None, true), "fine");
}

#[test]
fn several_endpoints_for_identity_providers_are_refused() {
    for framework in Framework::ALL {
        let two = requires(&[OIDC, ("sso", "oauth", true), INGRESS]);
        let seen = seen_of(&two, &[("oidc", oauth()), ("ingress", ingress())]);
        let problem = first(&seen, &Owned::first(framework)).unwrap();
        assert_eq!(
            problem.status().to_string(),
            "blocked: Multiple OAuth relations are not supported at the moment"
        );
    }
}

#[test]
fn a_database_is_one_of_three_kinds() {
    assert!(has_database(&seen(&[("db", "mysql_client", database("mysql://u:p@h/d"))])));
    assert!(!has_database(&seen(&[("db", "mysql_client", Remote::default()), ("s3", "s3", s3(&[]))])));
}
