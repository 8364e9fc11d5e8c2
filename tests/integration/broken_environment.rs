//! A hook whose environment makes no sense. No Juju gives such a one, so the hook tool here is a script that takes notes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

#[test]
fn a_hook_with_an_environment_that_makes_no_sense_says_so_and_does_not_fail() {
    let folder = tempfile::tempdir().unwrap();
    let (tool, notes) = (folder.path().join("status-set"), folder.path().join("notes"));
    fs::write(&tool, format!("#!/bin/sh\necho \"$*\" >>{}\n", notes.display())).unwrap();
    fs::set_permissions(&tool, Permissions::from_mode(0o755)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sidecharm"))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .env("JUJU_CHARM_DIR", folder.path())
        .envs([
            ("JUJU_CONTEXT_ID", "redis-k8s/0-stop-1"),
            ("JUJU_DISPATCH_PATH", "hooks/stop"),
            ("JUJU_UNIT_NAME", "redis-k8s/0"),
            ("JUJU_MODEL_NAME", "dev"),
            ("JUJU_MODEL_UUID", "5e0a"),
            ("JUJU_VERSION", "the newest"),
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = fs::read_to_string(notes).unwrap();
    assert!(told.starts_with("-- blocked JUJU_VERSION cannot be understood"), "{told}");
}
