//! Django on gunicorn: nothing runs before it has a database; its superuser can log in.

use crate::app::{App, Kind};
use crate::provider::{ENCODED, PASSWORD, Says, Server};
use crate::refresh;
use serde_json::{Value, json};

const DJANGO: Kind =
    Kind { framework: "django", container: "django-app", resource: "django-app-image", port: 8000 };
/// The database, as the author of the charm requires it.
const DATABASE: (&str, &str, &str) =
    ("metadata.yaml", "  postgresql:\n    interface: postgresql_client\n    limit: 1", "requires:");

#[test]
fn django_waits_for_its_postgresql_then_migrates_it_serves_and_makes_a_superuser_in_it() {
    let app = App::deploy(DJANGO, 1, &[DATABASE]);
    let unit = app.unit(0);
    app.says("blocked: missing integrations: postgresql");
    assert!(app.starts(&unit).is_empty(), "{:?}", app.starts(&unit));

    let endpoint = format!("pg-0.pg-endpoints.{}.svc.cluster.local:5432", app.model_name);
    let says = Says {
        endpoint: "postgresql",
        interface: "postgresql_client",
        application: &[("endpoints", &endpoint), ("database", "%asked:database%")],
        secrets: &[("secret-user", &[("username", "relation_id_1"), ("password", PASSWORD)])],
        ..Says::NOTHING
    };
    app.related_to("pg", 1, &[says], Some(Server { name: "postgresql", port: 5432 }));
    app.serves();
    let host = format!("django-k8s.{}", app.model_name);
    app.is_given(&[
        ("DJANGO_BASE_URL", &format!("http://{host}:8000")),
        ("DJANGO_ALLOWED_HOSTS", &format!("[\"{host}\"]")),
        ("DJANGO_DEBUG", "false"),
        ("POSTGRESQL_DB_NAME", "django-k8s"),
        ("POSTGRESQL_DB_PASSWORD", PASSWORD),
        (
            "POSTGRESQL_DB_CONNECT_STRING",
            &format!("postgresql://relation_id_1:{ENCODED}@{endpoint}/django-k8s"),
        ),
    ]);
    let used: Value = serde_json::from_str(&app.get(&unit, "/postgresql").unwrap()).unwrap();
    assert_eq!((&used["user"], &used["place"]), (&json!("relation_id_1"), &json!("django-k8s")));
    assert!(used["migrations"].as_u64() > Some(0), "{used}");
    app.is_settled();
    let starts = app.starts(&unit);
    assert!(starts.len() == 4 && starts.values().all(|count| *count == 1), "{starts:?}");

    // Django answers no host that it does not know, the check's own neither.
    app.set(&["sidecharm-check-path=/healthz"]);
    app.has("DJANGO_ALLOWED_HOSTS", &format!("[\"{host}\", \"localhost\"]"));
    let refresh =
        "PEBBLE_SOCKET=/charm/container/pebble.socket /charm/bin/pebble check sidecharm-web --refresh";
    app.model.until("the app answers its check", || {
        let check = app.inside(&unit, &format!("{refresh} || true"));
        check.contains("status: up") && check.contains("failures: 0") && !check.contains("error: ")
    });
    app.says("active: ");

    let made =
        app.model.json(&["run", &unit, "create-superuser", "username=iulia", "email=iulia@example.com"]);
    let password =
        made.pointer("/django-k8s~10/results/password").and_then(serde_json::Value::as_str).unwrap();
    let log_in = |password: &str| app.get(&unit, &format!("/superuser?username=iulia&password={password}"));
    assert_eq!(log_in(password).as_deref(), Some("{\"superuser\": true}"));
    assert_eq!(log_in("guessed").as_deref(), Some("{\"superuser\": false}"));

    let key = app.variable(&unit, "DJANGO_SECRET_KEY");
    app.model.juju(&["run", "django-k8s/leader", "rotate-secret-key"]);
    app.model.until("the app serves with another key", || {
        let now = app.variable(&unit, "DJANGO_SECRET_KEY");
        !now.is_empty() && now != key
    });
    refresh::another_build(&app, "django");
    app.has("DJANGO_FAREWELL_TEXT", "vale");
    app.says("active: ");
    // In the database that was there before.
    assert_eq!(log_in(password).as_deref(), Some("{\"superuser\": true}"));

    app.model.juju(&["remove-relation", "django-k8s:postgresql", "pg:postgresql"]);
    app.says("blocked: missing integrations: postgresql");
    assert_eq!(app.get(&unit, "/"), None);
}
