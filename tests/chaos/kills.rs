//! The master dies in one way or another, again and again.

use std::time::Duration;

use crate::cluster::Cluster;
use crate::figures::{Figure, percentile_95, summary};
use crate::model::Model;
use crate::target::APPLICATION;

const RUNS: usize = 20;

/// Kills the server's process, and keeps its successor from running for so long.
fn kill_server(model: &Model, master: &str, delay: u32) {
    let script = format!(
        "pkill -9 -x redis-server; end=$(($(date +%s) + {delay}));
         while [ $(date +%s) -lt $end ]; do pkill -STOP -x redis-server; sleep 0.02; done; pkill -CONT -x redis-server; true"
    );
    model.juju(&["exec", "--unit", master, "--container", "redis", "--", "sh", "-c", &script]);
}

/// Stops or continues `watch` in every unit: stopped, it neither acts nor hands over, and no hook starts another.
fn signal_watch(model: &Model, signal: &str) {
    for unit in model.statuses(APPLICATION).keys() {
        let signal = format!("-{signal}");
        drop(model.juju(&[
            "exec",
            "--unit",
            unit,
            "--container",
            "redis",
            "--",
            "pkill",
            &signal,
            "-x",
            "sidecharm",
        ]));
    }
}

#[test]
fn a_killed_pod_of_the_master_costs_seconds_and_no_write_beyond_the_bound() {
    let cluster = Cluster::new("chaos-pods");
    let mut figures: Vec<Figure> = Vec::new();
    for run in 1..=RUNS {
        let figure = cluster.run(|model, master| drop(model.juju(&["kill-pod", master])), |_| {});
        figure.tell(run, "pod killed");
        assert!(figure.lost <= figure.bound, "{} writes lost, at most {} may be", figure.lost, figure.bound);
        figures.push(figure);
    }
    summary("SIGKILL of the master's pod", &figures);
    assert!(percentile_95(&figures) <= Duration::from_millis(2800));
}

#[test]
fn a_killed_server_hands_over_and_no_write_is_lost() {
    let cluster = Cluster::new("chaos-servers");
    let mut figures: Vec<Figure> = Vec::new();
    for run in 1..=RUNS {
        let figure = cluster.run(|model, master| kill_server(model, master, 0), |_| {});
        figure.tell(run, "server killed");
        assert_eq!(figure.lost, 0);
        figures.push(figure);
    }
    summary("SIGKILL of the master's redis-server", &figures);
    assert!(percentile_95(&figures) <= Duration::from_millis(1600));
}

#[test]
fn without_watch_no_write_is_lost_whenever_the_server_comes_back() {
    let cluster = Cluster::new("chaos-watch");
    let mut figures: Vec<Figure> = Vec::new();
    for delay in [0, 1, 2, 4, 8] {
        for run in 1..=5 {
            let harm = |model: &Model, master: &str| {
                signal_watch(model, "STOP");
                kill_server(model, master, delay);
            };
            let figure = cluster.run(harm, |model| signal_watch(model, "CONT"));
            figure.tell(run, &format!("watch stopped, server back after {delay} s"));
            assert_eq!(figure.lost, 0);
            assert!(figure.gap < Duration::from_secs(20), "{:?}", figure.gap);
            figures.push(figure);
        }
    }
    summary("SIGKILL of the master's redis-server, watch stopped", &figures);
}
