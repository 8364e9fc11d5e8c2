//! Waiting for changes, while daemons end, are killed, come back, or come back as others.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use sidecharm::pebble::types::{Change, ChangeId, ChangeStatus};
use sidecharm::pebble::{Client, Error, Pending};

use crate::daemon::{Daemon, layer};

const LONG: Duration = Duration::from_secs(30);

/// A service that takes as long to stop as it is given.
const STUBBORN: &str = "services: {stubborn: {override: replace, kill-delay: 1s,
                         command: \"sh -c 'trap : TERM; while :; do sleep 0.1; done'\"}}";

async fn start_stubborn(client: &Client) {
    client.add_layer("s", &layer(STUBBORN)).await.unwrap();
    let pending = client.start(&["stubborn"]).await.unwrap();
    client.wait_change(&pending, LONG).await.unwrap();
}

#[tokio::test]
async fn a_change_that_takes_too_long_goes_on_and_can_be_waited_for_again() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    start_stubborn(&client).await;
    let pending = client.stop(&["stubborn"]).await.unwrap();
    let start = Instant::now();
    let error = client.wait_change(&pending, Duration::from_millis(200)).await.unwrap_err();
    assert!(matches!(&error, Error::ChangeUnfinished { id, .. } if *id == pending.id), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(1), "took {:?}", start.elapsed());
    assert!(!client.change(&pending.id).await.unwrap().ready);
    assert!(client.wait_change(&pending, LONG).await.unwrap().is_successful());
    // A kept id is as good.
    let kept = Pending::from(ChangeId::parse(pending.id.as_str()).unwrap());
    assert!(client.wait_change(&kept, LONG).await.unwrap().is_successful());
}

#[tokio::test]
async fn an_aborted_start_fails() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    client.add_layer("s", &layer(STUBBORN)).await.unwrap();
    let pending = client.start(&["stubborn"]).await.unwrap();
    client.abort_change(&pending.id).await.unwrap();
    let change = client.wait_ready(&pending, LONG).await.unwrap();
    assert!(matches!(change.status, ChangeStatus::Error | ChangeStatus::Hold), "{change:?}");
    let error = client.abort_change(&pending.id).await.unwrap_err();
    assert!(matches!(&error, Error::Api { source, .. } if source.status == 400), "{error:?}");
}

/// Waits for the stop of a service while the daemon is given this signal and started again.
async fn wait_through(daemon: &mut Daemon, signal: Signal) -> Result<Change, Error> {
    let client = daemon.client();
    start_stubborn(&client).await;
    let pending = client.stop(&["stubborn"]).await.unwrap();
    let waiting = client.wait_ready(&pending, LONG);
    let restart = async {
        // When this is answered, the wait has been accepted before it.
        client.system_info().await.unwrap();
        daemon.signal(signal);
        daemon.wait().await;
        daemon.start_again().await;
    };
    let (outcome, ()) = tokio::join!(waiting, restart);
    outcome
}

#[tokio::test]
async fn a_daemon_that_restarts_is_waited_for() {
    let mut daemon = Daemon::start().await;
    let change = wait_through(&mut daemon, Signal::TERM).await.unwrap();
    assert!(change.ready, "{change:?}");
}

#[tokio::test]
async fn a_daemon_that_is_killed_and_comes_back_is_waited_for() {
    let mut daemon = Daemon::start().await;
    let change = wait_through(&mut daemon, Signal::KILL).await.unwrap();
    assert!(change.ready, "{change:?}");
}

#[tokio::test]
async fn a_daemon_that_comes_back_as_another_has_lost_the_change() {
    let mut daemon = Daemon::start_as_first_process().await;
    let before = daemon.client().system_info().await.unwrap().boot_id;
    let error = wait_through(&mut daemon, Signal::KILL).await.unwrap_err();
    assert_ne!(daemon.client().system_info().await.unwrap().boot_id, before);
    assert!(matches!(error, Error::ChangeLost { .. }), "{error:?}");
}

#[tokio::test]
async fn a_daemon_that_lost_its_state_has_lost_the_change() {
    let mut daemon = Daemon::start().await;
    let client = daemon.client();
    start_stubborn(&client).await;
    let pending = client.stop(&["stubborn"]).await.unwrap();
    daemon.signal(Signal::TERM);
    daemon.wait().await;
    std::fs::remove_file(daemon.path(".pebble.state")).unwrap();
    let (outcome, ()) = tokio::join!(client.wait_ready(&pending, LONG), daemon.start_again());
    let error = outcome.unwrap_err();
    assert!(matches!(&error, Error::ChangeLost { id, .. } if *id == pending.id), "{error:?}");
}

#[tokio::test]
async fn a_daemon_that_does_not_come_back_is_given_up() {
    let mut daemon = Daemon::start().await;
    let client = daemon.client();
    start_stubborn(&client).await;
    let pending = client.stop(&["stubborn"]).await.unwrap();
    daemon.signal(Signal::KILL);
    daemon.wait().await;
    let start = Instant::now();
    let error = client.wait_ready(&pending, Duration::from_millis(500)).await.unwrap_err();
    assert!(error.is_not_running(), "{error:?}");
    assert!((Duration::from_millis(450)..Duration::from_secs(5)).contains(&start.elapsed()));
}

#[tokio::test]
async fn a_daemon_that_hangs_does_not_hold_the_waiter() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    start_stubborn(&client).await;
    let pending = client.stop(&["stubborn"]).await.unwrap();
    daemon.pause();
    let start = Instant::now();
    let error = client.wait_change(&pending, Duration::from_millis(200)).await.unwrap_err();
    assert!(matches!(error, Error::ChangeUnfinished { .. }), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(4), "took {:?}", start.elapsed());
}
