//! Notices: raising, counting, filtering, and waiting for them with a cursor.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sidecharm::pebble::types::{Notice, NoticeFilter, NoticeId, NoticeKind, NoticeUsers, Version};
use sidecharm::pebble::{Error, ErrorKind};

use crate::daemon::{Daemon, layer};

fn keys(notices: &[Notice]) -> Vec<&str> {
    notices.iter().map(|notice| notice.key.as_str()).collect()
}

fn custom() -> NoticeFilter {
    NoticeFilter { kinds: vec![NoticeKind::Custom], ..NoticeFilter::default() }
}

#[tokio::test]
async fn a_notice_is_counted_and_found_by_its_key() {
    let mut daemon = Daemon::start().await;
    let client = daemon.client();
    if daemon.is_before(5).await {
        assert!(matches!(client.notices(&custom()).await, Err(Error::Unsupported { .. })));
        return;
    }
    let id = client.notify("example.com/one", &[("a", "1"), ("b", "+ &=")], None).await.unwrap();
    let first = client.notice(&id).await.unwrap();
    assert_eq!(
        (&first.kind, first.key.as_str(), first.occurrences),
        (&NoticeKind::Custom, "example.com/one", 1)
    );
    assert_eq!(first.user_id, Some(i64::from(rustix::process::getuid().as_raw())));
    assert_eq!((first.first_occurred, first.last_occurred), (first.last_repeated, first.last_repeated));
    assert_eq!(
        first.last_data,
        BTreeMap::from([("a", "1"), ("b", "+ &=")].map(|(k, v)| (k.into(), v.into())))
    );
    assert_eq!(first.repeat_after, None);
    assert_eq!(first.expire_after.unwrap().as_duration(), Duration::from_hours(7 * 24));

    client.notify("example.com/two", &[], None).await.unwrap();
    assert_eq!(client.notify("example.com/one", &[], None).await.unwrap(), id);
    let second = client.notice(&id).await.unwrap();
    assert_eq!((second.occurrences, second.last_data.len()), (2, 0), "the data of the last time counts");
    assert!(second.last_repeated > first.last_repeated && second.last_repeated == second.last_occurred);
    assert_eq!(keys(&client.notices(&custom()).await.unwrap()), ["example.com/two", "example.com/one"]);

    let filter =
        NoticeFilter { keys: vec!["example.com/one".to_owned(), "example.com/x".to_owned()], ..custom() };
    assert_eq!(keys(&client.notices(&filter).await.unwrap()), ["example.com/one"]);
    let filter = NoticeFilter { kinds: vec![NoticeKind::Other("odd".to_owned())], ..NoticeFilter::default() };
    assert!(client.notices(&filter).await.unwrap().is_empty());

    daemon.signal(Signal::TERM);
    daemon.wait().await;
    daemon.start_again().await;
    assert_eq!(client.notice(&id).await.unwrap(), second, "notices outlive the daemon, to the nanosecond");
}

#[tokio::test]
async fn within_its_repeat_time_a_notice_is_counted_but_not_told() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    if daemon.is_before(5).await {
        return;
    }
    let raise =
        async || client.notify("example.com/often", &[], Some(Duration::from_hours(1))).await.unwrap();
    let first = client.notice(&raise().await).await.unwrap();
    assert_eq!(first.repeat_after.unwrap().as_duration(), Duration::from_hours(1));
    let second = client.notice(&raise().await).await.unwrap();
    assert_eq!((second.occurrences, second.last_repeated), (2, first.last_repeated));
    assert!(second.last_occurred > first.last_occurred);
}

#[tokio::test]
async fn who_follows_notices_sees_each_once() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    if daemon.is_before(5).await {
        return;
    }
    let mut filter = custom();
    let start = Instant::now();
    assert!(client.wait_notices(&filter, Duration::from_millis(200)).await.unwrap().is_empty());
    assert!(start.elapsed() >= Duration::from_millis(200), "none came in that time");

    let raiser = daemon.client();
    let raise = async {
        raiser.system_info().await.unwrap();
        raiser.notify("example.com/a", &[], None).await.unwrap();
    };
    let (seen, ()) = tokio::join!(client.wait_notices(&filter, Duration::from_secs(20)), raise);
    let seen = seen.unwrap();
    assert_eq!(keys(&seen), ["example.com/a"]);
    assert!(start.elapsed() < Duration::from_secs(15));
    filter.advance_past(&seen);

    for key in ["example.com/b", "example.com/c"] {
        raiser.notify(key, &[], None).await.unwrap();
        let seen = client.wait_notices(&filter, Duration::from_secs(20)).await.unwrap();
        assert_eq!(keys(&seen), [key], "after the cursor, exclusive");
        filter.advance_past(&seen);
    }
    assert!(client.notices(&filter).await.unwrap().is_empty());
    filter.advance_past(&[]);
    assert!(client.notices(&filter).await.unwrap().is_empty(), "no notices do not move the cursor");
}

#[tokio::test]
async fn bad_notices_and_unknown_ones_are_refused() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    if daemon.is_before(5).await {
        return;
    }
    for key in [
        "",
        "nokey",
        "example.com",
        "Example.com/a",
        "example.com/a_b",
        &format!("example.com/{}", "a".repeat(256)),
    ] {
        let error = client.notify(key, &[], None).await.unwrap_err();
        assert!(matches!(&error, Error::Api { source, .. } if source.status == 400), "{key:?}: {error:?}");
    }
    let large = "x".repeat(5000);
    assert!(client.notify("example.com/a", &[("k", &large)], None).await.is_err());
    let error = client.notice(&NoticeId::parse("4711").unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), Some(&ErrorKind::NoSuchNotice));
}

#[tokio::test]
async fn changes_are_noticed_and_everybodys_notices_are_for_administrators() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let version = daemon.version().await.unwrap();
    let all = NoticeFilter { users: NoticeUsers::All, ..NoticeFilter::default() };
    if version < Version::new(1, 10, 0) {
        let outcome = client.notices(&all).await;
        assert_eq!(matches!(outcome, Err(Error::Unsupported { .. })), version < Version::new(1, 9, 0));
        return;
    }
    client.add_layer("s", &layer("services: {s: {override: replace, command: sleep 100}}")).await.unwrap();
    let pending = client.start(&["s"]).await.unwrap();
    client.wait_change(&pending, Duration::from_secs(20)).await.unwrap();
    let notices = client.notices(&all).await.unwrap();
    let change = notices.iter().find(|notice| notice.kind == NoticeKind::ChangeUpdate).unwrap();
    assert_eq!((change.key.as_str(), change.user_id), (pending.id.as_str(), None));
    assert_eq!(change.last_data["kind"], "start");
    let of_somebody = NoticeFilter { users: NoticeUsers::User(4711), ..NoticeFilter::default() };
    assert_eq!(
        client.notices(&of_somebody).await.unwrap().len(),
        notices.len(),
        "everybody's are everybody's"
    );
}
