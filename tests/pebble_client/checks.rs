//! Checks: what the daemon says of them, and starting, stopping and refreshing them.

use sidecharm::pebble::types::{ChangeStatus, CheckInfo, CheckLevel, CheckStartup, CheckStatus, Version};
use sidecharm::pebble::{Client, Error, ErrorKind};

use crate::daemon::{Daemon, eventually, layer};

const THREE: &str = "
    checks:
        lively: {override: replace, level: alive, period: 1h, exec: {command: 'true'}}
        plain: {override: replace, period: 50ms, exec: {command: 'true'}}
        prepared: {override: replace, level: ready, period: 50ms, threshold: 2, exec: {command: sh -c 'echo why; exit 1'}}";

async fn one(client: &Client, name: &str) -> CheckInfo {
    client.checks(None, &[name]).await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn checks_say_their_level_and_verdict() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    client.add_layer("checks", &layer(THREE)).await.unwrap();
    let checks = client.checks(None, &[]).await.unwrap();
    let levels: Vec<_> = checks.iter().map(|check| (check.name.as_str(), check.level.clone())).collect();
    let expected =
        [("lively", Some(CheckLevel::Alive)), ("plain", None), ("prepared", Some(CheckLevel::Ready))];
    assert_eq!(levels, expected);
    assert_eq!((&checks[0].status, checks[0].failures, checks[0].threshold), (&CheckStatus::Up, 0, 3));

    let down = eventually("the failing check is down", async || {
        Some(one(&client, "prepared").await).filter(|check| check.status == CheckStatus::Down)
    })
    .await;
    assert!(down.failures >= 2 && down.threshold == 2, "{down:?}");
    assert_eq!(down.has_run(), Some(true));
    let alive = client.checks(Some(&CheckLevel::Alive), &[]).await.unwrap();
    assert_eq!(alive.iter().map(|check| check.name.as_str()).collect::<Vec<_>>(), ["lively"]);
    let ready = client.checks(Some(&CheckLevel::Ready), &[]).await.unwrap();
    assert_eq!(ready.len(), 1, "a list of ready ones does not include alive ones");
    let two = client.checks(None, &["prepared", "lively", "missing"]).await.unwrap();
    assert_eq!(two.iter().map(|check| check.name.as_str()).collect::<Vec<_>>(), ["lively", "prepared"]);

    let version = daemon.version().await.unwrap();
    if version >= Version::new(1, 23, 0) {
        eventually("the good check has run", async || {
            one(&client, "plain").await.has_run().filter(|has_run| *has_run)
        })
        .await;
        assert_eq!(one(&client, "lively").await.has_run(), Some(false), "the first run is after a period");
    }
    if version >= Version::new(1, 29, 0) {
        let change = client.change(&down.prev_change_id.unwrap()).await.unwrap();
        assert_eq!(change.status, ChangeStatus::Error);
        assert!(change.err.unwrap().contains("why"), "the change says what the command said");
    }
}

#[tokio::test]
async fn checks_are_started_stopped_and_run_on_demand() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let version = daemon.version().await.unwrap();
    if version < Version::new(1, 19, 0) {
        let error = client.stop_checks(&["plain"]).await.unwrap_err();
        let expected = format!("start and stop of checks needs Pebble 1.19.0, this is v{version}");
        assert_eq!(error.to_string().replace("this is 1", "this is v1"), expected);
        return;
    }
    client.add_layer("checks", &layer(THREE)).await.unwrap();
    assert_eq!(one(&client, "plain").await.startup, Some(CheckStartup::Enabled));
    assert_eq!(client.stop_checks(&["plain", "lively"]).await.unwrap(), ["lively", "plain"]);
    assert!(client.stop_checks(&["plain"]).await.unwrap().is_empty(), "it has been stopped before");
    let stopped = one(&client, "plain").await;
    assert_eq!((stopped.status, stopped.change_id), (CheckStatus::Inactive, None));
    assert_eq!(client.start_checks(&["plain", "prepared"]).await.unwrap(), ["plain"]);
    let error = client.start_checks(&["missing"]).await.unwrap_err();
    assert_eq!(error.kind(), Some(&ErrorKind::NoSuchCheck("missing".to_owned())));

    if version < Version::new(1, 20, 0) {
        assert!(matches!(client.refresh_check("plain").await, Err(Error::Unsupported { .. })));
        return;
    }
    let good = client.refresh_check("lively").await.unwrap();
    assert_eq!((good.info.name.as_str(), good.error), ("lively", None));
    let bad = client.refresh_check("prepared").await.unwrap();
    assert!(bad.error.is_some(), "{bad:?}");
    let error = client.refresh_check("missing").await.unwrap_err();
    assert_eq!(error.kind(), Some(&ErrorKind::NoSuchCheck("missing".to_owned())));
}
