//! The options that the charm's author declared: the app gets each as a variable, a secret's every key as one.

use super::{Draft, builtin};
use crate::juju::metadata::OptionType;
use crate::juju::wire::ConfigValue;
use crate::relations::connection::Connection;
use crate::secret::Secret;
use crate::webapp::paas_config::Destination;
use crate::webapp::variables::Value;

/// Words in an option's name that tell that nobody but the app should see its value.
const SECRET_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "key",
    "apikey",
    "credential",
    "credentials",
    "dsn",
];

pub(super) fn place(draft: &mut Draft<'_>) {
    let profile = draft.given.profile;
    for (name, option) in &draft.given.schema.options {
        let Some(value) = draft.value(name) else {
            if option.optional == Some(false) {
                draft.faults.missing(name);
            }
            continue;
        };
        if !builtin::is_user(profile, name) {
            continue;
        }
        let snake = name.replace('-', "_");
        let is_free = !builtin::is_reserved(profile, &snake);
        if !is_free && draft.destination(name).is_none() {
            draft.notes.push(format!("option {name} does not reach the app: the framework has one like it"));
        }
        let variable = is_free.then(|| variable(profile.framework.prefix(), &snake));
        match option.option_type {
            OptionType::Secret => place_secret(draft, name, variable.as_deref()),
            other if !fits(value, other) => {
                draft.faults.invalid(name, format!("must be of type {}", other.as_str()));
            }
            _ => place_value(draft, name, variable.as_deref(), value),
        }
    }
}

fn variable(prefix: &str, name: &str) -> String {
    format!("{prefix}{}", name.replace('-', "_").to_uppercase())
}

fn fits(value: &ConfigValue, option_type: OptionType) -> bool {
    match option_type {
        OptionType::Text | OptionType::Secret => value.as_text().is_some(),
        OptionType::Integer => value.as_integer().is_some(),
        OptionType::Float => value.as_float().is_some(),
        OptionType::Boolean => value.as_boolean().is_some(),
    }
}

/// A variable that has no name is not set, but for one that the charm's author named.
fn place_value(draft: &mut Draft<'_>, option: &str, variable: Option<&str>, value: &ConfigValue) {
    let text = encoded(value);
    let value = if is_secret(option, &text) { Value::Secret(Secret::new(text)) } else { Value::Plain(text) };
    match (variable, draft.destination(option)) {
        (None, None) => {}
        (variable, _) => draft.place(option, variable.unwrap_or_default(), value),
    }
}

fn place_secret(draft: &mut Draft<'_>, option: &str, prefix: Option<&str>) {
    let Some(content) = draft.secret(option) else { return };
    let named = match draft.destination(option) {
        Some(Destination::SecretVariables(named)) => Some(named),
        Some(Destination::Variable(_)) | None => None,
    };
    if let Some(why) = content.values().find_map(|value| Value::Secret(value.clone()).unfit()) {
        draft.faults.invalid(option, why);
        return;
    }
    for (key, value) in content {
        match (named.and_then(|named| named.get(key)), prefix) {
            (Some(variable), _) => draft.overriding.set_secret(variable, value.clone()),
            (None, Some(prefix)) => {
                draft.variables.set_secret(variable(&format!("{prefix}_"), key), value.clone());
            }
            (None, None) => {}
        }
    }
    for (key, variable) in named.into_iter().flatten().filter(|(key, _)| !content.contains_key(*key)) {
        draft.notes.push(format!("the secret of option {option} has no key {key}: {variable} is not set"));
    }
}

/// The value as the app reads it: a text as it is, all else in JSON as Python writes it.
fn encoded(value: &ConfigValue) -> String {
    match value {
        ConfigValue::Text(text) => text.clone(),
        ConfigValue::Integer(number) => number.to_string(),
        ConfigValue::Boolean(flag) => flag.to_string(),
        ConfigValue::Float(number) => python_float(*number),
    }
}

/// Python and Rust agree but for the exponent, which Python gives a sign and two digits.
fn python_float(number: f64) -> String {
    let text = format!("{number:?}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// Its name says so, or it is a URL with a password in it.
fn is_secret(option: &str, text: &str) -> bool {
    let words = option.split(['-', '_']).map(str::to_lowercase);
    words.into_iter().any(|word| SECRET_WORDS.contains(&word.as_str()))
        || Connection::parse(text, None).is_ok_and(|url| url.password().is_some())
}
