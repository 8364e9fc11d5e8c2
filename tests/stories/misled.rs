//! A sentinel that heard of a master whose name could not be looked up goes on with the one it knew before, in the generation of
//! the new one: nothing that it hears later mends that.

use crate::cluster::Cluster;
use crate::model::Model;
use crate::target::APPLICATION;

#[test]
fn a_sentinel_that_names_a_master_of_the_past_is_told_the_present_one() {
    let model = Model::new("misled");
    let charm = model.redis_charm();
    let cluster = Cluster::deploy(model, &charm, 3);
    let model = &cluster.model;
    // Unit 1 is the first master; unit 0 leads, and follows it.
    let host = |number| format!("redis-k8s-{number}.redis-k8s-endpoints.misled.svc.cluster.local");
    let (past, present) = (host(2), host(1));
    let script = format!(
        "file=/var/lib/redis/sentinel/sentinel.conf
         /charm/bin/pebble stop sentinel
         sed 's/^\\(sentinel monitor {APPLICATION}\\) [^ ]*/\\1 {past}/
              s/^\\(sentinel known-replica {APPLICATION}\\) {past} /\\1 {present} /' $file >/tmp/sentinel.conf
         cat /tmp/sentinel.conf >$file
         /charm/bin/pebble start sentinel"
    );
    let exec = ["exec", "--unit", "redis-k8s/0", "--container", "sentinel", "--", "sh", "-c", &script];
    // A hook may start it before it is changed.
    let was_misled = || {
        let logs = model.container_logs();
        logs["redis-k8s-0.sentinel.log"].contains(&format!("+monitor master {APPLICATION} {past} "))
    };
    model.until("the sentinel names the past", || {
        drop(model.juju(&exec));
        was_misled()
    });
    cluster.converge(3);
    // It was told, and nothing was failed over.
    let told = model.container_logs();
    assert!(
        !told["redis-k8s-0.sentinel.log"].contains("+switch-master"),
        "{}",
        told["redis-k8s-0.sentinel.log"]
    );
}
