//! Who may read and manage which secret, and what a read changes: the reader's tracked revision and labels.

use std::collections::BTreeMap;

use sidecharm::juju::names::{SecretId, UnitName};
use time::OffsetDateTime;

use super::access::leads;
use super::model::Model;
use super::secret::{Grant, ModelSecret, SecretOwner, SecretValues};

/// A refused read or change of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("permission denied")]
    Denied,
    #[error("secret \"secret:{0}\" not found")]
    NotFound(SecretId),
    #[error("consumer label \"{0}\" not found")]
    LabelNotFound(String),
    #[error("secret with label \"{0}\" already exists")]
    LabelTaken(String),
    // The typing error is Juju's.
    #[error("revison {revision} for secret \"secret:{secret}\" not found")]
    RevisionNotFound { secret: SecretId, revision: u32 },
}

/// What a unit may know of a secret that it manages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretMetadata {
    pub owner: SecretOwner,
    pub label: String,
    pub description: String,
    /// `never` where no policy was ever set.
    pub rotate: String,
    pub next_rotate: Option<OffsetDateTime>,
    pub expire: Option<OffsetDateTime>,
    pub latest: u32,
    /// The latest content, values in base64.
    pub content: SecretValues,
    pub grants: Vec<GrantedAccess>,
}

/// A grant, with the relation as its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedAccess {
    pub grant: Grant,
    pub scope: String,
}

/// Which secret a read is about.
#[derive(Debug, Clone, Copy)]
pub enum SecretName<'s> {
    /// By id; a non-empty label is the reader's new name for it.
    Id {
        id: &'s SecretId,
        label: &'s str,
    },
    Label(&'s str),
}

/// How a read treats the tracked revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The tracked revision.
    Tracked,
    /// The latest one, without tracking it.
    Peek,
    /// The latest one, tracked from now on.
    Refresh,
}

/// A read's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretContent {
    pub id: SecretId,
    pub revision: u32,
    /// Values in base64.
    pub content: SecretValues,
    /// The revision tracked from now on, if the read set it.
    pub tracked: Option<u32>,
    pub owner_label: Option<String>,
    pub consumer_label: Option<String>,
}

/// The secrets that the unit manages: its own, and a leader's application's.
pub fn managed(model: &Model, unit: &UnitName) -> BTreeMap<SecretId, SecretMetadata> {
    let managed = model.secrets.iter().filter(|(_, secret)| manages(model, unit, &secret.owner));
    managed.map(|(id, secret)| (id.clone(), metadata(model, secret))).collect()
}

/// Whether the unit manages what this owner owns.
pub fn manages(model: &Model, unit: &UnitName, owner: &SecretOwner) -> bool {
    match owner {
        SecretOwner::Application(application) => *application == unit.application() && leads(model, unit),
        SecretOwner::Unit(owner) => owner == unit,
        SecretOwner::Model => false,
    }
}

/// Reads a secret. The first read of it pins its latest revision for the reader, also a peek.
///
/// # Errors
/// When there is no such secret or label, or the unit may not read it.
pub fn read(
    model: &mut Model,
    unit: &UnitName,
    name: SecretName<'_>,
    reading: Reading,
) -> Result<SecretContent, SecretError> {
    let id = match name {
        SecretName::Id { id, .. } => id.clone(),
        SecretName::Label(label) => find_label(model, unit, label)?,
    };
    let secret = model.secrets.get(&id).ok_or_else(|| SecretError::NotFound(id.clone()))?;
    if !may_read(model, unit, secret) {
        return Err(SecretError::Denied);
    }
    let owner_label = match name {
        SecretName::Id { label, .. } if !label.is_empty() && manages(model, unit, &secret.owner) => {
            Some(label.to_owned()).filter(|label| *label != secret.label)
        }
        SecretName::Id { .. } | SecretName::Label(_) => None,
    };
    let is_owners = is_owners(unit, &secret.owner);
    let Some(secret) = model.secrets.get_mut(&id) else { return Err(SecretError::NotFound(id)) };
    if let Some(label) = &owner_label {
        secret.label.clone_from(label);
    }
    let latest = secret.latest();
    let mut tracked = None;
    let consumer = secret.consumers.entry(unit.clone()).or_default();
    if consumer.revision == 0 || reading == Reading::Refresh {
        consumer.revision = latest;
        tracked = Some(latest);
    }
    let consumer_label = match name {
        // Owners have no label of their own beside the secret's.
        SecretName::Id { label, .. } if !label.is_empty() && !is_owners && consumer.label != label => {
            label.clone_into(&mut consumer.label);
            Some(label.to_owned())
        }
        SecretName::Id { .. } | SecretName::Label(_) => None,
    };
    let revision = if reading == Reading::Peek { latest } else { consumer.revision };
    // A tracked revision may have been removed: then it is no more to be had.
    let content = secret.revisions.get(&revision).cloned();
    let content = content.ok_or_else(|| SecretError::RevisionNotFound { secret: id.clone(), revision })?;
    secret.prune();
    Ok(SecretContent { id, revision, content, tracked, owner_label, consumer_label })
}

/// The reader's own label, else that of a secret of its unit or application.
fn find_label(model: &Model, unit: &UnitName, label: &str) -> Result<SecretId, SecretError> {
    let consumed = model.secrets.iter().find(|(_, secret)| {
        secret.consumers.get(unit).is_some_and(|consumer| !label.is_empty() && consumer.label == label)
    });
    let owned =
        || model.secrets.iter().find(|(_, secret)| secret.label == label && is_owners(unit, &secret.owner));
    let found = consumed.or_else(owned).map(|(id, _)| id.clone());
    found.ok_or_else(|| SecretError::LabelNotFound(label.to_owned()))
}

fn is_owners(unit: &UnitName, owner: &SecretOwner) -> bool {
    match owner {
        SecretOwner::Application(application) => *application == unit.application(),
        SecretOwner::Unit(owner) => owner == unit,
        SecretOwner::Model => false,
    }
}

fn may_read(model: &Model, unit: &UnitName, secret: &ModelSecret) -> bool {
    let application = unit.application();
    let granted = |grant: &Grant| {
        let lives = grant.relation.is_none_or(|relation| model.relations.contains_key(&relation));
        lives && (grant.target == unit.as_str() || grant.target == application.as_str())
    };
    is_owners(unit, &secret.owner) || secret.grants.iter().any(granted)
}

fn metadata(model: &Model, secret: &ModelSecret) -> SecretMetadata {
    let latest = secret.latest();
    let grants = secret.grants.iter().map(|grant| {
        let relation = grant.relation.and_then(|relation| model.relations.get(&relation));
        GrantedAccess {
            grant: grant.clone(),
            scope: relation.map(super::relation::Relation::tag).unwrap_or_default(),
        }
    });
    SecretMetadata {
        owner: secret.owner.clone(),
        label: secret.label.clone(),
        description: secret.description.clone(),
        rotate: if secret.rotate.is_empty() { "never".to_owned() } else { secret.rotate.clone() },
        next_rotate: secret.next_rotate,
        expire: secret.expire,
        latest,
        content: secret.revisions.get(&latest).cloned().unwrap_or_default(),
        grants: grants.collect(),
    }
}

/// The next secret's id: 20 characters like an xid's, of the time, the model and a counter.
pub fn allocate(model: &mut Model, now: OffsetDateTime) -> Option<SecretId> {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    model.next.secret += 1;
    let seconds = u32::try_from(now.unix_timestamp()).unwrap_or(0).to_be_bytes();
    let digits: Vec<u8> = model.uuid.bytes().filter(u8::is_ascii_hexdigit).take(10).collect();
    let machine = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        u8::from_str_radix(pair, 16).unwrap_or(0)
    });
    let [.., high, middle, low] = model.next.secret.to_be_bytes();
    let mut bytes: Vec<u8> = seconds.into_iter().chain(machine).collect();
    bytes.resize(9, 0);
    bytes.extend([high, middle, low]);
    // 96 bits and four empty ones make 20 letters of five bits.
    let bits = bytes.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte)) << 4;
    let letters = (0..20).rev().map(|place| {
        let index = (bits >> (5 * place)) & 31;
        char::from(LETTERS.get(usize::try_from(index).unwrap_or(0)).copied().unwrap_or(b'0'))
    });
    SecretId::parse(&letters.collect::<String>()).ok()
}

#[cfg(test)]
mod tests;
