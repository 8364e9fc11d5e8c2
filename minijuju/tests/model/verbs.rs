//! Juju's verbs on a charm written in plain shell that knows nothing of minijuju.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Charm, TestModel, poll};

/// The charm of the workspace's tests.
fn shell_charm() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/charms/shell").to_str().unwrap().to_owned()
}

/// A model that looks for Pebbles often.
fn quick(name: &str) -> TestModel {
    let model = TestModel::new(name);
    model.run(&["model-config", "pebble-poll-interval=100ms", "termination-grace-period=2s"]);
    assert_eq!(model.run(&["model-config", "pebble-poll-interval"]), "100ms\n");
    model
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The hooks that the shell charm has noted; waits while its container is being started.
fn hooks(model: &TestModel, unit: &str) -> Vec<String> {
    let notes = format!("/var/lib/juju/agents/unit-{}/charm/hooks", unit.replace('/', "-"));
    let read = || {
        let words = ["exec", "--unit", unit, "--container", "charm", "--", "cat", &notes];
        let output = model.command(&words).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    let notes = poll("the noted hooks", read, || model.logs());
    notes.lines().map(str::to_owned).collect()
}

#[test]
fn a_shell_charm_is_deployed_related_and_configured() {
    let model = quick("story");
    model.run(&["deploy", &shell_charm(), "web", "-n", "2", "--config", "text=salve", "--wait"]);
    let leader = if model.status()["applications"]["web"]["units"]["web/0"]["leader"] == true {
        "web/0"
    } else {
        "web/1"
    };
    let first = hooks(&model, leader);
    let at = |hook: &str| {
        first.iter().position(|noted| noted == hook).unwrap_or_else(|| panic!("{hook} in {first:?}"))
    };
    assert_eq!(at("install"), 0);
    assert!(at("ring-relation-created") < at("leader-elected") && at("config-changed") + 1 == at("start"));

    model.run(&["deploy", &shell_charm(), "up", "--wait"]);
    model.run(&["integrate", "web:greeting", "up"]);
    model.run(&["wait-for", "up/0", "--message", "heard: salve from web/0", "--agent", "idle"]);
    model.run(&["config", "web", "text=ciao"]);
    model.run(&["wait-for", "application", "up", "--message", "heard: ciao from web/0"]);
    let relation = || {
        let shown = json(&model.run(&["show-unit", "up/0", "--format", "json"]));
        let relations = shown["up/0"]["relation-info"].as_array().unwrap();
        relations.iter().find(|info| info["endpoint"] == "upstream").unwrap().clone()
    };
    let told = |relation: &Value| {
        relation["application-data"]["text"] == "ciao from the leader"
            && relation["related-units"]["web/1"]["data"]["text"] == "ciao from web/1"
    };
    poll("the databags", || Some(relation()).filter(told), || model.logs());
    let config = json(&model.run(&["config", "web", "--format", "json"]));
    assert_eq!(config["settings"]["text"]["source"], "user");
    model.run(&["config", "web", "--reset", "text"]);
    assert_eq!(model.run(&["config", "web", "text"]), "hello\n");

    model.run(&["remove-relation", "web", "up"]);
    let broken = || {
        let log = model.run(&["debug-log", "--replay", "--include", "up/0"]);
        log.contains("ran \"upstream-relation-broken\" hook").then_some(log)
    };
    let log = poll("the end of the relation", broken, || model.logs());
    assert!(log.contains("unit-up-0: ") && !log.contains("unit-web-0"), "{log}");
}

#[test]
fn actions_and_commands_run_in_units() {
    let model = quick("tasks");
    model.run(&["deploy", &shell_charm(), "web", "-n", "2", "--wait"]);
    let leads = |unit: &str| model.status()["applications"]["web"]["units"][unit]["leader"] == true;
    let leader = if leads("web/0") { "web/0" } else { "web/1" };
    assert_eq!(model.run(&["run", "web/0", "echo", "text=hi there"]), "text: hi there\n");
    let both = json(&model.run(&["run", "web/0", "web/leader", "echo", "text=x", "--format", "json"]));
    assert_eq!(both[leader]["results"]["text"], "x");
    let (code, stderr) = model.fail(&["run", "web/0", "echo"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("on web/0: no text"), "{stderr}");
    assert_eq!(
        model.run(&["exec", "--unit", "web/1", "--", "echo $JUJU_UNIT_NAME; relation-ids ring"]),
        "web/1\nring:0\n"
    );
    assert_eq!(model.fail(&["exec", "--unit", "web/1", "exit 3"]).0, 3);
    assert_eq!(model.run(&["exec", "--application", "web", "hostname"]), "web/0:\nweb-0\nweb/1:\nweb-1\n");
}

#[test]
fn applications_grow_shrink_and_go() {
    let model = quick("scale");
    model.run(&["deploy", &shell_charm(), "web", "--wait"]);
    model.sh("web/0", "work", "echo kept >/data/file");
    model.run(&["add-unit", "web", "-n", "2"]);
    model.run(&["wait-for", "web", "--units", "3", "--agent", "idle"]);
    let before = model.boot_id("web/0", "work");
    model.run(&["remove-unit", "web", "--num-units", "2", "--no-prompt"]);
    model.run(&["wait-for", "web", "--units", "1", "--agent", "idle"]);
    assert_eq!(model.boot_id("web/0", "work"), before);
    assert_eq!(model.status()["applications"]["web"]["scale"], 1);

    model.run(&["remove-application", "web", "--no-prompt"]);
    let gone = || (model.status()["applications"]["web"].is_null()).then_some(());
    poll("the application's end", gone, || model.logs());
    for folder in ["charms", "pods", "resources", "storage"] {
        let left: Vec<_> =
            fs::read_dir(model.home().join(folder)).unwrap().flatten().map(|entry| entry.path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
    assert!(model.run(&["status"]).ends_with("Model \"scale\" is empty.\n"));
}

#[test]
fn a_refreshed_charm_runs_in_new_pods_one_after_the_other() {
    let model = quick("refresh");
    let log = "echo \"$JUJU_DISPATCH_PATH $(cat revision)\" >>/notes/hooks";
    let charm = Charm::write(
        &model,
        "web",
        &["server"],
        "storage: {notes: {type: filesystem, location: /notes}}\n",
        log,
    );
    fs::write(charm.folder.join("revision"), "one").unwrap();
    model.deploy(&charm, 2);
    model.run(&["wait-for", "web", "--status", "unknown", "--agent", "idle"]);
    let addresses = ["web/0", "web/1"].map(|unit| model.address(unit));
    fs::write(charm.folder.join("revision"), "two").unwrap();
    model.run(&["refresh", "web", "--path", charm.folder.to_str().unwrap()]);
    let notes = |unit: &str| model.sh(unit, "charm", "cat /notes/hooks");
    let rolled = || {
        let idle = model
            .command(&["wait-for", "web", "--status", "unknown", "--agent", "idle", "--timeout", "5s"])
            .output();
        let new = |unit: &&str| !addresses.contains(&model.address(unit));
        (idle.unwrap().status.success() && ["web/0", "web/1"].iter().all(new)).then_some(())
    };
    poll("new pods", rolled, || model.logs());
    for unit in ["web/0", "web/1"] {
        let upgraded = || notes(unit).contains("hooks/start two").then(|| notes(unit));
        let notes = poll("the new charm's start", upgraded, || model.logs());
        let at = |note: &str| notes.find(note).unwrap_or_else(|| panic!("{note} in {notes}"));
        assert!(at("hooks/stop one") < at("hooks/upgrade-charm two"), "{notes}");
        assert!(at("hooks/upgrade-charm two") < at("hooks/config-changed two"), "{notes}");
    }
    assert_eq!(model.status()["applications"]["web"]["charm"], "local:web-1");
}

#[test]
fn a_folder_stands_in_for_an_image_and_a_file_is_a_resource() {
    let model = quick("rock");
    let rock = model.folder.path().join("rock");
    for (path, text) in [
        ("app/main", "from the rock"),
        ("usr/share/rock", "laid over this machine's"),
        ("etc/rock.conf", "settings"),
        (
            "var/lib/pebble/default/layers/001-base.yaml",
            "services: {idle: {override: replace, command: sleep 1000}}",
        ),
    ] {
        fs::create_dir_all(rock.join(path).parent().unwrap()).unwrap();
        fs::write(rock.join(path), text).unwrap();
    }
    let charm = Charm::write(
        &model,
        "web",
        &["server", "side"],
        "containers: {server: {resource: image}, side: {}}\n\
         resources: {image: {type: oci-image}, notes: {type: file, filename: notes.txt}}\n",
        "status-set active \"$(cat \"$(resource-get notes)\")\"",
    );
    let notes = model.folder.path().join("notes");
    fs::write(&notes, "first").unwrap();
    let resource = |value: &Path, name: &str| format!("{name}={}", value.display());
    let (image, first) = (resource(&rock, "image"), resource(&notes, "notes"));
    model.run(&[
        "deploy",
        charm.folder.to_str().unwrap(),
        "--resource",
        &image,
        "--resource",
        &first,
        "--wait",
    ]);
    let seen = model.sh(
        "web/0",
        "server",
        "cat /app/main /usr/share/rock /etc/rock.conf; ls /usr/bin/env; /charm/bin/pebble plan",
    );
    assert!(seen.starts_with("from the rocklaid over this machine'ssettings/usr/bin/env\n"), "{seen}");
    assert!(seen.contains("command: sleep 1000"), "{seen}");
    assert_eq!(
        model.sh("web/0", "side", "ls -d /app 2>&1 || true"),
        "ls: cannot access '/app': No such file or directory\n"
    );
    model.sh("web/0", "server", "echo changed >/app/main");
    assert_eq!(fs::read_to_string(rock.join("app/main")).unwrap(), "from the rock");

    fs::write(&notes, "second").unwrap();
    model.run(&["attach-resource", "web", &first]);
    model.run(&["wait-for", "web/0", "--message", "second"]);
}

#[test]
fn a_failed_hook_is_shown_and_resolved() {
    let model = quick("failing");
    model.run(&["deploy", &shell_charm(), "web", "--config", "failing-hook=start"]);
    model.run(&["wait-for", "web/0", "--status", "error", "--message", "hook failed: \"start\""]);
    model.run(&["resolved", "web/0", "--no-retry"]);
    model.run(&["wait-for", "web/0", "--status", "active", "--agent", "idle"]);
    let (code, stderr) = model.fail(&["resolved", "web/0"]);
    assert_eq!((code, stderr.as_str()), (1, "ERROR unit \"web/0\" is not in an error state\n"));
}

#[test]
fn the_agent_starts_again_with_its_container_and_with_its_controller() {
    let model = quick("agents");
    model.run(&["deploy", &shell_charm(), "web", "--wait"]);
    let count = |hook: &str| hooks(&model, "web/0").iter().filter(|noted| *noted == hook).count();
    // Each start of the agent is followed by start and by pebble-ready; a hook that is cut off would come again.
    let settled = |starts: usize| {
        let both = || (count("start"), count("work-pebble-ready")) == (starts, starts);
        poll("the agent's start", || both().then_some(()), || model.logs());
        model.run(&["wait-for", "web/0", "--agent", "idle"]);
    };
    settled(1);
    model.run(&["restart-container", "web/0", "charm"]);
    settled(2);
    model.end_controller(nix::sys::signal::Signal::SIGKILL);
    model.run(&["status"]);
    settled(3);
    assert_eq!((count("install"), count("upgrade-charm")), (1, 0));
    model.run(&["kill-pod", "web/0"]);
    poll("upgrade-charm", || (count("upgrade-charm") == 1).then_some(()), || model.logs());
}

#[test]
fn a_model_can_live_where_the_file_system_is_an_overlay() {
    let model = TestModel::new("overlay");
    let charm = Charm::plain(&model, "web", &["server"]);
    let folder = model.folder.path();
    for name in ["lower", "upper", "work", "merged"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    let script = format!(
        "set -e; cd {folder}
         mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
         export MINIJUJU_HOME=$PWD/merged/model
         {minijuju} -m overlay deploy {charm}
         {minijuju} -m overlay wait-for web --status unknown --agent idle
         {minijuju} -m overlay exec -u web/0 --container server -- sh -c 'touch /usr/bin/mine /etc/mine; ls /usr/bin/mine; ls /etc/shadow || echo hidden'
         {minijuju} -m overlay destroy-model --yes",
        folder = folder.display(),
        charm = charm.folder.display(),
        minijuju = env!("CARGO_BIN_EXE_minijuju"),
    );
    let mut command = std::process::Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", &script]);
    let output = command.env("PEBBLE_BIN", crate::support::pebble()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "/usr/bin/mine\nhidden\n", "{told}");
}

#[test]
fn a_charm_that_assumes_more_than_the_model_offers_is_refused_and_leaves_nothing() {
    let model = TestModel::new("assumes");
    let charm = |version: &str| {
        let assumes = format!("assumes: [k8s-api, juju >= {version}]\n");
        let charm = Charm::write(&model, "web", &["server"], &assumes, "exit 0");
        let folder = model.folder.path().join(version);
        fs::rename(&charm.folder, &folder).unwrap();
        folder.to_str().unwrap().to_owned()
    };
    let (old, new) = (charm("3.6"), charm("9.1"));
    let refused = "ERROR Charm cannot be deployed because:\n  \
                   - charm requires Juju version >= 9.1.0, model has version 3.6.9\n";
    assert_eq!(model.fail(&["deploy", &new]), (1, refused.to_owned()));
    assert_eq!(model.status()["applications"], serde_json::json!({}));
    model.run(&["deploy", &old]);
    assert_eq!(model.fail(&["refresh", "web", "--path", &new]), (1, refused.to_owned()));
    assert_eq!(model.status()["applications"]["web"]["charm"], "local:web-0");
    assert_eq!(fs::read_dir(model.folders().new_charms()).unwrap().count(), 0);
}

#[test]
fn without_root_the_remedy_is_named() {
    // Where anybody may execute it.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("minijuju");
    fs::copy(env!("CARGO_BIN_EXE_minijuju"), &program).unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = std::process::Command::new(&program);
    std::os::unix::process::CommandExt::uid(&mut command, 65534);
    let output = command.arg("status").current_dir("/").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr,
        "ERROR minijuju makes network and mount namespaces, which needs root: run it again with sudo\n"
    );
}

#[test]
fn another_models_name_and_more_units_than_fit_are_refused() {
    let model = TestModel::new("names");
    let charm = Charm::plain(&model, "web", &["server"]);
    let charm = charm.folder.to_str().unwrap();
    let refused = |words: &[&str]| model.fail(words).1;
    let told = refused(&["deploy", charm, "-n", "100000"]);
    assert!(told.contains("at most 200 units: there are 0, and 100000 more were asked for"), "{told}");
    model.run(&["deploy", charm]);
    let told = refused(&["add-unit", "web", "-n", "4294967295"]);
    assert!(told.contains("there are 1, and 4294967295 more"), "{told}");
    for name in ["other", "a/../b", ""] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_minijuju"));
        command.args(["--model", name, "destroy-model", "--no-prompt"]).env("MINIJUJU_HOME", model.home());
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {told}");
        assert!(told.contains("holds model \"names\"") || told.contains("not a valid model name"), "{told}");
    }
    let told = refused(&["destroy-model", "other", "--no-prompt"]);
    assert!(told.contains("holds model \"names\", not \"other\""), "{told}");
    assert!(model.run(&["status"]).contains("web/0"));
}
