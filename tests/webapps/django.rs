//! Django on gunicorn: nothing runs before it has a database; its superuser can log in.

use crate::app::{App, Kind};

const DJANGO: Kind =
    Kind { framework: "django", container: "django-app", resource: "django-app-image", port: 8000 };
/// The database, as the author of the charm requires it.
const DATABASE: (&str, &str, &str) =
    ("metadata.yaml", "  postgresql:\n    interface: postgresql_client\n    limit: 1", "requires:");

/// Tells the app, as the charm of a PostgreSQL would, where its database is.
fn tell_database(app: &App) {
    let metadata = "provides: {database: {interface: postgresql_client}}";
    app.model.juju(&["deploy", &app.model.charm("pg", metadata), "pg"]);
    app.model.juju(&["integrate", "django-k8s:postgresql", "pg:database"]);
    let told = ["endpoints=pg-primary:5432", "username=user", "password=a b/c", "database=django-k8s"];
    let id = || as_charm(app, &["relation-ids", "database"]);
    app.model.until("the database is related", || !id().is_empty());
    as_charm(app, &[&["relation-set", "-r", &id(), "--app"], &told[..]].concat());
}

fn as_charm(app: &App, command: &[&str]) -> String {
    app.model.juju(&[&["exec", "--unit", "pg/0", "--"], command].concat()).trim().to_owned()
}

#[test]
fn django_waits_for_its_database_then_migrates_serves_and_makes_a_superuser() {
    let app = App::deploy(DJANGO, 1, &[DATABASE]);
    let unit = app.unit(0);
    app.says("blocked: missing integrations: postgresql");
    assert!(app.starts(&unit).is_empty(), "{:?}", app.starts(&unit));

    tell_database(&app);
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

    app.model.juju(&["remove-relation", "django-k8s:postgresql", "pg:database"]);
    app.says("blocked: missing integrations: postgresql");
    assert_eq!(app.get(&unit, "/"), None);
}
