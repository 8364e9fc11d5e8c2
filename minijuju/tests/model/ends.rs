//! How a hook ends, and what comes of it.

use time::Duration;

use crate::support::{Charm, TestModel};

#[test]
fn a_hook_that_reboots_fails_and_is_retried_as_one_that_fails() {
    let model = TestModel::new("reboots");
    let dispatch = "test -e rebooted && exit 0; touch rebooted; juju-reboot --now; sleep 1000";
    model.deploy(&Charm::write(&model, "web", &["server"], "", dispatch), 1);
    model.run(&["wait-for", "web/0", "--status", "error", "--message", "hook failed: \"install\""]);
    let told = "hook \"install\" (via hook dispatching script: dispatch) failed: unit \"web/0\" is not assigned to a machine";
    let failed = model.logged(told);
    assert_eq!(failed.len(), 1, "{}", model.logs());
    model.run(&["wait-for", "web/0", "--status", "unknown", "--agent", "idle"]);
    let ran = model.logged("ran \"install\" hook (via hook dispatching script: dispatch)");
    assert!(ran[0] - failed[0] >= Duration::seconds(5), "{ran:?} {failed:?}");
}

#[test]
fn a_hook_that_somebody_kills_is_run_again_without_an_error_and_not_without_a_pause() {
    let model = TestModel::new("killed");
    let dispatch = "echo x >>runs; test $(wc -l <runs) -gt 3 || kill -KILL $$";
    model.deploy(&Charm::write(&model, "web", &["server"], "", dispatch), 1);
    model.run(&["wait-for", "web/0", "--status", "unknown", "--agent", "idle"]);
    let killed = model.logged("hook \"install\" was terminated");
    assert_eq!(killed.len(), 3, "{}", model.logs());
    for pair in killed.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::milliseconds(200), "{killed:?}");
    }
    assert!(!model.logs().contains("awaiting error resolution"), "{}", model.logs());
}

#[test]
fn a_hook_that_crashes_fails_in_gos_words() {
    let model = TestModel::new("crashes");
    let charm = Charm::write(&model, "web", &["server"], "", "kill -SEGV $$");
    model.deploy(&charm, 1);
    model.run(&["wait-for", "web/0", "--status", "error", "--message", "hook failed: \"install\""]);
    let told = "hook \"install\" (via hook dispatching script: dispatch) failed: signal: segmentation fault";
    assert!(!model.logged(told).is_empty(), "{}", model.logs());
}
