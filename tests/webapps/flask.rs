//! Flask on gunicorn, with a worker and a scheduler.

use std::collections::BTreeMap;

use crate::app::{App, Kind};

pub const FLASK: Kind =
    Kind { framework: "flask", container: "flask-app", resource: "flask-app-image", port: 8000 };
/// A Redis that the app may be related to, as the author of its charm would allow it.
const REDIS: (&str, &str, &str) =
    ("metadata.yaml", "  redis:\n    interface: redis\n    optional: true\n    limit: 1", "requires:");
/// As whom the services run; the user of a charm that is not root's; nobody.
const USERS: [&str; 3] = ["584792", "170", "65534"];
/// All that the charm and the services may have written, and what is seen of the processes.
const READ_ALL: &str = "find /etc/sidecharm /flask /opt /tmp /run /var/log /var/lib/pebble -type f -size -2000k \
    -exec cat {} + 2>/dev/null; cat /proc/[0-9]*/cmdline 2>/dev/null";

/// The same in the charm's container: the charm, what the agent and the charm keep.
const READ_CHARM: &str = "find \"$JUJU_CHARM_DIR/..\" /tmp /run /var/lib/juju /var/log -type f -size -2000k -exec cat {} + \
    2>/dev/null; cat /proc/[0-9]*/cmdline 2>/dev/null";

fn counts(services: &[(&str, usize)]) -> BTreeMap<String, usize> {
    services.iter().map(|(service, count)| ((*service).to_owned(), *count)).collect()
}

#[test]
fn two_units_share_one_migration_one_scheduler_and_one_key_and_a_change_restarts_each_once() {
    let app = App::deploy(FLASK, 2, &[]);
    app.serves();
    let given = app.environment(&app.unit(1));
    let base = format!("http://flask-k8s.{}:8000", app.model_name);
    let peer = format!("flask-k8s-0.flask-k8s-endpoints.{}.svc.cluster.local", app.model_name);
    let expected =
        [("FLASK_BASE_URL", &*base), ("FLASK_PREFERRED_URL_SCHEME", "HTTPS"), ("FLASK_PEER_FQDNS", &peer)];
    for (name, value) in expected {
        assert_eq!(given.get(name).map(String::as_str), Some(value), "{name}");
    }
    app.is_settled();
    let at_first = [
        counts(&[("clean-scheduler", 1), ("flask", 1), ("mail-worker", 1), ("statsd-exporter", 1)]),
        counts(&[("flask", 1), ("mail-worker", 1), ("statsd-exporter", 1)]),
    ];
    assert_eq!(app.all_starts(), at_first);
    assert_eq!(app.migrations(), format!("of {base}\n"));

    app.set(&["flask-env=staging"]);
    app.has("FLASK_ENV", "staging");
    app.says("active: ");
    app.is_settled();
    let changed = [
        counts(&[("clean-scheduler", 2), ("flask", 2), ("mail-worker", 2), ("statsd-exporter", 1)]),
        counts(&[("flask", 2), ("mail-worker", 2), ("statsd-exporter", 1)]),
    ];
    assert_eq!(app.all_starts(), changed);

    let key = given["FLASK_SECRET_KEY"].clone();
    assert_eq!(app.variable(&app.unit(0), "FLASK_SECRET_KEY"), key);
    app.model.juju(&["run", "flask-k8s/leader", "rotate-secret-key"]);
    app.model.until("the first unit serves with another key", || {
        let now = app.variable(&app.unit(0), "FLASK_SECRET_KEY");
        !now.is_empty() && now != key
    });
    let rotated = app.variable(&app.unit(0), "FLASK_SECRET_KEY");
    app.has("FLASK_SECRET_KEY", &rotated);
    app.is_settled();
    assert_eq!(app.migrations(), format!("of {base}\n"));
    for unit in app.each_unit() {
        let worker: BTreeMap<String, String> =
            serde_json::from_str(&app.inside(&unit, "cat /tmp/mail-worker.json")).unwrap();
        assert_eq!(worker["FLASK_SECRET_KEY"], rotated, "the worker of {unit}");
        nobody_reads(&app, &unit, &rotated);
    }
}

/// Neither the plan nor a file that others can read holds the key.
fn nobody_reads(app: &App, unit: &str, key: &str) {
    let plan = app.inside(unit, "PEBBLE_SOCKET=/charm/container/pebble.socket /charm/bin/pebble plan");
    assert!(plan.contains("flask:") && !plan.contains(key), "{plan}");
    let [own, others @ ..] = USERS;
    for user in others {
        let read = as_user(app, unit, user);
        assert!(read.contains("gunicorn") && !read.contains(key), "user {user} of {unit}");
    }
    // It is there to be read.
    assert!(as_user(app, unit, own).contains(key), "{unit}");
    // And in the charm's own container.
    for user in USERS {
        let script = format!("{} | tr -c '[:graph:]' '\\n'", with_rights_of(user, READ_CHARM));
        let read = app.model.juju(&["exec", "--unit", unit, "--", "sh", "-c", &script]);
        assert!(read.contains("flask-framework") && !read.contains(key), "user {user} of {unit}");
    }
}

fn as_user(app: &App, unit: &str, user: &str) -> String {
    app.inside(unit, &format!("{} | tr -c '[:graph:]' '\\n'", with_rights_of(user, READ_ALL)))
}

fn with_rights_of(user: &str, script: &str) -> String {
    format!("setpriv --reuid={user} --regid={user} --clear-groups sh -c '{script}'")
}

#[test]
fn what_cannot_be_used_is_named_while_the_app_runs_on_and_a_redis_that_comes_and_goes_is_told() {
    let app = App::deploy(FLASK, 1, &[REDIS]);
    app.serves();
    let unit = app.unit(0);
    let before = app.starts(&unit);
    let url = "https://bit.ly/flask-async-doc";
    let secret = "d0000000000000000000";
    let bad = [
        (["flask-env="], "invalid options: flask-env (must be a text that is not empty)".to_owned()),
        (["webserver-worker-class=eventlet"], format!("Only 'gevent' and 'sync' are allowed. {url}")),
        (["webserver-worker-class=gevent"], format!("gunicorn[gevent] must be installed in the rock. {url}")),
        (
            [&*format!("flask-secret-key-id=secret:{secret}")],
            format!(
                "invalid options: flask-secret-key-id; grant the secret: juju grant-secret {secret} flask-k8s \
                 (it is read at the next update-status)"
            ),
        ),
    ];
    for (options, expected) in &bad {
        app.set(options);
        app.says(&format!("blocked: {expected}"));
        assert!(app.get(&unit, "/").is_some(), "{expected}");
        app.set(&["--reset", options[0].split('=').next().unwrap()]);
        app.says("active: ");
    }
    app.is_settled();
    assert_eq!(app.starts(&unit), before);

    app.model.juju(&["deploy", &app.model.redis_charm(), "redis-k8s"]);
    app.model.juju(&["integrate", "flask-k8s:redis", "redis-k8s:redis"]);
    app.model.settle("redis-k8s", 1);
    let host = format!("redis-k8s-0.redis-k8s-endpoints.{}.svc.cluster.local", app.model_name);
    app.has("REDIS_DB_HOSTNAME", &host);
    app.has("REDIS_DB_CONNECT_STRING", &format!("redis://{host}:6379"));
    app.says("active: ");
    app.model.juju(&["remove-relation", "flask-k8s:redis", "redis-k8s:redis"]);
    app.model.until("the app is without Redis", || {
        let now = app.environment(&unit);
        !now.is_empty() && !now.keys().any(|name| name.starts_with("REDIS"))
    });
}
