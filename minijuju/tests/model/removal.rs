//! A destroyed model leaves nothing, whatever happened before.

use std::process::Stdio;

use nix::sys::signal::Signal;

use crate::support::{Charm, TestModel, poll};

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
    // The bridge, the link of the Services, and of the pods one or both.
    assert!((3..=4).contains(&interfaces(&model).len()), "{:?}", interfaces(&model));
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

#[test]
fn a_model_that_is_destroyed_during_a_deploy_leaves_nothing_either() {
    for part in 0..4 {
        let model = TestModel::new("during");
        let charm = Charm::plain(&model, "web", &["server"]);
        let source = charm.folder.join("src");
        std::fs::create_dir(&source).unwrap();
        // So many files that they are still being copied when the first ones can be seen.
        for number in 0..2000 {
            std::fs::write(source.join(number.to_string()), "x").unwrap();
        }
        model.run(&["add-model"]);
        let folders = model.folders();
        let mut deploy = model.command(&["deploy", charm.folder.to_str().unwrap()]);
        let mut deploy = deploy.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let copied = folders.new_charms().join("0/src");
        let count = || std::fs::read_dir(&copied).map_or(0, Iterator::count);
        let begun = || (count() > part * 400 || folders.model.join("charms/web").exists()).then_some(());
        poll("the copy", begun, || model.logs());
        // As with Ctrl-C: what is done for a verb that has gone away goes on while it blocks.
        if part % 2 == 1 {
            deploy.kill().unwrap();
        }
        model.run(&["destroy-model", "--yes"]);
        assert_eq!(model.traces(), Vec::<String>::new(), "after {part}");
        assert!(!folders.run.exists() && !folders.model.exists(), "after {part}");
        deploy.wait().unwrap();
        assert!(!folders.run.exists() && !folders.model.exists(), "after {part}");
    }
}

#[test]
fn a_model_can_be_made_again_while_the_last_one_goes() {
    let model = TestModel::new("again");
    let charm = Charm::plain(&model, "web", &["server"]);
    for round in 0..4 {
        model.deploy(&charm, 1);
        let mut destroy = model.command(&["destroy-model", "--yes"]);
        let mut destroy = destroy.stderr(Stdio::null()).spawn().unwrap();
        let going = || (!model.home().join("model.json").exists()).then_some(());
        poll("the removal", going, || model.logs());
        // The one that goes may still hear it, and says so.
        let output = model.command(&["add-model"]).output().unwrap();
        let made = output.status.success();
        assert!(destroy.wait().unwrap().success(), "round {round}");
        let remains = model.home().exists();
        assert!(made || !remains, "round {round}: {}", String::from_utf8_lossy(&output.stderr));
        if remains {
            assert_eq!(model.status()["model"]["name"], "again");
            model.run(&["destroy-model", "--yes"]);
        }
    }
}
