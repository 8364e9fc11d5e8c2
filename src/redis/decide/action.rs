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

/// Accepts the data of the only unit that is left.
fn promote(situation: &Situation<'_>) -> Vec<Effect<RedisEffect>> {
    let Some(master) = situation.lost_master() else {
        let reason = "nothing to do: only a unit that says so in its status waits for this";
        return vec![Effect::ActionFailure(reason.to_owned())];
    };
    let text =
        format!("master, with the data of this unit; what only {} had is lost", situation.name(master));
    let results = Effect::ActionResults(BTreeMap::from([("result", Secret::new(text))]));
    members::effect("sentinel", Change::SentinelTakeOver).into_iter().chain([results]).collect()
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
