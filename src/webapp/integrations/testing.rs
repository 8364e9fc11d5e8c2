//! What the tests of the integrations share: an app, and what other charms say to it.

use std::collections::BTreeMap;

use super::ask::App;
use super::state::{Seen, look};
use super::{Integration, declared};
use crate::juju::metadata::{Endpoint, Role, Scope};
use crate::juju::names::{ApplicationName, EndpointName, RelationId, SecretId, UnitName};
use crate::juju::wire::{Config, ConfigValue, Databag, SecretContent};
use crate::observed::{Relation, Relations, SecretState};
use crate::relations::answer::Remote;
use crate::relations::testing::{remote, with_units};
use crate::webapp::framework::{Framework, Generation, Profile};
use crate::webapp::variables::{Value, Variables};

pub(super) const SECRET: &str = "secret:9m4e2mr0ui3e8a215n4g";
/// In every secret and nowhere else.
pub(super) const HIDDEN: &str = "hunter2";

/// An app whose parts can be borrowed.
pub(super) struct Owned {
    unit: UnitName,
    name: ApplicationName,
    config: Config,
    profile: Profile,
}

impl Owned {
    pub(super) fn new(framework: Framework, generation: Generation, options: &[(&str, &str)]) -> Self {
        let option =
            |(name, text): &(&str, &str)| ((*name).to_owned(), ConfigValue::Text((*text).to_owned()));
        Self {
            unit: UnitName::parse("my-app/0").unwrap(),
            name: ApplicationName::parse("my-app").unwrap(),
            config: options.iter().map(option).collect(),
            profile: Profile { framework, generation },
        }
    }

    pub(super) fn first(framework: Framework) -> Self {
        Self::new(framework, Generation::First, &[])
    }

    pub(super) fn app(&self) -> App<'_> {
        App {
            profile: self.profile,
            unit: &self.unit,
            name: &self.name,
            model: "dev",
            model_uuid: "11111111-1111-4111-8111-111111111111",
            base_url: "http://juju.test/",
            port: Some(8000),
            port_is_open: false,
            config: &self.config,
        }
    }
}

/// The integrations of a charm that requires these: name, interface, optional.
pub(super) fn requires(endpoints: &[(&str, &str, bool)]) -> Vec<Integration> {
    let endpoint = |(name, interface, optional): &(&str, &str, bool)| {
        let endpoint = Endpoint {
            role: Role::Requirer,
            interface: (*interface).to_owned(),
            limit: None,
            optional: *optional,
            scope: Scope::Global,
        };
        (EndpointName::parse(name).unwrap(), endpoint)
    };
    declared(&endpoints.iter().map(endpoint).collect())
}

/// How far a charm is whose optional endpoints, which are named with their interfaces, are related with who says this.
pub(super) fn seen(relations: &[(&str, &str, Remote)]) -> Vec<Seen> {
    let endpoints: Vec<_> =
        relations.iter().map(|(endpoint, interface, _)| (*endpoint, *interface, true)).collect();
    let related: Vec<_> = relations.iter().map(|(endpoint, _, said)| (*endpoint, said.clone())).collect();
    seen_of(&requires(&endpoints), &related)
}

/// The same of a charm with these integrations; an endpoint that is named twice has two relations.
pub(super) fn seen_of(integrations: &[Integration], relations: &[(&str, Remote)]) -> Vec<Seen> {
    let (relations, secrets) = observed(relations);
    look(integrations, &relations, &secrets, &ApplicationName::parse("my-app").unwrap())
}

/// What a pass reads where other charms say this.
pub(super) fn observed(said: &[(&str, Remote)]) -> (Relations, BTreeMap<SecretId, SecretState>) {
    let (mut relations, mut secrets) = (Relations::new(), BTreeMap::new());
    for ((name, said), number) in said.iter().zip(1..) {
        let endpoint = EndpointName::parse(name).unwrap();
        let mut units = said.units.clone();
        if units.is_empty() {
            units.insert(UnitName::parse(&format!("{name}-provider/0")).unwrap(), Databag::new());
        }
        for (id, content) in said.secrets.clone() {
            let known = secrets.entry(id).or_insert_with(|| SecretState::Known(SecretContent::new()));
            let SecretState::Known(known) = known else { continue };
            known.extend(content);
        }
        relations.entry(endpoint.clone()).or_default().push(Relation {
            id: RelationId::new(&endpoint, number),
            own_unit: Some(Databag::new()),
            own_application: None,
            address: None,
            application: said.application.clone(),
            units,
            in_other_model: false,
        });
    }
    (relations, secrets)
}

/// Line by line; a secret's value stands after a star.
pub(super) fn lines(variables: &Variables) -> String {
    let line = |(name, value): (&str, &Value)| {
        let star = if matches!(value, Value::Secret(_)) { "*" } else { "" };
        format!("{name}={star}{}", value.expose())
    };
    variables.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn postgresql() -> Remote {
    let bag = [("database", "app"), ("endpoints", "pg-primary:5432,pg-2:5432"), ("secret-user", SECRET)];
    remote(&bag, &[(SECRET, "username", "u"), (SECRET, "password", HIDDEN)])
}

/// Each list of URIs in a secret of its own.
pub(super) fn database(uris: &str) -> Remote {
    let sum: usize = uris.bytes().map(usize::from).sum();
    let id = format!("secret:{:04}2mr0ui3e8a215n4g", sum % 10_000);
    remote(&[("secret-user", &id)], &[(&id, "uris", uris)])
}

pub(super) fn rabbitmq() -> Remote {
    remote(&[("hostname", "rabbit"), ("password", HIDDEN)], &[])
}

pub(super) fn redis() -> Remote {
    with_units(Remote::default(), &[("redis/0", &[("hostname", "10.1.88.132"), ("port", "6379")])])
}

pub(super) fn valkey(tls: &str) -> Remote {
    let answer = format!(
        r#"[{{"resource": "*", "request-id": "1", "salt": "2", "endpoints": "valkey-primary:6379",
        "read-only-endpoints": "r1:6379,r2:6379", "sentinel-endpoints": "s:26379", "mode": "sentinel", "version": "9.0.1",
        "secret-user": "{SECRET}", "secret-tls": "secret:rl0lt6qu3s3f21io7ag0"}}]"#
    );
    let secrets = [
        (SECRET, "username", "u"),
        (SECRET, "password", HIDDEN),
        ("secret:rl0lt6qu3s3f21io7ag0", "tls", tls),
    ];
    remote(&[("version", "v1"), ("requests", &answer)], &secrets)
}

/// The least that an S3 integrator says, and more.
pub(super) fn s3(more: &[(&str, &str)]) -> Remote {
    let keys = [("access-key", "hunter2-access"), ("secret-key", HIDDEN), ("bucket", "backups")];
    remote(&[&keys[..], more].concat(), &[])
}

pub(super) const S3_MORE: &[(&str, &str)] = &[
    ("region", "us-east-1"),
    ("storage-class", "GLACIER"),
    ("endpoint", "https://s3.example"),
    ("path", "/a/"),
    ("s3-api-version", "s3v4"),
    ("s3-uri-style", "host"),
    ("attributes", r#"["header1:#", "header2:#"]"#),
    ("tls-ca-chain", r#"["-----BEGIN CERTIFICATE-----\nA"]"#),
];

pub(super) fn openfga() -> Remote {
    let bag = [
        ("grpc_api_url", "openfga:8081"),
        ("http_api_url", "http://openfga:8080"),
        ("store_id", "01GK13VYZK62Q1T0X55Q2BHYD6"),
        ("token_secret_id", SECRET),
    ];
    remote(&bag, &[(SECRET, "token", HIDDEN)])
}

/// The least that a SAML integrator says, and more.
pub(super) fn saml(more: &[(&str, &str)]) -> Remote {
    let keys = [("entity_id", "https://login.staging.ubuntu.com"), ("x509certs", "MIIC1,MIID2")];
    remote(&[&keys[..], more].concat(), &[])
}

pub(super) const SAML_MORE: &[(&str, &str)] = &[
    ("metadata_url", "https://login.staging.ubuntu.com/saml/metadata"),
    ("single_sign_on_service_redirect_url", "https://login.staging.ubuntu.com"),
    ("single_sign_on_service_redirect_binding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"),
];

pub(super) fn tracing() -> Remote {
    let receivers = r#"[{"protocol": {"name": "otlp_http", "type": "http"}, "url": "http://tempo:4318"}]"#;
    remote(&[("receivers", receivers)], &[])
}

/// What an SMTP integrator says, but for these keys.
pub(super) fn smtp(keys: &[(&str, &str)]) -> Remote {
    let bag = [
        ("host", "smtp.example"),
        ("port", "587"),
        ("auth_type", "plain"),
        ("transport_security", "starttls"),
        ("user", "u"),
        ("domain", "example.com"),
        ("password_id", SECRET),
        ("skip_ssl_verify", "False"),
    ];
    remote(&[&bag[..], keys].concat(), &[(SECRET, "password", HIDDEN)])
}

pub(super) fn oauth() -> Remote {
    let bag = [
        ("issuer_url", "https://hydra"),
        ("authorization_endpoint", "https://hydra/oauth2/auth"),
        ("token_endpoint", "https://hydra/oauth2/token"),
        ("introspection_endpoint", "http://hydra:4445/admin/oauth2/introspect"),
        ("userinfo_endpoint", "https://hydra/userinfo"),
        ("jwks_endpoint", "https://hydra/.well-known/jwks.json"),
        ("scope", "openid profile email phone"),
        ("client_id", "test-client-id"),
        ("client_secret_id", SECRET),
    ];
    remote(&bag, &[(SECRET, "secret", HIDDEN)])
}

pub(super) fn http_proxy() -> Remote {
    let responses = format!(
        r#"[{{"requirer": "6b459c3c-6222-4dec-bcc3-ca8136985fd9", "status": "ready", "auth": "userpass", "user": "{SECRET}",
        "http_proxy": "http://10.1.1.1:3128", "https_proxy": "http://10.1.1.1:3128"}}]"#
    );
    remote(&[("responses", &responses)], &[(SECRET, "username", "u"), (SECRET, "password", HIDDEN)])
}

pub(super) fn ingress() -> Remote {
    remote(&[("ingress", r#"{"url": "http://juju.test/"}"#)], &[])
}

pub(super) fn logging() -> Remote {
    let endpoint = r#"{"url": "http://loki:3100/loki/api/v1/push"}"#;
    with_units(Remote::default(), &[("loki/0", &[("endpoint", endpoint)])])
}

/// One of each, all of them ready: endpoint, interface, what is said.
pub(super) fn all() -> Vec<(&'static str, &'static str, Remote)> {
    vec![
        ("http-proxy", "http_proxy", http_proxy()),
        ("ingress", "ingress", ingress()),
        ("logging", "loki_push_api", logging()),
        ("mongodb", "mongodb_client", database("mongodb://u:hunter2@m1:27017,m2:27017/db?replicaSet=rs")),
        ("mysql", "mysql_client", database("mysql://u:hunter2@my.:3306/db")),
        ("oidc", "oauth", oauth()),
        ("openfga", "openfga", openfga()),
        ("postgresql", "postgresql_client", postgresql()),
        ("rabbitmq", "rabbitmq", rabbitmq()),
        ("redis", "redis", redis()),
        ("s3", "s3", s3(S3_MORE)),
        ("saml", "saml", saml(SAML_MORE)),
        ("smtp", "smtp", smtp(&[])),
        ("tracing", "tracing", tracing()),
        ("valkey", "valkey_client", valkey("false")),
    ]
}
