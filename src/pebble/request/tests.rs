//! Each request as text: method, target, the headers that matter, body; and whether it may be sent twice.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::pebble::types::{Environment, Owner, Permissions, Terminal, Timestamp};

fn show(call: Result<Call, Error>) -> String {
    let Call { name, request, repeatable } = call.unwrap();
    let (head, body) = request.into_parts();
    assert!(name.starts_with(head.method.as_str()), "{name}");
    assert_eq!(head.headers.get(header::HOST).unwrap(), "localhost");
    let accept =
        head.headers.get(header::ACCEPT).map(|accept| format!(" accept {}", accept.to_str().unwrap()));
    let is_json = head.headers.get(header::CONTENT_TYPE).is_some_and(|value| value == "application/json");
    assert_eq!(is_json, !body.is_empty(), "{name}");
    let body = std::str::from_utf8(&body).unwrap();
    let once = if repeatable { "" } else { "once: " };
    format!("{once}{} {}{} {body}", head.method, head.uri, accept.unwrap_or_default()).trim_end().to_owned()
}

fn show_all<const N: usize>(calls: [Result<Call, Error>; N]) -> String {
    calls.map(show).join("\n")
}

#[test]
fn reads_are_plain_and_may_be_repeated() {
    let id = ChangeId::parse("7").unwrap();
    assert_snapshot!(show_all([
        system_info(),
        health(None, &[]),
        health(Some(&CheckLevel::Ready), &["a", "b"]),
        plan(),
        services(&[]),
        services(&["a b", "c,d"]),
        changes(&ChangeFilter::InProgress, None),
        changes(&ChangeFilter::All, Some("a&b")),
        change(&id),
        checks(Some(&CheckLevel::Alive), &["a"]),
        logs(&["a"], LogDepth::Newest(5)),
        follow_logs(&[], LogDepth::All),
    ]), @r"
    GET /v1/system-info
    GET /v1/health
    GET /v1/health?level=ready&names=a&names=b
    GET /v1/plan?format=yaml
    GET /v1/services
    GET /v1/services?names=a%20b&names=c%2Cd
    GET /v1/changes?select=in-progress
    GET /v1/changes?select=all&for=a%26b
    GET /v1/changes/7
    GET /v1/checks?level=alive&names=a
    GET /v1/logs?services=a&n=5
    GET /v1/logs?n=-1&follow=true
    ");
}

#[test]
fn a_wait_is_bounded_and_its_repetition_is_the_waiters_matter() {
    let id = ChangeId::parse("7").unwrap();
    assert_snapshot!(show_all([
        wait_change(&id, Duration::from_millis(1500)),
        wait_change(&id, Duration::ZERO),
    ]), @r"
    once: GET /v1/changes/7/wait?timeout=1.5s
    once: GET /v1/changes/7/wait?timeout=1ms
    ");
}

#[test]
fn actions_name_what_they_act_on() {
    assert_snapshot!(show_all([
        services_action(ServiceAction::Start, &["a", "b"]),
        services_action(ServiceAction::Replan, &[]),
        services_action(ServiceAction::Autostart, &[]),
        signal(Signal::Hangup, &["a"]),
        abort_change(&ChangeId::parse("7").unwrap()),
        checks_action(CheckAction::Stop, &["a"]),
        refresh_check("a"),
    ]), @r#"
    once: POST /v1/services {"action":"start","services":["a","b"]}
    once: POST /v1/services {"action":"replan","services":[]}
    once: POST /v1/services {"action":"autostart","services":[]}
    once: POST /v1/signals {"signal":"SIGHUP","services":["a"]}
    once: POST /v1/changes/7 {"action":"abort"}
    POST /v1/checks {"action":"stop","checks":["a"]}
    once: POST /v1/checks/refresh {"name":"a"}
    "#);
}

#[test]
fn layers_are_json_and_only_replacing_ones_may_be_sent_twice() {
    let replacing =
        Layer::parse("services: {a: {override: replace, command: \"b \\u007f\", user-id: 0}}").unwrap();
    let merging = Layer::parse("services: {a: {override: merge, command: b}}").unwrap();
    assert_snapshot!(show_all([
        add_layer("l", &replacing, LayerPlace::Combined),
        add_layer("l", &replacing, LayerPlace::Appended),
        add_layer("g/l", &replacing, LayerPlace::Inner),
        add_layer("l", &merging, LayerPlace::Combined),
        add_layer("l", &Layer::default(), LayerPlace::Combined),
    ]), @r#"
    POST /v1/layers {"action":"add","combine":true,"format":"yaml","label":"l","layer":"{\"services\":{\"a\":{\"override\":\"replace\",\"command\":\"b \\u007f\",\"user-id\":0}}}"}
    once: POST /v1/layers {"action":"add","combine":false,"format":"yaml","label":"l","layer":"{\"services\":{\"a\":{\"override\":\"replace\",\"command\":\"b \\u007f\",\"user-id\":0}}}"}
    POST /v1/layers {"action":"add","combine":true,"inner":true,"format":"yaml","label":"g/l","layer":"{\"services\":{\"a\":{\"override\":\"replace\",\"command\":\"b \\u007f\",\"user-id\":0}}}"}
    once: POST /v1/layers {"action":"add","combine":true,"format":"yaml","label":"l","layer":"{\"services\":{\"a\":{\"override\":\"merge\",\"command\":\"b\"}}}"}
    POST /v1/layers {"action":"add","combine":true,"format":"yaml","label":"l","layer":"{}"}
    "#);
}

#[test]
fn notices_are_filtered_with_whole_nanoseconds() {
    let filter = NoticeFilter {
        users: NoticeUsers::User(42),
        kinds: vec![NoticeKind::Custom, NoticeKind::ChangeUpdate],
        keys: vec!["a.b/c+d".to_owned()],
        after: Some(Timestamp::parse("2026-11-25T20:00:00.123456789+01:00").unwrap()),
    };
    let all = NoticeFilter { users: NoticeUsers::All, ..NoticeFilter::default() };
    assert_snapshot!(show_all([
        notices(&NoticeFilter::default(), None),
        notices(&filter, Some(Duration::from_secs(30))),
        notices(&all, None),
        notice(&NoticeId::parse("3").unwrap()),
        notify("a.b/c", &[], None),
        notify("a.b/c", &[("k", "v")], Some(Duration::from_secs(90))),
    ]), @r#"
    GET /v1/notices
    GET /v1/notices?user-id=42&types=custom&types=change-update&keys=a.b/c%2Bd&after=2026-11-25T19%3A00%3A00.123456789Z&timeout=30s
    GET /v1/notices?users=all
    GET /v1/notices/3
    once: POST /v1/notices {"action":"add","type":"custom","key":"a.b/c"}
    once: POST /v1/notices {"action":"add","type":"custom","key":"a.b/c","data":{"k":"v"},"repeat-after":"1m30s"}
    "#);
}

#[test]
fn files_are_asked_for_by_encoded_paths() {
    let directory = Directory {
        permissions: Some(Permissions::of(0o700)),
        owner: Owner::user("redis"),
        make_parents: false,
        ..Directory::with_parents("/b")
    };
    assert_snapshot!(show_all([
        list_files("/a b", Listing::Entries),
        list_files("/a", Listing::Matching("*.conf")),
        list_files("/é", Listing::Itself),
        read_files(&["/a", "/b?c=d#e"]),
        make_dirs(&[Directory::with_parents("/a")]),
        make_dirs(&[directory]),
        remove(&["/a", "/b"], Removal::Single),
        remove(&["/a"], Removal::Recursive),
    ]), @r#"
    GET /v1/files?action=list&path=/a%20b
    GET /v1/files?action=list&path=/a&pattern=%2A.conf
    GET /v1/files?action=list&path=/%C3%A9&itself=true
    GET /v1/files?action=read&path=/a&path=/b%3Fc%3Dd%23e accept multipart/form-data
    POST /v1/files {"action":"make-dirs","dirs":[{"path":"/a","make-parents":true}]}
    once: POST /v1/files {"action":"make-dirs","dirs":[{"path":"/b","make-parents":false,"permissions":"700","user":"redis"}]}
    once: POST /v1/files {"action":"remove","paths":[{"path":"/a","recursive":false},{"path":"/b","recursive":false}]}
    POST /v1/files {"action":"remove","paths":[{"path":"/a","recursive":true}]}
    "#);
}

#[test]
fn a_command_says_all_that_it_needs() {
    let full = Exec {
        service_context: Some("s".to_owned()),
        environment: Environment::from([("A", "b")]),
        working_dir: Some("/w".to_owned()),
        owner: Owner::ids(0, 0),
        terminal: Some(Terminal { width: 80, height: 25 }),
        ..Exec::new(["a", "b c"])
    };
    assert_snapshot!(show_all([
        exec(&Exec::new(["true"]), Duration::from_secs(10)),
        exec(&full, Duration::from_millis(100)),
    ]), @r#"
    once: POST /v1/exec {"command":["true"],"service-context":null,"environment":{},"working-dir":null,"user-id":null,"user":null,"group-id":null,"group":null,"terminal":false,"interactive":false,"split-stderr":true,"width":null,"height":null,"timeout":"10s"}
    once: POST /v1/exec {"command":["a","b c"],"service-context":"s","environment":{"A":"b"},"working-dir":"/w","user-id":0,"user":null,"group-id":0,"group":null,"terminal":true,"interactive":true,"split-stderr":false,"width":80,"height":25,"timeout":"100ms"}
    "#);
    assert_eq!(websocket_path(&TaskId::parse("9").unwrap(), "stdio"), "/v1/tasks/9/websocket/stdio");
}

#[test]
fn values_that_fit_no_request_are_an_error() {
    let error = list_files(&"x".repeat(70_000), Listing::Entries).unwrap_err();
    assert!(matches!(error, Error::Request { call: "GET /v1/files (list)", .. }), "{error:?}");
}

proptest! {
    #[test]
    fn any_value_stays_one_value(value in any::<String>()) {
        let call = list_files(&value, Listing::Matching(&value)).unwrap();
        let query = call.request.uri().query().unwrap().to_owned();
        let pairs: Vec<&str> = query.split('&').collect();
        prop_assert_eq!(pairs.len(), 3);
        let encoded = pairs[1].strip_prefix("path=").unwrap();
        let mut decoded = Vec::new();
        let mut bytes = encoded.bytes();
        while let Some(byte) = bytes.next() {
            if byte == b'%' {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                decoded.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            } else {
                decoded.push(byte);
            }
        }
        prop_assert_eq!(decoded, value.into_bytes());
    }
}
