//! The charms of web apps as the files that `make pack` makes of them, one of each base.

use crate::app::{App, Kind};
use crate::flask::FLASK;

/// Deployed from the file, it serves with these variables and is settled.
fn lives(kind: Kind, files: &str, name: &str, expected: &[(&str, &str)]) -> App {
    let app = App::deploy_packed(kind, name, |model| model.packed(files));
    app.serves();
    app.is_given(expected);
    app.is_settled();
    app
}

#[test]
fn a_packed_charm_is_deployed_and_serves() {
    lives(FLASK, "charms/flask", "flask-k8s", &[("FLASK_PREFERRED_URL_SCHEME", "HTTPS")]);
}

#[test]
fn a_packed_charm_of_the_second_generation_is_deployed_serves_and_gets_another_key() {
    let kind = Kind { framework: "fastapi", container: "app", resource: "app-image", port: 8000 };
    let expected = [("UVICORN_PORT", "8000"), ("UVICORN_LOG_LEVEL", "info"), ("WEB_CONCURRENCY", "1")];
    let app = lives(kind, "charms/fastapi/26.04", "fastapi-k8s", &expected);
    let unit = app.unit(0);
    let key = app.variable(&unit, "APP_SECRET_KEY");
    assert!(key.len() >= 32);
    app.model.juju(&["run", &unit, "rotate-secret-key"]);
    app.model.until("the app serves with another key", || {
        let now = app.variable(&unit, "APP_SECRET_KEY");
        now.len() >= 32 && now != key
    });
    app.says("active: ");
    app.is_settled();
    assert_eq!(app.starts(&unit)["fastapi"], 2);
    // Its author's options would be named without a prefix; the port is paas-config.yaml's.
    let ports = app.model.juju(&["exec", "--unit", &unit, "--", "opened-ports"]);
    assert_eq!(ports.trim(), "8000/tcp");
}
