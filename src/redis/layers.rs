//! The paths, users and services of a pod, and the layers that define them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{EXPORTER_PORT, SENTINEL_PORT, SERVER_PORT};
use crate::pebble::types::{
    Check, CheckLevel, Environment, GoDuration, Layer, LogTarget, Override, Service, Startup, TcpCheck,
};
use crate::secret::Secret;

/// The storage, mounted in both containers: the server's data.
pub const DATA_DIR: &str = "/var/lib/redis";
/// On the storage: sentinels rewrite their file, which must outlive the pod.
pub const SENTINEL_DIR: &str = "/var/lib/redis/sentinel";
/// The sentinel's file.
pub const SENTINEL_FILE: &str = "/var/lib/redis/sentinel/sentinel.conf";
/// Whose data the storage holds.
pub const LINEAGE_FILE: &str = "/var/lib/redis/.sidecharm-lineage.json";
/// The parent of the two below.
pub const BASE_DIR: &str = "/etc/sidecharm";
/// The server rewrites its file, so the directory is the server's.
pub const SERVER_DIR: &str = "/etc/sidecharm/redis";
/// The server's file.
pub const SERVER_FILE: &str = "/etc/sidecharm/redis/redis.conf";
/// The server's ACL file.
pub const ACL_FILE: &str = "/etc/sidecharm/redis/users.acl";
/// The exporter's passwords.
pub const EXPORTER_FILE: &str = "/etc/sidecharm/redis/exporter.json";
/// What `watch` is told; root's.
pub const WATCH_DIR: &str = "/etc/sidecharm/watch";
/// See [`WATCH_DIR`].
pub const WATCH_FILE: &str = "/etc/sidecharm/watch/watch.json";
/// The user and group of the servers, in the rock as in Debian's packages.
pub const REDIS_USER: &str = "redis";
/// The label of the layer in either container.
pub const LABEL: &str = "sidecharm";

/// The service names.
pub const SERVER: &str = "redis";
/// See [`SERVER`].
pub const SENTINEL: &str = "sentinel";
/// See [`SERVER`].
pub const EXPORTER: &str = "redis_exporter";
/// See [`SERVER`].
pub const WATCH: &str = "watch";

/// Where this program lies in the `redis` container. Its identity is part of the path, so a new one is a new file and
/// a changed command.
pub fn program_path(build: &str) -> String {
    format!("/opt/sidecharm/{build}/sidecharm")
}

/// The exporter as Debian's package has it.
pub const DEBIAN_EXPORTER: &str = "/usr/bin/prometheus-redis-exporter";
/// The exporter in the rock.
pub const ROCK_EXPORTER: &str = "/bin/redis_exporter";

/// How a server is born. Flags beat the file at every start: whatever restarts the server, it refuses writes until it is given
/// a role, and Sentinel does not choose it until more is known of it.
pub const BIRTH: &str = "--replicaof 127.0.0.1 1 --replica-priority 0";

/// The layer of the `redis` container.
pub fn redis(program: &str, exporter: &str, log_targets: BTreeMap<String, LogTarget>) -> Layer {
    let server = Service {
        startup: Some(Startup::Enabled),
        user: REDIS_USER.to_owned(),
        group: REDIS_USER.to_owned(),
        // Longer than the server's shutdown-timeout of 10 s, in which it waits for its replicas.
        kill_delay: Some(seconds(20)),
        ..Service::replace(format!("redis-server {SERVER_FILE} {BIRTH}"))
    };
    let metrics = Service {
        startup: Some(Startup::Enabled),
        user: REDIS_USER.to_owned(),
        group: REDIS_USER.to_owned(),
        environment: Environment::from([
            ("REDIS_USER", "exporter"),
            ("REDIS_PASSWORD_FILE", EXPORTER_FILE),
            ("REDIS_ADDR", EXPORTED_ADDRESS),
        ]),
        ..Service::replace(format!("{exporter} -web.listen-address 0.0.0.0:{EXPORTER_PORT}"))
    };
    let watch = Service {
        startup: Some(Startup::Enabled),
        // Root: Juju hears only of root's notices up to 4.0.
        // From Pebble 1.19.1 on, both together give it SIGTERM before the server, and time to hand over.
        requires: vec![SERVER.to_owned()],
        after: vec![SERVER.to_owned()],
        kill_delay: Some(seconds(15)),
        ..Service::replace(format!("{program} watch {WATCH_FILE}"))
    };
    Layer {
        services: [(SERVER, server), (EXPORTER, metrics), (WATCH, watch)].map(named).into(),
        checks: [named((SERVER, port_check(SERVER_PORT)))].into(),
        log_targets,
        ..Layer::default()
    }
}

/// The layer of the `sentinel` container.
pub fn sentinel(log_targets: BTreeMap<String, LogTarget>) -> Layer {
    let sentinel = Service {
        startup: Some(Startup::Enabled),
        user: REDIS_USER.to_owned(),
        group: REDIS_USER.to_owned(),
        ..Service::replace(format!("redis-server {SENTINEL_FILE} --sentinel"))
    };
    Layer {
        services: [named((SENTINEL, sentinel))].into(),
        checks: [named((SENTINEL, port_check(SENTINEL_PORT)))].into(),
        log_targets,
        ..Layer::default()
    }
}

/// How the exporter names the server in its password file.
const EXPORTED_ADDRESS: &str = "redis://localhost:6379";

/// The exporter's password file: a map from address to password, as `redis_exporter` wants it.
///
/// # Errors
/// Never for texts; serde's signature is kept.
pub fn exporter_file(password: &Secret) -> Result<Secret, serde_json::Error> {
    serde_json::to_string(&BTreeMap::from([(EXPORTED_ADDRESS, password.expose())])).map(Secret::new)
}

/// An open port is all that a check asks: a command at every period would cost a process, and a loading server is up.
fn port_check(port: u16) -> Check {
    Check {
        level: Some(CheckLevel::Ready),
        threshold: 3,
        tcp: Some(TcpCheck { port: i64::from(port), ..TcpCheck::default() }),
        ..Check::new(Override::Replace)
    }
}

fn named<T>((name, value): (&str, T)) -> (String, T) {
    (name.to_owned(), value)
}

fn seconds(seconds: u64) -> GoDuration {
    GoDuration::from(Duration::from_secs(seconds))
}
