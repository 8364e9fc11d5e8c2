//! A restart of all units in which the master's storage is lost: which copy of the data is the next master's.

use std::time::Duration;

use crate::roles::{run, settled};
use crate::servers::{Servers, until};
use crate::writer::connect;

const PATIENCE: Duration = Duration::from_secs(30);

fn ask<T: redis::FromRedisValue>(servers: &Servers, unit: usize, words: &[&str]) -> T {
    let mut server = connect(servers.hosts[unit].parse().unwrap(), 6379, None).unwrap();
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server).unwrap()
}

/// Three units of which unit 1 misses the last write, and unit 0, the master, loses its storage; all are stopped.
async fn all_stopped() -> Servers {
    let mut servers = Servers::new(3);
    servers.start_all();
    let watches: Vec<_> = (0..3).map(|unit| servers.watch(unit)).collect();
    until("settled", PATIENCE, async || settled(&servers).await).await;
    watches.iter().for_each(tokio::task::JoinHandle::abort);
    let _ok: String = ask(&servers, 0, &["SET", "early", "yes"]);
    until("both have the early write", PATIENCE, async || {
        [1, 2].into_iter().all(|unit| ask::<bool>(&servers, unit, &["EXISTS", "early"]))
    })
    .await;
    // A replica writes its file anew after it was synchronised; killed before, it has the old one.
    until("both have written their files", PATIENCE, async || {
        let told = |unit| ask::<String>(&servers, unit, &["INFO", "persistence"]);
        [1, 2].into_iter().all(|unit| told(unit).contains("aof_rewrite_in_progress:0"))
    })
    .await;
    servers.kill_server(1);
    // Time stamps are in whole seconds.
    let begun: Vec<u64> = ask(&servers, 0, &["TIME"]);
    until("another second", PATIENCE, async || ask::<Vec<u64>>(&servers, 0, &["TIME"])[0] > begun[0]).await;
    let _ok: String = ask(&servers, 0, &["SET", "late", "yes"]);
    until("unit 2 has the late write", PATIENCE, async || ask(&servers, 2, &["EXISTS", "late"])).await;
    servers.kill_server(0);
    servers.kill_server(2);
    servers.empty_storage(0);
    servers.bootstrapped = true;
    (0..3).for_each(|unit| servers.write_watch_config(unit));
    servers
}

#[test]
fn the_youngest_copy_is_master_where_the_masters_storage_is_lost() {
    run(async || {
        let mut servers = all_stopped().await;
        let _watches: Vec<_> = (0..3).map(|unit| servers.watch(unit)).collect();
        servers.start_server(0);
        servers.start_server(1);
        let is_tried = async || servers.view(1).await.answers().any(|sentinel| sentinel.failover);
        // The first may come before unit 1 has noticed that there is no master.
        for _ in 0..2 {
            until("Sentinel tries a failover", PATIENCE, is_tried).await;
            until("it has ended", PATIENCE, async || !is_tried().await).await;
        }
        assert_eq!(servers.masters().await, [0_usize; 0], "the youngest copy is not there yet");
        servers.start_server(2);
        until("one master", PATIENCE, async || settled(&servers).await).await;
        assert_eq!(servers.masters().await, [2]);
        for unit in 0..3 {
            let told: String = ask(&servers, unit, &["INFO", "replication"]);
            assert!(ask::<bool>(&servers, unit, &["EXISTS", "late"]), "unit {unit}: {told}");
        }
    });
}

#[test]
fn the_operator_may_choose_a_copy_where_the_youngest_does_not_come_back() {
    run(async || {
        let mut servers = all_stopped().await;
        let _watches: Vec<_> = (0..3).map(|unit| servers.watch(unit)).collect();
        servers.start_server(0);
        servers.start_server(1);
        until("unit 1 is ready", PATIENCE, async || servers.view(1).await.server.is_some()).await;
        sidecharm::redis::handover::claim(&servers.cluster(1)).await.unwrap();
        until("the chosen one is master", PATIENCE, async || servers.masters().await == [1]).await;
        assert!(ask::<bool>(&servers, 1, &["EXISTS", "early"]));
    });
}

#[test]
fn a_choice_that_the_own_sentinel_does_not_hear_of_is_no_success() {
    run(async || {
        let mut servers = Servers::new(2);
        servers.start_server(1);
        servers.start_sentinel(1);
        until("unit 1 is ready", PATIENCE, async || {
            let view = servers.view(1).await;
            view.server.is_some() && view.own_sentinel().is_some()
        })
        .await;
        // The master is not there to name its replicas, and the file of the sentinel is new.
        let claimed = sidecharm::redis::handover::claim(&servers.cluster(1)).await;
        assert!(claimed.is_err(), "{claimed:?}");
        assert_eq!(servers.masters().await, [0_usize; 0]);
    });
}
