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
    let exec = |number: usize, script: &str| {
        let unit = format!("{APPLICATION}/{number}");
        model.juju(&["exec", "--unit", &unit, "--container", "sentinel", "--", "sh", "-c", script])
    };
    let host =
        |number: usize| format!("{APPLICATION}-{number}.{APPLICATION}-endpoints.misled.svc.cluster.local");
    let named = exec(
        0,
        "sed -n 's/^sentinel monitor [^ ]* \\([^ ]*\\) .*/\\1/p' /var/lib/redis/sentinel/sentinel.conf",
    );
    let master = (0..3).find(|number| host(*number) == named.trim()).unwrap();
    let (misled, other) = ((master + 1) % 3, (master + 2) % 3);
    let (past, present) = (host(other), host(master));
    let script = format!(
        "file=/var/lib/redis/sentinel/sentinel.conf
         /charm/bin/pebble stop sentinel
         sed 's/^\\(sentinel monitor {APPLICATION}\\) [^ ]*/\\1 {past}/
              s/^\\(sentinel known-replica {APPLICATION}\\) {past} /\\1 {present} /' $file >/tmp/sentinel.conf
         cat /tmp/sentinel.conf >$file
         # A hook may stop it at once.
         /charm/bin/pebble start sentinel || true"
    );
    let log = || model.container_logs()[&format!("{APPLICATION}-{misled}.sentinel.log")].clone();
    // A hook may start it before it is changed.
    model.until("the sentinel names the past", || {
        drop(exec(misled, &script));
        log().contains(&format!("+monitor master {APPLICATION} {past} "))
    });
    cluster.converge(3);
    // It was told, and nothing was failed over.
    let log = log();
    assert!(!log.contains("+switch-master"), "{log}");
}
