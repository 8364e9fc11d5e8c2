//! The own server's role, and the own sentinel's idea of who belongs to the application.

use crate::effects::Effect;
use crate::juju::names::ContainerName;
use crate::redis::age::{self, Tell};
use crate::redis::effects::{Change, RedisEffect};
use crate::redis::role::{self, Step};
use crate::redis::situation::Situation;
use crate::redis::view::View;
use crate::redis::{layers, membership};
use crate::secret::Secret;

/// A unit that stays.
pub(super) fn converge(situation: &Situation<'_>) -> Vec<Effect<RedisEffect>> {
    let Some(view) = &situation.own.view else { return Vec::new() };
    if situation.is_foreign() {
        return Vec::new();
    }
    if is_last(situation, view) {
        return effect("sentinel", Change::SentinelTakeOver);
    }
    let mut effects = Vec::new();
    // `watch` acts on the same answers, and sooner.
    if !situation.container("redis").is_some_and(|container| container.is_active(layers::WATCH)) {
        effects.extend(give_role(view, situation));
        effects.extend(tell_age(view));
    }
    let quorum = membership::quorum(situation.unit_hosts.len());
    if view.own_sentinel().is_some_and(|sentinel| sentinel.quorum != quorum) {
        effects.extend(effect("sentinel", Change::SentinelSet("quorum", Secret::new(quorum.to_string()))));
    }
    if membership::may_reset(view) {
        effects.extend(effect("sentinel", Change::SentinelReset));
    }
    effects
}

/// A unit that is being removed: its server must not be master when it goes.
pub(super) fn leave(situation: &Situation<'_>) -> Vec<Effect<RedisEffect>> {
    let others = situation.own.view.as_ref().filter(|view| view.is_master() && !view.sentinels.is_empty());
    others.map_or_else(Vec::new, |_| effect("redis", Change::HandOver))
}

fn give_role(view: &View, situation: &Situation<'_>) -> Vec<Effect<RedisEffect>> {
    match role::next(view, situation.standing()) {
        Step::Keep | Step::Wait(_) => Vec::new(),
        Step::Promote => effect("redis", Change::Promote),
        Step::Follow(master) => effect("redis", Change::Follow(master)),
        Step::HandOver => effect("sentinel", Change::FailOver),
        Step::GiveWay => effect("sentinel", Change::GiveWay),
        Step::RestartSentinel => effect("sentinel", Change::SentinelRestart),
    }
}

/// A hook does not read the server's files: without `watch` all that were started without a master count as equally old.
fn tell_age(view: &View) -> Vec<Effect<RedisEffect>> {
    let priority = match age::next(view) {
        Tell::Usual => age::USUAL,
        Tell::Age { patient: false, .. } if is_untold(view) => age::LAST,
        Tell::Nothing | Tell::Age { .. } => return Vec::new(),
    };
    effect("redis", Change::Configure("replica-priority", Secret::new(priority.to_string())))
}

fn is_untold(view: &View) -> bool {
    view.server.as_ref().is_some_and(|server| server.priority == age::UNTOLD)
}

/// All other units are gone for good, and took the master with them: no majority will ever name another. What the own
/// server has is all there is, unless the master wrote on without it.
fn is_last(situation: &Situation<'_>, view: &View) -> bool {
    let alone = situation.unit_hosts == [situation.host.as_str()] && situation.observed.existing_units == 1;
    let has_data = situation.standing().has_lineage;
    // A sentinel that knows no master at all was interrupted in taking over.
    let elsewhere = view.own_sentinel().is_none_or(|sentinel| sentinel.master.host != situation.host);
    let runs = situation.container("sentinel").is_some_and(|container| container.is_active(layers::SENTINEL));
    let trusted = situation.lost_master().is_none();
    alone
        && has_data
        && trusted
        && elsewhere
        && runs
        && view.server.as_ref().is_some_and(|server| !server.loading)
}

pub(super) fn effect(container: &str, change: Change) -> Vec<Effect<RedisEffect>> {
    let container = ContainerName::parse(container);
    container.map(|container| Effect::Workload(RedisEffect { container, change })).into_iter().collect()
}
