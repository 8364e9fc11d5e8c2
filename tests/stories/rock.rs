//! The image of the Redis charm: what `rockcraft.yaml` puts beside the charm's layers. The image itself is not built here.

use std::path::Path;

use serde_yaml::Value;
use sidecharm::redis::layers;

use crate::model::Model;
use crate::target::APPLICATION;

fn rockcraft() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("rockcraft.yaml");
    serde_yaml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// A folder with nothing of the rock but the layer that Rockcraft makes of its checks.
fn layer_alone(folder: &Path) -> String {
    let layers = folder.join("var/lib/pebble/default/layers");
    std::fs::create_dir_all(&layers).unwrap();
    let mut layer = rockcraft().as_mapping().unwrap().clone();
    layer.retain(|key, _| key == "checks");
    std::fs::write(layers.join("001-rockcraft-redis-k8s.yaml"), serde_yaml::to_string(&layer).unwrap())
        .unwrap();
    folder.display().to_string()
}

impl Model {
    fn in_container(&self, unit: &str, container: &str, script: &str) -> String {
        let exec = ["exec", "--unit", unit, "--container", container, "--", "sh", "-c", script];
        self.juju(&exec).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What the probes of Kubernetes hear: whether the container is alive, and whether it is ready.
    fn probes(&self, unit: &str, container: &str) -> String {
        let script = "for level in alive ready; do /charm/bin/pebble health --level=$level || true; done";
        self.in_container(unit, container, script)
    }
}

#[test]
fn a_pod_is_ready_when_its_server_answers_and_not_before() {
    let model = Model::new("rock");
    let folder = tempfile::tempdir().unwrap();
    let rock = layer_alone(folder.path());

    let idle = model.charm("idle", "");
    model.juju(&["deploy", &idle, "idle", "--resource", &format!("image={rock}")]);
    model.juju(&["wait-for", "idle", "--agent", "idle"]);
    model.until("without a server there is no ready pod", || {
        model.probes("idle/0", "idle") == "healthy unhealthy"
    });

    let (unit, charm) = ("redis-k8s/0", model.redis_charm());
    model.juju(&["deploy", &charm, APPLICATION, "--resource", &format!("redis-image={rock}")]);
    model.settle(APPLICATION, 1);
    model.until("both containers are ready", || {
        ["redis", "sentinel"].map(|container| model.probes(unit, container)) == ["healthy healthy"; 2]
    });
    // The check of the sentinel's container has reached the server in the other one: nothing else has that port.
    model.until("the server has answered the rock's check", || {
        let checks = model.in_container(unit, "sentinel", "/charm/bin/pebble checks | grep ^redis");
        let fields: Vec<_> = checks.split(' ').collect();
        matches!(fields.as_slice(), ["redis", "ready", "enabled", "up", successes, "0/1", ..] if *successes != "0")
    });
}

#[test]
fn the_rock_has_what_the_charms_layers_name() {
    let rock = rockcraft();
    let part = |name: &str| &rock["parts"][name];
    let user = part("user")["overlay-script"].as_str().unwrap();
    assert!(user.trim_end().ends_with(&format!(" {}", layers::REDIS_USER)), "{user}");
    let packages = part("redis")["stage-packages"].as_sequence().unwrap();
    let exporter = Path::new(layers::DEBIAN_EXPORTER).file_name().unwrap().to_str().unwrap();
    assert_eq!(packages, &["redis-server", exporter]);
    let folder = &part("redis")["permissions"][0];
    assert_eq!(folder["path"], layers::DATA_DIR.trim_start_matches('/'));
    assert_eq!(rock["checks"][layers::SERVER]["tcp"]["port"], sidecharm::redis::SERVER_PORT);
}
