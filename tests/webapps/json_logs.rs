//! Logs in JSON, where the author's `paas-config.yaml` asks for them.

use serde_json::Value;

use crate::app::{App, Kind};
use crate::flask::FLASK;
use crate::with_a_port;

/// The request that was made is in the log, as an object of a line of its own.
fn logs_requests_as_json(kind: Kind) {
    let container = kind.container;
    let app = App::deploy(kind, 1, &[("paas-config.yaml", "framework_logging_format: json\n", "")]);
    app.serves();
    let unit = app.unit(0);
    assert!(app.get(&unit, "/healthz?asked=once").is_some());
    let log = format!("{}-0.{container}.log", app.name);
    let is_entry = |line: &str| {
        let object = line.find('{').and_then(|at| line.get(at..));
        let entry = object.and_then(|text| serde_json::from_str::<Value>(text).ok());
        entry.is_some_and(|entry| entry.is_object() && entry.to_string().contains("/healthz?asked=once"))
    };
    app.model.until("the request is in the log", || app.model.container_logs()[&log].lines().any(is_entry));
    app.is_settled();
}

#[test]
fn flask_on_gunicorn_logs_requests_as_json() {
    logs_requests_as_json(FLASK);
}

#[test]
fn fastapi_on_uvicorn_logs_requests_as_json() {
    logs_requests_as_json(with_a_port::kind("fastapi"));
}
