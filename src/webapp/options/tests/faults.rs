//! What bad values get.

use super::*;
use crate::webapp::gunicorn::WorkerClass;

/// The one option that the status names, and why.
fn blamed(case: &Case) -> String {
    let status = case.status();
    let told = status.strip_prefix("invalid options: ").and_then(|told| told.split_once(" (must be "));
    told.filter(|(_, why)| why.ends_with(')')).map_or_else(|| status.clone(), |(option, _)| option.to_owned())
}

#[test]
fn flasks_options_are_checked() {
    for (option, value) in [
        ("flask-env", json!("")),
        ("flask-secret-key", json!("")),
        ("flask-application-root", json!("")),
        ("flask-preferred-url-scheme", json!("tls")),
        ("flask-preferred-url-scheme", json!("httpsx")),
        ("flask-permanent-session-lifetime", json!(0)),
        ("flask-permanent-session-lifetime", json!(-1)),
        ("flask-debug", json!("yes")),
    ] {
        let case = Case::first(Framework::Flask).set(&json!({option: value}));
        assert_eq!(blamed(&case), option, "{value}");
    }
}

/// Defect 8: with these frameworks paas-charm's hook fails.
#[test]
fn an_invalid_option_is_told_by_every_framework() {
    for (framework, option, value) in [
        (Framework::Django, "django-secret-key", json!("")),
        (Framework::Django, "django-debug", json!("x")),
        (Framework::Django, "django-allowed-hosts", json!(5)),
        (Framework::FastApi, "webserver-workers", json!(0)),
        (Framework::FastApi, "webserver-log-level", json!("loud")),
        (Framework::FastApi, "metrics-path", json!("")),
        (Framework::Go, "app-port", json!(0)),
        (Framework::Go, "metrics-port", json!(-1)),
        (Framework::ExpressJs, "metrics-path", json!("")),
        (Framework::SpringBoot, "app-profiles", json!("")),
        (Framework::SpringBoot, "metrics-path", json!("//")),
    ] {
        let case = Case::first(framework).set(&json!({option: value}));
        assert_eq!(blamed(&case), option, "{framework}: {value}");
    }
    let case = Case::first(Framework::ExpressJs).declare("node-env: {type: string}");
    assert_eq!(blamed(&case.set(&json!({"node-env": ""}))), "node-env");
}

/// Defect 9: paas-charm asks Juju to open such a port, and the hook fails.
#[test]
fn a_port_above_65535_is_refused() {
    for framework in [Framework::FastApi, Framework::Go, Framework::ExpressJs, Framework::SpringBoot] {
        let case = Case::first(framework);
        let option = case.profile.port_option().unwrap();
        for port in [0_i64, 65536, 70000, -8080, i64::MAX] {
            for option in [option, "metrics-port"] {
                let case = case.clone().set(&json!({option: port}));
                assert_eq!(blamed(&case), option, "{framework}: {port}");
            }
        }
        for port in [1, 65535] {
            assert_eq!(case.clone().set(&json!({option: port})).settings().unwrap().port, port);
        }
    }
}

/// Defect 16: paas-charm's text has blanks at an end, and an order of its own in each hook.
#[test]
fn the_status_is_sorted_and_trimmed() {
    let declared = "z-needed: {type: string, optional: false}, a-needed: {type: int, optional: false}";
    let case = Case::first(Framework::Flask).declare(declared);
    assert_eq!(case.status(), "missing options: a-needed, z-needed");
    let case = case.set(&json!({"flask-env": "", "flask-application-root": ""}));
    assert_eq!(
        case.status(),
        "missing options: a-needed, z-needed, invalid options: flask-application-root (must be a text that is not \
         empty), flask-env (must be a text that is not empty)"
    );
    let case = case.set(&json!({"a-needed": 1, "z-needed": "z"}));
    assert!(case.status().starts_with("invalid options: flask-application-root ("), "{}", case.status());
}

#[test]
fn why_an_option_is_refused_is_told_and_its_value_to_nobody() {
    let case = Case::first(Framework::Flask)
        .declare("needed: {type: string, optional: false}, my_number: {type: int}")
        .set(&json!({"flask-preferred-url-scheme": "hunter2", "my_number": "hunter2"}));
    insta::assert_snapshot!(case.status(), @"missing options: needed, invalid options: flask-preferred-url-scheme (must be http or https), my_number (must be of type int)");
    insta::assert_snapshot!(case.details(), @"
    invalid configuration:
    - flask-preferred-url-scheme: must be http or https
    - my_number: must be of type int
    - needed: is required and has no value
    ");
}

#[test]
fn an_unknown_worker_class_has_a_text_of_its_own() {
    for framework in [Framework::Flask, Framework::Django] {
        let case = Case::first(framework).set(&json!({"webserver-worker-class": "eventlet"}));
        let text = format!("Only 'gevent' and 'sync' are allowed. https://bit.ly/{framework}-async-doc");
        assert_eq!(case.status(), text);
        assert_eq!(case.details(), format!("invalid configuration:\n- webserver-worker-class: {text}"));
        let both = case.declare("a: {type: int, optional: false}").status();
        assert_eq!(both, format!("missing options: a; {text}"));
    }
}

#[test]
fn gunicorn_is_told_what_the_operator_says() {
    let case = Case::first(Framework::Flask);
    assert_eq!(case.settings().unwrap().webserver, Webserver::default());
    let case = case.set(&json!({
        "webserver-workers": 10, "webserver-threads": 2, "webserver-keepalive": 0, "webserver-timeout": 30,
        "webserver-worker-class": "gevent",
    }));
    assert_eq!(
        case.settings().unwrap().webserver,
        Webserver {
            workers: Some(10),
            threads: Some(2),
            keepalive: Some(0),
            timeout: Some(30),
            worker_class: Some(WorkerClass::Gevent),
        }
    );
    for (class, expected) in [("sync", Some("sync")), ("", None)] {
        let case = case.clone().set(&json!({"webserver-worker-class": class}));
        assert_eq!(case.settings().unwrap().webserver.worker_class.map(WorkerClass::as_str), expected);
    }
    for (option, value) in [
        ("webserver-workers", 0_i64),
        ("webserver-workers", -1),
        ("webserver-threads", -1),
        ("webserver-keepalive", -1),
        ("webserver-timeout", 4_294_967_296),
    ] {
        let case = case.clone().set(&json!({option: value}));
        assert_eq!(blamed(&case), option, "{value}");
    }
}

proptest::proptest! {
    #[test]
    fn no_value_makes_it_panic(
        text in "(\\PC{0,12}|secret:[0-9a-v]{19}[0g]|[a-z]+://[a-z:@/]{0,9}|/{0,3}|,)",
        number in proptest::num::i64::ANY,
        float in proptest::num::f64::NORMAL,
        kind in 0..4_usize,
    ) {
        let value = [json!(text), json!(number), json!(float), json!(number > 0)][kind].clone();
        for profile in each_profile() {
            let mut case = Case::new(profile.framework, profile.generation).declare("a: {type: secret}, b: {type: float}");
            for option in case.schema.options.clone().into_keys() {
                case = case.set(&json!({option: value}));
                drop((case.status(), named_secrets(&case.schema, &case.config)));
            }
        }
    }
}
