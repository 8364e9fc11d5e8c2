//! Apps that use real servers by what their environment says: RabbitMQ, MariaDB, PostgreSQL, an S3 server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::App;
use crate::flask::FLASK;
use crate::provider::{self, ENCODED, PASSWORD, Says, Server};
use crate::with_a_port;

/// What an app answers at a path; nothing while it does not.
fn answer(app: &App, path: &str) -> Value {
    let body = app.get(&app.unit(0), path).unwrap_or_default();
    serde_json::from_str(&body).unwrap_or_default()
}

fn answers(app: &App, path: &str, expected: &Value) {
    app.model.until(&format!("{path} answers {expected}"), || answer(app, path) == *expected);
}

/// Waits until the app serves without any variable that begins so.
fn is_without(app: &App, prefix: &str) {
    app.model.until(&format!("the app is without {prefix}"), || {
        let now = app.environment(&app.unit(0));
        !now.is_empty() && !now.keys().any(|name| name.starts_with(prefix))
    });
}

/// The app waits for these data, and runs on as it was.
fn waits(app: &App, data: &str, starts: &BTreeMap<String, usize>) {
    app.says(&format!("waiting: Waiting for relation data: {data}"));
    assert!(app.get(&app.unit(0), "/").is_some());
    assert_eq!(app.starts(&app.unit(0)), *starts);
}

fn optional(endpoint: &str, interface: &str) -> String {
    format!("  {endpoint}:\n    interface: {interface}\n    optional: true\n    limit: 1")
}

#[test]
fn flask_sends_over_both_units_of_a_rabbitmq_then_over_the_one_that_is_left() {
    let rabbitmq = optional("rabbitmq", "rabbitmq");
    let app = App::deploy(FLASK, 1, &[("metadata.yaml", &rabbitmq, "requires:")]);
    app.serves();
    let before = app.starts(&app.unit(0));
    let domain = format!("rabbitmq-endpoints.{}.svc.cluster.local", app.model_name);
    let host = ("hostname", &*format!("rabbitmq-%number%.{domain}"));
    let half = Says { endpoint: "rabbitmq", interface: "rabbitmq", unit: &[host], ..Says::NOTHING };
    app.related_to("rabbitmq", 2, &[half], Some(Server { name: "rabbitmq", port: 5672 }));
    waits(&app, "rabbitmq (password)", &before);
    let asked = provider::reads(&app.model, "rabbitmq/0", "rabbitmq", "flask-k8s");
    assert_eq!((&*asked["username"], &*asked["vhost"]), ("flask-k8s", "/"));

    for unit in ["rabbitmq/0", "rabbitmq/1"] {
        provider::says_instead(&app.model, unit, "rabbitmq", "unit", &[host, ("password", PASSWORD)]);
    }
    let hosts = [0, 1].map(|unit| format!("rabbitmq-{unit}.{domain}"));
    let urls = hosts.clone().map(|host| format!("amqp://flask-k8s:{ENCODED}@{host}:5672/%2F"));
    app.has("RABBITMQ_CONNECT_STRINGS", &urls.join(","));
    // The other unit's password may be told first.
    app.has("RABBITMQ_CONNECT_STRING", &urls[0]);
    answers(&app, "/rabbitmq", &json!(hosts));
    app.says("active: ");
    app.is_given(&[
        ("RABBITMQ_CONNECT_STRING", &urls[0]),
        ("RABBITMQ_HOSTNAME", &hosts[0]),
        ("RABBITMQ_PASSWORD", PASSWORD),
        ("RABBITMQ_VHOST", "/"),
    ]);
    app.is_settled();

    app.model.juju(&["remove-unit", "rabbitmq", "--num-units", "1", "--no-prompt"]);
    app.has("RABBITMQ_CONNECT_STRINGS", &urls[0]);
    answers(&app, "/rabbitmq", &json!(hosts[..1]));
    app.model.juju(&["remove-relation", "flask-k8s:rabbitmq", "rabbitmq:rabbitmq"]);
    is_without(&app, "RABBITMQ");
    app.says("active: ");
}

#[test]
fn spring_boot_makes_its_data_source_from_the_properties_of_a_postgresql() {
    let postgresql = optional("postgresql", "postgresql_client");
    let kind = with_a_port::kind("spring-boot");
    let app = App::deploy(kind, 1, &[("metadata.yaml", &postgresql, "requires:")]);
    app.serves();
    let endpoint = format!("pg-0.pg-endpoints.{}.svc.cluster.local:5432", app.model_name);
    let says = Says {
        endpoint: "postgresql",
        interface: "postgresql_client",
        application: &[("endpoints", &endpoint), ("database", "%asked:database%")],
        secrets: &[("secret-user", &[("username", "relation_id_1"), ("password", PASSWORD)])],
        ..Says::NOTHING
    };
    app.related_to("pg", 1, &[says], Some(Server { name: "postgresql", port: 5432 }));
    answers(&app, "/postgresql", &json!({"who": "relation_id_1", "place": "spring-boot-k8s"}));
    app.is_given(&[("spring.datasource.url", &format!("jdbc:postgresql://{endpoint}/spring-boot-k8s"))]);
    app.says("active: ");
    app.is_settled();
}

#[test]
fn express_keeps_rows_in_a_mariadb_and_objects_in_a_bucket() {
    let endpoints = [optional("mysql", "mysql_client"), optional("s3", "s3")].join("\n");
    let app = App::deploy(with_a_port::kind("expressjs"), 1, &[("metadata.yaml", &endpoints, "requires:")]);
    app.serves();
    let before = app.starts(&app.unit(0));
    // With the dot at its end, as the charm of MySQL writes it.
    let endpoint = format!("mysql-0.mysql-endpoints.{}.svc.cluster.local.:3306", app.model_name);
    let mysql = Says {
        endpoint: "mysql",
        interface: "mysql_client",
        application: &[("database", "%asked:database%"), ("endpoints", &endpoint)],
        secrets: &[("secret-user", &[("username", "relation-1"), ("password", PASSWORD)])],
        ..Says::NOTHING
    };
    let url = format!("http://s3-0.s3-endpoints.{}.svc.cluster.local:9000", app.model_name);
    let half = [
        ("access-key", "0123456789"),
        ("bucket", "%asked:bucket%"),
        ("endpoint", &*url),
        ("region", "us-east-1"),
        ("s3-uri-style", "path"),
    ];
    let s3 = Says { endpoint: "s3", interface: "s3", application: &half, ..Says::NOTHING };
    app.related_to("s3", 1, &[s3], Some(Server { name: "s3", port: 9000 }));
    waits(&app, "s3 (secret-key)", &before);
    let whole = [&half[..], &[("secret-key", PASSWORD)]].concat();
    provider::says_instead(&app.model, "s3/0", "s3", "app", &whole);
    answers(&app, "/s3", &json!({"kept": "salve", "stranger": 403}));

    app.related_to("mysql", 1, &[mysql], Some(Server { name: "mariadb", port: 3306 }));
    app.model.until("the app is in its database", || {
        let rows = answer(&app, "/mysql");
        let place = (&rows[0]["text"], &rows[0]["place"]);
        let is_user = rows[0]["user"].as_str().is_some_and(|user| user.starts_with("relation-1@"));
        place == (&json!("salve"), &json!("expressjs-k8s")) && is_user
    });
    app.says("active: ");
    app.is_given(&[
        ("MYSQL_DB_CONNECT_STRING", &format!("mysql://relation-1:{ENCODED}@{endpoint}/expressjs-k8s")),
        ("MYSQL_DB_PASSWORD", PASSWORD),
        ("S3_ACCESS_KEY", "0123456789"),
        ("S3_SECRET_KEY", PASSWORD),
        ("S3_BUCKET", "expressjs-k8s"),
        ("S3_ADDRESSING_STYLE", "path"),
    ]);
    app.is_settled();

    app.model.juju(&["remove-relation", "expressjs-k8s:mysql", "mysql:mysql"]);
    is_without(&app, "MYSQL");
    assert_eq!(answer(&app, "/s3")["kept"], "salve");
}
