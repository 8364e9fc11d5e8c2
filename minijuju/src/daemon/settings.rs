//! The model's settings as `model-config` shows and sets them. Pure.
//!
//! Times are Go durations (`5m`, `200ms`), as Juju's own settings are; in the model they are seconds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sidecharm::pebble::types::GoDuration;

use crate::controller::model::Settings;

/// The settings by name, as text.
pub fn show(settings: &Settings) -> BTreeMap<String, String> {
    let map = serde_json::to_value(settings).unwrap_or_default();
    let entries = map.as_object().into_iter().flatten();
    let text = |value: &Value| match value {
        Value::Number(seconds) => render_duration(seconds.as_f64().unwrap_or_default()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    entries.map(|(name, value)| (name.clone(), text(value))).collect()
}

/// Changes settings, all or none.
///
/// # Errors
/// When a name is unknown or a value is none of its type: the text says which.
pub fn set(settings: &Settings, changes: &BTreeMap<String, String>) -> Result<Settings, String> {
    let mut map = serde_json::to_value(settings).map_err(|error| error.to_string())?;
    for (name, text) in changes {
        let Some(value) = map.get_mut(name) else {
            let known = show(settings).into_keys().collect::<Vec<_>>().join(", ");
            return Err(format!("unknown setting \"{name}\": there are {known}"));
        };
        *value = parse(name, value, text)?;
    }
    serde_json::from_value(map).map_err(|error| error.to_string())
}

fn parse(name: &str, old: &Value, text: &str) -> Result<Value, String> {
    let wrong = |expected: &str| format!("setting \"{name}\" expected {expected}, got \"{text}\"");
    match old {
        Value::Bool(_) => text.parse().map(Value::Bool).map_err(|_| wrong("true or false")),
        Value::Number(_) => {
            let duration = parse_duration(text).ok_or_else(|| wrong("a duration like 5m or 200ms"))?;
            Ok(Value::from(duration.as_secs_f64()))
        }
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// A Go duration that is not negative, or a plain number of seconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let seconds = || text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let duration = GoDuration::parse(text).ok().filter(|duration| *duration >= GoDuration::default());
    duration.map(GoDuration::as_duration).or_else(seconds)
}

fn render_duration(seconds: f64) -> String {
    GoDuration::from(Duration::try_from_secs_f64(seconds).unwrap_or_default()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn changes(name: &str, value: &str) -> BTreeMap<String, String> {
        [(name.to_owned(), value.to_owned())].into()
    }

    #[test]
    fn settings_are_shown_with_jujus_defaults() {
        let lines = show(&Settings::default());
        insta::assert_snapshot!(lines.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n"), @r"
        agent-version=3.6.9
        automatically-retry-hooks=true
        leader-lease=1m0s
        pebble-poll-interval=5s
        pod-replacement-delay=0s
        termination-grace-period=30s
        update-status-hook-interval=5m0s
        ");
    }

    #[test]
    fn a_setting_is_changed_or_the_text_says_why_not() {
        let check = |name: &str, value: &str, expected: Result<&str, &str>| {
            let outcome = set(&Settings::default(), &changes(name, value));
            let shown = outcome.map(|settings| show(&settings)[name].clone());
            assert_eq!(shown.as_deref().map_err(String::as_str), expected, "{name}={value}");
        };
        check("pebble-poll-interval", "200ms", Ok("200ms"));
        check("pebble-poll-interval", "2", Ok("2s"));
        check("update-status-hook-interval", "1.5s", Ok("1.5s"));
        check("update-status-hook-interval", "10m", Ok("10m0s"));
        check("automatically-retry-hooks", "false", Ok("false"));
        check("agent-version", "3.6.1", Ok("3.6.1"));
        check(
            "automatically-retry-hooks",
            "no",
            Err(r#"setting "automatically-retry-hooks" expected true or false, got "no""#),
        );
        check(
            "leader-lease",
            "-1s",
            Err(r#"setting "leader-lease" expected a duration like 5m or 200ms, got "-1s""#),
        );
    }

    #[test]
    fn an_unknown_setting_is_refused_with_those_there_are() {
        let error = set(&Settings::default(), &changes("colour", "red")).unwrap_err();
        assert!(error.starts_with("unknown setting \"colour\": there are agent-version, "), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,20}") {
            drop(set(&Settings::default(), &changes("leader-lease", &text)));
        }
    }
}
