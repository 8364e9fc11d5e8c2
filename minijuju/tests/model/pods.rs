//! Pods come up, are restarted, replaced, and outlive their controller.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Charm, TestModel, poll};

#[test]
fn a_workload_container_runs_pebble_as_its_first_process() {
    let model = TestModel::new("first");
    model.deploy(&Charm::plain(&model, "web", &["server", "side"]), 1);
    let line = |container: &str| model.sh("web/0", container, "tr '\\0' ' ' </proc/1/cmdline");
    let pebble = "/charm/bin/pebble run --create-dirs --hold --http";
    assert_eq!(line("server"), format!("{pebble} :38813 --verbose "));
    assert_eq!(line("side"), format!("{pebble} :38814 --verbose "));
    let environment = model.sh("web/0", "side", "tr '\\0' '\\n' </proc/1/environ | sort");
    insta::assert_snapshot!(environment, @r"
    HOME=/root
    HOSTNAME=web-0
    JUJU_CONTAINER_NAME=side
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    PEBBLE=/charm/container/pebble
    PEBBLE_COPY_ONCE=/var/lib/pebble/default
    PEBBLE_SOCKET=/charm/container/pebble.socket
    ");
    let health =
        "exec 3<>/dev/tcp/127.0.0.1/38814; printf 'GET /v1/health HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3";
    let health = model.run(&["exec", "-u", "web/0", "--container", "server", "--", "bash", "-c", health]);
    assert!(health.starts_with("HTTP/1.0 200"), "containers of a pod share its network: {health}");
}

#[test]
fn three_units_of_three_containers_are_up_within_a_second() {
    let model = TestModel::new("quick");
    let charm = Charm::plain(&model, "web", &["redis", "sentinel"]);
    model.run(&["add-model"]);
    let start = Instant::now();
    model.deploy(&charm, 3);
    let taken = start.elapsed();
    // Measured: 0.12 s; the rest is room for other tests on the same cores.
    assert!(taken < Duration::from_secs(5), "took {taken:?}");
}

#[test]
fn a_restarted_container_is_new_but_for_its_volumes() {
    let model = TestModel::new("restart");
    let charm = Charm::write(
        &model,
        "web",
        &["server", "side"],
        "storage: {data: {type: filesystem}}\n\
         containers: {server: {mounts: [{storage: data, location: /data}]}, side: {}}\n",
        "exit 0",
    );
    model.deploy(&charm, 1);
    let (server, side) = (model.boot_id("web/0", "server"), model.boot_id("web/0", "side"));
    model.sh("web/0", "server", "echo kept >/data/file; echo lost >/srv/file; ls -d /charm/container/pebble");
    let address = model.address("web/0");

    model.run(&["restart-container", "web/0", "server"]);
    let restarted = || model.boot_id("web/0", "server").filter(|id| Some(id) != server.as_ref());
    poll("another boot id", restarted, || model.logs());
    assert_eq!(model.boot_id("web/0", "side"), side);
    let files = model.sh("web/0", "server", "cat /data/file; ls /srv; ls -a /charm/container/pebble");
    assert_eq!(files, "kept\n.\n..\n.pebble.state\n", "volumes and Pebble's state outlive the container");
    assert_eq!(model.address("web/0"), address);
}

#[test]
fn a_container_that_dies_by_itself_is_started_again() {
    let model = TestModel::new("dies");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 1);
    for _ in 0..3 {
        let before = model.boot_id("web/0", "server");
        let first = model.first_process("web/0", "server");
        kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
        let restarted = || model.boot_id("web/0", "server").filter(|id| Some(id) != before.as_ref());
        poll("another boot id", restarted, || model.logs());
    }
}

#[test]
fn a_killed_or_deleted_pod_is_replaced_with_another_address() {
    let model = TestModel::new("replaced");
    let charm = Charm::write(
        &model,
        "web",
        &["server"],
        "storage: {data: {type: filesystem}}\ncontainers: {server: {mounts: [{storage: data, location: /data}]}}\n",
        "exit 0",
    );
    model.deploy(&charm, 1);
    model.sh("web/0", "server", "echo kept >/data/file; echo lost >/charm/container/file");
    for verb in ["kill-pod", "delete-pod"] {
        let (address, boot) = (model.address("web/0"), model.boot_id("web/0", "server"));
        model.run(&[verb, "web/0"]);
        let renewed = || Some(model.address("web/0")).filter(|new| *new != address && !new.is_empty());
        poll("another address", renewed, || model.logs());
        assert_ne!(Some(model.wait_for_pebble("web/0", "server")), boot);
        assert_eq!(
            model.sh("web/0", "server", "cat /data/file; ls /charm/container"),
            "kept\npebble\npebble.socket\n"
        );
    }
}

#[test]
fn pods_outlive_their_controller_and_the_next_one_takes_them_over() {
    let model = TestModel::new("adopted");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 2);
    let of_all =
        || ["web/0", "web/1"].map(|unit| (model.boot_id(unit, "server"), model.first_process(unit, "charm")));
    let (before, addresses) = (of_all(), ["web/0", "web/1"].map(|unit| model.address(unit)));
    let old = model.controller();
    model.end_controller(Signal::SIGKILL);

    assert_eq!(["web/0", "web/1"].map(|unit| model.address(unit)), addresses);
    assert_ne!(model.controller(), old);
    let adopted =
        || model.run(&["debug-log", "--replay"]).contains("took over the pod of web/1").then_some(());
    poll("the pods' adoption", adopted, || model.logs());
    assert_eq!(of_all(), before);
    assert_eq!(
        model.sh("web/1", "server", "getent hosts web-0.web-endpoints | cut -d ' ' -f 1").trim(),
        addresses[0]
    );
}

#[test]
fn what_died_without_a_controller_is_made_anew() {
    let model = TestModel::new("reaped");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 2);
    let address = model.address("web/0");
    let survivor = model.boot_id("web/1", "server");
    model.end_controller(Signal::SIGKILL);
    for container in ["charm", "server"] {
        kill(Pid::from_raw(model.first_process("web/0", container)), Signal::SIGKILL).unwrap();
    }
    let charm_of_survivor = model.first_process("web/1", "charm");
    kill(Pid::from_raw(charm_of_survivor), Signal::SIGKILL).unwrap();

    let renewed = || Some(model.address("web/0")).filter(|new| *new != address && !new.is_empty());
    poll("a new pod", renewed, || model.logs());
    model.wait_for_pebble("web/0", "server");
    assert_eq!(model.boot_id("web/1", "server"), survivor, "a pod of which something lives is kept");
    let restarted = || (model.first_process("web/1", "charm") != charm_of_survivor).then_some(());
    poll("the charm container's restart", restarted, || model.logs());
}

#[test]
fn a_first_process_finds_the_charm_and_its_tools_where_juju_puts_them() {
    let model = TestModel::new("paths");
    let charm = Charm::write(
        &model,
        "web",
        &["server", "side"],
        "storage: {data: {type: filesystem}, logs: {type: filesystem, location: /var/log/web}}\n",
        "exit 0",
    );
    model.deploy(&charm, 1);
    let script = "cd /var/lib/juju; ls agents agents/unit-web-0/charm; readlink tools/unit-web-0/status-set; \
                  ls /charm/bin /charm/containers; ls /charm/containers/*/pebble.socket; \
                  stat -c '%n %u:%g %a' /var/lib/juju/storage/data/0 /var/log/web";
    insta::assert_snapshot!(model.sh("web/0", "charm", script), @r"
    agents:
    unit-web-0

    agents/unit-web-0/charm:
    dispatch
    metadata.yaml
    /charm/bin/containeragent
    /charm/bin:
    containeragent
    pebble

    /charm/containers:
    server
    side
    /charm/containers/server/pebble.socket
    /charm/containers/side/pebble.socket
    /var/lib/juju/storage/data/0 0:170 2777
    /var/log/web 0:170 2777
    ");
}

#[test]
fn a_charm_that_is_not_root_owns_its_folder_and_commands_pebble() {
    let model = TestModel::new("nonroot");
    let charm = Charm::write(&model, "web", &["server"], "charm-user: non-root\n", "exit 0");
    model.deploy(&charm, 1);
    assert_eq!(
        model.sh("web/0", "charm", "stat -c %u:%g /var/lib/juju/agents/unit-web-0/charm/dispatch"),
        "170:170\n"
    );
    let as_charm = "setpriv --reuid 170 --regid 170 --clear-groups env \
                    PEBBLE_SOCKET=/charm/containers/server/pebble.socket /charm/bin/pebble";
    let push = format!("{as_charm} push /etc/hostname /srv/pushed");
    model.sh("web/0", "charm", &push);
    assert_eq!(model.sh("web/0", "server", "cat /srv/pushed"), "web-0\n");
    let stranger = push.replace("170", "1234");
    let refused = format!("{stranger} 2>&1 || true");
    assert!(
        model.sh("web/0", "charm", &refused).contains("access denied"),
        "{}",
        model.sh("web/0", "charm", &refused)
    );
}
