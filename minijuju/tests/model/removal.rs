//! A destroyed model leaves nothing, whatever happened before.

use nix::sys::signal::Signal;

use crate::support::{Charm, TestModel};

/// The interfaces of a model on this machine.
fn interfaces(model: &TestModel) -> Vec<String> {
    let prefix = format!("mj{}", &model.folders().key[..7]);
    let entries = std::fs::read_dir("/sys/class/net").unwrap().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(&prefix))
        .collect()
}

#[test]
fn destroy_model_leaves_no_process_mount_interface_or_folder() {
    let model = TestModel::new("gone");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 2);
    model.sh("web/0", "server", "(sleep 1000 &) >/dev/null 2>&1; (setsid sleep 1000 &) >/dev/null 2>&1");
    model.run(&["kill-pod", "web/1"]);
    let key = model.folders();
    assert_eq!(interfaces(&model).len(), 2 + 1 - usize::from(interfaces(&model).len() == 2));
    assert!(!model.traces().is_empty(), "the check sees what is there");
    model.run(&["destroy-model", "--yes"]);
    assert_eq!(model.traces(), Vec::<String>::new());
    assert!(!key.run.exists());
    let prefix = format!("mj{}", &key.key[..7]);
    let left = std::fs::read_dir("/sys/class/net").unwrap().flatten();
    let left: Vec<_> =
        left.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix)).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(model.fail(&["status"]).0, 1);
}

#[test]
fn a_model_whose_controller_was_killed_is_destroyed_as_well() {
    let model = TestModel::new("orphans");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 2);
    model.end_controller(Signal::SIGKILL);
    model.run(&["destroy-model", "--yes"]);
    assert_eq!(model.traces(), Vec::<String>::new());
}

#[test]
fn a_controller_told_to_end_leaves_its_pods_alone() {
    let model = TestModel::new("told");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 1);
    let boot = model.boot_id("web/0", "server");
    model.end_controller(Signal::SIGTERM);
    assert_eq!(model.boot_id("web/0", "server"), boot);
    assert!(!model.address("web/0").is_empty());
}
