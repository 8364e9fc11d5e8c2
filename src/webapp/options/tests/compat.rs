//! Whole environments, as paas-charm makes them.

use super::*;

#[test]
fn flasks_environment() {
    let case = Case::first(Framework::Flask);
    insta::assert_snapshot!(case.shown(), @"
    FLASK_BASE_URL=http://flask-k8s.prod:8000
    FLASK_PREFERRED_URL_SCHEME=HTTPS
    FLASK_SECRET_KEY!=KEY
    ");
}

#[test]
fn every_option_of_flask_reaches_the_app() {
    for (option, value, variable, expected) in [
        ("flask-env", json!("prod"), "FLASK_ENV", "prod"),
        ("flask-debug", json!(true), "FLASK_DEBUG", "true"),
        ("flask-debug", json!(false), "FLASK_DEBUG", "false"),
        ("flask-secret-key", json!("1234"), "FLASK_SECRET_KEY", "1234"),
        ("flask-preferred-url-scheme", json!("http"), "FLASK_PREFERRED_URL_SCHEME", "HTTP"),
        ("flask-preferred-url-scheme", json!("hTTps"), "FLASK_PREFERRED_URL_SCHEME", "HTTPS"),
        ("flask-permanent-session-lifetime", json!(1), "FLASK_PERMANENT_SESSION_LIFETIME", "1"),
        ("flask-application-root", json!("/"), "FLASK_APPLICATION_ROOT", "/"),
        ("flask-session-cookie-secure", json!(true), "FLASK_SESSION_COOKIE_SECURE", "true"),
    ] {
        let case = Case::first(Framework::Flask).set(&json!({option: value}));
        assert_eq!(case.variable(variable).as_deref(), Some(expected), "{option}");
    }
    let unset = Case::first(Framework::Flask).unset("flask-preferred-url-scheme");
    assert_eq!(unset.variable("FLASK_PREFERRED_URL_SCHEME"), None);
}

#[test]
fn djangos_environment() {
    let case = Case::first(Framework::Django);
    insta::assert_snapshot!(case.shown(), @r#"
    DJANGO_ALLOWED_HOSTS=["django-k8s.prod"]
    DJANGO_BASE_URL=http://django-k8s.prod:8000
    DJANGO_DEBUG=false
    DJANGO_SECRET_KEY!=KEY
    "#);
}

#[test]
fn django_answers_under_the_operators_names_and_its_own() {
    let hosts = |text: &str| {
        let case = Case::first(Framework::Django).set(&json!({"django-allowed-hosts": text}));
        case.variable("DJANGO_ALLOWED_HOSTS").unwrap()
    };
    assert_eq!(hosts(""), r#"["django-k8s.prod"]"#);
    assert_eq!(hosts("test.local"), r#"["test.local", "django-k8s.prod"]"#);
    assert_eq!(hosts("a, django-k8s.prod ,b"), r#"["a", "django-k8s.prod", "b"]"#);
    assert_eq!(hosts("a,"), r#"["a", "", "django-k8s.prod"]"#);
}

#[test]
fn fastapis_environment() {
    let case = Case::first(Framework::FastApi);
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://fastapi-k8s.prod:8080
    APP_SECRET_KEY!=KEY
    METRICS_PATH=/metrics
    METRICS_PORT=8080
    UVICORN_HOST=0.0.0.0
    UVICORN_LOG_LEVEL=info
    UVICORN_PORT=8080
    WEB_CONCURRENCY=1
    ");
    assert_eq!(case.settings().unwrap().log_level.as_deref(), Some("info"));
    let case = case.declare("user-defined-config: {type: string}").set(&json!({
        "app-secret-key": "foobar", "webserver-port": 9000, "metrics-port": 9001, "metrics-path": "/othermetrics",
        "user-defined-config": "userdefined", "webserver-workers": 3, "webserver-log-level": "trace",
    }));
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://fastapi-k8s.prod:9000
    APP_SECRET_KEY!=foobar
    APP_USER_DEFINED_CONFIG=userdefined
    METRICS_PATH=/othermetrics
    METRICS_PORT=9001
    UVICORN_HOST=0.0.0.0
    UVICORN_LOG_LEVEL=trace
    UVICORN_PORT=9000
    WEB_CONCURRENCY=3
    ");
    assert_eq!(case.settings().unwrap().log_level.as_deref(), Some("trace"));
}

#[test]
fn gos_environment() {
    let case = Case::first(Framework::Go).declare("otherconfig: {type: string}");
    let case = case.set(&json!({"otherconfig": "othervalue"}));
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://go-k8s.prod:8080
    APP_METRICS_PATH=/metrics
    APP_METRICS_PORT=8080
    APP_OTHERCONFIG=othervalue
    APP_PORT=8080
    APP_SECRET_KEY!=KEY
    ");
    let case = case.set(&json!({
        "app-secret-key": "foobar", "app-port": 9000, "metrics-port": 9001, "metrics-path": "/othermetrics",
    }));
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://go-k8s.prod:9000
    APP_METRICS_PATH=/othermetrics
    APP_METRICS_PORT=9001
    APP_OTHERCONFIG=othervalue
    APP_PORT=9000
    APP_SECRET_KEY!=foobar
    ");
}

#[test]
fn expresss_environment() {
    let case =
        Case::first(Framework::ExpressJs).declare("extra-config: {type: string}, node-env: {type: string}");
    let case = case.unset("metrics-port").unset("metrics-path").set(&json!({"app-port": 3000}));
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://expressjs-k8s.prod:3000
    APP_SECRET_KEY!=KEY
    NODE_ENV=production
    PORT=3000
    ");
    let case = case.set(&json!({
        "extra-config": "extravalue", "metrics-port": 9000, "metrics-path": "/m", "app-secret-key": "notfoobar",
        "node-env": "development",
    }));
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://expressjs-k8s.prod:3000
    APP_EXTRA_CONFIG=extravalue
    APP_SECRET_KEY!=notfoobar
    METRICS_PATH=/m
    METRICS_PORT=9000
    NODE_ENV=development
    PORT=3000
    ");
}

/// Defect 4: paas-charm's `APP_METRICS_PORT` is there by accident; an app of the first generation may read it.
#[test]
fn an_app_metrics_port_is_there_for_spring_boot_of_the_first_generation_only() {
    let port = |case: Case| case.variable("APP_METRICS_PORT");
    assert_eq!(port(Case::first(Framework::SpringBoot)).as_deref(), Some("8080"));
    assert_eq!(port(Case::second(Framework::SpringBoot)), None);
}

#[test]
fn spring_boots_environment() {
    let case = Case::first(Framework::SpringBoot);
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://spring-boot-k8s.prod:8080
    APP_METRICS_PORT=8080
    APP_SECRET_KEY!=KEY
    MANAGEMENT_SERVER_PORT=8080
    METRICS_PATH=/actuator/prometheus
    SERVER_PORT=8080
    management.endpoints.web.base-path=/actuator
    management.endpoints.web.exposure.include=prometheus
    management.endpoints.web.path-mapping.prometheus=prometheus
    server.forward-headers-strategy=framework
    ");
    let case = case.set(&json!({
        "app-port": 9000, "metrics-port": 9001, "metrics-path": "/othermetrics", "app-profiles": "dev,postgresql",
    }));
    insta::assert_snapshot!(case.shown(), @"
    APP_BASE_URL=http://spring-boot-k8s.prod:9000
    APP_METRICS_PORT=9001
    APP_PROFILES=dev,postgresql
    APP_SECRET_KEY!=KEY
    MANAGEMENT_SERVER_PORT=9001
    METRICS_PATH=/othermetrics
    SERVER_PORT=9000
    management.endpoints.web.base-path=/
    management.endpoints.web.exposure.include=prometheus
    management.endpoints.web.path-mapping.prometheus=othermetrics
    server.forward-headers-strategy=framework
    spring.profiles.active=dev,postgresql
    ");
    let bare = Case::first(Framework::SpringBoot).unset("metrics-port").unset("metrics-path");
    assert_eq!(bare.variable("APP_METRICS_PORT"), None);
    assert_eq!(bare.variable("MANAGEMENT_SERVER_PORT").as_deref(), Some("8080"));
}

/// Defect 32: paas-charm publishes the target `*:None`.
#[test]
fn no_metrics_port_no_job() {
    for framework in [Framework::FastApi, Framework::Go, Framework::ExpressJs] {
        for option in ["metrics-port", "metrics-path"] {
            let case = Case::first(framework).unset(option);
            assert_eq!(case.settings().unwrap().metrics, None, "{framework}: {option}");
            let variable = option.replace('-', "_").to_uppercase();
            assert!(!case.shown().contains(&variable), "{framework}: {option}");
        }
    }
    let found = Case::first(Framework::Go).set(&json!({"metrics-port": 9001, "metrics-path": "/m"}));
    let found = found.settings().unwrap().metrics;
    assert_eq!(found, Some(Metrics { port: 9001, path: "/m".to_owned() }));
}

#[test]
fn the_second_generation_names_its_variables_anew() {
    let shown = Framework::ALL.map(|framework| Case::second(framework).shown());
    insta::assert_snapshot!(shown.join("\n\n"), @r#"
    FLASK_BASE_URL=http://flask-k8s.prod:8000
    FLASK_METRICS_PATH=/metrics
    FLASK_METRICS_PORT=9102
    FLASK_PREFERRED_URL_SCHEME=HTTPS
    FLASK_SECRET_KEY!=KEY

    DJANGO_ALLOWED_HOSTS=["django-k8s.prod"]
    DJANGO_BASE_URL=http://django-k8s.prod:8000
    DJANGO_DEBUG=false
    DJANGO_METRICS_PATH=/metrics
    DJANGO_METRICS_PORT=9102
    DJANGO_SECRET_KEY!=KEY

    APP_BASE_URL=http://fastapi-k8s.prod:8000
    APP_SECRET_KEY!=KEY
    METRICS_PATH=/metrics
    METRICS_PORT=8000
    UVICORN_HOST=0.0.0.0
    UVICORN_LOG_LEVEL=info
    UVICORN_PORT=8000
    WEB_CONCURRENCY=1

    APP_BASE_URL=http://go-k8s.prod:8080
    APP_SECRET_KEY!=KEY
    METRICS_PATH=/metrics
    METRICS_PORT=8080
    PORT=8080

    APP_BASE_URL=http://expressjs-k8s.prod:8080
    APP_SECRET_KEY!=KEY
    METRICS_PATH=/metrics
    METRICS_PORT=9464
    NODE_ENV=production
    PORT=8080

    APP_BASE_URL=http://spring-boot-k8s.prod:8080
    APP_SECRET_KEY!=KEY
    SERVER_PORT=8080
    management.endpoints.web.base-path=/actuator
    management.endpoints.web.exposure.include=prometheus
    management.endpoints.web.path-mapping.prometheus=prometheus
    management.server.port=8080
    server.forward-headers-strategy=framework
    "#);
    let spring = Case::second(Framework::SpringBoot).set(&json!({"app-profiles": "dev"}));
    assert_eq!(spring.variable("spring.profiles.active").as_deref(), Some("dev"));
}
