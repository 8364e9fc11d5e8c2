//! Who may read the files of a live pod that hold passwords: root and redis, also after the servers have rewritten them.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use sidecharm::redis::{SENTINEL_PORT, SERVER_PORT};

use crate::cluster::Cluster;
use crate::model::Model;
use crate::writer::connect;

const UNIT: &str = "redis-k8s/0";
/// All that the charm and the servers may have written in a container, and what every user sees of the processes in it.
const READ_ALL: &str = "find /etc/sidecharm /var/lib/redis /opt /tmp /run /var/log /srv -type f -size -2000k \
    -exec cat {} + 2>/dev/null; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null";
/// What is left of the text of all of them, as whom.
const TEXT: &str = "tr -c '[:graph:]' '\\n'";
/// The user of a charm that is not root's, and nobody.
const OTHERS: [&str; 2] = ["170", "65534"];
/// Mode and owner of what holds a password, and of the directories above it.
const MODES: &str = "stat -c '%a %U:%G %n' /etc/sidecharm /etc/sidecharm/* /etc/sidecharm/*/* \
    /var/lib/redis/sentinel /var/lib/redis/sentinel/* 2>/dev/null | sort -k3";

fn inside(model: &Model, container: &str, user: &str, script: &str) -> String {
    let groups = format!("--regid={user}");
    let become_user = format!("--reuid={user}");
    let exec = ["exec", "--unit", UNIT, "--container", container, "--", "setpriv", "--clear-groups"];
    model.juju(&[&exec[..], &[&groups, &become_user, "sh", "-c", script]].concat())
}

/// All passwords of the application, and what else would let somebody in: their digests stand in the server's ACL file.
fn secrets(model: &Model) -> BTreeMap<String, String> {
    let secrets = model.json(&["secrets"]);
    let id = secrets.as_object().unwrap().keys().next().unwrap();
    let secret = model.json(&["show-secret", id, "--reveal"]);
    let passwords: BTreeMap<String, String> = serde_json::from_value(secret[id]["content"].clone()).unwrap();
    let digest = |(key, password): (&String, &String)| {
        (format!("digest of {key}"), format!("{:x}", Sha256::digest(password)))
    };
    let digests: Vec<_> = passwords.iter().map(digest).collect();
    passwords.into_iter().chain(digests).collect()
}

/// The names of the secrets in what a user can read in either container.
fn readable(model: &Model, user: &str) -> Vec<String> {
    let script = format!("{{ {READ_ALL}; }} | {TEXT}");
    let text = ["redis", "sentinel"].map(|container| inside(model, container, user, &script)).concat();
    assert!(text.contains("redis-server"), "user {user} has read nothing");
    let found = secrets(model).into_iter().filter(|(_, secret)| text.contains(secret));
    found.map(|(name, _)| name).collect()
}

fn nobody_else_reads_one(model: &Model) {
    for user in OTHERS {
        assert_eq!(readable(model, user), Vec::<String>::new(), "user {user}");
    }
    // They are there to be read: of one the servers need the digest only.
    let found = readable(model, "0");
    let passwords = secrets(model).into_keys().filter(|name| !name.starts_with("digest"));
    assert_eq!(passwords.filter(|name| !found.contains(name)).collect::<Vec<_>>(), ["redis-password"]);
}

/// Has server and sentinel write their files anew, as a failover does.
fn rewrite(cluster: &Cluster) {
    let Cluster { model, target } = cluster;
    let address = model.address(UNIT).parse().unwrap();
    let mut server = connect(address, SERVER_PORT, target.password.as_deref()).unwrap();
    redis::cmd("CONFIG").arg("REWRITE").exec(&mut server).unwrap();
    let mut sentinel = connect(address, SENTINEL_PORT, Some(&target.sentinel_password)).unwrap();
    redis::cmd("SENTINEL").arg("FLUSHCONFIG").exec(&mut sentinel).unwrap();
}

#[test]
fn only_root_and_redis_can_read_a_password_before_and_after_the_servers_rewrite_their_files() {
    let model = Model::new("story-files");
    let charm = model.redis_charm();
    let cluster = Cluster::deploy(model, &charm, 2);
    let model = &cluster.model;
    nobody_else_reads_one(model);
    rewrite(&cluster);
    nobody_else_reads_one(model);
    // What a server rewrites it lets everybody read: its directory does not.
    let expected = "\
        755 root:root /etc/sidecharm\n\
        750 redis:redis /etc/sidecharm/redis\n\
        600 redis:redis /etc/sidecharm/redis/exporter.json\n\
        644 redis:redis /etc/sidecharm/redis/redis.conf\n\
        600 redis:redis /etc/sidecharm/redis/users.acl\n\
        700 root:root /etc/sidecharm/watch\n\
        600 root:root /etc/sidecharm/watch/watch.json\n\
        750 redis:redis /var/lib/redis/sentinel\n\
        644 redis:redis /var/lib/redis/sentinel/sentinel.conf\n";
    assert_eq!(inside(model, "redis", "0", MODES), expected);
}
