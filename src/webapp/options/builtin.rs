//! The options that Charmcraft's extensions declare, as data: all others are the user's own.

use super::own;
use crate::webapp::framework::{Framework, Generation, Profile};

/// An option that becomes variables by a rule.
pub(super) struct Field {
    /// Its name.
    pub(super) option: &'static str,
    /// The variables that have its value.
    pub(super) variables: &'static [&'static str],
    /// What values it takes.
    pub(super) rule: Rule,
    /// The value of the variables unless it has one.
    pub(super) default: Option<&'static str>,
}

/// What values an option takes.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Any text.
    Any,
    /// A text that is not empty.
    Text,
    /// A boolean.
    Flag,
    /// A whole number from 1 on.
    Positive,
    /// `http` or `https` in any case; the variable has capitals.
    Scheme,
    /// How much uvicorn logs, in its own words.
    LogLevel,
}

const fn field(option: &'static str, variables: &'static [&'static str], rule: Rule) -> Field {
    Field { option, variables, rule, default: None }
}

const fn defaulting(
    option: &'static str,
    variables: &'static [&'static str],
    rule: Rule,
    default: &'static str,
) -> Field {
    Field { option, variables, rule, default: Some(default) }
}

const FLASK: &[Field] = &[
    field("flask-application-root", &["FLASK_APPLICATION_ROOT"], Rule::Text),
    field("flask-debug", &["FLASK_DEBUG"], Rule::Flag),
    field("flask-env", &["FLASK_ENV"], Rule::Text),
    field("flask-permanent-session-lifetime", &["FLASK_PERMANENT_SESSION_LIFETIME"], Rule::Positive),
    field("flask-preferred-url-scheme", &["FLASK_PREFERRED_URL_SCHEME"], Rule::Scheme),
    field("flask-session-cookie-secure", &["FLASK_SESSION_COOKIE_SECURE"], Rule::Flag),
];
const DJANGO: &[Field] = &[field("django-debug", &["DJANGO_DEBUG"], Rule::Flag)];
const FASTAPI: &[Field] = &[
    defaulting("webserver-workers", &["WEB_CONCURRENCY"], Rule::Positive, "1"),
    defaulting("webserver-log-level", &["UVICORN_LOG_LEVEL"], Rule::LogLevel, "info"),
    defaulting("webserver-host", &["UVICORN_HOST"], Rule::Any, "0.0.0.0"),
];
const EXPRESSJS: &[Field] = &[defaulting("node-env", &["NODE_ENV"], Rule::Text, "production")];
const SPRING_BOOT: &[Field] =
    &[field("app-profiles", &["APP_PROFILES", "spring.profiles.active"], Rule::Text)];

/// The options that become variables by a rule.
pub(super) const fn fields(framework: Framework) -> &'static [Field] {
    match framework {
        Framework::Flask => FLASK,
        Framework::Django => DJANGO,
        Framework::FastApi => FASTAPI,
        Framework::Go => &[],
        Framework::ExpressJs => EXPRESSJS,
        Framework::SpringBoot => SPRING_BOOT,
    }
}

/// How Django's option of host names is called.
pub(super) const ALLOWED_HOSTS: &str = "django-allowed-hosts";

/// The option of the secret key; that of a secret with the key in it ends with `-id`.
pub(super) const fn key_option(profile: Profile) -> (&'static str, &'static str) {
    match (profile.generation, profile.framework) {
        (Generation::First, Framework::Flask) => ("flask-secret-key", "flask-secret-key-id"),
        (Generation::First, Framework::Django) => ("django-secret-key", "django-secret-key-id"),
        _ => ("app-secret-key", "app-secret-key-id"),
    }
}

/// The variable of the port.
pub(super) const fn port_variable(profile: Profile) -> Option<&'static str> {
    match (profile.generation, profile.framework) {
        (_, Framework::Flask | Framework::Django) => None,
        (_, Framework::FastApi) => Some("UVICORN_PORT"),
        (Generation::First, Framework::Go) => Some("APP_PORT"),
        (Generation::Second, Framework::Go) | (_, Framework::ExpressJs) => Some("PORT"),
        (_, Framework::SpringBoot) => Some("SERVER_PORT"),
    }
}

/// The options of the metrics' port and path, where there are any.
pub(super) const fn metrics_options(profile: Profile) -> Option<(&'static str, &'static str)> {
    match profile.generation {
        Generation::First if !profile.framework.is_gunicorn() => Some(("metrics-port", "metrics-path")),
        Generation::First | Generation::Second => None,
    }
}

/// The option is one that the framework gives a meaning, and that becomes a variable.
pub(super) fn is_field(profile: Profile, option: &str) -> bool {
    let (key, key_id) = key_option(profile);
    let (metrics_port, metrics_path) = metrics_options(profile).unzip();
    let hosts = (profile.framework == Framework::Django).then_some(ALLOWED_HOSTS);
    let mut others = fields(profile.framework).iter().map(|field| field.option);
    [Some(key), Some(key_id), hosts, profile.port_option(), metrics_port, metrics_path]
        .contains(&Some(option))
        || others.any(|other| other == option)
}

/// The option is the user's own. paas-charm keeps every `app-` from the app.
pub(super) fn is_user(profile: Profile, option: &str) -> bool {
    let of_framework =
        option.strip_prefix(profile.framework.as_str()).is_some_and(|rest| rest.starts_with('-'));
    !of_framework && !option.starts_with("webserver-") && !is_field(profile, option) && !own::is_own(option)
}

/// A user's option with this name, with `_` for `-`, would be taken for one of the framework's own.
pub(super) fn is_reserved(profile: Profile, name: &str) -> bool {
    let names: &[&str] = match (profile.framework, profile.generation) {
        (Framework::Flask, _) => &[
            "env",
            "debug",
            "secret_key",
            "permanent_session_lifetime",
            "application_root",
            "session_cookie_secure",
            "preferred_url_scheme",
        ],
        (Framework::Django, _) => &["debug", "secret_key", "allowed_hosts"],
        (Framework::FastApi, _) => {
            &["uvicorn_port", "uvicorn_host", "web_concurrency", "uvicorn_log_level", "app_secret_key"]
        }
        (Framework::Go, Generation::First) => &["port", "secret_key"],
        (Framework::Go, Generation::Second) => &["port", "app_secret_key"],
        (Framework::ExpressJs, _) => &["node_env", "port", "app_secret_key"],
        (Framework::SpringBoot, Generation::First) => {
            &["server_port", "app_profiles", "management_server_port", "metrics_path", "secret_key"]
        }
        (Framework::SpringBoot, Generation::Second) => &["server_port", "app_profiles", "secret_key"],
    };
    let of_metrics = metrics_options(profile).is_some()
        && profile.framework != Framework::SpringBoot
        && ["metrics_port", "metrics_path"].contains(&name);
    names.contains(&name) || of_metrics
}
