//! The options that Charmcraft 4.5.0's extensions declare, and how they are known.

use super::*;

pub(super) const fn options(framework: Framework, generation: Generation) -> &'static str {
    match (framework, generation) {
        (Framework::Flask, Generation::First) => {
            "webserver-keepalive: {type: int}, \
             webserver-threads: {type: int}, \
             webserver-timeout: {type: int}, \
             webserver-workers: {type: int}, \
             webserver-worker-class: {type: string}, \
             flask-application-root: {type: string}, \
             flask-debug: {type: boolean}, \
             flask-env: {type: string}, \
             flask-permanent-session-lifetime: {type: int}, \
             flask-preferred-url-scheme: {type: string, default: HTTPS}, \
             flask-secret-key: {type: string}, \
             flask-secret-key-id: {type: secret}, \
             flask-session-cookie-secure: {type: boolean}"
        }
        (Framework::Django, Generation::First) => {
            "webserver-keepalive: {type: int}, \
             webserver-threads: {type: int}, \
             webserver-timeout: {type: int}, \
             webserver-workers: {type: int}, \
             webserver-worker-class: {type: string}, \
             django-debug: {type: boolean, default: false}, \
             django-secret-key: {type: string}, \
             django-secret-key-id: {type: secret}, \
             django-allowed-hosts: {type: string}"
        }
        (Framework::FastApi, Generation::First) => {
            "webserver-workers: {type: int, default: 1}, \
             webserver-port: {type: int, default: 8080}, \
             webserver-log-level: {type: string, default: info}, \
             metrics-port: {type: int, default: 8080}, \
             metrics-path: {type: string, default: /metrics}, \
             app-secret-key: {type: string}, \
             app-secret-key-id: {type: secret}"
        }
        (Framework::Go | Framework::ExpressJs, Generation::First) => {
            "app-port: {type: int, default: 8080}, \
             metrics-port: {type: int, default: 8080}, \
             metrics-path: {type: string, default: /metrics}, \
             app-secret-key: {type: string}, \
             app-secret-key-id: {type: secret}"
        }
        (Framework::SpringBoot, Generation::First) => {
            "app-port: {type: int, default: 8080}, \
             app-profiles: {type: string}, \
             metrics-port: {type: int, default: 8080}, \
             metrics-path: {type: string, default: /actuator/prometheus}, \
             app-secret-key: {type: string}, \
             app-secret-key-id: {type: secret}"
        }
        (Framework::Flask, Generation::Second) => {
            "webserver-keepalive: {type: int}, \
             webserver-threads: {type: int}, \
             webserver-timeout: {type: int}, \
             webserver-workers: {type: int}, \
             webserver-worker-class: {type: string}, \
             flask-application-root: {type: string}, \
             flask-debug: {type: boolean}, \
             flask-env: {type: string}, \
             flask-permanent-session-lifetime: {type: int}, \
             flask-preferred-url-scheme: {type: string, default: HTTPS}, \
             flask-session-cookie-secure: {type: boolean}, \
             app-secret-key: {type: secret}"
        }
        (Framework::Django, Generation::Second) => {
            "webserver-keepalive: {type: int}, \
             webserver-threads: {type: int}, \
             webserver-timeout: {type: int}, \
             webserver-workers: {type: int}, \
             webserver-worker-class: {type: string}, \
             django-debug: {type: boolean, default: false}, \
             django-allowed-hosts: {type: string}, \
             app-secret-key: {type: secret}"
        }
        (Framework::FastApi, Generation::Second) => {
            "webserver-workers: {type: int, default: 1}, \
             webserver-log-level: {type: string, default: info}, \
             app-secret-key: {type: secret}"
        }
        (Framework::Go | Framework::ExpressJs, Generation::Second) => "app-secret-key: {type: secret}",
        (Framework::SpringBoot, Generation::Second) => {
            "app-profiles: {type: string}, \
             app-secret-key: {type: secret}"
        }
    }
}

/// What gunicorn is told is in its own file, and not in the environment.
fn is_gunicorns(profile: Profile, option: &str) -> bool {
    profile.framework.is_gunicorn() && option.starts_with("webserver-")
}

#[test]
fn every_option_of_an_extension_is_the_frameworks() {
    for profile in each_profile() {
        let case = Case::new(profile.framework, profile.generation);
        assert!(!case.schema.options.is_empty());
        for option in case.schema.options.keys() {
            assert!(!builtin::is_user(profile, option), "{profile:?}: {option}");
            let becomes_variable = builtin::is_field(profile, option);
            assert_eq!(becomes_variable, !is_gunicorns(profile, option), "{profile:?}: {option}");
        }
    }
}

#[test]
fn every_extension_works_as_it_is() {
    for profile in each_profile() {
        let case = Case::new(profile.framework, profile.generation);
        let settings = case.settings().unwrap();
        assert_eq!(settings.port, profile.default_port(), "{profile:?}");
        let metrics = settings.metrics.unwrap();
        let default = profile.default_metrics();
        assert_eq!((metrics.port, metrics.path.as_str()), (default.port, default.path), "{profile:?}");
        assert_eq!(settings.notes, Vec::<String>::new(), "{profile:?}");
    }
}
