//! The verbs that make, grant and remove the user's secrets.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::controller::secret::SecretValues;
use crate::controller::user_secrets::{self, Change, SecretRef};
use crate::daemon::caller::Answer;
use crate::daemon::controller::Controller;
use crate::hooktools::secret_uri;

/// Answers with the new secret's URI.
pub fn add(controller: &Controller, name: &str, info: &str, content: SecretValues) -> Answer {
    let now = OffsetDateTime::now_utc();
    let added = controller.model.change(|model| user_secrets::add(model, name, info, content, now));
    Ok(json!(added.map_err(|error| error.to_string())?.to_uri()))
}

pub fn update(controller: &Controller, secret: &str, change: Change) -> Answer {
    let (secret, now) = (named(secret), OffsetDateTime::now_utc());
    done(controller.model.change(|model| user_secrets::update(model, &secret, change, now)))
}

pub fn remove(controller: &Controller, secret: &str, revision: Option<u32>) -> Answer {
    let secret = named(secret);
    // Juju takes 0 for none.
    let revision = revision.filter(|revision| *revision > 0);
    done(controller.model.change(|model| user_secrets::remove(model, &secret, revision)))
}

pub fn grant(controller: &Controller, secret: &str, applications: &[String]) -> Answer {
    let secret = named(secret);
    done(controller.model.change(|model| user_secrets::grant(model, &secret, applications)))
}

pub fn revoke(controller: &Controller, secret: &str, applications: &[String]) -> Answer {
    let secret = named(secret);
    done(controller.model.change(|model| user_secrets::revoke(model, &secret, applications)))
}

/// What is no URI is a name.
fn named(text: &str) -> SecretRef {
    secret_uri::parse(text).map_or_else(|_| SecretRef::Name(text.to_owned()), SecretRef::Id)
}

fn done(outcome: Result<(), user_secrets::UserSecretError>) -> Answer {
    outcome.map(|()| Value::Null).map_err(|error| error.to_string())
}
