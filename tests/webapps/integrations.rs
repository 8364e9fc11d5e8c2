//! Every interface that has no server here, by the databags that the charms of the other side write, in one app.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::App;
use crate::flask::FLASK;
use crate::provider::{self, Says};

/// What the author of the charm requires beyond what every charm does.
const REQUIRED: &str = "  saml: {interface: saml, optional: true}
  smtp: {interface: smtp, optional: true}
  openfga: {interface: openfga, optional: true}
  tracing: {interface: tracing, optional: true}
  oidc: {interface: oauth, optional: true}
  http-proxy: {interface: http_proxy, optional: true}
  mongodb: {interface: mongodb_client, optional: true}
  valkey: {interface: valkey_client, optional: true}";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const SAID: [Says<'_>; 12] = [
    Says {
        endpoint: "saml",
        interface: "saml",
        application: &[
            ("entity_id", "https://login.example.com"),
            ("x509certs", "MIICfirst,MIIDsecond"),
            ("metadata_url", "https://login.example.com/saml/metadata"),
            ("single_sign_on_service_redirect_url", "https://login.example.com/saml/"),
            ("single_sign_on_service_redirect_binding", REDIRECT),
            ("single_logout_service_redirect_url", "https://login.example.com/+logout"),
            ("single_logout_service_redirect_binding", REDIRECT),
            ("single_logout_service_redirect_response_url", "https://login.example.com/+logout2"),
        ],
        ..Says::NOTHING
    },
    Says {
        endpoint: "smtp",
        interface: "smtp",
        application: &[
            ("host", "smtp.example"),
            ("port", "587"),
            ("auth_type", "plain"),
            ("transport_security", "starttls"),
            ("skip_ssl_verify", "False"),
            ("domain", "example.com"),
            ("user", "u"),
            ("smtp_sender", "no-reply@example.com"),
            ("recipients", "[\"a@example.com\"]"),
        ],
        secrets: &[("password_id", &[("password", "mail pass")])],
        ..Says::NOTHING
    },
    Says {
        endpoint: "openfga",
        interface: "openfga",
        application: &[
            ("grpc_api_url", "http://openfga:8081"),
            ("http_api_url", "http://openfga:8080"),
            ("store_id", "01GK13VYZK62Q1T0X55Q2BHYD6"),
        ],
        secrets: &[("token_secret_id", &[("token", "fga token")])],
        ..Says::NOTHING
    },
    Says {
        endpoint: "tracing",
        interface: "tracing",
        application: &[(
            "receivers",
            r#"[{"protocol": {"name": "otlp_http", "type": "http"}, "url": "http://tempo.m.svc.cluster.local:4318"}]"#,
        )],
        ..Says::NOTHING
    },
    Says {
        endpoint: "oidc",
        interface: "oauth",
        application: &[
            ("issuer_url", "https://hydra.example"),
            ("authorization_endpoint", "https://hydra.example/oauth2/auth"),
            ("token_endpoint", "https://hydra.example/oauth2/token"),
            ("introspection_endpoint", "http://hydra.m.svc.cluster.local:4445/admin/oauth2/introspect"),
            ("userinfo_endpoint", "https://hydra.example/userinfo"),
            ("jwks_endpoint", "https://hydra.example/.well-known/jwks.json"),
            ("scope", "openid profile email phone"),
            ("jwt_access_token", "True"),
            ("client_id", "cid"),
        ],
        secrets: &[("client_secret_id", &[("secret", "client secret")])],
        ..Says::NOTHING
    },
    Says {
        endpoint: "ingress",
        interface: "ingress",
        application: &[("ingress", r#"{"url": "http://10.0.0.1/dev-flask-k8s"}"#)],
        ..Says::NOTHING
    },
    Says {
        endpoint: "http-proxy",
        interface: "http_proxy",
        application: &[(
            "responses",
            r#"[{"auth": "userpass", "http_proxy": "http://10.1.1.1:3128", "https_proxy": "http://10.1.1.1:3128", "requirer": "%asked:requirer%", "status": "ready", "user": "%secret:user%"}]"#,
        )],
        secrets: &[("user", &[("username", "squid"), ("password", "s/q")])],
        ..Says::NOTHING
    },
    Says {
        endpoint: "logging",
        interface: "loki_push_api",
        unit: &[
            (
                "endpoint",
                r#"{"url": "http://loki-%number%.loki-endpoints.cos.svc.cluster.local:3100/loki/api/v1/push"}"#,
            ),
            ("public_address", "loki-%number%.loki-endpoints.cos.svc.cluster.local"),
        ],
        application: &[("promtail_binary_zip_url", "{}")],
        ..Says::NOTHING
    },
    Says {
        endpoint: "metrics-endpoint",
        interface: "prometheus_scrape",
        requires: true,
        application: &[("event", "{}")],
        ..Says::NOTHING
    },
    Says {
        endpoint: "grafana-dashboard",
        interface: "grafana_dashboard",
        requires: true,
        application: &[("event", r#"{"errors": []}"#)],
        ..Says::NOTHING
    },
    Says {
        endpoint: "mongodb",
        interface: "mongodb_client",
        application: &[
            ("database", "%asked:database%"),
            ("endpoints", "mongodb-k8s-0.mongodb-k8s-endpoints"),
            ("replset", "mongodb-k8s"),
        ],
        secrets: &[(
            "secret-user",
            &[
                ("username", "relation-5"),
                ("password", "pw"),
                (
                    "uris",
                    "mongodb://relation-5:pw@h1:27017,h2:27017/flask-k8s?replicaSet=mongodb-k8s&authSource=admin",
                ),
            ],
        )],
        ..Says::NOTHING
    },
    Says {
        endpoint: "valkey",
        interface: "valkey_client",
        application: &[
            ("version", "v1"),
            (
                "requests",
                r#"[{"resource": "*", "request-id": "%asked:request-id%", "salt": "%asked:salt%", "endpoints": "h:6379", "read-only-endpoints": "h1:6379,h2:6379", "secret-user": "%secret:user%", "secret-tls": "%secret:tls%", "secret-extra": null, "secret-entity": null, "version": "9.0.1", "sentinel-endpoints": "h:26379", "mode": "sentinel"}]"#,
            ),
            (
                "data",
                r#"{"%asked:request-id%": {"resource": "*", "request-id": "%asked:request-id%", "salt": "%asked:salt%"}}"#,
            ),
        ],
        secrets: &[
            ("user", &[("username", "relation-5-x"), ("password", "v/k")]),
            ("tls", &[("tls", "false")]),
        ],
        ..Says::NOTHING
    },
];
const GIVEN: &[(&str, &str)] = &[
    ("SAML_ENTITY_ID", "https://login.example.com"),
    ("SAML_METADATA_URL", "https://login.example.com/saml/metadata"),
    ("SAML_SIGNING_CERTIFICATE", "MIICfirst"),
    ("SAML_SINGLE_SIGN_ON_REDIRECT_URL", "https://login.example.com/saml/"),
    ("SMTP_HOST", "smtp.example"),
    ("SMTP_PORT", "587"),
    ("SMTP_USER", "u"),
    ("SMTP_PASSWORD", "mail pass"),
    ("SMTP_AUTH_TYPE", "plain"),
    ("SMTP_TRANSPORT_SECURITY", "starttls"),
    ("SMTP_DOMAIN", "example.com"),
    ("SMTP_SKIP_SSL_VERIFY", "False"),
    ("FGA_STORE_ID", "01GK13VYZK62Q1T0X55Q2BHYD6"),
    ("FGA_TOKEN", "fga token"),
    ("FGA_GRPC_API_URL", "http://openfga:8081"),
    ("FGA_HTTP_API_URL", "http://openfga:8080"),
    ("OTEL_SERVICE_NAME", "flask-k8s"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://tempo.m.svc.cluster.local:4318/"),
    ("FLASK_OIDC_CLIENT_ID", "cid"),
    ("FLASK_OIDC_CLIENT_SECRET", "client secret"),
    ("FLASK_OIDC_API_BASE_URL", "https://hydra.example"),
    ("FLASK_OIDC_AUTHORIZE_URL", "https://hydra.example/oauth2/auth"),
    ("FLASK_OIDC_ACCESS_TOKEN_URL", "https://hydra.example/oauth2/token"),
    ("FLASK_OIDC_USER_URL", "https://hydra.example/userinfo"),
    ("FLASK_OIDC_JWKS_URL", "https://hydra.example/.well-known/jwks.json"),
    ("FLASK_OIDC_CLIENT_KWARGS", "{\"scope\": \"openid profile email\"}"),
    ("FLASK_BASE_URL", "http://10.0.0.1/dev-flask-k8s"),
    ("http_proxy", "http://squid:s%2Fq@10.1.1.1:3128/"),
    ("HTTPS_PROXY", "http://squid:s%2Fq@10.1.1.1:3128/"),
    (
        "MONGODB_DB_CONNECT_STRING",
        "mongodb://relation-5:pw@h1:27017,h2:27017/flask-k8s?replicaSet=mongodb-k8s&authSource=admin",
    ),
    ("MONGODB_DB_SCHEME", "mongodb"),
    ("MONGODB_DB_NETLOC", "relation-5:pw@h1:27017,h2:27017"),
    ("MONGODB_DB_HOSTNAME", "h1"),
    ("MONGODB_DB_PORT", "27017"),
    ("MONGODB_DB_USERNAME", "relation-5"),
    ("MONGODB_DB_PASSWORD", "pw"),
    ("MONGODB_DB_NAME", "flask-k8s"),
    ("MONGODB_DB_QUERY", "replicaSet=mongodb-k8s&authSource=admin"),
    ("VALKEY_DB_CONNECT_STRING", "valkey://relation-5-x:v%2Fk@h:6379"),
    ("VALKEY_DB_USERNAME", "relation-5-x"),
    ("VALKEY_DB_PASSWORD", "v/k"),
    ("VALKEY_DB_READ_ONLY_ENDPOINTS", "h1:6379,h2:6379"),
    ("VALKEY_DB_SENTINEL_ENDPOINTS", "h:26379"),
    ("VALKEY_MODE", "sentinel"),
    ("VALKEY_VERSION", "9.0.1"),
];
/// What the app says, as it stands in its databag: of every endpoint that it says something at.
const ASKED: &[(&str, &[(&str, &str)])] = &[
    ("openfga", &[("store_name", "flask-k8s")]),
    ("tracing", &[("receivers", "[\"otlp_http\"]")]),
    (
        "oidc",
        &[
            ("redirect_uri", "http://10.0.0.1/dev-flask-k8s/callback"),
            ("scope", "openid profile email"),
            ("grant_types", "[\"authorization_code\"]"),
            ("audience", "[]"),
            ("token_endpoint_auth_method", "client_secret_basic"),
        ],
    ),
    (
        "ingress",
        &[("name", "\"flask-k8s\""), ("port", "8000"), ("strip-prefix", "true"), ("is_port_open", "true")],
    ),
    ("mongodb", &[("database", "flask-k8s"), ("provided-secrets", "[\"mtls-cert\"]")]),
    ("valkey", &[("version", "v1")]),
];

#[test]
fn an_app_with_a_relation_of_every_kind_is_given_all_of_it_and_asks_for_it() {
    let app = App::deploy(FLASK, 1, &[("metadata.yaml", REQUIRED, "requires:")]);
    app.related_to("others", 1, &SAID, None);
    app.serves();
    let plan =
        || app.inside(&app.unit(0), "PEBBLE_SOCKET=/charm/container/pebble.socket /charm/bin/pebble plan");
    let target = "http://loki-0.loki-endpoints.cos.svc.cluster.local:3100/loki/api/v1/push";
    app.model.until("all was said", || {
        let given = app.environment(&app.unit(0));
        GIVEN.iter().all(|(name, _)| given.contains_key(*name)) && plan().contains(target)
    });
    app.says("active: ");
    app.is_given(GIVEN);
    let tools = hook_tools(&app);
    assert!((50..=500).contains(&tools), "{tools} hook tools until all relations were there");
    let starts = app.starts(&app.unit(0))["flask"];
    assert!(starts <= 2, "alone, before there was a relation, and with all of them: {starts}");
    app.is_settled();

    let said_by = |endpoint: &str, of: &str| provider::reads(&app.model, "others/0", endpoint, of);
    for (endpoint, expected) in ASKED {
        let asked = said_by(endpoint, "flask-k8s");
        for (key, value) in *expected {
            assert_eq!(asked.get(*key).map(String::as_str), Some(*value), "{key} of {endpoint}: {asked:?}");
        }
    }
    let own_name = format!("flask-k8s-0.flask-k8s-endpoints.{}.svc.cluster.local", app.model_name);
    let address = app.model.address(&app.unit(0));
    let ingress = said_by("ingress", "flask-k8s/0");
    assert_eq!((json(&ingress, "host"), json(&ingress, "ip")), (json!(own_name), json!(address)));
    observed_by_cos(&app, &said_by, &own_name, &address);
}

/// How many the unit's hooks have started so far, by what each has logged.
fn hook_tools(app: &App) -> usize {
    let log = &app.model.container_logs()["model.log"];
    let lines = log.lines().filter(|line| line.contains("\"unit-flask-k8s-0\""));
    let counts = lines.filter_map(|line| {
        let (_, count) = line.split_once("hook tools started processes=")?;
        count.split('"').next()?.parse::<usize>().ok()
    });
    counts.sum()
}

fn json(bag: &BTreeMap<String, String>, key: &str) -> Value {
    serde_json::from_str(bag.get(key).map_or("null", String::as_str)).unwrap()
}

/// What the three that watch the app are told.
fn observed_by_cos(
    app: &App,
    said_by: &dyn Fn(&str, &str) -> BTreeMap<String, String>,
    own_name: &str,
    address: &str,
) {
    let metrics = said_by("metrics-endpoint", "flask-k8s");
    let job = json!([{"metrics_path": "/metrics", "static_configs": [{"targets": ["*:9102"]}]}]);
    assert_eq!(json(&metrics, "scrape_jobs"), job);
    let unit = said_by("metrics-endpoint", "flask-k8s/0");
    for (key, value) in [("address", address), ("name", "flask-k8s/0"), ("fqdn", own_name)] {
        assert_eq!(unit.get(&format!("prometheus_scrape_unit_{key}")).map(String::as_str), Some(value));
    }
    for (bag, key) in [(&metrics, "scrape_metadata"), (&said_by("logging", "flask-k8s"), "metadata")] {
        let topology = json(bag, key);
        let told = ["model", "application", "unit", "charm_name"].map(|key| topology[key].clone());
        assert_eq!(told, [&*app.model_name, "flask-k8s", "flask-k8s/0", "flask-k8s"].map(|text| json!(text)));
        assert!(json(bag, "alert_rules").is_object(), "{bag:?}");
    }
    let dashboards = json(&said_by("grafana-dashboard", "flask-k8s"), "dashboards");
    let content = dashboards["templates"]["file:flask"]["content"].as_str().unwrap_or_default();
    assert!(content.starts_with("/Td6WFoA"), "{dashboards}");
}
