//! The options that the framework gives a meaning, and the variables that every app of a framework has.

use super::builtin::{self, Field, Rule};
use super::{CHECK_HOST, Draft, set};
use crate::juju::wire::ConfigValue;
use crate::webapp::framework::Framework;
use crate::webapp::variables::Value;

const PORT: &str = "must be a number from 1 to 65535";
const LOG_LEVELS: &[&str] = &["critical", "error", "warning", "info", "debug", "trace"];

/// Sets the variables; tells how much uvicorn logs.
pub(super) fn place(draft: &mut Draft<'_>, is_checked: bool) -> Option<String> {
    let mut log_level = None;
    for field in builtin::fields(draft.given.profile.framework) {
        let Some(text) = text(draft, field) else { continue };
        for variable in field.variables {
            draft.place_plain(field.option, variable, text.clone());
        }
        if field.option == "webserver-log-level" {
            log_level = Some(text);
        }
    }
    match draft.given.profile.framework {
        Framework::Django => place_allowed_hosts(draft, is_checked),
        Framework::SpringBoot => {
            let strategy = Value::Plain("framework".to_owned());
            set(&mut draft.variables, "server.forward-headers-strategy", strategy);
        }
        Framework::Flask | Framework::FastApi | Framework::Go | Framework::ExpressJs => {}
    }
    log_level
}

/// The text that a field's variables have.
fn text(draft: &mut Draft<'_>, field: &Field) -> Option<String> {
    let Some(value) = draft.value(field.option) else { return field.default.map(str::to_owned) };
    let (text, wanted) = match field.rule {
        Rule::Any => (value.as_text().map(str::to_owned), "a text"),
        Rule::Text => (text_of(value), "a text that is not empty"),
        Rule::Flag => (value.as_boolean().map(|flag| flag.to_string()), "a boolean"),
        Rule::Positive => {
            let number = value.as_integer().filter(|number| *number > 0);
            (number.map(|number| number.to_string()), "a number greater than 0")
        }
        Rule::Scheme => {
            let scheme = text_of(value).map(|text| text.to_uppercase());
            (scheme.filter(|text| ["HTTP", "HTTPS"].contains(&text.as_str())), "http or https")
        }
        Rule::LogLevel => {
            let level = text_of(value).filter(|text| LOG_LEVELS.contains(&text.as_str()));
            (level, "critical, error, warning, info, debug or trace")
        }
    };
    if text.is_none() {
        draft.faults.invalid(field.option, format!("must be {wanted}"));
    }
    text
}

fn text_of(value: &ConfigValue) -> Option<String> {
    value.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The operator's host names, the host of the app's URL and that of its health check, as Python writes a list in JSON.
fn place_allowed_hosts(draft: &mut Draft<'_>, is_checked: bool) {
    let text = draft.value(builtin::ALLOWED_HOSTS).map_or(Some(""), ConfigValue::as_text);
    let Some(text) = text else {
        draft.faults.invalid(builtin::ALLOWED_HOSTS, "must be a text");
        return;
    };
    let mut hosts: Vec<_> =
        if text.is_empty() { Vec::new() } else { text.split(',').map(str::trim).collect() };
    for host in [draft.given.host].into_iter().chain(is_checked.then_some(CHECK_HOST)) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let hosts: Vec<_> = hosts.into_iter().map(|host| serde_json::Value::from(host).to_string()).collect();
    draft.place_plain(builtin::ALLOWED_HOSTS, "DJANGO_ALLOWED_HOSTS", format!("[{}]", hosts.join(", ")));
}

/// Sets the variable of the port, and tells the port.
pub(super) fn place_port(draft: &mut Draft<'_>) -> u16 {
    let profile = draft.given.profile;
    let option = profile.port_option();
    let file = draft.given.paas_config.port;
    let port = match option {
        Some(option) => chosen(draft, option, file, port),
        None => file,
    };
    let port = port.unwrap_or_else(|| profile.default_port());
    if let Some(variable) = builtin::port_variable(profile) {
        draft.place_plain(option.unwrap_or_default(), variable, port.to_string());
    }
    port
}

/// What holds of an option and the charm author's file: the option that the operator set, else what the file says, else
/// what the option has by itself.
pub(super) fn chosen<T>(
    draft: &mut Draft<'_>,
    option: &str,
    file: Option<T>,
    read: fn(&mut Draft<'_>, &str) -> Option<T>,
) -> Option<T> {
    let of_option = read(draft, option);
    if draft.is_set(option) { of_option } else { file.or(of_option) }
}

/// The port that an option names.
pub(super) fn port(draft: &mut Draft<'_>, option: &str) -> Option<u16> {
    let value = draft.value(option)?;
    let port = value.as_integer().and_then(|number| u16::try_from(number).ok()).filter(|port| *port != 0);
    if port.is_none() {
        draft.faults.invalid(option, PORT);
    }
    port
}

/// The path that an option names.
pub(super) fn path(draft: &mut Draft<'_>, option: &str) -> Option<String> {
    let path = text_of(draft.value(option)?);
    if path.is_none() {
        draft.faults.invalid(option, "must be a text that is not empty");
    }
    path
}
