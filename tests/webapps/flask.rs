//! Flask on gunicorn, with a worker and a scheduler.

use std::collections::BTreeMap;

use crate::app::{App, Kind};

const FLASK: Kind =
    Kind { framework: "flask", container: "flask-app", resource: "flask-app-image", port: 8000 };
/// A Redis that the app may be related to, as the author of its charm would allow it.
const REDIS: (&str, &str, &str) =
    ("metadata.yaml", "  redis:\n    interface: redis\n    optional: true\n    limit: 1", "requires:");

fn counts(services: &[(&str, usize)]) -> BTreeMap<String, usize> {
    services.iter().map(|(service, count)| ((*service).to_owned(), *count)).collect()
}

#[test]
fn flask_serves_with_one_migration_one_scheduler_and_a_worker_for_each_unit() {
    let app = App::deploy(FLASK, 2, &[]);
    app.serves();
    let given = app.environment(&app.unit(1));
    let expected = [
        ("FLASK_BASE_URL", "http://flask-k8s.web-flask:8000"),
        ("FLASK_PREFERRED_URL_SCHEME", "HTTPS"),
        ("FLASK_PEER_FQDNS", "flask-k8s-0.flask-k8s-endpoints.web-flask.svc.cluster.local"),
    ];
    for (name, value) in expected {
        assert_eq!(given.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(given["FLASK_SECRET_KEY"].len() >= 32);

    app.is_settled();
    let services = [("flask", 1), ("mail-worker", 1), ("statsd-exporter", 1)];
    assert_eq!(app.starts(&app.unit(0)), counts(&[&services[..], &[("clean-scheduler", 1)]].concat()));
    assert_eq!(app.starts(&app.unit(1)), counts(&services));
    let migrations = app.each_unit().map(|unit| app.inside(&unit, "cat /tmp/migrations 2>/dev/null; true"));
    assert_eq!(migrations.collect::<String>(), "of http://flask-k8s.web-flask:8000\n");
    let worker = app.inside(&app.unit(1), "cat /tmp/mail-worker.json");
    let worker: BTreeMap<String, String> = serde_json::from_str(&worker).unwrap();
    assert_eq!(worker["FLASK_SECRET_KEY"], given["FLASK_SECRET_KEY"]);
}
