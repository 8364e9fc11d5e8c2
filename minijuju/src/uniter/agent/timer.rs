//! The update-status timer.

use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use super::Agent;
use crate::uniter::memory::Chance;
use crate::uniter::process::CharmProcess;

/// A round is this much of the interval at least, and less than half of it more: ±20 %, as in Juju.
const SHORTEST: f64 = 0.8;
const SPREAD: f64 = 0.4;

/// Ticks until it is dropped, or until the model is gone. A round that has begun with another interval than the one that
/// is set now begins anew, as in Juju.
pub(super) async fn keep<P: CharmProcess>(agent: &Agent<P>) {
    let mut changes = agent.shared.subscribe();
    let interval = || agent.shared.read(|model| model.settings.update_status_hook_interval);
    let mut chance = Chance { seed: agent.seed, turn: 0 };
    loop {
        let set = interval();
        let mut end = pin!(sleep(round(set, chance)));
        chance.turn += 1;
        loop {
            tokio::select! {
                () = &mut end => {
                    agent.handle.tick();
                    break;
                }
                outcome = changes.changed() => {
                    if outcome.is_err() {
                        return;
                    }
                    if interval().to_bits() != set.to_bits() {
                        break;
                    }
                }
            }
        }
    }
}

/// How long a round of the timer takes.
fn round(interval: f64, chance: Chance) -> Duration {
    let steps = u32::try_from(chance.draw(0) >> 32).unwrap_or_default();
    let part = f64::from(steps) / f64::from(u32::MAX);
    Duration::try_from_secs_f64(interval * (SHORTEST + SPREAD * part)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounds_differ_by_up_to_a_fifth_either_way_and_a_seed_repeats_them() {
        let rounds = |seed| (0..1000).map(move |turn| round(300.0, Chance { seed, turn }).as_secs_f64());
        let shortest = rounds(1).fold(f64::MAX, f64::min);
        let longest = rounds(1).fold(0.0, f64::max);
        assert!((240.0..244.0).contains(&shortest) && (356.0..=360.0).contains(&longest));
        let mean = rounds(1).sum::<f64>() / 1000.0;
        assert!((295.0..305.0).contains(&mean), "{mean}");
        assert!(rounds(1).eq(rounds(1)) && !rounds(1).eq(rounds(2)));
    }

    proptest! {
        #[test]
        fn any_interval_has_a_round(interval in any::<f64>(), seed in any::<u64>()) {
            let round = round(interval, Chance { seed, turn: 0 });
            if (0.0..1e9).contains(&interval) {
                let part = round.as_secs_f64() - 0.8 * interval;
                prop_assert!((-1e-6..=0.4 * interval + 1e-6).contains(&part), "{round:?} of {interval}");
            }
        }
    }
}
