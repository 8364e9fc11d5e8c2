//! The web service as Pebble gets it, of each framework: what the rock says, the options, the relations.

use serde_json::{Value as Json, json};

use super::world::{World, charm_with_options};
use crate::juju::wire;
use crate::pebble::types::{Environment, Service};
use crate::secret::Secret;
use crate::webapp::framework::Framework;

const REQUIRES: &str = "postgresql: {interface: postgresql_client, optional: true}, \
                        redis: {interface: redis, optional: true}, rabbitmq: {interface: rabbitmq, optional: true}";
const POSTGRESQL: [(&str, &str); 4] =
    [("endpoints", "pg:5432"), ("username", "u"), ("password", "p"), ("database", "web")];

fn options(framework: Framework) -> &'static str {
    match framework {
        Framework::Flask => {
            "flask-preferred-url-scheme: {type: string}, flask-secret-key: {type: string}, \
             oidc-redirect-path: {type: string}, oidc-scopes: {type: string}"
        }
        Framework::Django => {
            "django-debug: {type: boolean}, django-allowed-hosts: {type: string}, \
             django-secret-key: {type: string}, webserver-worker-class: {type: string}"
        }
        Framework::FastApi => {
            "webserver-port: {type: int}, webserver-workers: {type: int}, webserver-log-level: {type: string}, \
             metrics-port: {type: int}, metrics-path: {type: string}, app-secret-key: {type: string}, \
             user-defined-config: {type: string}"
        }
        Framework::Go | Framework::ExpressJs | Framework::SpringBoot => {
            "app-port: {type: int}, metrics-port: {type: int}, metrics-path: {type: string}, \
             app-secret-key: {type: string}, app-profiles: {type: string}, node-env: {type: string}, \
             user-defined-config: {type: string}"
        }
    }
}

/// An app with the rock of its framework and these values of options; it is not started yet.
fn fresh(framework: Framework, config: &Json) -> World {
    let (command, more) = match framework {
        Framework::Flask => ("gunicorn -c /flask/gunicorn.conf.py 'app:app' -k [ sync ]", "after: [statsd]"),
        Framework::Django => {
            ("gunicorn -c /django/gunicorn.conf.py 'app.wsgi:application' -k [ sync ]", "after: [statsd]")
        }
        Framework::FastApi => ("uvicorn app:app", "working-dir: /app"),
        Framework::Go => ("web", "working-dir: /app"),
        Framework::ExpressJs => ("npm start", "working-dir: /app"),
        Framework::SpringBoot => (r#"bash -c "java -jar *.jar""#, "working-dir: /app"),
    };
    let rock = format!(
        "services: {{{framework}: {{override: replace, startup: enabled, user: _daemon_, {more}, command: {}}}, \
         statsd: {{override: merge, command: statsd}}}}",
        Json::from(command)
    );
    let mut world = World::fresh(charm_with_options(framework, REQUIRES, options(framework), None), &rock);
    world.observed.config = wire::config(config.to_string().as_bytes()).unwrap();
    world
}

/// The same with a PostgreSQL, and started.
fn with_database(framework: Framework, config: &Json) -> World {
    let mut world = fresh(framework, config);
    world.relate("postgresql", &POSTGRESQL);
    world.settle();
    world
}

fn service(world: &World) -> &Service {
    &world.container().plan.services[world.charm.profile.framework.as_str()]
}

/// The service without what stands before its command, and its variables; those of the database are only counted.
fn shown(world: &World) -> String {
    let service = service(world);
    let before = "/opt/sidecharm/b1/sidecharm run --environment /etc/sidecharm/secrets/_daemon_.json -- ";
    let command = service.command.strip_prefix(before).unwrap().to_owned();
    let bare = Service { command, environment: Environment::default(), ..service.clone() };
    let all = world.variables();
    let (database, own): (Vec<_>, Vec<_>) =
        all.iter().partition(|(name, _)| name.starts_with("POSTGRESQL_DB_"));
    let own: Vec<_> = own.into_iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let text = format!("{}{}", serde_yaml::to_string(&bare).unwrap(), own.concat());
    if database.is_empty() { text } else { format!("{text}POSTGRESQL_DB_: {}", database.len()) }
}

#[test]
fn the_service_of_flask() {
    let mut world = fresh(
        Framework::Flask,
        &json!({"flask-preferred-url-scheme": "HTTPS", "flask-secret-key": "foobar",
            "oidc-redirect-path": "/oauth/callback", "oidc-scopes": "openid"}),
    );
    world.settle();
    insta::assert_snapshot!(shown(&world), @"
    override: replace
    startup: enabled
    command: gunicorn -c /flask/gunicorn.conf.py 'app:app' -k [ sync ]
    after:
    - statsd
    user: _daemon_
    FLASK_BASE_URL=http://web.dev:8000
    FLASK_OIDC_REDIRECT_PATH=/oauth/callback
    FLASK_OIDC_SCOPES=openid
    FLASK_PREFERRED_URL_SCHEME=HTTPS
    FLASK_SECRET_KEY=foobar
    ");
}

#[test]
fn the_service_of_django() {
    let world = with_database(Framework::Django, &json!({"django-debug": false}));
    insta::assert_snapshot!(shown(&world), @r#"
    override: replace
    startup: enabled
    command: gunicorn -c /django/gunicorn.conf.py 'app.wsgi:application' -k [ sync ]
    after:
    - statsd
    user: _daemon_
    DJANGO_ALLOWED_HOSTS=["web.dev"]
    DJANGO_BASE_URL=http://web.dev:8000
    DJANGO_DEBUG=false
    DJANGO_SECRET_KEY=made
    POSTGRESQL_DB_: 12
    "#);
    let default = world.variables();
    for (option, value, variable, expected) in [
        ("django-allowed-hosts", json!("test.local"), "DJANGO_ALLOWED_HOSTS", r#"["test.local", "web.dev"]"#),
        ("django-debug", json!(true), "DJANGO_DEBUG", "true"),
        ("django-secret-key", json!("foobar"), "DJANGO_SECRET_KEY", "foobar"),
    ] {
        let mut config = json!({"django-debug": false});
        config[option] = value;
        let mut all = default.clone();
        let _before = all.insert(variable.to_owned(), expected.to_owned());
        assert_eq!(with_database(Framework::Django, &config).variables(), all, "{option}");
    }
}

#[test]
fn gevent_stands_in_djangos_command_whatever_else_is_set() {
    for (option, value) in [
        ("django-debug", json!(false)),
        ("django-allowed-hosts", json!("test.local")),
        ("django-debug", json!(true)),
        ("django-secret-key", json!("foobar")),
    ] {
        let mut config = json!({"webserver-worker-class": "gevent"});
        config[option] = value;
        let world = with_database(Framework::Django, &config);
        let command = &service(&world).command;
        assert!(command.ends_with(" 'app.wsgi:application' -k [ gevent ]"), "{option}: {command}");
    }
}

#[test]
fn the_service_of_fastapi() {
    let mut world = fresh(Framework::FastApi, &json!({}));
    world.settle();
    insta::assert_snapshot!(shown(&world), @"
    override: replace
    startup: enabled
    command: uvicorn app:app
    user: _daemon_
    working-dir: /app
    APP_BASE_URL=http://web.dev:8080
    APP_SECRET_KEY=made
    UVICORN_HOST=0.0.0.0
    UVICORN_LOG_LEVEL=info
    UVICORN_PORT=8080
    WEB_CONCURRENCY=1
    ");
    let config = json!({"webserver-workers": 1, "webserver-port": 9000, "webserver-log-level": "info",
        "metrics-port": 9001, "metrics-path": "/othermetrics", "app-secret-key": "foobar", "user-defined-config": "x"});
    insta::assert_snapshot!(shown(&with_database(Framework::FastApi, &config)), @"
    override: replace
    startup: enabled
    command: uvicorn app:app
    user: _daemon_
    working-dir: /app
    APP_BASE_URL=http://web.dev:9000
    APP_SECRET_KEY=foobar
    APP_USER_DEFINED_CONFIG=x
    METRICS_PATH=/othermetrics
    METRICS_PORT=9001
    UVICORN_HOST=0.0.0.0
    UVICORN_LOG_LEVEL=info
    UVICORN_PORT=9000
    WEB_CONCURRENCY=1
    POSTGRESQL_DB_: 12
    ");
}

#[test]
fn the_service_of_go() {
    let config = json!({"app-port": 8080, "metrics-port": 8080, "metrics-path": "/metrics"});
    let mut world = fresh(Framework::Go, &config);
    world.settle();
    insta::assert_snapshot!(shown(&world), @"
    override: replace
    startup: enabled
    command: web
    user: _daemon_
    working-dir: /app
    APP_BASE_URL=http://web.dev:8080
    APP_METRICS_PATH=/metrics
    APP_METRICS_PORT=8080
    APP_PORT=8080
    APP_SECRET_KEY=made
    ");
    let config = json!({"app-port": 9000, "metrics-port": 9001, "metrics-path": "/othermetrics",
        "app-secret-key": "foobar"});
    let changed = with_database(Framework::Go, &config).variables();
    for (name, expected) in [
        ("APP_BASE_URL", "http://web.dev:9000"),
        ("APP_PORT", "9000"),
        ("APP_METRICS_PORT", "9001"),
        ("APP_METRICS_PATH", "/othermetrics"),
        ("APP_SECRET_KEY", "foobar"),
        ("POSTGRESQL_DB_NAME", "web"),
    ] {
        assert_eq!(changed[name], expected, "{name}");
    }
}

#[test]
fn the_service_of_express() {
    let of = |config: &Json| shown(&with_database(Framework::ExpressJs, config));
    insta::assert_snapshot!(of(&json!({"app-port": 8080, "metrics-port": 8080, "metrics-path": "/metrics"})), @"
    override: replace
    startup: enabled
    command: npm start
    user: _daemon_
    working-dir: /app
    APP_BASE_URL=http://web.dev:8080
    APP_SECRET_KEY=made
    METRICS_PATH=/metrics
    METRICS_PORT=8080
    NODE_ENV=production
    PORT=8080
    POSTGRESQL_DB_: 12
    ");
    let with_a_port = of(&json!({"app-port": 9000}));
    assert!(with_a_port.contains("\nAPP_BASE_URL=http://web.dev:9000\n"), "{with_a_port}");
    assert!(with_a_port.contains("\nPORT=9000\n") && !with_a_port.contains("METRICS_"), "{with_a_port}");
    let config = json!({"metrics-port": 9001, "metrics-path": "/othermetrics", "app-secret-key": "foobar",
        "node-env": "test"});
    let changed = of(&config);
    for line in ["METRICS_PATH=/othermetrics", "METRICS_PORT=9001", "APP_SECRET_KEY=foobar", "NODE_ENV=test"]
    {
        assert!(changed.lines().any(|one| one == line), "{line}\n{changed}");
    }
}

#[test]
fn options_proxies_and_integrations_of_express_stand_side_by_side() {
    let mut world = fresh(Framework::ExpressJs, &json!({"app-port": 3000, "user-defined-config": "x"}));
    world.observed.context.proxies.http = Some(Secret::new("http://proxy.test"));
    world.observed.context.proxies.no_proxy = vec!["127.0.0.1".to_owned()];
    world.relate_unit("redis", &[("hostname", "redis"), ("port", "6379")]);
    world.relate("rabbitmq", &[("hostname", "rabbit"), ("password", "p")]);
    world.settle();
    assert_eq!(world.status(), "active");
    let all = world.variables();
    for (name, expected) in [
        ("PORT", "3000"),
        ("APP_USER_DEFINED_CONFIG", "x"),
        ("HTTP_PROXY", "http://proxy.test"),
        ("http_proxy", "http://proxy.test"),
        ("NO_PROXY", "127.0.0.1"),
        ("REDIS_DB_CONNECT_STRING", "redis://redis:6379"),
        ("RABBITMQ_CONNECT_STRING", "amqp://web:p@rabbit:5672/%2F"),
        ("RABBITMQ_VHOST", "/"),
    ] {
        assert_eq!(all.get(name).map(String::as_str), Some(expected), "{name}");
    }
    let absent = ["HTTPS_PROXY", "METRICS_PORT", "POSTGRESQL_DB_NAME"];
    assert!(!absent.iter().any(|name| all.contains_key(*name)), "{all:?}");
}

#[test]
fn the_service_of_spring_boot() {
    let config = json!({"app-port": 8080, "metrics-port": 8080, "metrics-path": "/actuator/prometheus"});
    let mut world = fresh(Framework::SpringBoot, &config);
    world.settle();
    insta::assert_snapshot!(shown(&world), @r#"
    override: replace
    startup: enabled
    command: bash -c "java -jar *.jar"
    user: _daemon_
    working-dir: /app
    APP_BASE_URL=http://web.dev:8080
    APP_METRICS_PORT=8080
    APP_SECRET_KEY=made
    MANAGEMENT_SERVER_PORT=8080
    METRICS_PATH=/actuator/prometheus
    OTEL_LOGS_EXPORTER=none
    OTEL_METRICS_EXPORTER=none
    OTEL_TRACES_EXPORTER=none
    SERVER_PORT=8080
    management.endpoints.web.base-path=/actuator
    management.endpoints.web.exposure.include=prometheus
    management.endpoints.web.path-mapping.prometheus=prometheus
    server.forward-headers-strategy=framework
    "#);
    let config = json!({"app-port": 9000, "metrics-port": 9001, "metrics-path": "/othermetrics",
        "app-profiles": "dev,postgresql"});
    let changed = with_database(Framework::SpringBoot, &config).variables();
    for (name, expected) in [
        ("SERVER_PORT", "9000"),
        ("APP_BASE_URL", "http://web.dev:9000"),
        ("MANAGEMENT_SERVER_PORT", "9001"),
        ("management.endpoints.web.base-path", "/"),
        ("management.endpoints.web.path-mapping.prometheus", "othermetrics"),
        ("APP_PROFILES", "dev,postgresql"),
        ("spring.profiles.active", "dev,postgresql"),
        ("spring.datasource.url", "jdbc:postgresql://pg:5432/web"),
    ] {
        assert_eq!(changed[name], expected, "{name}");
    }
}
