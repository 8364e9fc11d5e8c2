//! Answers as the daemon writes them, and as it never would.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::pebble::types::{Change, CheckInfo, FileInfo, Notice, ServiceInfo, SystemInfo};

const CALL: &str = "GET /v1/x";

fn fault(call: &'static str, status: u16, kind: &str, message: &str) -> ErrorKind {
    let body = json!({"type": "error", "status-code": status, "result": {"kind": kind, "message": message}});
    match decode_sync::<Value>(call, status, body.to_string().as_bytes()) {
        Err(Error::Api { source, .. }) => {
            assert_eq!((source.status, source.message.as_str()), (status, message));
            source.kind
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_result_is_decoded() {
    let body = br#"{"type":"sync","status-code":200,"status":"OK","result":[1,2],"more":"ignored"}"#;
    assert_eq!(decode_sync::<Vec<u8>>(CALL, 200, body).unwrap(), [1, 2]);
    let missing = br#"{"type":"sync"}"#;
    assert_eq!(decode_sync::<Option<u8>>(CALL, 200, missing).unwrap(), None, "a missing result is null");
    let change = br#"{"type":"async","status-code":202,"change":"12","result":null}"#;
    let (id, result) = decode_async::<Value>(CALL, 202, change).unwrap();
    assert_eq!((id.as_str(), result), ("12", Value::Null));
}

#[test]
fn bad_health_is_no_error() {
    let body = |healthy| format!(r#"{{"type":"sync","result":{{"healthy":{healthy}}}}}"#);
    assert!(!decode_health(CALL, 502, body(false).as_bytes()).unwrap());
    assert!(decode_health(CALL, 200, body(true).as_bytes()).unwrap());
}

#[test]
fn answers_of_the_wrong_kind_are_refused() {
    for body in [
        "",
        "null",
        "[]",
        "<html>",
        r#"{"type":1}"#,
        r#"{"result":1}"#,
        r#"{"type":"async","change":"1","result":1}"#,
        r#"{"type":"sync","result":"text"}"#,
        r#"{"type":"error","result":"text"}"#,
    ] {
        let error = decode_sync::<u8>(CALL, 200, body.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Protocol { call: CALL, .. }), "{body}: {error:?}");
    }
    for body in
        [r#"{"type":"sync","result":1}"#, r#"{"type":"async"}"#, r#"{"type":"async","change":"../1"}"#]
    {
        let error = decode_async::<Value>(CALL, 202, body.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{body}: {error:?}");
    }
}

#[test]
fn stated_kinds_are_taken() {
    for (kind, expected) in [
        ("login-required", ErrorKind::LoginRequired),
        ("no-default-services", ErrorKind::NoDefaultServices),
        ("not-found", ErrorKind::NotFound),
        ("permission-denied", ErrorKind::PermissionDenied),
        ("generic-file-error", ErrorKind::GenericFileError),
        ("daemon-restart", ErrorKind::Other("daemon-restart".to_owned())),
    ] {
        assert_eq!(fault(CALL, 400, kind, "cannot start services: service \"a\" does not exist"), expected);
    }
}

#[test]
fn messages_without_a_kind_are_read() {
    let none = ErrorKind::Other(String::new());
    for (status, message, expected) in [
        (404, r#"cannot find change with id "12""#, ErrorKind::NoSuchChange),
        (404, r#"cannot find notice with ID "12""#, ErrorKind::NoSuchNotice),
        (404, r#"cannot find check with name "c""#, ErrorKind::NoSuchCheck("c".to_owned())),
        (404, "invalid API endpoint requested", none.clone()),
        (
            400,
            r#"cannot stop services: service "a b" does not exist"#,
            ErrorKind::NoSuchService("a b".to_owned()),
        ),
        (400, r#"context service "a" not found"#, ErrorKind::NoSuchService("a".to_owned())),
        (
            400,
            "cannot start checks: cannot find checks in plan: a, b",
            ErrorKind::NoSuchCheck("a, b".to_owned()),
        ),
        (400, "invalid action \"x\"", none.clone()),
        (500, r#"cannot find change with id "12""#, none.clone()),
        (400, r#"cannot start services: service "a"#, none),
    ] {
        assert_eq!(fault(CALL, status, "", message), expected, "{status} {message}");
    }
}

#[test]
fn a_refused_layer_is_an_invalid_plan_or_a_label_that_exists() {
    for (message, expected) in [
        (r#"layer "l" already exists"#, ErrorKind::LabelExists("l".to_owned())),
        ("label must be set", ErrorKind::Other(String::new())),
        (r#"invalid format "x""#, ErrorKind::Other(String::new())),
        (r#"service "a" does not exist"#, ErrorKind::InvalidPlan),
        (r#"cannot set up: service "a" does not exist"#, ErrorKind::InvalidPlan),
        ("cannot parse layer YAML: yaml: line 1", ErrorKind::InvalidPlan),
        (r#"plan must define "command" for service "a""#, ErrorKind::InvalidPlan),
        (r#"layer "l" must define "override" for service "a""#, ErrorKind::InvalidPlan),
        (r#"cannot change immutable section "workloads""#, ErrorKind::InvalidPlan),
    ] {
        assert_eq!(fault("POST /v1/layers", 400, "", message), expected, "{message}");
    }
}

#[test]
fn errors_of_single_paths_are_apart() {
    let body = json!({"type": "sync", "result": [
        {"path": "/a"},
        {"path": "/b", "error": {"kind": "not-found", "message": "open /b: no such file or directory"}},
    ]});
    let outcomes = decode_paths(CALL, 200, body.to_string().as_bytes()).unwrap();
    assert_eq!(outcomes[0], ("/a".to_owned(), Ok(())));
    let error = outcomes[1].1.as_ref().unwrap_err();
    assert_eq!((error.path.as_str(), &error.kind), ("/b", &ErrorKind::NotFound));
    assert!(decode_paths(CALL, 200, br#"{"type":"sync","result":null}"#).unwrap().is_empty());
}

#[test]
fn words_of_newer_daemons_are_kept() {
    let service: ServiceInfo = serde_json::from_value(json!({
        "name": "a", "startup": "perhaps", "current": "thinking", "new": 1
    }))
    .unwrap();
    assert_eq!((service.startup.as_str(), service.current.as_str()), ("perhaps", "thinking"));
    assert!(!service.is_active());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in any::<u16>(), body in any::<Vec<u8>>()) {
        drop(decode_sync::<Vec<Change>>(CALL, status, &body));
        drop(decode_async::<Value>(CALL, status, &body));
        drop(decode_paths(CALL, status, &body));
    }

    #[test]
    fn no_near_answer_makes_it_panic(
        status in prop_oneof![Just(200_u16), Just(400), Just(404), Just(500)],
        kind in "sync|async|error",
        message in r#"(cannot find |service |layer |context |"|x| not found| does not exist| already exists|é){0,8}"#,
    ) {
        let body = json!({"type": kind, "change": message, "result": {"message": message}}).to_string();
        drop(decode_sync::<Vec<Notice>>(CALL, status, body.as_bytes()));
        drop(decode_sync::<Vec<CheckInfo>>(CALL, status, body.as_bytes()));
        drop(decode_sync::<Vec<FileInfo>>(CALL, status, body.as_bytes()));
        drop(decode_async::<SystemInfo>(CALL, status, body.as_bytes()));
    }
}
