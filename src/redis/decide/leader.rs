//! What the leader shares with all units, in the peer application bag and the secret.

use crate::effects::{Bag, Effect};
use crate::juju::names::UnitName;
use crate::observed::SecretState;
use crate::redis::bootstrap::first_master;
use crate::redis::effects::RedisEffect;
use crate::redis::passwords::Passwords;
use crate::redis::situation::{BOOTSTRAPPED_KEY, EPOCH_KEY, MASTER_KEY, SECRET_KEY, Situation, VERSION_KEY};
use crate::redis::view::View;

/// The passwords, the first master, and later whoever is master.
pub(super) fn share(situation: &Situation<'_>) -> Vec<Effect<RedisEffect>> {
    let Some(peer) = &situation.observed.peer else { return Vec::new() };
    let mut effects = Vec::new();
    // Servers with a master have passwords: new ones would only lock the charm out.
    if situation.observed.secret == SecretState::Unnamed && !situation.bootstrapped {
        effects.push(Effect::CreateSecret {
            description: "the passwords of redis and sentinel",
            keys: Passwords::KEYS.to_vec(),
            named_in: peer.id.clone(),
            under: SECRET_KEY,
        });
    }
    let planned = situation.observed.planned_units.iter().map(UnitName::number).collect();
    let mut wanted = situation.roster.with(&planned).to_bag();
    if let Some(master) = situation.confirmed_master() {
        drop(wanted.insert(MASTER_KEY.to_owned(), master.to_owned()));
        let epoch = situation.own.view.as_ref().and_then(View::announced_epoch).unwrap_or(0);
        drop(wanted.insert(EPOCH_KEY.to_owned(), epoch.to_string()));
        drop(wanted.insert(BOOTSTRAPPED_KEY.to_owned(), "true".to_owned()));
    } else if !situation.bootstrapped {
        let chosen = situation.hinted_master().and_then(|host| situation.hosts.unit(host));
        let first = first_master(&situation.observed.planned_units, situation.unit(), chosen.as_ref());
        wanted.extend(first.map(|unit| (MASTER_KEY.to_owned(), situation.hosts.name(&unit))));
    }
    let version =
        situation.own.view.as_ref().and_then(|view| view.server.as_ref()).map(|server| &server.version);
    if let Some(version) = version {
        drop(wanted.insert(VERSION_KEY.to_owned(), version.clone()));
        if peer.application.get(VERSION_KEY) != Some(version) {
            effects.push(Effect::WorkloadVersion(version.clone()));
        }
    }
    effects.extend(Effect::publish(&peer.id, Bag::Application, Some(&peer.application), Some(wanted)));
    effects
}
