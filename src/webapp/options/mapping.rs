//! Whether the charm author's file fits the charm: the options that it names, and the framework.

use super::builtin;
use crate::juju::metadata::{ConfigSchema, OptionType};
use crate::webapp::framework::{Framework, Profile};
use crate::webapp::paas_config::{Destination, KeyFault, LoggingFormat, PaasConfig, PaasConfigFaults};

/// Checks it.
///
/// # Errors
/// When it asks for what the charm cannot do: all of it.
pub fn check_paas_config(
    profile: Profile,
    schema: &ConfigSchema,
    file: &PaasConfig,
) -> Result<(), PaasConfigFaults> {
    let mut faults = Vec::new();
    let logs_json = matches!(profile.framework, Framework::Flask | Framework::Django | Framework::FastApi);
    if file.logging == LoggingFormat::Json && !logs_json {
        let why = format!("must not be json: {} does not log so", profile.framework);
        faults.push(KeyFault { key: "framework_logging_format".to_owned(), why });
    }
    for (option, destination) in &file.options {
        if let Some(why) = misfit(profile, schema, option, destination) {
            faults.push(KeyFault { key: format!("config.options.{option}"), why });
        }
    }
    PaasConfigFaults::unless_empty(faults)
}

fn misfit(
    profile: Profile,
    schema: &ConfigSchema,
    option: &str,
    destination: &Destination,
) -> Option<String> {
    let Some(declared) = schema.options.get(option) else {
        return Some("the charm has no such option".to_owned());
    };
    if !builtin::is_user(profile, option) && !builtin::is_field(profile, option) {
        return Some("this option becomes no variable".to_owned());
    }
    let like = |other: &&String| *other != option && other.replace('-', "_") == option.replace('-', "_");
    if let Some(other) = schema.options.keys().find(like) {
        return Some(format!("the charm also has {other}, which has the same variable"));
    }
    let is_secret = declared.option_type == OptionType::Secret;
    let wanted = if is_secret { "secret-env-vars" } else { "env-var" };
    (destination.as_str() != wanted).then(|| format!("must have {wanted}"))
}
