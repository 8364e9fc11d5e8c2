//! Whom the Redis charm runs as: what `charm-user` says, once Juju heeds it.

use crate::cluster::Cluster;
use crate::model::Model;
use crate::target::APPLICATION;

impl Model {
    /// The user whose the charm's folder is, and the one that its hooks run as; nothing while there is no pod.
    fn charm_users(&self, unit: &str) -> String {
        let folder = format!("/var/lib/juju/agents/unit-{}/charm", unit.replace('/', "-"));
        let told = |command: &[&str]| {
            let exec = ["exec", "--unit", unit];
            let told = self.command(&self.minijuju()).args(exec).args(command).output().unwrap();
            String::from_utf8(told.stdout).unwrap().trim().to_owned()
        };
        let owner = told(&["--container", "charm", "--", "stat", "-c", "%u", &folder]);
        format!("{owner} {}", told(&["--", "id", "-u"]))
    }
}

#[test]
fn units_go_on_when_juju_is_upgraded_to_one_that_takes_root_from_the_charm() {
    let model = Model::new("user");
    model.juju(&["model-config", "agent-version=3.5.7"]);
    let charm = model.redis_charm();
    let cluster = Cluster::deploy(model, &charm, 2);
    let model = &cluster.model;
    let units = ["redis-k8s/0", "redis-k8s/1"];
    assert_eq!(units.map(|unit| model.charm_users(unit)), ["0 0"; 2]);

    model.juju(&["model-config", "agent-version=3.6.9"]);
    // An upgraded controller replaces the pods: Juju's own image is another.
    for unit in units {
        model.juju(&["delete-pod", unit]);
        model.until("the charm is no root any more", || model.charm_users(unit) == "170 170");
        model.settle(APPLICATION, 2);
    }
    cluster.converge(2);
    model.juju(&["run", "redis-k8s/0", "check-service"]);
}
