//! The secrets of the model's user: made, granted and removed by the operator, read by charms that were granted them.
//!
//! A user's secret has a name where a charm's has a label. A grant tells the charm nothing: it hears of a secret by an
//! option that names it, and of a new revision by secret-changed, if it has read one before.

use sidecharm::juju::names::{ApplicationName, SecretId};
use time::OffsetDateTime;

use super::life::Life;
use super::model::Model;
use super::secret::{Grant, ModelSecret, SecretOwner, SecretValues};
use super::secret_access::{SecretError, allocate};

/// Why the operator's wish is refused, in Juju's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserSecretError {
    #[error("secret with name \"{0}\" already exists")]
    NameTaken(String),
    #[error("secret \"{0}\" not found")]
    NoName(String),
    #[error("empty secret value not valid")]
    Empty,
    #[error("at least one attribute to update must be specified")]
    NothingToUpdate,
    #[error("failed to grant/revoke secret: {0}")]
    Access(String),
    #[error("cannot allocate a secret id")]
    NoId,
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// How the operator names a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    Id(SecretId),
    Name(String),
}

/// What changes of a secret; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// A new revision, unless it is what the latest one holds.
    pub content: Option<SecretValues>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub auto_prune: Option<bool>,
}

/// Makes a secret.
///
/// # Errors
/// When the name is taken or there is no content.
pub fn add(
    model: &mut Model,
    name: &str,
    description: &str,
    content: SecretValues,
    now: OffsetDateTime,
) -> Result<SecretId, UserSecretError> {
    if content.is_empty() {
        return Err(UserSecretError::Empty);
    }
    check_name(model, None, name)?;
    let id = allocate(model, now).ok_or(UserSecretError::NoId)?;
    let mut secret = ModelSecret::new(id.clone(), SecretOwner::Model, content, now);
    name.clone_into(&mut secret.label);
    description.clone_into(&mut secret.description);
    drop(model.secrets.insert(id.clone(), secret));
    Ok(id)
}

/// Changes a secret. Who tracks a revision goes on with it until it asks for a newer one.
///
/// # Errors
/// When there is no such secret, it is a charm's, the new name is taken, or nothing is to change.
pub fn update(
    model: &mut Model,
    secret: &SecretRef,
    change: Change,
    now: OffsetDateTime,
) -> Result<(), UserSecretError> {
    if change == Change::default() {
        return Err(UserSecretError::NothingToUpdate);
    }
    let id = find(model, secret)?;
    if let Some(name) = &change.name {
        check_name(model, Some(&id), name)?;
    }
    let secret = own(model, &id)?;
    let Change { content, name, description, auto_prune } = change;
    let latest = secret.latest();
    if let Some(content) = content.filter(|content| Some(content) != secret.revisions.get(&latest)) {
        secret.revisions.insert(latest + 1, content);
    }
    secret.label = name.unwrap_or_else(|| std::mem::take(&mut secret.label));
    secret.description = description.unwrap_or_else(|| std::mem::take(&mut secret.description));
    secret.auto_prune = auto_prune.unwrap_or(secret.auto_prune);
    secret.updated = Some(now);
    secret.prune();
    Ok(())
}

/// Removes a revision, or all of them. The last one takes the secret with it.
///
/// # Errors
/// When there is no such secret or revision, or it is a charm's.
pub fn remove(model: &mut Model, secret: &SecretRef, revision: Option<u32>) -> Result<(), UserSecretError> {
    let id = find(model, secret)?;
    let secret = own(model, &id)?;
    if let Some(revision) = revision {
        let removed = secret.revisions.remove(&revision);
        removed.ok_or_else(|| SecretError::RevisionNotFound { secret: id.clone(), revision })?;
    }
    if revision.is_none() || secret.revisions.is_empty() {
        drop(model.secrets.remove(&id));
    }
    Ok(())
}

/// Lets applications read a secret. Those that there are get it, also when another one is not there.
///
/// # Errors
/// When there is no such secret, it is a charm's, or an application is not there or is being removed.
pub fn grant(model: &mut Model, secret: &SecretRef, applications: &[String]) -> Result<(), UserSecretError> {
    let id = find(model, secret)?;
    own(model, &id)?;
    let mut refused = Vec::new();
    for name in applications {
        match check_application(model, name) {
            Ok(()) => drop(own(model, &id)?.grants.insert(access(name))),
            Err(reason) => refused.push(told(&id, name, &reason)),
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(UserSecretError::Access(refused.join(", "))) }
}

/// Takes grants back. What a unit has tracked so far it tracks still, but cannot read.
///
/// # Errors
/// When there is no such secret or it is a charm's.
pub fn revoke(model: &mut Model, secret: &SecretRef, applications: &[String]) -> Result<(), UserSecretError> {
    let id = find(model, secret)?;
    let secret = own(model, &id)?;
    for name in applications {
        secret.grants.remove(&access(name));
    }
    Ok(())
}

fn access(application: &str) -> Grant {
    Grant { target: application.to_owned(), relation: None }
}

fn told(id: &SecretId, application: &str, reason: &str) -> String {
    format!("cannot change access to \"{}\" for \"{application}\": {reason}", id.to_uri())
}

fn check_application(model: &Model, name: &str) -> Result<(), String> {
    let application = ApplicationName::parse(name).ok().and_then(|name| model.applications.get(&name));
    match application.map(|application| application.life) {
        Some(Life::Alive) => Ok(()),
        Some(Life::Dying | Life::Dead) => {
            Err(format!("cannot grant dying \"application-{name}\" access to secret"))
        }
        None => Err(format!("invalid subject reference: application \"{name}\" not found")),
    }
}

/// A name is unique among the user's secrets.
fn check_name(model: &Model, id: Option<&SecretId>, name: &str) -> Result<(), UserSecretError> {
    match named(model, name) {
        Some(other) if Some(other) != id => Err(UserSecretError::NameTaken(name.to_owned())),
        _ => Ok(()),
    }
}

fn find(model: &Model, secret: &SecretRef) -> Result<SecretId, UserSecretError> {
    match secret {
        SecretRef::Id(id) => Ok(id.clone()),
        SecretRef::Name(name) => {
            named(model, name).cloned().ok_or_else(|| UserSecretError::NoName(name.clone()))
        }
    }
}

fn named<'m>(model: &'m Model, name: &str) -> Option<&'m SecretId> {
    let mut secrets = model.secrets.values();
    secrets.find(|secret| secret.owner == SecretOwner::Model && secret.label == name).map(|secret| &secret.id)
}

/// The secret, which must be the user's.
fn own<'m>(model: &'m mut Model, id: &SecretId) -> Result<&'m mut ModelSecret, SecretError> {
    let secret = model.secrets.get_mut(id).ok_or_else(|| SecretError::NotFound(id.clone()))?;
    if secret.owner == SecretOwner::Model { Ok(secret) } else { Err(SecretError::Denied) }
}

#[cfg(test)]
mod tests;
