//! The hooks of secrets: expired, rotate, changed, remove, in this order.

use sidecharm::juju::names::SecretId;
use time::{Duration, OffsetDateTime};

use super::{Next, View, hook};
use crate::controller::access::leads;
use crate::controller::model::Model;
use crate::controller::secret::{ModelSecret, SecretOwner};
use crate::run::{Hook, SecretHook};
use crate::uniter::memory::Memory;

/// Juju holds secret-remove back this long, so that a deletion in between makes it needless.
pub const OBSOLETE_DELAY: Duration = Duration::seconds(1);

/// Rank 8.
pub(super) fn next(view: &View<'_>) -> Option<Next> {
    if !view.record.installed || !view.is_alive() || !view.is_free() {
        return None;
    }
    let owned: Vec<&ModelSecret> =
        view.model.secrets.values().filter(|secret| is_owner(view, secret)).collect();
    expired(view, &owned)
        .or_else(|| rotate(view, &owned))
        .or_else(|| changed(view))
        .or_else(|| obsolete(view, &owned))
        .map(hook)
}

/// When the clock alone makes the next secret hook due.
pub fn next_due(model: &Model, memory: &Memory, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let of_secrets =
        model.secrets.values().flat_map(|secret| secret.next_rotate.into_iter().chain(secret.expire));
    of_secrets.chain(memory.obsolete.values().copied()).filter(|due| *due > now).min()
}

/// Whether the unit acts for the owner: the owning unit, or the leader of the owning application. What the agent still
/// believes of its lease is not enough: the hook would be dropped as it begins, and chosen again at once.
fn is_owner(view: &View<'_>, secret: &ModelSecret) -> bool {
    match &secret.owner {
        SecretOwner::Unit(unit) => *unit == view.unit.name,
        SecretOwner::Application(application) => {
            *application == view.application.name && view.record.leader && leads(view.model, &view.unit.name)
        }
        SecretOwner::Model => false,
    }
}

fn expired(view: &View<'_>, owned: &[&ModelSecret]) -> Option<Hook> {
    let secret = owned.iter().find(|secret| secret.expire.is_some_and(|due| due <= view.now))?;
    Some(about(SecretHook::Expired, &secret.id, secret.label.clone(), Some(secret.latest())))
}

fn rotate(view: &View<'_>, owned: &[&ModelSecret]) -> Option<Hook> {
    let secret = owned.iter().find(|secret| secret.next_rotate.is_some_and(|due| due <= view.now))?;
    Some(about(SecretHook::Rotate, &secret.id, secret.label.clone(), None))
}

/// Every unit that has read the secret is told of a newer revision, the owner under its own label.
fn changed(view: &View<'_>) -> Option<Hook> {
    view.record.secret_revisions.iter().find_map(|(id, known)| {
        let secret = view.model.secrets.get(id)?;
        let consumer = secret.consumers.get(&view.unit.name)?;
        let newer = secret.latest() != *known;
        let label = match &secret.owner {
            SecretOwner::Application(name) if *name == view.application.name => &secret.label,
            SecretOwner::Unit(unit) if *unit == view.unit.name => &secret.label,
            SecretOwner::Application(_) | SecretOwner::Unit(_) | SecretOwner::Model => &consumer.label,
        };
        newer.then(|| about(SecretHook::Changed, id, label.clone(), None))
    })
}

fn obsolete(view: &View<'_>, owned: &[&ModelSecret]) -> Option<Hook> {
    let due = |secret: &&&ModelSecret, revision: u32| {
        let key = (secret.id.clone(), revision);
        let seen = view.memory.obsolete.get(&key).is_some_and(|due| *due <= view.now);
        seen && !view.record.obsolete_announced.contains(&key)
    };
    owned.iter().find_map(|secret| {
        let revision = secret.obsolete_revisions().find(|revision| due(&secret, *revision))?;
        Some(about(SecretHook::Remove, &secret.id, secret.label.clone(), Some(revision)))
    })
}

fn about(kind: SecretHook, secret: &SecretId, label: String, revision: Option<u32>) -> Hook {
    Hook::Secret { kind, secret: secret.clone(), label, revision }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use sidecharm::juju::names::UnitName;

    use super::*;
    use crate::controller::sample;
    use crate::hooktools::memory::KnownRelation;
    use crate::uniter::resolver;

    fn chosen(model: &Model, unit: &UnitName) -> Option<&'static str> {
        let mut memory = Memory { leader: true, leader_settings: Some(0), ..Memory::default() };
        let known = |number: &u32| Some((*number, KnownRelation::learn(model, unit, *number)?));
        memory.tools.relations.extend(model.relations.keys().filter_map(known));
        match resolver::next(model, unit, &memory, sample::NOW) {
            Next::Run(chosen) => match chosen.run {
                crate::run::Run::Hook(hook) => Some(hook.kind()),
                crate::run::Run::Action { .. } | crate::run::Run::Exec { .. } => None,
            },
            _ => None,
        }
    }

    #[test]
    fn a_leader_that_has_not_heard_of_its_loss_is_asked_nothing_about_the_applications_secrets() {
        let mut model = sample::model();
        let (leader, other) = (sample::unit("web/0"), sample::unit("web/1"));
        let id = SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap();
        let secret = ModelSecret {
            id: id.clone(),
            owner: SecretOwner::Application(leader.application()),
            label: String::new(),
            description: String::new(),
            rotate: "hourly".to_owned(),
            next_rotate: Some(sample::NOW),
            expire: None,
            revisions: BTreeMap::from([(1, crate::controller::secret::SecretValues::default())]),
            grants: BTreeSet::new(),
            consumers: BTreeMap::new(),
            auto_prune: false,
            created: None,
            updated: None,
        };
        model.secrets.insert(id, secret);
        let record = &mut model.units.get_mut(&leader).unwrap().agent;
        (record.installed, record.started, record.leader) = (true, true, true);
        assert_eq!(chosen(&model, &leader), Some("secret-rotate"));
        model.applications.get_mut(&leader.application()).unwrap().leadership.leader = Some(other);
        assert_ne!(chosen(&model, &leader), Some("secret-rotate"));
    }
}
