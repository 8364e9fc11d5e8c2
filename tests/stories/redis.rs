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
fn a_master_whose_pod_dies_while_all_others_leave_is_master_again() {
    let model = Model::new("story-last");
    model.juju(&["deploy", &model.redis_charm(), "redis-k8s", "-n", "2"]);
    model.settle("redis-k8s", 2);
    assert_eq!(model.master("redis-k8s"), "redis-k8s/0");
    model.juju(&["kill-pod", "redis-k8s/0"]);
    model.juju(&["remove-unit", "redis-k8s", "--num-units", "1", "--no-prompt"]);
    model.settle("redis-k8s", 1);
}
