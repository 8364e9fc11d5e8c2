//! How a hook's process lives in its charm container.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use nix::sys::signal::Signal;

use crate::support::{Charm, TestModel, poll};

/// The pids of processes with exactly this command line.
fn running(command: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let line = |pid: &String| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let wanted = format!("{}\0", command.replace(' ', "\0"));
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|pid| line(pid) == wanted.as_bytes())
        .collect()
}

#[test]
fn a_hook_dies_with_its_agent() {
    let model = TestModel::new("dies");
    // Processes are told apart by how long they sleep.
    let command = format!("sleep {}", 1_000_000 + std::process::id());
    let charm = Charm::write(&model, "web", &["server"], "", &format!("trap '' TERM; {command}; true"));
    model.deploy(&charm, 1);
    let first = poll("the hook", || running(&command).pop(), || model.logs());
    model.end_controller(Signal::SIGKILL);
    poll("the hook's end", || running(&command).is_empty().then_some(()), || model.logs());
    model.run(&["status"]);
    let again = poll("the hook again", || running(&command).pop(), || model.logs());
    assert_ne!(again, first);
    model.run(&["restart-container", "web/0", "charm"]);
    let renewed = || running(&command).pop().filter(|pid| *pid != again);
    poll("the hook in the new container", renewed, || model.logs());
}

#[test]
fn what_a_hook_leaves_behind_is_reaped() {
    let model = TestModel::new("orphans");
    let dispatch = "for i in 1 2 3 4; do (sleep 0.01 &) >/dev/null 2>&1; done";
    model.deploy(&Charm::write(&model, "web", &["server"], "", dispatch), 1);
    model.run(&["wait-for", "web", "--status", "unknown", "--agent", "idle"]);
    let left = || {
        let processes = model.sh("web/0", "charm", "grep -h ^Name /proc/[0-9]*/status | sort -u | xargs");
        (!processes.contains("sleep") && !processes.contains("dispatch")).then_some(())
    };
    poll("the orphans' end", left, || model.logs());
}

#[test]
fn a_hook_gets_exactly_the_environment_of_juju_and_nothing_on_its_input() {
    let model = TestModel::new("environment");
    let dispatch = "env | cut -d = -f 1 | sort >environment; cat >input; id -u >user; pwd >folder";
    let charm = Charm::write(&model, "web", &["server"], "charm-user: non-root\n", dispatch);
    model.deploy(&charm, 1);
    model.run(&["wait-for", "web", "--status", "unknown", "--agent", "idle"]);
    let folder = "/var/lib/juju/agents/unit-web-0/charm";
    let seen =
        model.sh("web/0", "charm", &format!("cd {folder}; cat user folder; wc -c <input; cat environment"));
    let expected = format!("170\n{folder}\n0\n");
    assert!(seen.starts_with(&expected), "{seen}");
    for name in ["HOME", "USER", "PEBBLE_BIN", "MINIJUJU_HOME"] {
        assert!(!seen.lines().any(|line| line == name), "{seen}");
    }
}

#[test]
fn a_dispatch_that_cannot_be_executed_fails_with_the_kernels_words() {
    let model = TestModel::new("denied");
    let charm = Charm::plain(&model, "web", &["server"]);
    fs::set_permissions(charm.folder.join("dispatch"), fs::Permissions::from_mode(0o644)).unwrap();
    model.deploy(&charm, 1);
    model.run(&["wait-for", "web/0", "--status", "error", "--message", "hook failed: \"install\""]);
    let log = model.run(&["debug-log", "--replay", "--level", "ERROR"]);
    assert!(
        log.contains("dispatch\": permission denied") || log.contains("dispatch: permission denied"),
        "{log}"
    );
}

#[test]
fn another_update_status_interval_counts_at_once() {
    let model = TestModel::new("interval");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 1);
    model.run(&["wait-for", "web/0", "--status", "unknown", "--agent", "idle"]);
    // The timer that runs was set for more than four minutes: much longer than this test waits.
    model.run(&["model-config", "update-status-hook-interval=200ms"]);
    let ran = "ran \"update-status\" hook (via hook dispatching script: dispatch)";
    poll("update-status", || model.logged(ran).get(1).copied(), || model.logs());
}
