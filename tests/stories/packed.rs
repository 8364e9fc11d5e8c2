//! The charm as the file that `make pack` makes of it.

use crate::model::Model;

#[test]
fn the_packed_charm_is_deployed_and_taken_for_a_running_application() {
    let model = Model::new("story-packed");
    let packed = model.packed(".");
    assert_eq!(std::path::Path::new(&packed).extension(), Some("charm".as_ref()), "{packed}");
    model.juju(&["deploy", &packed, "redis-k8s", "-n", "2"]);
    model.settle("redis-k8s", 2);
    let seen = |unit: &str| {
        let ping = ["exec", "--unit", unit, "--container", "redis", "--", "redis-cli", "ping"];
        model.juju(&ping)
    };
    assert!(seen("redis-k8s/1").contains("NOAUTH"));
}
