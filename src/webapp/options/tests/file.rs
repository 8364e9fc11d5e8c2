//! What the charm author's file changes.

use super::*;

#[test]
fn the_file_moves_the_port_and_the_metrics_of_every_framework() {
    let file = "{port: 8081, metrics-port: 8082, metrics-path: /alternative_metrics}";
    for profile in each_profile() {
        let case = Case::new(profile.framework, profile.generation).file(file);
        let settings = case.settings().unwrap();
        assert_eq!(settings.port, 8081, "{profile:?}");
        let metrics = Metrics { port: 8082, path: "/alternative_metrics".to_owned() };
        assert_eq!(settings.metrics, Some(metrics), "{profile:?}");
        let base = format!("{}BASE_URL", profile.framework.prefix());
        assert!(case.variable(&base).unwrap().ends_with(":8081"), "{profile:?}");
    }
}

#[test]
fn the_app_is_told_where_the_file_wants_it() {
    let file = "{port: 8081, metrics-port: 8082, metrics-path: /alternative_metrics}";
    for (framework, expected) in [
        (Framework::Flask, "FLASK_METRICS_PATH=/alternative_metrics FLASK_METRICS_PORT=8082"),
        (Framework::Django, "DJANGO_METRICS_PATH=/alternative_metrics DJANGO_METRICS_PORT=8082"),
        (Framework::FastApi, "METRICS_PATH=/alternative_metrics METRICS_PORT=8082 UVICORN_PORT=8081"),
        (Framework::Go, "METRICS_PATH=/alternative_metrics METRICS_PORT=8082 PORT=8081"),
        (Framework::ExpressJs, "METRICS_PATH=/alternative_metrics METRICS_PORT=8082 PORT=8081"),
        (
            Framework::SpringBoot,
            "SERVER_PORT=8081 management.endpoints.web.base-path=/ \
             management.endpoints.web.path-mapping.prometheus=alternative_metrics management.server.port=8082",
        ),
    ] {
        let shown = Case::second(framework).file(file).shown();
        for line in expected.split(' ') {
            assert!(shown.lines().any(|shown| shown == line), "{framework}: {line}\n{shown}");
        }
        assert!(!shown.contains("APP_METRICS_PORT"), "{shown}");
    }
}

#[test]
fn the_port_alone_leaves_the_metrics_where_they_are() {
    for profile in each_profile() {
        let case = Case::new(profile.framework, profile.generation).file("port: 9090");
        let settings = case.settings().unwrap();
        let default = profile.default_metrics();
        assert_eq!(settings.port, 9090);
        let metrics = settings.metrics.unwrap();
        assert_eq!((metrics.port, metrics.path.as_str()), (default.port, default.path), "{profile:?}");
    }
}

#[test]
fn jobs_of_the_file_do_not_move_the_apps_own_metrics() {
    let jobs = "prometheus: {scrape_configs: [{job_name: a, metrics_path: /a, static_configs: [{targets: ['*:9']}]}]}";
    for profile in each_profile() {
        let case = Case::new(profile.framework, profile.generation);
        assert_eq!(case.clone().file(jobs).settings(), case.settings(), "{profile:?}");
    }
}

#[test]
fn each_of_the_metrics_keys_stands_alone() {
    for profile in each_profile() {
        let case = Case::new(profile.framework, profile.generation);
        let default = profile.default_metrics();
        let port = case.clone().file("metrics-port: 9").settings().unwrap().metrics.unwrap();
        assert_eq!((port.port, port.path.as_str()), (9, default.path), "{profile:?}");
        let path = case.clone().file("metrics-path: /p").settings().unwrap().metrics.unwrap();
        assert_eq!((path.port, path.path.as_str()), (default.port, "/p"), "{profile:?}");
        assert_eq!(case.file("metrics-path: ''").settings().unwrap().metrics, None, "{profile:?}");
    }
}

#[test]
fn the_operators_option_wins_over_the_file_and_the_file_over_a_default() {
    let case = Case::first(Framework::Go).file("{port: 8081, metrics-port: 8082, metrics-path: /m}");
    assert_eq!(case.settings().unwrap().port, 8081);
    let case = case.set(&json!({"app-port": 9000, "metrics-port": 9001, "metrics-path": "/n"}));
    let settings = case.settings().unwrap();
    assert_eq!(settings.port, 9000);
    assert_eq!(settings.metrics, Some(Metrics { port: 9001, path: "/n".to_owned() }));
}

#[test]
fn the_file_gives_options_names_of_their_own() {
    let case = Case::second(Framework::Flask)
        .declare("level: {type: string}, count: {type: int}, token: {type: secret}, env: {type: string}")
        .set(&json!({"level": "debug", "token": SECRET, "env": "mine", "flask-debug": true}))
        .secret(&[("a", "1"), ("b", "2")])
        .file(
            "config: {options: {level: {env-var: LOG_LEVEL}, count: {env-var: COUNT}, env: {env-var: ENV},
             flask-debug: {env-var: DEBUG}, token: {secret-env-vars: {a: TOKEN, c: NONE}}}}",
        );
    insta::assert_snapshot!(case.shown(), @"
    DEBUG=true
    ENV=mine
    FLASK_BASE_URL=http://flask-k8s.prod:8000
    FLASK_METRICS_PATH=/metrics
    FLASK_METRICS_PORT=9102
    FLASK_PREFERRED_URL_SCHEME=HTTPS
    FLASK_SECRET_KEY!=KEY
    FLASK_TOKEN_B!=2
    LOG_LEVEL=debug
    TOKEN!=1
    ");
    insta::assert_debug_snapshot!(case.settings().unwrap().notes, @r#"
    [
        "the secret of option token has no key c: NONE is not set",
    ]
    "#);
}

#[test]
fn the_file_gives_the_key_another_name() {
    let file = "config: {options: {app-secret-key: {secret-env-vars: {value: SIGNING_KEY}}}}";
    for framework in Framework::ALL {
        let case = Case::second(framework).file(file);
        assert_eq!(case.variable("SIGNING_KEY").as_deref(), Some("KEY"), "{framework}");
        assert!(!case.shown().contains("SECRET_KEY"), "{framework}");
        let case = case.set(&json!({"app-secret-key": SECRET})).secret(&[("value", "mine")]);
        assert_eq!(case.variable("SIGNING_KEY").as_deref(), Some("mine"), "{framework}");
    }
}

#[test]
fn a_users_metrics_option_with_a_name_of_its_own_is_not_the_frameworks() {
    let case = Case::second(Framework::FastApi).declare("metrics-port: {type: int}");
    let case =
        case.set(&json!({"metrics-port": 5})).file("config: {options: {metrics-port: {env-var: MINE}}}");
    assert_eq!(case.variable("MINE").as_deref(), Some("5"));
    assert_eq!(case.variable("METRICS_PORT").as_deref(), Some("8000"));
}

#[test]
fn json_logs_are_for_python_only() {
    let file = PaasConfig::parse("framework_logging_format: json").unwrap();
    for profile in each_profile() {
        let can = matches!(profile.framework, Framework::Flask | Framework::Django | Framework::FastApi);
        let found = check_paas_config(profile, &ConfigSchema::default(), &file);
        let why = found.map_err(|faults| faults.to_string());
        let expected = format!(
            "Invalid paas-config.yaml: framework_logging_format: must not be json: {} does not log so",
            profile.framework
        );
        assert_eq!(why, if can { Ok(()) } else { Err(expected) });
    }
}

#[test]
fn the_file_must_fit_the_charms_options() {
    let case = Case::first(Framework::Flask)
        .declare("a: {type: string}, s: {type: secret}, my-x: {type: int}, my_x: {type: int}");
    for (option, destination, why) in [
        ("nosuch", "env-var: X", "the charm has no such option"),
        ("webserver-workers", "env-var: X", "this option becomes no variable"),
        ("my-x", "env-var: X", "the charm also has my_x, which has the same variable"),
        ("a", "secret-env-vars: {b: X}", "must have env-var"),
        ("s", "env-var: X", "must have secret-env-vars"),
    ] {
        let file = format!("config: {{options: {{{option}: {{{destination}}}}}}}");
        let file = PaasConfig::parse(&file).unwrap();
        let found = check_paas_config(case.profile, &case.schema, &file).unwrap_err();
        assert_eq!(found.to_string(), format!("Invalid paas-config.yaml: config.options.{option}: {why}"));
    }
    let good = "config: {options: {a: {env-var: X}, s: {secret-env-vars: {k: Y}}, flask-env: {env-var: Z}}}";
    let good = PaasConfig::parse(good).unwrap();
    assert_eq!(check_paas_config(case.profile, &case.schema, &good), Ok(()));
}
