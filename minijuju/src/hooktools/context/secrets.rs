//! Secrets as one run sees and changes them.
//!
//! What Juju's recorder of secret changes keeps and drops, it keeps and drops: a removal forgets whatever else was
//! planned for the secret, a later set takes a removal back, one grant per secret and relation survives.

use std::collections::{BTreeMap, BTreeSet};

use sidecharm::juju::names::SecretId;

use super::HookContext;
use crate::controller::commit::{
    HookChanges, SecretCreate, SecretDetails, SecretGrant, SecretRevoke, SecretUpdate, Subject,
};
use crate::controller::model::Model;
use crate::controller::secret::{SecretOwner, SecretValues};
use crate::controller::secret_access::{self, Reading, SecretMetadata, SecretName};
use crate::hooktools::effect::{Effect, SecretRead};

/// The secrets the unit managed when the run began, and what waits.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingSecrets {
    known: BTreeMap<SecretId, SecretMetadata>,
    creates: BTreeMap<SecretId, SecretCreate>,
    updates: BTreeMap<SecretId, SecretUpdate>,
    deletes: BTreeMap<SecretId, Option<u32>>,
    track_latest: BTreeSet<SecretId>,
    grants: BTreeMap<(SecretId, u32), Subject>,
    revokes: Vec<SecretRevoke>,
}

/// What secret-info-get tells.
#[derive(Debug, Clone)]
pub(in crate::hooktools) struct SecretInfo {
    pub(in crate::hooktools) id: SecretId,
    pub(in crate::hooktools) metadata: SecretMetadata,
}

impl PendingSecrets {
    pub(super) fn of(known: BTreeMap<SecretId, SecretMetadata>) -> Self {
        Self { known, ..Self::default() }
    }

    pub(super) fn add_to(&self, changes: &mut HookChanges) {
        changes.secret_creates.clone_from(&self.creates);
        changes.secret_updates.clone_from(&self.updates);
        changes.secret_deletes.clone_from(&self.deletes);
        changes.secret_track_latest.clone_from(&self.track_latest);
        changes.secret_grants = self
            .grants
            .iter()
            .map(|((secret, relation), to)| SecretGrant {
                secret: secret.clone(),
                relation: *relation,
                to: to.clone(),
            })
            .collect();
        changes.secret_revokes.clone_from(&self.revokes);
    }
}

impl HookContext {
    /// Plans a new secret.
    ///
    /// # Errors
    /// When another secret of this run has the label.
    pub(in crate::hooktools) fn create_secret(
        &mut self,
        id: SecretId,
        create: SecretCreate,
    ) -> Result<(), String> {
        let label = create.details.label.as_ref();
        if let Some(label) = label.filter(|label| {
            self.secrets.creates.values().any(|other| other.details.label.as_ref() == Some(label))
        }) {
            return Err(format!("secret with label \"{label}\" already exists"));
        }
        self.secrets.creates.insert(id, create);
        Ok(())
    }

    /// Plans a change of a secret. Content equal to the committed one is no change.
    pub(in crate::hooktools) fn update_secret(&mut self, id: SecretId, mut update: SecretUpdate) {
        if let Some(create) = self.secrets.creates.get_mut(&id) {
            merge(&mut create.details, update.details);
            if let Some(content) = update.content {
                create.content = content;
            }
            return;
        }
        let committed = self.secrets.known.get(&id).map(|known| &known.content);
        update.content = update.content.filter(|content| Some(content) != committed);
        if update == SecretUpdate::default() {
            return;
        }
        self.secrets.deletes.remove(&id);
        match self.secrets.updates.get_mut(&id).filter(|_| self.profile.merged_secret_sets) {
            Some(pending) => {
                merge(&mut pending.details, update.details);
                pending.content = update.content.or_else(|| pending.content.take());
            }
            None => {
                self.secrets.updates.insert(id, update);
            }
        }
    }

    /// Plans the removal of a secret or of one revision, instead of whatever else was planned for it.
    pub(in crate::hooktools) fn remove_secret(&mut self, id: SecretId, revision: Option<u32>) {
        let secrets = &mut self.secrets;
        secrets.creates.remove(&id);
        secrets.updates.remove(&id);
        secrets.grants.retain(|(secret, _), _| *secret != id);
        secrets.revokes.retain(|revoke| revoke.secret != id);
        secrets.deletes.insert(id, revision);
    }

    /// Plans a grant over a relation.
    pub(in crate::hooktools) fn grant_secret(&mut self, id: SecretId, relation: u32, to: Subject) {
        self.secrets.grants.insert((id, relation), to);
    }

    /// Plans a revoke; one of the whole application covers its units'.
    pub(in crate::hooktools) fn revoke_secret(&mut self, id: SecretId, from: Subject) {
        let covers = |whole: &Subject, part: &Subject| match (whole, part) {
            (Subject::Application(name), Subject::Unit(unit)) => *name == unit.application().as_str(),
            (whole, part) => whole == part,
        };
        let revoke = SecretRevoke { secret: id, from };
        let same = |other: &SecretRevoke| other.secret == revoke.secret;
        if self.secrets.revokes.iter().any(|other| same(other) && covers(&other.from, &revoke.from)) {
            return;
        }
        self.secrets.revokes.retain(|other| !(same(other) && covers(&revoke.from, &other.from)));
        self.secrets.revokes.push(revoke);
    }

    /// The owner of a secret that the unit manages, planned ones included.
    pub(in crate::hooktools) fn secret_owner(&self, id: &SecretId) -> Option<&SecretOwner> {
        let planned = self.secrets.creates.get(id).map(|create| &create.owner);
        planned.or_else(|| self.secrets.known.get(id).map(|known| &known.owner))
    }

    /// The secrets that the unit manages, with what is planned for them but for grants; planned removals are left out.
    pub(in crate::hooktools) fn secret_infos(&self) -> Vec<SecretInfo> {
        let known = self.secrets.known.iter().map(|(id, known)| {
            let mut metadata = known.clone();
            if let Some(update) = self.secrets.updates.get(id) {
                describe(&mut metadata, &update.details);
            }
            SecretInfo { id: id.clone(), metadata }
        });
        let created = self.secrets.creates.iter().map(|(id, create)| {
            let mut metadata = SecretMetadata {
                owner: create.owner.clone(),
                label: String::new(),
                description: String::new(),
                rotate: String::new(),
                next_rotate: None,
                expire: None,
                latest: 1,
                content: create.content.clone(),
                grants: Vec::new(),
            };
            describe(&mut metadata, &create.details);
            SecretInfo { id: id.clone(), metadata }
        });
        created.chain(known).filter(|info| !self.secrets.deletes.contains_key(&info.id)).collect()
    }

    /// Reads a secret by id or by label: planned content where Juju shows it, else the controller's.
    ///
    /// # Errors
    /// When there is none, or the unit may not read it.
    pub(in crate::hooktools) fn read_secret(
        &mut self,
        model: &mut Model,
        id: Option<&SecretId>,
        label: &str,
        reading: Reading,
    ) -> Result<SecretValues, String> {
        if let Some(content) = self.read_created(id, label) {
            return Ok(content);
        }
        let planned = self.planned_update(id, label);
        if let Some((id, content)) = &planned
            && reading != Reading::Tracked
        {
            if reading == Reading::Refresh {
                self.secrets.track_latest.insert(id.clone());
            }
            if let Some(content) = content {
                return Ok(content.clone());
            }
        }
        let name = match (id, &planned) {
            (Some(id), _) => SecretName::Id { id, label },
            // Only the plan knows this label.
            (None, Some((id, _))) => SecretName::Id { id, label: "" },
            (None, None) => SecretName::Label(label),
        };
        let read =
            secret_access::read(model, &self.unit, name, reading).map_err(|error| error.to_string())?;
        self.did(Effect::SecretContent(SecretRead {
            secret: read.id,
            revision: read.revision,
            peek: reading == Reading::Peek,
            refresh: reading == Reading::Refresh,
            tracked: read.tracked,
            owner_label: read.owner_label,
            consumer_label: read.consumer_label,
        }));
        Ok(read.content)
    }

    /// The content of a secret of this run; named by id and label, it takes the label.
    fn read_created(&mut self, id: Option<&SecretId>, label: &str) -> Option<SecretValues> {
        let create = match id {
            Some(id) => self.secrets.creates.get_mut(id)?,
            None => self
                .secrets
                .creates
                .values_mut()
                .find(|create| create.details.label.as_deref() == Some(label))?,
        };
        if id.is_some() && !label.is_empty() {
            create.details.label = Some(label.to_owned());
        }
        Some(create.content.clone())
    }

    /// The plan for a secret, found by its id, or by the label that the plan gives it.
    fn planned_update(&self, id: Option<&SecretId>, label: &str) -> Option<(SecretId, Option<SecretValues>)> {
        let found = match id {
            Some(id) => self.secrets.updates.get_key_value(id),
            None => {
                self.secrets.updates.iter().find(|(_, update)| update.details.label.as_deref() == Some(label))
            }
        };
        found.map(|(id, update)| (id.clone(), update.content.clone()))
    }
}

fn merge(details: &mut SecretDetails, newer: SecretDetails) {
    let SecretDetails { label, description, rotate, expire } = newer;
    details.label = label.or_else(|| details.label.take());
    details.description = description.or_else(|| details.description.take());
    details.rotate = rotate.or_else(|| details.rotate.take());
    details.expire = expire.or(details.expire);
}

fn describe(metadata: &mut SecretMetadata, details: &SecretDetails) {
    let SecretDetails { label, description, rotate, expire } = details.clone();
    metadata.label = label.unwrap_or_else(|| metadata.label.clone());
    metadata.description = description.unwrap_or_else(|| metadata.description.clone());
    metadata.rotate = rotate.unwrap_or_else(|| metadata.rotate.clone());
    metadata.expire = expire.or(metadata.expire);
}
