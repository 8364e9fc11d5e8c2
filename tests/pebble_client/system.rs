//! What the daemon says of itself, and how it is told that there is none.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sidecharm::pebble::types::{CheckLevel, NoticeFilter};
use sidecharm::pebble::{Client, Error};

use crate::daemon::{Daemon, eventually, layer};

#[tokio::test]
async fn the_daemon_says_its_version_and_boot() {
    let daemon = Daemon::start().await;
    let info = daemon.client().system_info().await.unwrap();
    assert!(!info.boot_id.is_empty());
    assert!(info.parsed_version().is_some(), "{info:?}");
}

#[tokio::test]
async fn no_socket_and_a_stale_one_are_both_a_daemon_that_does_not_run() {
    let mut daemon = Daemon::stopped();
    let error = daemon.client().plan().await.unwrap_err();
    assert!(error.is_not_running() && error.is_retryable(), "{error:?}");
    assert_eq!(error.to_string(), format!("Pebble is not running at {}", daemon.socket().display()));

    daemon.start_again().await;
    daemon.signal(Signal::KILL);
    daemon.wait().await;
    assert!(daemon.socket().exists(), "a killed daemon leaves its socket behind");
    assert!(daemon.client().plan().await.unwrap_err().is_not_running());

    daemon.start_again().await;
    daemon.signal(Signal::TERM);
    daemon.wait().await;
    assert!(!daemon.socket().exists(), "an ended daemon does not");
    assert!(daemon.client().plan().await.unwrap_err().is_not_running());
}

#[tokio::test]
async fn a_socket_of_others_is_denied() {
    let daemon = Daemon::stopped();
    let _listener = UnixListener::bind(daemon.socket()).unwrap();
    std::fs::set_permissions(daemon.socket(), std::fs::Permissions::from_mode(0o000)).unwrap();
    let outcome = daemon.client().with_deadline(Duration::from_millis(200)).plan().await;
    if rustix::process::geteuid().is_root() {
        // Nothing is closed to root: the listener takes the call and never answers.
        assert!(matches!(outcome, Err(Error::TimedOut { .. })), "{outcome:?}");
    } else {
        assert!(matches!(outcome, Err(Error::Denied { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_no_panic() {
    let error = Client::new(format!("/tmp/{}", "x".repeat(200))).plan().await.unwrap_err();
    assert!(matches!(error, Error::Request { .. }), "{error:?}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_daemon_that_hangs_is_given_up_at_the_deadline() {
    let daemon = Daemon::start().await;
    daemon.pause();
    let start = Instant::now();
    let error = daemon.client().with_deadline(Duration::from_millis(300)).plan().await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { call: "GET /v1/plan", .. }), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(8), "took {:?}", start.elapsed());
}

#[tokio::test]
async fn a_daemon_that_ends_breaks_a_long_poll() {
    let mut daemon = Daemon::start().await;
    let client = daemon.client();
    if daemon.is_before(5).await {
        return;
    }
    let filter = NoticeFilter::default();
    client.notices(&filter).await.unwrap();
    let started = Instant::now();
    let poll = client.wait_notices(&filter, Duration::from_mins(1));
    let end = async {
        // Connections are accepted in order: when this one is answered, the poll's was.
        client.system_info().await.unwrap();
        daemon.signal(Signal::TERM);
    };
    let (outcome, ()) = tokio::join!(poll, end);
    let error = outcome.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
    daemon.wait().await;
}

#[tokio::test]
async fn health_is_bad_when_a_check_of_the_level_is_down() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    assert!(client.health(None, &[]).await.unwrap(), "without checks all is well");
    let checks = "
        checks:
            good: {override: replace, level: ready, period: 50ms, exec: {command: 'true'}}
            bad: {override: replace, level: alive, period: 50ms, threshold: 2, exec: {command: 'false'}}";
    client.add_layer("checks", &layer(checks)).await.unwrap();
    eventually("the bad check is down", async || {
        (!client.health(Some(&CheckLevel::Alive), &[]).await.unwrap()).then_some(())
    })
    .await;
    assert!(!client.health(Some(&CheckLevel::Ready), &[]).await.unwrap(), "ready includes alive");
    assert!(!client.health(None, &[]).await.unwrap());
    assert!(client.health(None, &["good"]).await.unwrap());
    let error = client.health(Some(&CheckLevel::Other("odd".to_owned())), &[]).await.unwrap_err();
    assert!(matches!(&error, Error::Api { source, .. } if source.status == 400), "{error:?}");
}

#[tokio::test]
async fn calls_may_be_made_from_any_task() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let client = Client::new("/no/such/socket");
    let exec = sidecharm::pebble::types::Exec::new(["true"]);
    let pending = sidecharm::pebble::types::ChangeId::parse("1").map(Into::into).unwrap();
    let mut sink = tokio::io::sink();
    assert!(is_send(client.plan()).await.is_err());
    assert!(is_send(client.run(&exec, "", Duration::ZERO)).await.is_err());
    assert!(is_send(client.wait_change(&pending, Duration::ZERO)).await.is_err());
    assert!(is_send(client.pull_to("/a", &mut sink)).await.is_err());
    assert!(is_send(client.push(sidecharm::pebble::Upload::new("/a", ""))).await.is_err());
    let mut logs = client.follow_logs(&[], sidecharm::pebble::types::LogDepth::All).unwrap();
    assert!(is_send(logs.next()).await.is_err());
    let together = tokio::join!(client.plan(), client.plan());
    assert!(together.0.is_err_and(|error| error.is_not_running()));
}
