//! The operator takes another revision of the charm.

use std::io::Write as _;
use std::path::Path;

use crate::app::App;
use crate::flask::FLASK;

/// Refreshes to a build whose bytes are not the same, and which has the option `farewell-text`.
pub fn another_build(app: &App, framework: &str) {
    let before = Path::new(&app.charm).join("metadata.yaml");
    let metadata = std::fs::read_to_string(before).unwrap();
    let charm = app.model.assembled(&format!("charms/{framework}"));
    // With the endpoints that the author of the charm has added.
    std::fs::write(Path::new(&charm).join("metadata.yaml"), metadata).unwrap();
    let mut binary =
        std::fs::OpenOptions::new().append(true).open(Path::new(&charm).join("dispatch")).unwrap();
    binary.write_all(b"another build").unwrap();
    drop(binary);
    let options = Path::new(&charm).join("config.yaml");
    let text = std::fs::read_to_string(&options).unwrap();
    std::fs::write(&options, text + "  farewell-text:\n    type: string\n    default: vale\n").unwrap();
    app.model.juju(&["refresh", &app.name, "--path", &charm]);
}

#[test]
fn another_build_with_a_new_option_is_taken_with_one_restart_and_without_another_migration() {
    let app = App::deploy(FLASK, 1, &[]);
    app.serves();
    let unit = app.unit(0);
    let migrated = app.migrations();
    assert_eq!(migrated.lines().count(), 1, "{migrated}");
    let before = app.starts(&unit);

    another_build(&app, "flask");
    app.has("FLASK_FAREWELL_TEXT", "vale");
    app.says("active: ");
    app.is_settled();
    // The pod is a new one; what its predecessor did on its last legs does not count.
    let logs = app.model.container_logs();
    let log = &logs["flask-k8s-0.flask-app.log"];
    let (_before, after) = log.rsplit_once("[pebble] Started daemon").unwrap();
    for service in before.keys() {
        let starts = after.matches(&format!("[pebble] Service \"{service}\" starting: ")).count();
        assert_eq!(starts, 1, "{service}: {after}");
    }
    // The container is new, and so is its /tmp.
    assert_eq!(app.migrations(), "");
}
