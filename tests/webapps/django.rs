//! Django on gunicorn: nothing runs before it has a database; its superuser can log in.

use crate::app::{App, Kind};
use crate::provider::Says;

const DJANGO: Kind =
    Kind { framework: "django", container: "django-app", resource: "django-app-image", port: 8000 };
/// The database, as the author of the charm requires it.
const DATABASE: (&str, &str, &str) =
    ("metadata.yaml", "  postgresql:\n    interface: postgresql_client\n    limit: 1", "requires:");

/// What the charm of a PostgreSQL would say.
const TOLD: Says<'_> = Says {
    endpoint: "postgresql",
    interface: "postgresql_client",
    application: &[("endpoints", "pg-primary:5432"), ("database", "%asked:database%")],
    secrets: &[("secret-user", &[("username", "user"), ("password", "a b/c")])],
    ..Says::NOTHING
};

#[test]
fn django_waits_for_its_database_then_migrates_serves_and_makes_a_superuser() {
    let app = App::deploy(DJANGO, 1, &[DATABASE]);
    let unit = app.unit(0);
    app.says("blocked: missing integrations: postgresql");
    assert!(app.starts(&unit).is_empty(), "{:?}", app.starts(&unit));

    app.related_to("pg", 1, &[TOLD], None);
    app.serves();
    let host = format!("django-k8s.{}", app.model_name);
    app.is_given(&[
        ("DJANGO_BASE_URL", &format!("http://{host}:8000")),
        ("DJANGO_ALLOWED_HOSTS", &format!("[\"{host}\"]")),
        ("DJANGO_DEBUG", "false"),
        ("POSTGRESQL_DB_HOSTNAME", "pg-primary"),
        ("POSTGRESQL_DB_NAME", "django-k8s"),
        ("POSTGRESQL_DB_CONNECT_STRING", "postgresql://user:a%20b%2Fc@pg-primary:5432/django-k8s"),
    ]);
    app.is_settled();
    let starts = app.starts(&unit);
    assert!(starts.len() == 4 && starts.values().all(|count| *count == 1), "{starts:?}");

    let made =
        app.model.json(&["run", &unit, "create-superuser", "username=iulia", "email=iulia@example.com"]);
    let password =
        made.pointer("/django-k8s~10/results/password").and_then(serde_json::Value::as_str).unwrap();
    let log_in = |password: &str| app.get(&unit, &format!("/superuser?username=iulia&password={password}"));
    assert_eq!(log_in(password).as_deref(), Some("{\"superuser\": true}"));
    assert_eq!(log_in("guessed").as_deref(), Some("{\"superuser\": false}"));

    app.model.juju(&["remove-relation", "django-k8s:postgresql", "pg:postgresql"]);
    app.says("blocked: missing integrations: postgresql");
    assert_eq!(app.get(&unit, "/"), None);
}
