//! Broken connections, odd answers and old daemons, played by a script.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use sidecharm::pebble::types::{
    ChangeId, CheckStatus, Exec, LayerPlace, LogDepth, NoticeFilter, NoticeUsers, Permissions, Version,
};
use sidecharm::pebble::{Client, Content, Error, Pending, Upload};

use crate::daemon::{Daemon, layer};
use crate::fake::{Fake, Reply, about, http, json, sync};

const PLAN: &str = "GET /v1/plan?format=yaml";
const ABOUT: &str = "GET /v1/system-info";
const WAIT: &str = "GET /v1/changes/7/wait?timeout=";
const LONG: Duration = Duration::from_secs(20);

fn cut(body: &str) -> Reply {
    Reply::Raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{body}").into_bytes())
}

fn done() -> Reply {
    sync(r#"{"id":"7","kind":"start","summary":"s","status":"Done","ready":true}"#)
}

#[tokio::test]
async fn a_read_is_asked_again_when_its_connection_breaks() {
    let fake = Fake::start(vec![
        (PLAN, Reply::Drop),
        (PLAN, cut("{\"type\":\"sy")),
        (PLAN, Reply::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Enc".to_vec())),
        (PLAN, sync(r#""services: {a: {override: replace, command: b}}\n""#)),
    ]);
    let plan = fake.client().plan().await.unwrap();
    assert_eq!(plan.services["a"].command, "b");
    fake.finish().await;
}

#[tokio::test]
async fn a_connection_that_always_breaks_is_told() {
    let fake =
        Fake::start(vec![(PLAN, Reply::Drop), (PLAN, Reply::Drop), (PLAN, Reply::Drop), (PLAN, Reply::Drop)]);
    let error = fake.client().plan().await.unwrap_err();
    assert!(matches!(error, Error::Disconnected { call: "GET /v1/plan", .. }), "{error:?}");
    assert!(error.is_retryable() && !error.is_not_running());
    fake.finish().await;
}

#[tokio::test]
async fn what_may_not_happen_twice_is_asked_once() {
    type Ask = fn(Client) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Error>>>>;
    let merging = "services: {a: {override: merge, command: b, after: [c]}}";
    let replacing = "services: {a: {override: replace, command: b, after: [c]}}";
    let once: [(&str, Ask); 3] = [
        ("POST /v1/signals", |client| {
            Box::pin(
                async move { client.send_signal(sidecharm::pebble::types::Signal::Hangup, &["a"]).await },
            )
        }),
        ("POST /v1/changes/7", |client| {
            Box::pin(async move { client.abort_change(&ChangeId::parse("7").unwrap()).await.map(|_| ()) })
        }),
        ("POST /v1/files", |client| {
            let content = Content::stream(io::Cursor::new(b"x".to_vec()));
            Box::pin(async move { client.push(Upload::new("/a", content)).await })
        }),
    ];
    for (line, ask) in once {
        let fake = Fake::start(vec![(line, Reply::Drop)]);
        let error = ask(fake.client()).await.unwrap_err();
        assert!(matches!(error, Error::Disconnected { .. }), "{line}: {error:?}");
        fake.finish().await;
    }
    let fake = Fake::start(vec![("POST /v1/layers", Reply::Drop)]);
    assert!(fake.client().add_layer("l", &layer(merging)).await.is_err());
    fake.finish().await;
    let fake = Fake::start(vec![("POST /v1/layers", Reply::Drop), ("POST /v1/layers", sync("true"))]);
    fake.client().add_layer("l", &layer(replacing)).await.unwrap();
    fake.finish().await;
    let good = r#"[{"path":"/a"}]"#;
    let fake = Fake::start(vec![("POST /v1/files", Reply::Drop), ("POST /v1/files", sync(good))]);
    fake.client().push(Upload::new("/a", "x")).await.unwrap();
    fake.finish().await;
}

#[tokio::test]
async fn an_answer_that_stops_half_way_ends_at_the_deadline() {
    for beginning in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"] {
        let fake = Fake::start(vec![(PLAN, Reply::Stall(beginning.into()))]);
        let error = fake.client().with_deadline(Duration::from_millis(100)).plan().await.unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }), "{beginning:?}: {error:?}");
        fake.finish().await;
    }
}

#[tokio::test]
async fn answers_that_are_no_answers_are_told_without_their_text() {
    let secret = "hunter2";
    for reply in [
        Reply::Raw(format!("{secret} is no HTTP\r\n\r\n").into_bytes()),
        http(200, "text/html", &format!("<p>{secret}</p>")),
        json(200, &format!(r#"{{"type":"sync","result":["{secret}"]}}"#)),
        json(200, &format!(r#"{{"type":"{secret}"}}"#)),
        json(202, &format!(r#"{{"type":"async","change":"1","result":"{secret}"}}"#)),
        json(502, &format!("<h1>{secret}</h1>")),
        sync(&format!("\"services: [{secret}]\"")),
    ] {
        let fake = Fake::start(vec![(PLAN, reply)]);
        let error = fake.client().plan().await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{error:?}");
        assert!(!format!("{error:?} {error}").contains(secret), "{error:?}");
        fake.finish().await;
    }
}

#[tokio::test]
async fn a_wait_goes_on_over_time_outs_and_broken_connections() {
    let not_yet = || json(504, r#"{"type":"error","status-code":504,"result":{"message":"timed out"}}"#);
    let fake = Fake::start(vec![
        (ABOUT, about("1.32.1", "one")),
        (WAIT, not_yet()),
        (WAIT, not_yet()),
        (WAIT, Reply::Drop),
        (ABOUT, Reply::Drop),
        (ABOUT, about("1.32.1", "one")),
        (WAIT, not_yet()),
        (WAIT, done()),
    ]);
    let pending = Pending::from(ChangeId::parse("7").unwrap());
    assert!(fake.client().wait_change(&pending, LONG).await.unwrap().ready);
    fake.finish().await;
}

#[tokio::test]
async fn a_wait_ends_when_the_daemon_is_another() {
    let fake = Fake::start(vec![
        (ABOUT, about("1.32.1", "one")),
        ("POST /v1/services", json(202, r#"{"type":"async","change":"7","result":null}"#)),
        (WAIT, Reply::Drop),
        (ABOUT, about("1.32.1", "two")),
    ]);
    let client = fake.client();
    let pending = client.replan().await.unwrap();
    let error = client.wait_change(&pending, LONG).await.unwrap_err();
    assert!(matches!(error, Error::ChangeLost { .. }), "{error:?}");
    fake.finish().await;
}

#[tokio::test]
async fn an_old_daemon_is_not_asked_for_what_it_lacks() {
    let fake = Fake::start(vec![(ABOUT, about("1.1.1", "one"))]);
    let client = fake.client();
    let all = NoticeFilter { users: NoticeUsers::All, ..NoticeFilter::default() };
    let context = Exec { service_context: Some("a".to_owned()), ..Exec::new(["true"]) };
    let target = "log-targets: {t: {override: replace, type: syslog, location: 'udp://a:1'}}";
    let check = "checks: {c: {override: replace, startup: disabled, tcp: {port: 1}}}";
    let errors = [
        client.notices(&all).await.unwrap_err(),
        client.notify("a.b/c", &[], None).await.unwrap_err(),
        client.start_checks(&["a"]).await.unwrap_err(),
        client.refresh_check("a").await.unwrap_err(),
        client.run(&context, "", LONG).await.unwrap_err(),
        client.add_layer("l", &layer(target)).await.unwrap_err(),
        client.add_layer("l", &layer(check)).await.unwrap_err(),
        client.place_layer("a/b", &layer("{}"), LayerPlace::Inner).await.unwrap_err(),
    ];
    let needs = errors.iter().map(|error| match error {
        Error::Unsupported { requirement, has } => (requirement.needs, has.as_str()),
        other => panic!("{other:?}"),
    });
    let expected = [9, 5, 19, 20, 3, 27, 19, 17].map(|minor| (Version::new(1, minor, 0), "1.1.1"));
    assert!(needs.eq(expected), "{errors:?}");
    assert_eq!(errors[0].to_string(), "notices of all users needs Pebble 1.9.0, this is 1.1.1");
    fake.finish().await;
}

#[tokio::test]
async fn a_daemon_that_does_not_say_its_version_is_asked() {
    let fake = Fake::start(vec![(ABOUT, about("unknown", "one")), ("GET /v1/notices?users=all", sync("[]"))]);
    let all = NoticeFilter { users: NoticeUsers::All, ..NoticeFilter::default() };
    assert!(fake.client().notices(&all).await.unwrap().is_empty());
    fake.finish().await;
}

#[tokio::test]
async fn fields_that_old_daemons_lack_are_absent() {
    let fake = Fake::start(vec![
        ("GET /v1/services", sync(r#"[{"name":"a","startup":"enabled","current":"active"}]"#)),
        ("GET /v1/checks", sync(r#"[{"name":"a","status":"up","threshold":3}]"#)),
        ("GET /v1/changes?select=all", sync("null")),
        ("GET /v1/files", sync("null")),
        (ABOUT, about("1.19.0", "one")),
        ("POST /v1/checks", sync(r#"{"changed":null}"#)),
    ]);
    let client = fake.client();
    assert_eq!(client.services(&[]).await.unwrap()[0].current_since, None);
    let check = client.checks(None, &[]).await.unwrap().remove(0);
    assert_eq!(
        (check.status.clone(), check.failures, check.successes, check.has_run()),
        (CheckStatus::Up, 0, None, None)
    );
    assert!(client.changes(&sidecharm::pebble::types::ChangeFilter::All, None).await.unwrap().is_empty());
    assert_eq!(client.file("/a").await.unwrap(), None);
    assert!(client.stop_checks(&["a"]).await.unwrap().is_empty());
    fake.finish().await;
}

/// A download with these parts, whole or cut.
fn download(parts: &[(&str, &str)], end: &str) -> Reply {
    let boundary = "0123456789012345678901234567890123456789";
    let mut body = String::new();
    for (disposition, content) in parts {
        write!(body, "--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
            .unwrap();
    }
    if end == "whole" {
        write!(body, "--{boundary}--\r\n").unwrap();
    }
    http(200, &format!("multipart/form-data; boundary={boundary}"), &body)
}

const READ: &str = "GET /v1/files?action=read&path=/a";
const FILE: (&str, &str) = ("name=\"files\"; filename=\"/a\"", "content");

#[tokio::test]
async fn a_download_counts_with_its_verdict_only() {
    let verdict = ("name=\"response\"", r#"{"type":"sync","result":[{"path":"/a"}]}"#);
    let other = ("name=\"response\"", r#"{"type":"sync","result":[{"path":"/b"}]}"#);
    let failed = (
        "name=\"response\"",
        r#"{"type":"sync","result":[{"path":"/a","error":{"kind":"generic-file-error","message":"broke"}}]}"#,
    );
    let fake = Fake::start(vec![
        (READ, download(&[FILE], "cut")),
        (READ, download(&[], "cut")),
        (READ, download(&[FILE, verdict], "whole")),
    ]);
    assert_eq!(fake.client().pull("/a", 100).await.unwrap(), "content", "a cut one is asked for again");
    fake.finish().await;

    for parts in [
        &[FILE][..],
        &[("name=\"files\"; filename=\"/b\"", "content"), verdict],
        &[FILE, FILE, verdict],
        &[FILE, other],
        &[("name=\"odd\"", ""), verdict],
        &[("name=\"files\"", "content"), verdict],
        &[("name=\"response\"", "{")],
    ] {
        let fake = Fake::start(vec![(READ, download(parts, "whole"))]);
        let error = fake.client().pull("/a", 100).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{parts:?}: {error:?}");
        fake.finish().await;
    }
    let fake = Fake::start(vec![(READ, download(&[FILE, failed], "whole"))]);
    let error = fake.client().pull("/a", 100).await.unwrap_err();
    assert!(matches!(error, Error::Path { .. }), "a file that broke off half-way is no file: {error:?}");
    fake.finish().await;
    let fake = Fake::start(vec![(READ, sync("[]"))]);
    assert!(matches!(fake.client().pull("/a", 100).await, Err(Error::Protocol { .. })));
    fake.finish().await;
}

#[tokio::test]
async fn a_command_whose_websockets_are_refused_fails() {
    let refused =
        json(404, r#"{"type":"error","status-code":404,"result":{"message":"cannot find task \"9\""}}"#);
    for reply in [refused, http(200, "text/plain", ""), Reply::Drop] {
        let fake = Fake::start(vec![
            (ABOUT, about("1.32.1", "one")),
            ("POST /v1/exec", json(202, r#"{"type":"async","change":"7","result":{"task-id":"9"}}"#)),
            ("GET /v1/tasks/9/websocket/control", reply),
            (WAIT, done()),
        ]);
        let error = fake.client().run(&Exec::new(["true"]), "", LONG).await.unwrap_err();
        let is_about_the_websocket = matches!(
            error,
            Error::Api { call: "GET /v1/tasks/{id}/websocket", .. }
                | Error::Protocol { call: "GET /v1/tasks/{id}/websocket", .. }
                | Error::Disconnected { call: "GET /v1/tasks/{id}/websocket", .. }
        );
        assert!(is_about_the_websocket, "{error:?}");
        fake.finish().await;
    }
}

#[tokio::test]
async fn a_log_line_that_is_cut_or_odd_is_no_entry() {
    let entry = r#"{"time":"2026-11-25T19:42:05.123Z","service":"a","message":"m"}"#;
    let fake = Fake::start(vec![(
        "GET /v1/logs?n=-1",
        http(200, "application/x-ndjson", &format!("{entry}\n{{\"ti")),
    )]);
    assert_eq!(fake.client().logs(&[], LogDepth::All).await.unwrap().len(), 1);
    fake.finish().await;
    let fake = Fake::start(vec![("GET /v1/logs?n=-1", http(200, "application/x-ndjson", "[]\n"))]);
    assert!(matches!(fake.client().logs(&[], LogDepth::All).await, Err(Error::Protocol { .. })));
    fake.finish().await;
    let bad = json(400, r#"{"type":"error","result":{"message":"invalid"}}"#);
    let fake = Fake::start(vec![("GET /v1/logs?services=a&n=2", bad)]);
    let error = fake.client().logs(&["a"], LogDepth::Newest(2)).await.unwrap_err();
    assert!(matches!(&error, Error::Api { source, .. } if source.status == 400), "{error:?}");
    fake.finish().await;
}

/// Makes this process's user one who may only read, which no call of the client can.
async fn lock_out(daemon: &Daemon) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let body = format!(
        r#"{{"action":"add","identities":{{"me":{{"access":"read","local":{{"user-id":{}}}}}}}}}"#,
        rustix::process::geteuid().as_raw()
    );
    let mut stream = tokio::net::UnixStream::connect(daemon.socket()).await.unwrap();
    let head = format!(
        "POST /v1/identities HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn an_upload_that_is_refused_early_says_why() {
    let daemon = Daemon::start().await;
    if daemon.is_before(15).await {
        return;
    }
    lock_out(&daemon).await;
    let client = daemon.client();
    let endless = Content::stream(tokio::io::repeat(b'x'));
    for content in [Content::from(vec![0_u8; 64 << 20]), endless] {
        let upload = Upload {
            permissions: Some(Permissions::of(0o600)),
            ..Upload::new(daemon.text_path("f"), content)
        };
        let error = client.push(upload).await.unwrap_err();
        assert!(matches!(&error, Error::Api { source, .. } if source.status == 401), "{error:?}");
        assert!(error.is_denied() && !error.is_retryable());
    }
    assert!(client.start(&["a"]).await.unwrap_err().is_denied());
    assert!(client.services(&[]).await.unwrap().is_empty(), "reading is still allowed");
    assert!(!daemon.path("f").exists());
}
