//! Roles given by `watch` to real servers.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sidecharm::redis::topology::Topology;
use sidecharm::redis::{SENTINEL_PORT, observe};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::timeout;

use crate::servers::{Servers, until};
use crate::writer::connect;

pub fn run(story: impl AsyncFnOnce()) {
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_test_writer().finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(LocalSet::new().run_until(story()));
}

pub async fn settled(servers: &Servers) -> bool {
    for unit in 0..servers.hosts.len() {
        if !Topology::of(&servers.view(unit).await).is_settled() {
            return false;
        }
    }
    servers.masters().await.len() == 1
}

/// Starts all, and waits until they have a master, and each unit's watch knows that they had one.
pub async fn bootstrapped(servers: &mut Servers) -> Vec<JoinHandle<()>> {
    servers.start_all();
    let watches = (0..servers.hosts.len()).map(|unit| servers.watch(unit)).collect();
    until("settled", Duration::from_secs(15), async || settled(servers).await).await;
    servers.bootstrapped = true;
    (0..servers.hosts.len()).for_each(|unit| servers.write_watch_config(unit));
    until("watch has seen it", Duration::from_secs(15), async || settled(servers).await).await;
    watches
}

#[test]
fn three_born_read_only_servers_get_one_master() {
    run(async || {
        let mut servers = Servers::new(3);
        servers.start_all();
        let _watches: Vec<_> = (0..3).map(|unit| servers.watch(unit)).collect();
        let time = until("one master, two replicas in step", Duration::from_secs(15), async || {
            settled(&servers).await
        })
        .await;
        println!("settled after {time:?}");
        assert_eq!(servers.masters().await, [0]);
    });
}

#[test]
fn a_killed_master_hands_over_at_once_and_comes_back_as_a_replica() {
    run(async || {
        let mut servers = Servers::new(3);
        let _watches = bootstrapped(&mut servers).await;
        servers.kill_server(0);
        let time = until("another master", Duration::from_secs(15), async || {
            servers.masters().await.iter().any(|unit| *unit != 0)
        })
        .await;
        println!("another master after {time:?}");
        servers.start_server(0);
        until("the old master follows", Duration::from_secs(15), async || settled(&servers).await).await;
        assert_ne!(servers.masters().await, [0]);
    });
}

#[test]
fn a_master_that_dies_right_after_its_promotion_is_replaced_while_it_is_away() {
    run(async || {
        let mut servers = Servers::new(3);
        let watches = bootstrapped(&mut servers).await;
        servers.kill_server(0);
        // Its own watch asks its own sentinel, which is the last to name the new master.
        let mut promoted = 0;
        until("another master", Duration::from_secs(15), async || {
            let view = servers.view(0).await;
            let mut named = view.answers().map(|sentinel| &sentinel.master.host);
            let named = named.find(|host| **host != servers.hosts[0]);
            promoted = named.and_then(|host| servers.hosts.iter().position(|it| it == host)).unwrap_or(0);
            promoted != 0
        })
        .await;
        watches[promoted].abort();
        servers.kill_pod(promoted);
        servers.start_server(0);
        let time = until("one of the others is master", Duration::from_secs(30), async || {
            (0..3).filter(|unit| *unit != promoted).for_each(|unit| servers.revive_sentinel(unit));
            servers.masters().await.iter().any(|unit| *unit != promoted)
        })
        .await;
        println!("another master after {time:?}");
    });
}

#[test]
fn watch_sets_the_pace_of_its_sentinel_also_after_that_has_restarted() {
    run(async || {
        let mut servers = Servers::new(1);
        servers.start_all();
        let _watch = servers.watch(0);
        let pace = |servers: &Servers| {
            let password = servers.passwords.sentinel.expose().to_owned();
            let mut sentinel = connect(servers.hosts[0].parse().unwrap(), 26379, Some(&password)).ok()?;
            let periods: BTreeMap<String, String> =
                redis::cmd("SENTINEL").arg("DEBUG").query(&mut sentinel).ok()?;
            Some(
                ["INFO-PERIOD", "PING-PERIOD", "MIN-LINK-RECONNECT-PERIOD"].map(|name| periods[name].clone()),
            )
        };
        let expected = Some(["500", "300", "1000"].map(str::to_owned));
        for _ in 0..2 {
            until("the sentinel has its pace", Duration::from_secs(15), async || pace(&servers) == expected)
                .await;
            servers.restart_sentinel(0);
        }
    });
}

#[test]
fn a_notice_that_could_not_be_raised_is_raised_again_though_all_is_well() {
    run(async || {
        let mut servers = Servers::new(1);
        servers.start_all();
        let attempts: Rc<Cell<u32>> = Rc::default();
        let can_tell: Rc<Cell<bool>> = Rc::default();
        let _watch = {
            let (attempts, can_tell) = (Rc::clone(&attempts), Rc::clone(&can_tell));
            servers.watch_and_tell(0, async move |_| {
                attempts.set(attempts.get() + 1);
                can_tell.get()
            })
        };
        until("settled", Duration::from_secs(15), async || settled(&servers).await).await;
        let before = attempts.get();
        can_tell.set(true);
        until("told at last", Duration::from_secs(5), async || attempts.get() > before).await;
    });
}

#[test]
fn watch_reminds_juju_while_something_is_still_missing_though_nothing_changes() {
    run(async || {
        let mut servers = Servers::new(3);
        // The third unit never comes: the others cannot settle.
        for unit in 0..2 {
            servers.start_server(unit);
            servers.start_sentinel(unit);
        }
        let _other = servers.watch(1);
        let told: Rc<RefCell<Vec<(Instant, Topology)>>> = Rc::default();
        let _watch = {
            let (told, cluster) = (Rc::clone(&told), servers.cluster(0));
            servers.watch_and_tell(0, async move |_| {
                let view = observe::look(&cluster, Duration::from_secs(2)).await;
                told.borrow_mut().push((Instant::now(), Topology::of(&view)));
                true
            })
        };
        let reminded = || {
            let told = told.borrow();
            let pair = told.windows(2).find(|pair| pair[1].0 - pair[0].0 > Duration::from_secs(9))?;
            Some(pair[0].1 == pair[1].1)
        };
        until("a reminder", Duration::from_mins(1), async || reminded().is_some()).await;
        assert_eq!(reminded(), Some(true), "{:#?}", told.borrow());
    });
}

#[test]
fn sigterm_interrupts_a_turn_that_waits_for_a_sentinel_which_does_not_answer() {
    run(async || {
        let servers = Servers::new(2);
        // Connections to it are made and never answered.
        let sentinel = TcpListener::bind((servers.hosts[1].as_str(), SENTINEL_PORT)).await.unwrap();
        let (terminate, terminated) = oneshot::channel();
        let told: Rc<Cell<bool>> = Rc::default();
        let watch = {
            let told = Rc::clone(&told);
            let notify = async move |_: Option<&str>| {
                told.set(true);
                true
            };
            servers.watch_until(0, notify, async { terminated.await.unwrap() })
        };
        let _silent = sentinel.accept().await.unwrap();
        terminate.send(()).unwrap();
        watch.await.unwrap();
        assert!(!told.get(), "the turn went on to its end");
    });
}

#[test]
fn the_program_itself_hears_sigterm_in_the_middle_of_a_turn_and_ends_well() {
    run(async || {
        let servers = Servers::new(2);
        let sentinel = TcpListener::bind((servers.hosts[1].as_str(), SENTINEL_PORT)).await.unwrap();
        let mut watch = Command::new(env!("CARGO_BIN_EXE_sidecharm"));
        watch.arg("watch").arg(servers.watch_config(0)).stderr(Stdio::piped()).kill_on_drop(true);
        let watch = watch.spawn().unwrap();
        let _silent = sentinel.accept().await.unwrap();
        let process = Pid::from_raw(watch.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(process, Signal::TERM).unwrap();
        let output = timeout(Duration::from_secs(30), watch.wait_with_output()).await.unwrap().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{log}");
        assert!(!log.contains("the topology has changed"), "the turn went on to its end: {log}");
    });
}

#[test]
fn sigterm_interrupts_a_notice_that_is_not_taken() {
    run(async || {
        let servers = Servers::new(1);
        let raised = Rc::new(Notify::new());
        let watch = {
            let (raising, terminated) = (Rc::clone(&raised), Rc::clone(&raised));
            let notify = async move |_: Option<&str>| {
                raising.notify_one();
                std::future::pending().await
            };
            servers.watch_until(0, notify, async move { terminated.notified().await })
        };
        timeout(Duration::from_secs(30), watch).await.expect("it waits for Juju").unwrap();
    });
}
