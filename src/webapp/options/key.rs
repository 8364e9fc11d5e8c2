//! The key that the app signs its cookies with: the operator's own, or the one that the charm made.

use super::{Draft, builtin, set};
use crate::juju::metadata::OptionType;
use crate::juju::wire::ConfigValue;
use crate::secret::Secret;
use crate::webapp::framework::Framework;
use crate::webapp::paas_config::Destination;
use crate::webapp::variables::{Value, Variables};

/// The operator's key, and what the key is called in the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretKey {
    /// The operator's own; absent where the charm's is used.
    pub own: Option<Secret>,
    variables: Vec<&'static str>,
    overriding: Vec<String>,
}

impl SecretKey {
    /// Sets the variables. The charm's key only fills a gap.
    pub(super) fn place(&self, all: &mut Variables, generated: &Secret) {
        for variable in &self.variables {
            match &self.own {
                Some(own) => all.set_secret(*variable, own.clone()),
                None if all.get(variable).is_none() => all.set_secret(*variable, generated.clone()),
                None => {}
            }
        }
    }

    /// Sets those that the charm's author named.
    pub(super) fn place_overriding(&self, all: &mut Variables, generated: &Secret) {
        for variable in &self.overriding {
            set(all, variable, Value::Secret(self.own.as_ref().unwrap_or(generated).clone()));
        }
    }
}

pub(super) fn read(draft: &mut Draft<'_>) -> SecretKey {
    let (option, option_id) = builtin::key_option(draft.given.profile);
    let is_secret =
        draft.given.schema.options.get(option).is_some_and(|option| option.option_type == OptionType::Secret);
    let own = if is_secret {
        in_secret(draft, option)
    } else if draft.value(option_id).is_some() {
        if draft.value(option).and_then(ConfigValue::as_text).is_some_and(|text| !text.is_empty()) {
            both(draft, option, option_id);
        }
        in_secret(draft, option_id)
    } else {
        plain(draft, option)
    };
    let overriding: Vec<_> = [option, option_id]
        .into_iter()
        .filter_map(|option| match draft.destination(option)? {
            Destination::Variable(variable) => Some(variable),
            Destination::SecretVariables(variables) => variables.get("value"),
        })
        .cloned()
        .collect();
    let variables = if overriding.is_empty() { variables(draft, own.is_some()) } else { Vec::new() };
    SecretKey { own, variables, overriding }
}

/// Spring Boot's apps look under both names for a key of the operator's.
fn variables(draft: &Draft<'_>, is_own: bool) -> Vec<&'static str> {
    match draft.given.profile.framework {
        Framework::Flask => vec!["FLASK_SECRET_KEY"],
        Framework::Django => vec!["DJANGO_SECRET_KEY"],
        Framework::SpringBoot if is_own => vec!["APP_SECRET_KEY", "SECRET_KEY"],
        Framework::FastApi | Framework::Go | Framework::ExpressJs | Framework::SpringBoot => {
            vec!["APP_SECRET_KEY"]
        }
    }
}

fn plain(draft: &mut Draft<'_>, option: &str) -> Option<Secret> {
    let text = draft.value(option)?.as_text().filter(|text| !text.is_empty());
    if text.is_none() {
        draft.faults.invalid(option, "must be a text that is not empty");
    }
    text.map(Secret::new)
}

fn both(draft: &mut Draft<'_>, option: &str, option_id: &str) {
    let why = format!("{option} and {option_id} are both set");
    let remedy = format!("unset one: juju config {} --reset {option}", draft.given.application);
    draft.faults.invalid_with_remedy(option, why.clone(), remedy.clone());
    draft.faults.invalid_with_remedy(option_id, why, remedy);
}

/// The secret holds the key under `value`, and nothing else.
fn in_secret(draft: &mut Draft<'_>, option: &str) -> Option<Secret> {
    let content = draft.secret(option)?;
    let key = content.get("value").filter(|key| !key.expose().is_empty());
    if key.is_none() || content.len() > 1 {
        let id = draft.value(option).and_then(ConfigValue::as_secret);
        let id = id.as_ref().map_or("", |id| id.as_str());
        let why = "names a secret that must hold the key value, and no other".to_owned();
        let remedy = format!("give the secret one key: juju update-secret {id} value=…");
        draft.faults.invalid_with_remedy(option, why, remedy);
        return None;
    }
    key.cloned()
}
