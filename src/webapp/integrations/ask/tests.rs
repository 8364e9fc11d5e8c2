use std::collections::BTreeMap;

use super::*;
use crate::juju::names::RelationId;
use crate::relations::testing::bag;
use crate::webapp::framework::Generation;
use crate::webapp::integrations::testing::{Owned, all, requires};

fn over(own: Option<&Databag>) -> Relation {
    Relation {
        id: RelationId::parse("one:3").unwrap(),
        own_unit: Some(Databag::new()),
        own_application: own.cloned(),
        address: Some("10.1.0.5".to_owned()),
        application: Databag::new(),
        units: BTreeMap::new(),
        in_other_model: false,
    }
}

/// What a unit that leads asks, or one that does not, where this is in the application's bag already.
fn asked(interface: &str, owned: &Owned, own: Option<&Databag>) -> Ask {
    let integration = requires(&[("one", interface, true)]).remove(0);
    ask(&integration, &over(own), &owned.app())
}

#[test]
fn every_interface_is_asked_in_its_own_words() {
    let flask = Owned::first(Framework::Flask);
    let lines: Vec<_> = all()
        .into_iter()
        .map(|(_, interface, _)| {
            let ask = asked(interface, &flask, Some(&Databag::new()));
            format!("{interface}\n  {:?}\n  {:?}", ask.application, ask.unit)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    http_proxy
      {"requests": "[{\"auth\":[],\"domains\":[],\"requirer\":\"9d9163ec-4039-4e7e-87db-60ca754d477c\"}]"}
      {}
    ingress
      {"is_port_open": "", "model": "\"dev\"", "name": "\"my-app\"", "port": "8000", "strip-prefix": "true"}
      {"host": "\"my-app-0.my-app-endpoints.dev.svc.cluster.local\"", "ip": "\"10.1.0.5\""}
    loki_push_api
      {}
      {}
    mongodb_client
      {"database": "my-app", "provided-secrets": "[\"mtls-cert\"]", "requested-secrets": "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\",\"entity-name\",\"entity-password\"]"}
      {"provided-secrets": "[\"mtls-cert\"]", "requested-secrets": "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\",\"entity-name\",\"entity-password\"]"}
    mysql_client
      {"database": "my-app", "provided-secrets": "[\"mtls-cert\"]", "requested-secrets": "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\",\"entity-name\",\"entity-password\"]"}
      {"provided-secrets": "[\"mtls-cert\"]", "requested-secrets": "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\",\"entity-name\",\"entity-password\"]"}
    oauth
      {"audience": "[]", "grant_types": "[\"authorization_code\"]", "redirect_uri": "http://juju.test/callback", "scope": "openid profile email", "token_endpoint_auth_method": "client_secret_basic"}
      {}
    openfga
      {"store_name": "my-app"}
      {}
    postgresql_client
      {"database": "my-app", "provided-secrets": "[\"mtls-cert\"]", "requested-secrets": "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\",\"entity-name\",\"entity-password\"]"}
      {"provided-secrets": "[\"mtls-cert\"]", "requested-secrets": "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\",\"entity-name\",\"entity-password\"]"}
    rabbitmq
      {"username": "my-app", "vhost": "/"}
      {"username": "my-app", "vhost": "/"}
    redis
      {}
      {}
    s3
      {"bucket": "my-app", "lib-version": "1.0", "requested-secrets": "[\"access-key\",\"secret-key\"]"}
      {"requested-secrets": "[\"access-key\",\"secret-key\"]"}
    saml
      {}
      {}
    smtp
      {}
      {}
    tracing
      {"receivers": "[\"otlp_http\"]"}
      {}
    valkey_client
      {"requests": "[{\"entity-permissions\":null,\"entity-type\":null,\"external-node-connectivity\":false,\"extra-group-roles\":null,\"extra-user-roles\":null,\"mtls-cert\":null,\"request-id\":\"0b6f0d0371e1ca1c\",\"resource\":\"*\",\"salt\":\"hVlyC5wCJhiQ3PJA\",\"secret-mtls\":null}]", "version": "v1"}
      {}
    "#);
}

#[test]
fn a_unit_that_does_not_lead_tells_ingress_its_name_and_asks_for_nothing() {
    let flask = Owned::first(Framework::Flask);
    for (_, interface, _) in all() {
        let ask = asked(interface, &flask, None);
        assert_eq!(ask.application, Databag::new(), "{interface}");
        let expected: &[_] = if interface == "ingress" {
            &[("host", "\"my-app-0.my-app-endpoints.dev.svc.cluster.local\""), ("ip", "\"10.1.0.5\"")]
        } else {
            &[]
        };
        assert_eq!(ask.unit, bag(expected), "{interface}");
    }
}

#[test]
fn ingress_is_told_the_port_once_it_is_known() {
    let flask = Owned::first(Framework::Flask);
    let integration = requires(&[("ingress", "ingress", true)]).remove(0);
    let over = over(Some(&Databag::new()));
    let app = App { port: None, ..flask.app() };
    assert_eq!(ask(&integration, &over, &app).application, Databag::new());
    let app = App { port: Some(9000), port_is_open: true, ..flask.app() };
    let asked = ask(&integration, &over, &app).application;
    assert_eq!((asked["port"].as_str(), asked["is_port_open"].as_str()), ("9000", "true"));
}

#[test]
fn the_openfga_store_is_named_after_the_application() {
    for generation in [Generation::First, Generation::Second] {
        let go = Owned::new(Framework::Go, generation, &[]);
        let ask = asked("openfga", &go, Some(&Databag::new()));
        assert_eq!(ask.application, bag(&[("store_name", "my-app")]));
    }
}

#[test]
fn a_store_that_another_charm_asked_for_is_kept() {
    let go = Owned::first(Framework::Go);
    let ask = asked("openfga", &go, Some(&bag(&[("store_name", "app-store")])));
    assert_eq!(ask.application, bag(&[("store_name", "app-store")]));
}

#[test]
fn what_was_asked_is_not_asked_anew() {
    let flask = Owned::first(Framework::Flask);
    for interface in ["valkey_client", "http_proxy"] {
        let first = asked(interface, &flask, Some(&Databag::new())).application;
        let theirs = asked(interface, &Owned::first(Framework::Go), Some(&first)).application;
        assert_eq!(theirs, first);
    }
}

#[test]
fn a_database_in_another_model_gets_no_secrets_of_ours() {
    let flask = Owned::first(Framework::Flask);
    let integration = requires(&[("one", "mysql_client", true)]).remove(0);
    let over = Relation { in_other_model: true, ..over(Some(&Databag::new())) };
    let asked = ask(&integration, &over, &flask.app());
    assert_eq!(asked.application["provided-secrets"], "");
}

#[test]
fn the_browser_comes_back_to_the_path_that_the_operator_names() {
    let redirect = |framework, options: &[(&str, &str)]| {
        let owned = Owned::new(framework, Generation::First, options);
        let ask = asked("oauth", &owned, Some(&Databag::new())).application;
        (ask["redirect_uri"].clone(), ask["scope"].clone())
    };
    let text = |uri: &str, scope: &str| (uri.to_owned(), scope.to_owned());
    assert_eq!(
        redirect(
            Framework::Flask,
            &[("one-redirect-path", "/oauth/callback"), ("one-scopes", "openid phone")]
        ),
        text("http://juju.test/oauth/callback", "openid phone")
    );
    assert_eq!(redirect(Framework::Go, &[]), text("http://juju.test/callback", "openid profile email"));
    let spring = redirect(Framework::SpringBoot, &[]);
    assert_eq!(spring, text("http://juju.test/login/oauth2/code/one", "openid profile email"));
}

#[test]
fn nothing_is_asked_without_the_openid_scope() {
    let owned = Owned::new(Framework::Flask, Generation::First, &[("one-scopes", "myopenidx profile")]);
    assert_eq!(asked("oauth", &owned, Some(&Databag::new())), Ask::default());
}
