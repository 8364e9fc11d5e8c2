//! The secrets' part of a commit: creates, updates, tracking, grants, revokes, deletes, in this order.
//!
//! It works on the secrets it is given, a copy, so that a refusal in the middle leaves nothing behind. (Juju itself
//! does these one after the other before its transaction, and admits that a late refusal leaves the earlier ones.)

use std::collections::BTreeMap;

use serde::Serialize;
use sidecharm::juju::names::{SecretId, UnitName};
use time::OffsetDateTime;

use super::{CommitError, HookChanges};
use crate::controller::model::Model;
use crate::controller::secret::{Grant, ModelSecret, SecretOwner, SecretValues, rotation_period};
use crate::controller::secret_access::{SecretError, manages};

/// A new secret. Values are base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretCreate {
    pub owner: SecretOwner,
    pub content: SecretValues,
    pub details: SecretDetails,
}

/// A change of a secret; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SecretUpdate {
    /// A new revision.
    pub content: Option<SecretValues>,
    pub details: SecretDetails,
}

/// What describes a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SecretDetails {
    pub label: Option<String>,
    pub description: Option<String>,
    pub rotate: Option<String>,
    pub expire: Option<OffsetDateTime>,
}

/// Who is given or denied a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    Application(String),
    Unit(UnitName),
}

/// Access over a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SecretGrant {
    pub secret: SecretId,
    pub relation: u32,
    pub to: Subject,
}

/// Access that ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SecretRevoke {
    pub secret: SecretId,
    pub from: Subject,
}

impl Subject {
    /// `application-mysql` or `unit-mysql-0`.
    pub fn tag(&self) -> String {
        match self {
            Self::Application(name) => format!("application-{name}"),
            Self::Unit(unit) => unit.tag(),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Application(name) => name.clone(),
            Self::Unit(unit) => unit.to_string(),
        }
    }
}

type Secrets = BTreeMap<SecretId, ModelSecret>;

/// The model's secrets with the changes applied; `None` if none concern them.
pub(super) fn apply(
    model: &Model,
    unit: &UnitName,
    changes: &HookChanges,
    now: OffsetDateTime,
) -> Result<Option<Secrets>, CommitError> {
    if !concerns_secrets(changes) {
        return Ok(None);
    }
    let mut stage = Stage { secrets: model.secrets.clone(), model, unit, now };
    let failed = |what| move |error| CommitError::Secrets { what, error };
    for (id, create) in &changes.secret_creates {
        stage.create(id, create).map_err(failed("creating secrets"))?;
    }
    for (id, update) in &changes.secret_updates {
        stage.update(id, update).map_err(failed("updating secrets"))?;
    }
    for id in &changes.secret_track_latest {
        stage.track_latest(id).map_err(failed("tracking secret revisions"))?;
    }
    for grant in &changes.secret_grants {
        stage.grant(grant).map_err(failed("granting secrets access"))?;
    }
    for revoke in &changes.secret_revokes {
        stage.revoke(revoke).map_err(failed("revoking secrets access"))?;
    }
    for (id, revision) in &changes.secret_deletes {
        stage.delete(id, *revision).map_err(failed("removing secrets"))?;
    }
    Ok(Some(stage.secrets))
}

fn concerns_secrets(changes: &HookChanges) -> bool {
    !(changes.secret_creates.is_empty()
        && changes.secret_updates.is_empty()
        && changes.secret_track_latest.is_empty()
        && changes.secret_grants.is_empty()
        && changes.secret_revokes.is_empty()
        && changes.secret_deletes.is_empty())
}

struct Stage<'m> {
    secrets: Secrets,
    model: &'m Model,
    unit: &'m UnitName,
    now: OffsetDateTime,
}

impl Stage<'_> {
    /// A secret that the unit manages.
    fn managed(&mut self, id: &SecretId) -> Result<&mut ModelSecret, SecretError> {
        let secret = self.secrets.get_mut(id).ok_or_else(|| SecretError::NotFound(id.clone()))?;
        if manages(self.model, self.unit, &secret.owner) { Ok(secret) } else { Err(SecretError::Denied) }
    }

    fn create(&mut self, id: &SecretId, create: &SecretCreate) -> Result<(), SecretError> {
        if !manages(self.model, self.unit, &create.owner) {
            return Err(SecretError::Denied);
        }
        self.check_label(id, &create.owner, create.details.label.as_deref())?;
        let mut secret = ModelSecret::new(id.clone(), create.owner.clone(), create.content.clone(), self.now);
        describe(&mut secret, &create.details, self.now);
        self.secrets.insert(id.clone(), secret);
        Ok(())
    }

    fn update(&mut self, id: &SecretId, update: &SecretUpdate) -> Result<(), SecretError> {
        let now = self.now;
        let owner = self.managed(id)?.owner.clone();
        self.check_label(id, &owner, update.details.label.as_deref())?;
        let secret = self.managed(id)?;
        describe(secret, &update.details, now);
        secret.updated = Some(now);
        if let Some(content) = &update.content {
            secret.revisions.insert(secret.latest() + 1, content.clone());
        }
        Ok(())
    }

    fn track_latest(&mut self, id: &SecretId) -> Result<(), SecretError> {
        let unit = self.unit.clone();
        let secret = self.secrets.get_mut(id).ok_or_else(|| SecretError::NotFound(id.clone()))?;
        let latest = secret.latest();
        secret.consumers.entry(unit).or_default().revision = latest;
        Ok(())
    }

    fn grant(&mut self, grant: &SecretGrant) -> Result<(), SecretError> {
        let secret = self.managed(&grant.secret)?;
        secret.grants.insert(Grant { target: grant.to.name(), relation: Some(grant.relation) });
        Ok(())
    }

    fn revoke(&mut self, revoke: &SecretRevoke) -> Result<(), SecretError> {
        let name = revoke.from.name();
        let secret = self.managed(&revoke.secret)?;
        secret.grants.retain(|grant| grant.target != name);
        Ok(())
    }

    fn delete(&mut self, id: &SecretId, revision: Option<u32>) -> Result<(), SecretError> {
        let secret = self.managed(id)?;
        if let Some(revision) = revision {
            let removed = secret.revisions.remove(&revision);
            removed.ok_or_else(|| SecretError::RevisionNotFound { secret: id.clone(), revision })?;
        }
        if revision.is_none() || secret.revisions.is_empty() {
            self.secrets.remove(id);
        }
        Ok(())
    }

    /// A label is unique among the secrets of one owner.
    fn check_label(
        &self,
        id: &SecretId,
        owner: &SecretOwner,
        label: Option<&str>,
    ) -> Result<(), SecretError> {
        let Some(label) = label.filter(|label| !label.is_empty()) else { return Ok(()) };
        let taken = self
            .secrets
            .iter()
            .any(|(other, secret)| other != id && secret.owner == *owner && secret.label == label);
        if taken { Err(SecretError::LabelTaken(label.to_owned())) } else { Ok(()) }
    }
}

fn describe(secret: &mut ModelSecret, details: &SecretDetails, now: OffsetDateTime) {
    let SecretDetails { label, description, rotate, expire } = details;
    if let Some(label) = label {
        secret.label.clone_from(label);
    }
    if let Some(description) = description {
        secret.description.clone_from(description);
    }
    if let Some(rotate) = rotate {
        secret.rotate.clone_from(rotate);
        secret.next_rotate = rotation_period(rotate).map(|period| now + period);
    }
    if expire.is_some() {
        secret.expire = *expire;
    }
}
