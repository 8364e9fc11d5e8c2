//! The frameworks whose port is an option: FastAPI, Go, Express, Spring Boot.

use crate::app::{App, Kind};
use crate::beyond::INGRESS;
use crate::refresh;

/// An option of the author's own.
const GREETING: (&str, &str, &str) =
    ("config.yaml", "  greeting-text:\n    type: string\n    default: salve", "options:");

pub const fn kind(framework: &'static str) -> Kind {
    Kind { framework, container: "app", resource: "app-image", port: 8080 }
}

/// Deployed, then served at another port, with one restart for each change; `option` is that of the port.
fn lives(framework: &'static str, option: &str, expected: &[(&str, &str)], port: &str) {
    let app = App::deploy(kind(framework), 1, &[GREETING]);
    app.serves();
    let unit = app.unit(0);
    let base = format!("http://{}.{}", app.name, app.model_name);
    app.is_given(expected);
    app.is_given(&[
        ("APP_BASE_URL", &*format!("{base}:8080")),
        ("APP_GREETING_TEXT", "salve"),
        (port, "8080"),
    ]);
    assert!(app.variable(&unit, "APP_SECRET_KEY").len() >= 32);
    app.is_settled();
    assert_eq!(app.starts(&unit)[framework], 1);
    assert_eq!(app.migrations(), format!("of {base}:8080\n"));

    let key = app.variable(&unit, "APP_SECRET_KEY");
    app.model.juju(&["run", &format!("{}/leader", app.name), "rotate-secret-key"]);
    app.model.until("the app serves with another key", || {
        let now = app.variable(&unit, "APP_SECRET_KEY");
        !now.is_empty() && now != key
    });
    app.says("active: ");
    assert_eq!(app.starts(&unit)[framework], 2);
    app.related_to("ingress", 1, &[INGRESS], None);
    app.has("APP_BASE_URL", "http://apps.test/shop");
    app.model.juju(&["remove-relation", &app.name, "ingress"]);
    app.has("APP_BASE_URL", &format!("{base}:8080"));
    app.says("active: ");
    app.is_settled();
    assert_eq!(app.starts(&unit)[framework], 4);
    assert_eq!(app.migrations(), format!("of {base}:8080\n"));

    app.set(&[&format!("{option}=70000")]);
    app.says(&format!("blocked: invalid options: {option} (must be a number from 1 to 65535)"));
    assert!(app.get(&unit, "/").is_some());
    app.set(&[&format!("{option}=9000")]);
    app.model.until("the app serves at its new port", || {
        app.get_at(&unit, 9000, "/env").is_some_and(|given| given.contains(&format!("{base}:9000")))
    });
    app.says("active: ");
    app.is_settled();
    assert_eq!(app.starts(&unit)[framework], 5);
    let ports = app.model.juju(&["exec", "--unit", &unit, "--", "opened-ports"]);
    assert_eq!(ports.trim(), "9000/tcp");
    assert_eq!(app.migrations(), format!("of {base}:8080\n"));

    refresh::another_build(&app, framework);
    app.model.until("the app of the new build serves where the old one did", || {
        app.get_at(&unit, 9000, "/env").is_some_and(|given| given.contains("\"vale\""))
    });
    app.says("active: ");
    app.is_settled();
}

#[test]
fn fastapi_serves_where_its_options_say_and_restarts_once_for_each_change() {
    let expected = [
        ("UVICORN_HOST", "0.0.0.0"),
        ("UVICORN_LOG_LEVEL", "info"),
        ("WEB_CONCURRENCY", "1"),
        ("METRICS_PORT", "8080"),
        ("METRICS_PATH", "/metrics"),
    ];
    lives("fastapi", "webserver-port", &expected, "UVICORN_PORT");
}

#[test]
fn go_serves_where_its_options_say_and_restarts_once_for_each_change() {
    let expected = [("APP_METRICS_PORT", "8080"), ("APP_METRICS_PATH", "/metrics")];
    lives("go", "app-port", &expected, "APP_PORT");
}

#[test]
fn express_serves_where_its_options_say_and_restarts_once_for_each_change() {
    let expected = [("NODE_ENV", "production"), ("METRICS_PORT", "8080"), ("METRICS_PATH", "/metrics")];
    lives("expressjs", "app-port", &expected, "PORT");
}

#[test]
fn spring_boot_serves_where_its_options_say_and_restarts_once_for_each_change() {
    let expected = [
        ("MANAGEMENT_SERVER_PORT", "8080"),
        ("METRICS_PATH", "/actuator/prometheus"),
        ("management.endpoints.web.base-path", "/actuator"),
        ("server.forward-headers-strategy", "framework"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ];
    lives("spring-boot", "app-port", &expected, "SERVER_PORT");
}
