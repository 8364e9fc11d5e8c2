//! The generated key: the leader makes it, in a secret of the application's that the peer bag names.

use super::Effects;
use crate::effects::{Bag, Effect, OwnSecret};
use crate::juju::names::{RelationId, SecretId};
use crate::observed::SecretState;
use crate::relations::secret_storage;
use crate::webapp::effects::WebEffect;
use crate::webapp::situation::{SECRET_NAME, SECRET_VALUE, Situation};

/// Makes the key where there is none. One that a Python charm left in the peer bag, or in a secret with its label, is used as
/// it is.
pub(super) fn share(situation: &Situation<'_>) -> Effects {
    let observed = situation.observed;
    let Some(peer) = observed.peer.as_ref().filter(|_| observed.is_leader) else { return Vec::new() };
    let has = situation.adopted_key().is_some() || observed.secret != SecretState::Unnamed;
    if has { Vec::new() } else { vec![create(peer.id.clone())] }
}

/// A new key in the place of the present one; nothing where there is none yet.
pub(super) fn rotate(situation: &Situation<'_>) -> Option<Effects> {
    let peer = situation.observed.peer.as_ref()?;
    let framework = situation.charm.profile.framework.as_str();
    match (&situation.observed.secret, situation.adopted_key()) {
        // It stood in the bag for everybody to see: from now on it is a secret.
        (SecretState::Unnamed, Some(_)) => {
            let gone = secret_storage::remove(framework);
            Some(vec![create(peer.id.clone()), Effect::Databag(peer.id.clone(), Bag::Application, gone)])
        }
        (SecretState::Known(_), _) => {
            let named = peer.application.get(SECRET_NAME).and_then(|id| SecretId::parse(id).ok());
            let label = situation.charm.profile.key_label().map(OwnSecret::Label);
            let which = named.map(OwnSecret::Id).or(label)?;
            Some(vec![Effect::RenewSecret { which, keys: vec![SECRET_VALUE] }])
        }
        _ => None,
    }
}

fn create(named_in: RelationId) -> Effect<WebEffect> {
    Effect::CreateSecret {
        description: "the key that the app signs with",
        keys: vec![SECRET_VALUE],
        named_in,
        under: SECRET_NAME,
    }
}
