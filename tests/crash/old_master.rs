//! An old master that was away while all others left.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::model::Model;
use crate::target::APPLICATION;
use crate::writer::connect;

/// Waits until the leader has written down the master, and it is the unit with this number or, with `false`, another.
fn leader_names(model: &Model, seen_by: &str, unit: u32, is_it: bool) {
    let host = format!("{APPLICATION}-{unit}.");
    model.until("the peer databag names the master", || {
        let shown = model.json(&["show-unit", seen_by]);
        let relations = shown.pointer(&format!("/{}/relation-info", seen_by.replace('/', "~1")));
        let mut relations = relations.and_then(|relations| relations.as_array()).into_iter().flatten();
        relations.any(|relation| {
            let named = relation.pointer("/application-data/leader-host").and_then(|host| host.as_str());
            named.is_some_and(|named| named.starts_with(&host) == is_it)
        })
    });
}

#[test]
fn an_old_master_that_comes_back_to_find_all_others_gone_asks_before_it_is_master_with_old_data() {
    let model = Model::new("story-old");
    // The leader dies with its pod, and another must have written down the new master before that is back.
    model.juju(&["model-config", "leader-lease=1s", "pod-replacement-delay=30s"]);
    let charm = model.redis_charm();
    let cluster = Cluster::deploy(model, &charm, 3);
    let model = &cluster.model;
    let sentinels = cluster.target.sentinel_password.clone();
    let first = "redis-k8s/0";
    let address = model.address("redis-k8s/1").parse().unwrap();
    model.until("unit 0 is master", || {
        let is_it = model.masters(APPLICATION) == [first];
        if !is_it {
            let mut sentinel = connect(address, 26379, Some(&sentinels)).unwrap();
            // Refused while another failover is under way.
            drop(redis::cmd("SENTINEL").arg(&["FAILOVER", APPLICATION]).query::<()>(&mut sentinel));
        }
        is_it
    });
    // A sentinel that still leads this failover would not notice the death of whom it promoted.
    cluster.converge(3);
    leader_names(model, "redis-k8s/2", 0, true);
    model.juju(&["kill-pod", first]);
    leader_names(model, "redis-k8s/2", 0, false);
    model.juju(&["remove-unit", APPLICATION, "--num-units", "2", "--no-prompt"]);
    let starts = |text: &str| {
        let alone = |statuses: BTreeMap<String, String>| {
            statuses.len() == 1 && statuses.values().all(|status| status.starts_with(text))
        };
        alone(model.statuses(APPLICATION))
    };
    model
        .until("the last unit says that its data are old", || starts("blocked: the last master, redis-k8s/"));
    model.juju(&["run", first, "promote-to-primary"]);
    model.settle(APPLICATION, 1);
}
