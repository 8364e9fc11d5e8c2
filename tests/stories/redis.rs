//! Redis from its deployment on.

use crate::model::Model;

#[test]
fn one_unit_becomes_master_and_says_that_it_is_alone() {
    let model = Model::new("story-one");
    model.juju(&["deploy", &model.redis_charm(), "redis-k8s"]);
    model.settle("redis-k8s", 1);
    let status = model.json(&["status"]);
    let message = status.pointer("/applications/redis-k8s/application-status/message").unwrap();
    assert_eq!(message, "no high availability: one unit");
    let answer =
        model.juju(&["exec", "--unit", "redis-k8s/0", "--container", "redis", "--", "redis-cli", "ping"]);
    assert!(answer.contains("NOAUTH"), "{answer}");
}

#[test]
fn three_units_replace_a_killed_master_and_shrink_to_one() {
    let model = Model::new("story-three");
    model.juju(&["deploy", &model.redis_charm(), "redis-k8s", "-n", "3"]);
    let time = model.settle("redis-k8s", 3);
    println!("three units active after {time:?}");
    let master =
        |model: &Model| model.statuses("redis-k8s").iter().position(|status| status == "active: master");
    let first = master(&model).unwrap();
    model.juju(&["kill-pod", &format!("redis-k8s/{first}")]);
    model.settle("redis-k8s", 3);
    model.juju(&["remove-unit", "redis-k8s", "--num-units", "2", "--no-prompt"]);
    model.settle("redis-k8s", 1);
}
