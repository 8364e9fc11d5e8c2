//! The options of this program.

use super::*;

fn declared(values: &Json) -> Case {
    let options = "sidecharm-check-path: {type: string, default: ''}, \
                   sidecharm-rolling-restart: {type: boolean, default: true}";
    Case::first(Framework::Flask).declare(options).set(values)
}

#[test]
fn they_say_how_the_app_is_checked_and_restarted_and_no_app_sees_them() {
    let own = |case: &Case| case.settings().unwrap().own;
    let neither = Own { check_path: None, rolling_restart: true };
    assert_eq!(own(&Case::first(Framework::Flask)), neither, "a charm without them");
    assert_eq!(own(&declared(&json!({}))), neither);
    let both =
        declared(&json!({"sidecharm-check-path": "/healthz?full=1", "sidecharm-rolling-restart": false}));
    let check_path = Some("/healthz?full=1".to_owned());
    assert_eq!(own(&both), Own { check_path, rolling_restart: false });
    assert!(!both.shown().to_lowercase().contains("sidecharm"), "{}", both.shown());
}

#[test]
fn a_path_that_cannot_stand_in_a_url_is_refused() {
    for path in ["healthz", "http://elsewhere/", "/a b", "/ä", "/<", "/a#b"] {
        let faults = declared(&json!({"sidecharm-check-path": path})).settings().unwrap_err();
        let expected = "invalid options: sidecharm-check-path (must be a path, such as /healthz)";
        assert_eq!(faults.status(), expected, "{path}");
    }
}
