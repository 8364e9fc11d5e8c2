//! The operator's options: which variables they become, and what they say of ports, metrics and the web server.
//!
//! Source: paas-charm 1.12.3 and 2.0b1 (`charm_state.py`, `app.py`, each framework's `charm.py`).

use std::collections::BTreeMap;

use super::framework::Profile;
use super::paas_config::{Destination, PaasConfig};
use super::variables::{Value, Variables};
use crate::juju::metadata::{ConfigSchema, OptionType, OptionValue};
use crate::juju::names::{ApplicationName, SecretId};
use crate::juju::wire::{Config, ConfigValue, SecretContent};
use crate::relations::answer::NamedSecrets;
use crate::secret::Secret;

mod builtin;
mod faults;
mod framework;
mod gunicorn;
mod key;
mod mapping;
mod metrics;
mod own;
mod user;

pub use faults::{OptionFault, OptionFaults, Why};
pub use gunicorn::Webserver;
pub use key::SecretKey;
pub use mapping::check_paas_config;
pub use metrics::Metrics;
pub use own::{CHECK_HOST, Own};

/// What the settings are made of.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Which framework.
    pub profile: Profile,
    /// The application, for what a fault advises.
    pub application: &'a ApplicationName,
    /// The options that there are.
    pub schema: &'a ConfigSchema,
    /// Those that have a value.
    pub config: &'a Config,
    /// What the secrets hold that options name, those that Juju gave.
    pub secrets: &'a BTreeMap<SecretId, SecretContent>,
    /// The charm author's file.
    pub paas_config: &'a PaasConfig,
    /// The host of the app's URL: Django's apps answer under names that they know.
    pub host: &'a str,
}

/// What the options amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    variables: Variables,
    overriding: Variables,
    /// The key that the app signs with.
    pub secret_key: SecretKey,
    /// Where the app listens.
    pub port: u16,
    /// Where its metrics are; absent where the app has none.
    pub metrics: Option<Metrics>,
    /// What gunicorn is told; nothing for other frameworks.
    pub webserver: Webserver,
    /// How much uvicorn logs, in its own word; absent for other frameworks.
    pub log_level: Option<String>,
    /// What the options say that are this program's own.
    pub own: Own,
    /// What the log should say of options that do not reach the app.
    pub notes: Vec<String>,
}

impl Settings {
    /// The variables that everything but `overriding` comes after, in paas-charm's order: those of the options, the URL,
    /// and the secret key: the operator's own, else this one.
    pub fn environment(&self, profile: Profile, base_url: &str, generated_key: &Secret) -> Variables {
        let mut all = self.variables.clone();
        all.set(format!("{}BASE_URL", profile.framework.prefix()), base_url);
        self.secret_key.place(&mut all, generated_key);
        all
    }

    /// The variables that win over all others: those that the charm's author named.
    pub fn overriding(&self, generated_key: &Secret) -> Variables {
        let mut all = self.overriding.clone();
        self.secret_key.place_overriding(&mut all, generated_key);
        all
    }
}

/// The secrets that options name, each with the spelling to ask for it by. They are read before the settings are made.
pub fn named_secrets(schema: &ConfigSchema, config: &Config) -> NamedSecrets {
    let values = schema.options.iter().filter(|(_, option)| option.option_type == OptionType::Secret);
    let named = values.filter_map(|(name, _)| {
        let value = config.get(name)?;
        Some((value.as_secret()?, value.as_text()?.to_owned()))
    });
    named.collect()
}

/// Makes the settings.
///
/// # Errors
/// When the operator must change something first: all that is wrong.
pub fn settings(given: &Given<'_>) -> Result<Settings, OptionFaults> {
    let mut draft = Draft::new(given);
    user::place(&mut draft);
    let own = own::read(&mut draft);
    let log_level = framework::place(&mut draft, own.check_path.is_some());
    let secret_key = key::read(&mut draft);
    let port = framework::place_port(&mut draft);
    let metrics = metrics::place(&mut draft);
    let webserver = gunicorn::read(&mut draft);
    let Draft { given: _, variables, overriding, faults, notes } = draft;
    faults.into_result()?;
    Ok(Settings { variables, overriding, secret_key, port, metrics, webserver, log_level, own, notes })
}

/// What was made so far.
struct Draft<'a> {
    given: &'a Given<'a>,
    variables: Variables,
    overriding: Variables,
    faults: OptionFaults,
    notes: Vec<String>,
}

impl<'a> Draft<'a> {
    fn new(given: &'a Given<'a>) -> Self {
        Self {
            given,
            variables: Variables::new(),
            overriding: Variables::new(),
            faults: OptionFaults::default(),
            notes: Vec::new(),
        }
    }

    fn value(&self, option: &str) -> Option<&'a ConfigValue> {
        self.given.config.get(option)
    }

    /// The value is not the one that the option has by itself, so the operator set it.
    fn is_set(&self, option: &str) -> bool {
        let default = self.given.schema.options.get(option).and_then(|option| option.default.as_ref());
        let is_default = |value: &ConfigValue| match default {
            Some(OptionValue::Text(text)) => value.as_text() == Some(text),
            Some(OptionValue::Integer(number)) => value.as_integer() == Some(*number),
            _ => false,
        };
        self.value(option).is_some_and(|value| !is_default(value))
    }

    fn destination(&self, option: &str) -> Option<&'a Destination> {
        self.given.paas_config.options.get(option)
    }

    /// Puts an option's value where it belongs: into this variable, or into the one that the charm's author named.
    fn place(&mut self, option: &str, variable: &str, value: Value) {
        if let Some(why) = value.unfit() {
            self.faults.invalid(option, why);
            return;
        }
        match self.destination(option) {
            Some(Destination::Variable(named)) => set(&mut self.overriding, named, value),
            Some(Destination::SecretVariables(_)) | None => set(&mut self.variables, variable, value),
        }
    }

    fn place_plain(&mut self, option: &str, variable: &str, value: impl Into<String>) {
        self.place(option, variable, Value::Plain(value.into()));
    }

    /// What a secret holds that an option names.
    fn secret(&mut self, option: &str) -> Option<&'a SecretContent> {
        let Some(id) = self.value(option)?.as_secret() else {
            self.faults.invalid(option, "must be the URI of a secret");
            return None;
        };
        let content = self.given.secrets.get(&id);
        if content.is_none() {
            let application = self.given.application;
            let why = format!("names a secret that was not granted to {application}, or was removed");
            let remedy = format!(
                "grant the secret: juju grant-secret {} {application} (it is read at the next update-status)",
                id.as_str()
            );
            self.faults.invalid_with_remedy(option, why, remedy);
        }
        content
    }
}

fn set(variables: &mut Variables, name: &str, value: Value) {
    match value {
        Value::Plain(text) => variables.set(name, text),
        Value::Secret(secret) => variables.set_secret(name, secret),
    }
}

#[cfg(test)]
mod tests;
