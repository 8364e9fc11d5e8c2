//! The verbs that make, grant and remove the user's secrets.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::controller::secret::SecretValues;
use crate::controller::user_secrets::{self, Change, SecretRef};
use crate::daemon::caller::Answer;
use crate::daemon::controller::Controller;
use crate::daemon::protocol::UserSecret;
use crate::hooktools::secret_uri;

pub fn answer(controller: &Controller, wanted: UserSecret) -> Answer {
    match wanted {
        UserSecret::Add { name, info, content } => add(controller, &name, &info, content),
        UserSecret::Update { secret, name, info, content, auto_prune } => {
            update(controller, &secret, Change { content, name, description: info, auto_prune })
        }
        UserSecret::Remove { secret, revision } => remove(controller, &secret, revision),
        UserSecret::Grant { secret, applications } => grant(controller, &secret, &applications),
        UserSecret::Revoke { secret, applications } => revoke(controller, &secret, &applications),
    }
}

/// Answers with the new secret's URI.
fn add(controller: &Controller, name: &str, info: &str, content: SecretValues) -> Answer {
    let now = OffsetDateTime::now_utc();
    let added = controller.model.change(|model| user_secrets::add(model, name, info, content, now));
    Ok(json!(added.map_err(|error| error.to_string())?.to_uri()))
}

fn update(controller: &Controller, secret: &str, change: Change) -> Answer {
    let (secret, now) = (named(secret), OffsetDateTime::now_utc());
    done(controller.model.change(|model| user_secrets::update(model, &secret, change, now)))
}

fn remove(controller: &Controller, secret: &str, revision: Option<u32>) -> Answer {
    let secret = named(secret);
    // Juju takes 0 for none.
    let revision = revision.filter(|revision| *revision > 0);
    done(controller.model.change(|model| user_secrets::remove(model, &secret, revision)))
}

fn grant(controller: &Controller, secret: &str, applications: &[String]) -> Answer {
    let secret = named(secret);
    done(controller.model.change(|model| user_secrets::grant(model, &secret, applications)))
}

fn revoke(controller: &Controller, secret: &str, applications: &[String]) -> Answer {
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
