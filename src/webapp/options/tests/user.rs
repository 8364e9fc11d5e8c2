//! The user's own options.

use super::*;

const EVERY_TYPE: &str = "text: {type: string, optional: false}, whole: {type: int, optional: false}, \
                          broken: {type: float, optional: false}, flag: {type: boolean, optional: false}, \
                          my-secret: {type: secret, optional: false}";

#[test]
fn values_of_every_type_reach_the_app() {
    let case = Case::first(Framework::Go)
        .declare(EVERY_TYPE)
        .set(&json!({"text": "a b", "whole": 5, "broken": 1.5, "flag": true, "my-secret": SECRET}))
        .secret(&[("user", "u"), ("user-name", "n")]);
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://go-k8s.prod:8080
    APP_BROKEN=1.5
    APP_FLAG=true
    APP_METRICS_PATH=/metrics
    APP_METRICS_PORT=8080
    APP_MY_SECRET_USER!=u
    APP_MY_SECRET_USER_NAME!=n
    APP_PORT=8080
    APP_SECRET_KEY!=KEY
    APP_TEXT=a b
    APP_WHOLE=5
    ");
}

#[test]
fn a_secrets_keys_are_variables_of_their_own() {
    let case = Case::first(Framework::Flask)
        .declare("secret-test: {type: secret}")
        .set(&json!({"secret-test": SECRET}))
        .secret(&[("foo", "foo"), ("bar", "bar"), ("foo-bar", "foobar")]);
    let get = |name| case.variable(name);
    assert_eq!(get("FLASK_SECRET_TEST_FOO").as_deref(), Some("foo"));
    assert_eq!(get("FLASK_SECRET_TEST_BAR").as_deref(), Some("bar"));
    assert_eq!(get("FLASK_SECRET_TEST_FOO_BAR").as_deref(), Some("foobar"));
}

#[test]
fn an_empty_text_is_a_value_and_an_unset_option_is_none() {
    let case = Case::first(Framework::Django).declare("a: {type: string}, b: {type: string}");
    let case = case.set(&json!({"a": ""}));
    assert_eq!((case.variable("DJANGO_A").as_deref(), case.variable("DJANGO_B")), (Some(""), None));
}

#[test]
fn names_become_variables_in_capitals() {
    let case = Case::first(Framework::FastApi)
        .declare("my-Option: {type: string}, my_other: {type: string}")
        .set(&json!({"my-Option": "a", "my_other": "b"}));
    assert_eq!(case.variable("APP_MY_OPTION").as_deref(), Some("a"));
    assert_eq!(case.variable("APP_MY_OTHER").as_deref(), Some("b"));
}

#[test]
fn a_number_is_written_as_python_writes_it() {
    let value = |json: Json| {
        let case = Case::first(Framework::Go).declare("a: {type: float}").set(&json!({"a": json}));
        case.variable("APP_A").unwrap()
    };
    for (json, text) in [
        (json!(1.5), "1.5"),
        (json!(0.1), "0.1"),
        (json!(-3), "-3"),
        (json!(0.0001), "0.0001"),
        (json!(0.00001), "1e-05"),
        (json!(1.5e-7), "1.5e-07"),
        (json!(1e22), "1e+22"),
        (json!(1.25e-20), "1.25e-20"),
        // Juju leaves out the fraction of a whole number, so that Python's charm had an integer as well.
        (json!(1.0), "1"),
    ] {
        assert_eq!(value(json.clone()), text, "{json}");
    }
}

#[test]
fn a_required_option_without_a_value_is_missing() {
    for profile in each_profile() {
        let case = Case::new(profile.framework, profile.generation).declare(EVERY_TYPE);
        let case = case.declare("a-1: {type: int, optional: true}, a-2: {type: secret}");
        assert_eq!(case.status(), "missing options: broken, flag, my-secret, text, whole", "{profile:?}");
        let case = case.set(&json!({"text": "", "whole": 0, "broken": 0, "flag": false}));
        assert_eq!(case.status(), "missing options: my-secret", "{profile:?}");
    }
}

#[test]
fn each_type_is_optional_unless_it_says_that_it_is_not() {
    for name in ["boolean", "int", "float", "string", "secret"] {
        for (optional, missing) in [("", false), (", optional: true", false), (", optional: false", true)] {
            let case = Case::first(Framework::Flask).declare(&format!("my_opt: {{type: {name}{optional}}}"));
            let expected = if missing { "missing options: my_opt" } else { "" };
            assert_eq!(case.status(), expected, "{name}{optional}");
        }
    }
}

#[test]
fn a_value_of_another_type_is_refused() {
    for (name, wrong) in [
        ("string", json!(5)),
        ("int", json!("5")),
        ("int", json!(1.5)),
        ("float", json!("1.5")),
        ("boolean", json!("true")),
        ("secret", json!(true)),
    ] {
        let case = Case::first(Framework::Go).declare(&format!("a: {{type: {name}}}"));
        let wanted =
            if name == "secret" { "the URI of a secret".to_owned() } else { format!("of type {name}") };
        let expected = format!("invalid options: a (must be {wanted})");
        assert_eq!(case.set(&json!({"a": wrong})).status(), expected);
    }
}

#[test]
fn a_value_that_no_process_can_be_given_is_refused() {
    let case = Case::first(Framework::Go).declare("a: {type: string}");
    let of = |length| case.clone().set(&json!({"a": "x".repeat(length)}));
    assert!(of(127 << 10).settings().is_ok());
    let expected =
        "invalid options: a (must be at most 127 KiB, which is what a process can be given in a variable)";
    assert_eq!(of((127 << 10) + 1).status(), expected);
    let nul = "invalid options: a (must hold no NUL byte, which no variable of a process can)";
    assert_eq!(case.clone().set(&json!({"a": "x\u{0}y"})).status(), nul);
    let long = "x".repeat(128 << 10);
    let secret = Case::first(Framework::Go).declare("a: {type: secret}").set(&json!({"a": SECRET}));
    assert_eq!(secret.clone().secret(&[("value", "\u{0}")]).status(), nul);
    assert_eq!(secret.secret(&[("value", &long)]).status(), expected);
}

#[test]
fn which_options_are_the_users() {
    for framework in Framework::ALL {
        let profile = Profile { framework, generation: Generation::First };
        let is_user = |option: &str| builtin::is_user(profile, option);
        assert!(is_user("user-defined-config"), "{framework}");
        assert!(!is_user("webserver-config"), "{framework}");
        assert!(!is_user(&format!("{framework}-config")), "{framework}");
        assert!(is_user(&format!("{framework}config")), "{framework}");
    }
}

/// Defect 31: Charmcraft accepts such an option, and paas-charm keeps it from the app.
#[test]
fn an_app_option_of_the_users_reaches_the_app() {
    let value = |framework, option: &str, variable: &str| {
        let case = Case::first(framework).declare(&format!("{option}: {{type: string}}"));
        case.set(&json!({option: "x"})).variable(variable)
    };
    assert_eq!(value(Framework::Flask, "app-name", "FLASK_APP_NAME").as_deref(), Some("x"));
    assert_eq!(value(Framework::Go, "app-name", "APP_APP_NAME").as_deref(), Some("x"));
    assert_eq!(value(Framework::Go, "app-profiles", "APP_APP_PROFILES").as_deref(), Some("x"));
    let case = Case::first(Framework::Go).declare("app-name: {type: string, optional: false}");
    assert_eq!(case.status(), "missing options: app-name");
}

#[test]
fn a_users_option_never_takes_the_place_of_the_frameworks() {
    let declared =
        "env: {type: string}, debug: {type: boolean}, application_root: {type: string}, x: {type: int}";
    let case = Case::first(Framework::Flask).declare(declared);
    let case = case.set(&json!({"env": "mine", "debug": true, "application_root": "/foo", "x": 1}));
    assert_eq!(case.variable("FLASK_ENV"), None);
    assert_eq!(case.variable("FLASK_X").as_deref(), Some("1"));
    assert_eq!(case.settings().unwrap().notes.len(), 3);
    let case = case.set(&json!({"flask-application-root": "/"}));
    assert_eq!(case.variable("FLASK_APPLICATION_ROOT").as_deref(), Some("/"));
}

#[test]
fn names_that_each_framework_keeps_for_itself() {
    for (framework, name, reserved_in_first, reserved_in_second) in [
        (Framework::Flask, "preferred_url_scheme", true, true),
        (Framework::Django, "allowed_hosts", true, true),
        (Framework::Django, "env", false, false),
        (Framework::FastApi, "web_concurrency", true, true),
        (Framework::FastApi, "metrics_port", true, false),
        (Framework::Go, "port", true, true),
        (Framework::Go, "secret_key", true, false),
        (Framework::Go, "app_secret_key", false, true),
        (Framework::ExpressJs, "metrics_path", true, false),
        (Framework::SpringBoot, "metrics_port", false, false),
        (Framework::SpringBoot, "metrics_path", true, false),
    ] {
        let reserved = |generation| builtin::is_reserved(Profile { framework, generation }, name);
        assert_eq!(reserved(Generation::First), reserved_in_first, "{framework} {name}");
        assert_eq!(reserved(Generation::Second), reserved_in_second, "{framework} {name}");
    }
}

#[test]
fn the_url_wins_over_an_option_called_like_it_and_the_charms_key_does_not() {
    let case = Case::first(Framework::FastApi)
        .declare("base-url: {type: string}, secret-key: {type: string}")
        .set(&json!({"base-url": "http://mine", "secret-key": "mine"}));
    assert_eq!(case.variable("APP_BASE_URL").as_deref(), Some("http://fastapi-k8s.prod:8080"));
    assert_eq!(case.variable("APP_SECRET_KEY").as_deref(), Some("mine"));
    let case = case.set(&json!({"app-secret-key": "operator's"}));
    assert_eq!(case.variable("APP_SECRET_KEY").as_deref(), Some("operator's"));
}

#[test]
fn a_value_that_may_be_a_password_is_secret() {
    for (option, value, secret) in [
        ("log-level", "info", false),
        ("monkey", "x", false),
        ("smtp-password", "x", true),
        ("api_token", "x", true),
        ("Private-Key", "x", true),
        ("dsn", "x", true),
        ("upstream", "https://a.example/x", false),
        ("upstream", "https://user@a.example/x", false),
        ("upstream", "https://user:password@a.example/x", true),
    ] {
        let case = Case::first(Framework::Go).declare(&format!("{option}: {{type: string}}"));
        let variables = case.set(&json!({option: value})).environment();
        let name = format!("APP_{}", option.replace('-', "_").to_uppercase());
        assert_eq!(matches!(variables.get(&name), Some(Value::Secret(_))), secret, "{option}: {value}");
    }
}
