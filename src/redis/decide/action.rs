//! The actions, by the names and results of the Python charm.

use std::collections::BTreeMap;

use super::members;
use crate::effects::Effect;
use crate::juju::event::ActionEvent;
use crate::redis::effects::{Change, RedisEffect};
use crate::redis::passwords::Passwords;
use crate::redis::situation::Situation;
use crate::secret::Secret;

/// What the action reports.
pub(super) fn run(situation: &Situation<'_>, event: &ActionEvent) -> Vec<Effect<RedisEffect>> {
    let effect = match event.name.as_str() {
        "check-service" => check_service(situation),
        "get-initial-admin-password" => password(situation, "redis-password", |passwords| &passwords.redis),
        "get-sentinel-password" => password(situation, "sentinel-password", |passwords| &passwords.sentinel),
        "promote-to-primary" => return promote(situation),
        other => Effect::ActionFailure(format!("this charm has no action {other}")),
    };
    vec![effect]
}

/// Accepts this unit's data as they are: of the only unit that is left, or of one of several without a master.
fn promote(situation: &Situation<'_>) -> Vec<Effect<RedisEffect>> {
    let (change, lost) = if let Some(master) = situation.lost_master() {
        (Change::SentinelTakeOver, situation.name(master))
    } else if situation.is_empty_alone() {
        (Change::SentinelTakeOver, "the lost storage".to_owned())
    } else if situation.is_stranded() {
        (Change::SentinelTakeOver, "the units that were removed".to_owned())
    } else if situation.may_claim() {
        (Change::Claim, "another unit".to_owned())
    } else {
        let blind = situation.own.view.as_ref().is_none_or(|view| view.announced_master().is_none());
        let reason = if blind {
            "too few sentinels answer to know who is master: bring the other units back, or remove them"
        } else {
            "nothing to do: this unit has a master to follow, or is it, or holds no data of its own"
        };
        return vec![Effect::ActionFailure(reason.to_owned())];
    };
    let text = format!("master, with the data of this unit; what only {lost} had is lost");
    let results = Effect::ActionResults(BTreeMap::from([("result", Secret::new(text))]));
    members::effect("sentinel", change).into_iter().chain([results]).collect()
}

fn check_service(situation: &Situation<'_>) -> Effect<RedisEffect> {
    let answers = situation.own.view.as_ref().is_some_and(|view| view.server.is_some());
    if answers {
        Effect::ActionResults(BTreeMap::from([("result", Secret::new("Service is running"))]))
    } else {
        Effect::ActionFailure("Service is not running".to_owned())
    }
}

fn password(
    situation: &Situation<'_>,
    key: &'static str,
    of: impl Fn(&Passwords) -> &Secret,
) -> Effect<RedisEffect> {
    match situation.usable_passwords() {
        Some(passwords) => Effect::ActionResults(BTreeMap::from([(key, of(passwords).clone())])),
        None => Effect::ActionFailure("the passwords cannot be read: see the unit's status".to_owned()),
    }
}
