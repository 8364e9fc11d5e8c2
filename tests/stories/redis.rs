//! Redis from its deployment on.

use std::collections::BTreeMap;

use crate::model::Model;
use crate::target::{APPLICATION, target};
use crate::writer::connect;

#[test]
fn one_unit_becomes_master_and_says_that_it_is_alone() {
    let model = Model::new("story-one");
    model.juju(&["deploy", &model.redis_charm(), "redis-k8s"]);
    model.settle("redis-k8s", 1);
    let message = || {
        let status = model.json(&["status"]);
        status.pointer("/applications/redis-k8s/application-status/message").cloned()
    };
    model.until("the status says so", || message() == Some("no high availability: one unit".into()));
    let answer =
        model.juju(&["exec", "--unit", "redis-k8s/0", "--container", "redis", "--", "redis-cli", "ping"]);
    assert!(answer.contains("NOAUTH"), "{answer}");
}

#[test]
fn a_master_whose_pod_dies_while_all_others_leave_is_master_again() {
    let model = Model::new("story-last");
    model.juju(&["deploy", &model.redis_charm(), "redis-k8s", "-n", "2"]);
    model.settle("redis-k8s", 2);
    assert_eq!(model.master("redis-k8s"), "redis-k8s/0");
    model.juju(&["kill-pod", "redis-k8s/0"]);
    model.juju(&["remove-unit", "redis-k8s", "--num-units", "1", "--no-prompt"]);
    model.settle("redis-k8s", 1);
}

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
    model.juju(&["deploy", &model.redis_charm(), APPLICATION, "-n", "3"]);
    model.settle(APPLICATION, 3);
    let sentinels = target(&model).sentinel_password;
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
    leader_names(&model, "redis-k8s/2", 0, true);
    model.juju(&["model-config", "pod-replacement-delay=20s", "leader-lease=1s"]);
    model.juju(&["kill-pod", first]);
    leader_names(&model, "redis-k8s/2", 0, false);
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
