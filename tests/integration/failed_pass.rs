//! A pass that Juju's tools do not carry to its end. No model fails on demand, so the hook tools here are a script.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

/// Answers for the leader of one new unit, and takes notes of the statuses that it is told.
const TOOL: &str = r#"#!/bin/sh
tool=${0##*/}
if [ "$tool" = "$FAILING" ]; then
    echo 'ERROR connection is shut down' >&2
    exit 1
fi
case "$tool $*" in
status-set*) echo "$*" >>"$NOTES" ;;
is-leader*) echo true ;;
goal-state*) echo '{"units":{"redis-k8s/0":{"status":"active"}}}' ;;
'status-get '*--application*) echo '{"application-status":{"status":"waiting","units":{"redis-k8s/0":{"status":"waiting"}}}}' ;;
'relation-ids '*redis-peers) echo '["redis-peers:0"]' ;;
relation-ids*) echo '[]' ;;
config-get* | relation-get*) echo '{}' ;;
secret-add*) echo secret:9m4e2mr0ui3e8a215n4g ;;
esac
"#;
const TOOLS: [&str; 10] = [
    "config-get",
    "goal-state",
    "is-leader",
    "juju-log",
    "relation-get",
    "relation-ids",
    "relation-set",
    "secret-add",
    "status-get",
    "status-set",
];

/// In these a unit that goes makes no secret.
const LEAVING: [&str; 2] = ["stop", "remove"];
/// More hooks that Juju repeats without end, or whose failure makes it lose or replay others.
const MUST_EXIT_ZERO: [&str; 5] = [
    "redis-pebble-ready",
    "redis-pebble-custom-notice",
    "redis-pebble-check-failed",
    "redis-pebble-check-recovered",
    "a-hook-of-a-newer-juju",
];
const OTHERS: [&str; 7] = [
    "install",
    "start",
    "config-changed",
    "upgrade-charm",
    "update-status",
    "leader-elected",
    "redis-peers-relation-changed",
];

/// Runs a hook while one tool fails; returns the exit code and the last status that Juju was told.
fn run(hook: &str, failing: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes");
    let tools = folder.path().join("tools");
    fs::create_dir(&tools).unwrap();
    fs::write(tools.join("tool"), TOOL).unwrap();
    fs::set_permissions(tools.join("tool"), Permissions::from_mode(0o755)).unwrap();
    for tool in TOOLS {
        symlink("tool", tools.join(tool)).unwrap();
    }
    let charm = folder.path().join("charm");
    fs::create_dir(&charm).unwrap();
    for file in ["metadata.yaml", "sidecharm.yaml"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(file), charm.join(file)).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_sidecharm"))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", tools.display()))
        .env("JUJU_CHARM_DIR", &charm)
        .env("NOTES", &notes)
        .envs([
            ("FAILING", failing),
            ("JUJU_CONTEXT_ID", "redis-k8s/0-hook-1"),
            ("JUJU_DISPATCH_PATH", &format!("hooks/{hook}")),
            ("JUJU_UNIT_NAME", "redis-k8s/0"),
            ("JUJU_MODEL_NAME", "dev"),
            ("JUJU_MODEL_UUID", "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11"),
            ("JUJU_VERSION", "3.6.9"),
            ("JUJU_WORKLOAD_NAME", "redis"),
            ("JUJU_NOTICE_ID", "1"),
            ("JUJU_NOTICE_TYPE", "custom"),
            ("JUJU_NOTICE_KEY", "sidecharm.dev/topology"),
            ("JUJU_PEBBLE_CHECK_NAME", "redis"),
            ("JUJU_RELATION", "redis-peers"),
            ("JUJU_RELATION_ID", "redis-peers:0"),
            ("JUJU_REMOTE_APP", "redis-k8s"),
        ])
        .output()
        .unwrap();
    let told = fs::read_to_string(&notes).unwrap_or_default();
    (output.status.code(), told.lines().last().unwrap_or_default().to_owned())
}

/// A read, and a write.
const REFUSED: [&str; 2] = ["config-get", "secret-add"];

#[test]
fn a_hook_that_must_not_fail_says_what_cut_its_pass_short_and_exits_0() {
    let check = |hook: &str, failing: &str| {
        let (code, told) = run(hook, failing);
        assert_eq!(code, Some(0), "{hook}, {failing}: {told}");
        let cause = format!("{failing} failed with exit code 1: connection is shut down");
        assert_eq!(told, format!("-- blocked the last hook was cut short: {cause}"), "{hook}, {failing}");
    };
    for hook in LEAVING {
        check(hook, "config-get");
    }
    for failing in REFUSED {
        for hook in MUST_EXIT_ZERO {
            check(hook, failing);
        }
    }
}

#[test]
fn any_other_hook_fails_so_that_juju_runs_it_again() {
    for failing in REFUSED {
        for hook in OTHERS {
            let (code, told) = run(hook, failing);
            assert_eq!(code, Some(1), "{hook}, {failing}: {told}");
            assert!(!told.contains("blocked"), "{hook}, {failing}: {told}");
        }
    }
}

#[test]
fn a_hook_whose_tools_all_work_exits_0() {
    for hook in ["install", "redis-pebble-ready"] {
        let (code, told) = run(hook, "none");
        assert_eq!(code, Some(0), "{hook}: {told}");
        assert!(!told.contains("cut short"), "{hook}: {told}");
    }
}
