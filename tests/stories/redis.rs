//! Redis from its deployment on.

use crate::model::Model;

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
fn three_units_replace_a_killed_master_and_shrink_to_one() {
    let model = Model::new("story-three");
    model.juju(&["deploy", &model.redis_charm(), "redis-k8s", "-n", "3"]);
    model.settle("redis-k8s", 3);
    let first = model.master("redis-k8s");
    let address = model.address(&first);
    model.juju(&["kill-pod", &first]);
    model.until("the pod is replaced", || model.address(&first) != address);
    model.settle("redis-k8s", 3);
    model.juju(&["remove-unit", "redis-k8s", "--num-units", "2", "--no-prompt"]);
    model.settle("redis-k8s", 1);
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
