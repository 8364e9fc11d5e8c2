//! The operator takes another revision of the charm.

use std::io::Write as _;
use std::path::Path;

use crate::app::App;
use crate::flask::FLASK;

#[test]
fn another_build_with_a_new_option_is_taken_with_one_restart_and_without_another_migration() {
    let app = App::deploy(FLASK, 1, &[]);
    app.serves();
    let unit = app.unit(0);
    let migrated = app.migrations();
    assert_eq!(migrated.lines().count(), 1, "{migrated}");
    let before = app.starts(&unit);

    // Another build: the bytes are not the same.
    let charm = app.model.assembled("charms/flask");
    let mut binary =
        std::fs::OpenOptions::new().append(true).open(Path::new(&charm).join("dispatch")).unwrap();
    binary.write_all(b"another build").unwrap();
    drop(binary);
    let options = Path::new(&charm).join("config.yaml");
    let text = std::fs::read_to_string(&options).unwrap();
    std::fs::write(&options, text + "  greeting-text:\n    type: string\n    default: salve\n").unwrap();
    app.model.juju(&["refresh", &app.name, "--path", &charm]);

    app.has("FLASK_GREETING_TEXT", "salve");
    app.says("active: ");
    app.is_settled();
    let after = app.starts(&unit);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (service, count) in &after {
        assert_eq!(*count, before[service] + 1, "{service}: {before:?}, then {after:?}");
    }
    // The container is new, and so is its /tmp.
    assert_eq!(app.migrations(), "");
}
