//! Quorum, and when a sentinel may forget units that left. Each unit looks after its own sentinel only.
//!
//! A sentinel never forgets another by itself, and its majority counts the forgotten ones, so after a scale-down it
//! must be told (`SENTINEL RESET`). That empties its memory until it has read the master's list anew, and while the
//! master is down it would learn nothing: a reset at the wrong moment ends all failovers. Hence [`may_reset`].

use super::view::View;

/// Sentinels that must agree that the master is down: a majority of the planned units.
pub fn quorum(planned_units: usize) -> u32 {
    u32::try_from(planned_units / 2 + 1).unwrap_or(u32::MAX)
}

/// Whether the own sentinel should forget what it knows and learn anew.
///
/// It must know more sentinels or replicas than there are units; the master must be up and no failover going on; every
/// unit's sentinel must answer and name the same master; and all units before this one must have forgotten
/// already, so that one sentinel at a time is blind.
pub fn may_reset(view: &View) -> bool {
    let others = u32::try_from(view.sentinels.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let Some(own) = view.own_sentinel() else { return false };
    let stale = own.other_sentinels > others || own.replicas > others;
    let settled = view.sentinels.iter().all(|answer| {
        answer
            .sentinel
            .as_ref()
            .is_some_and(|other| other.master == own.master && !other.down && !other.failover)
    });
    let before = view.sentinels.iter().take_while(|answer| answer.host != view.me);
    let clean = |count: u32| count == others;
    let turn = before.filter_map(|answer| answer.sentinel.as_ref());
    stale && settled && turn.into_iter().all(|other| clean(other.other_sentinels) && clean(other.replicas))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::view::{Address, Sentinel, SentinelAnswer};
    use super::*;

    fn view(me: usize, known: &[Option<(u32, u32)>]) -> View {
        let sentinel = |(other_sentinels, replicas)| Sentinel {
            master: Address { host: "app-0.x".to_owned(), port: 6379 },
            down: false,
            failover: false,
            promoted: false,
            disconnected: false,
            config_epoch: 1,
            last_ok_ping: Duration::ZERO,
            quorum: 2,
            other_sentinels,
            replicas,
        };
        let answer = |(number, known): (usize, &Option<(u32, u32)>)| SentinelAnswer {
            host: format!("app-{number}.x"),
            sentinel: known.map(sentinel),
        };
        View {
            me: format!("app-{me}.x"),
            server: None,
            sentinels: known.iter().enumerate().map(answer).collect(),
        }
    }

    fn check(me: usize, known: &[Option<(u32, u32)>], expected: bool) {
        assert_eq!(may_reset(&view(me, known)), expected, "unit {me} of {known:?}");
    }

    #[test]
    fn sentinels_forget_one_after_another_and_only_when_all_is_well() {
        // Three units are left of five.
        check(0, &[Some((4, 4)), Some((4, 4)), Some((4, 4))], true);
        check(1, &[Some((4, 4)), Some((4, 4)), Some((4, 4))], false);
        check(1, &[Some((2, 2)), Some((4, 4)), Some((4, 4))], true);
        check(1, &[Some((2, 1)), Some((4, 4)), Some((4, 4))], false);
        check(1, &[Some((2, 2)), Some((2, 4)), Some((4, 4))], true);
        check(0, &[Some((2, 2)), Some((4, 4)), Some((4, 4))], false);
        check(0, &[Some((4, 4)), None, Some((4, 4))], false);
        check(0, &[None, Some((4, 4)), Some((4, 4))], false);
    }

    #[test]
    fn no_sentinel_forgets_while_the_master_is_down_or_changing() {
        for spoil in [|one: &mut Sentinel| one.down = true, |one: &mut Sentinel| one.failover = true] {
            let mut view = view(0, &[Some((4, 4)), Some((4, 4)), Some((4, 4))]);
            spoil(view.sentinels[2].sentinel.as_mut().unwrap());
            assert!(!may_reset(&view));
        }
    }

    #[test]
    fn the_quorum_is_a_majority_of_the_planned_units() {
        assert_eq!([1, 2, 3, 4, 5].map(quorum), [1, 2, 2, 3, 3]);
    }
}
