//! How often sentinels and `watch` look. Pure.
//!
//! In a small application they look more often than Sentinel does by itself, so that a failover takes two seconds. What that
//! costs grows with the units: each sentinel looks at each server and each other sentinel, and what it tells of itself
//! reaches all. From three units on every period grows with their number, up to Sentinel's own.

use std::time::Duration;

/// The pace of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    units: u32,
}

impl Pace {
    /// The pace of an application of so many units.
    pub fn of(units: usize) -> Self {
        Self { units: u32::try_from(units).unwrap_or(u32::MAX) }
    }

    /// Sentinel's periods by its own names: how often it asks servers for their INFO, which tells of replicas and of who
    /// has become master; how often it pings, which adds to the time until a death is noticed; how often it asks
    /// other sentinels whether the master is down; how often it tells them of itself; and how long a connection is kept
    /// that gives no answer, which makes it blind for a master that is replaced on another address soon after the
    /// connection was made.
    pub fn periods(self) -> [(&'static str, Duration); 5] {
        [
            // Replicas whose last INFO is older than five pings are not chosen; during a failover it is up to 1 s old.
            ("info-period", self.grown(500, 10_000)),
            ("ping-period", self.grown(300, 1000)),
            ("ask-period", self.grown(200, 1000)),
            ("publish-period", self.grown(500, 2000)),
            ("min-link-reconnect-period", self.grown(1000, 15_000)),
        ]
    }

    /// How often `watch` looks while something is on the way.
    pub fn restless(self) -> Duration {
        self.grown(50, 1000)
    }

    fn grown(self, three_units: u32, most: u64) -> Duration {
        let period = Duration::from_millis(three_units.into()) * self.units.max(3) / 3;
        period.min(Duration::from_millis(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(units: usize, periods: [u128; 5], restless: u128) {
        let pace = Pace::of(units);
        assert_eq!(pace.periods().map(|(_, period)| period.as_millis()), periods, "{units} units");
        assert_eq!(pace.restless().as_millis(), restless, "{units} units");
    }

    #[test]
    fn a_larger_application_looks_less_often_and_never_less_than_sentinel_does() {
        check(1, [500, 300, 200, 500, 1000], 50);
        check(3, [500, 300, 200, 500, 1000], 50);
        check(6, [1000, 600, 400, 1000, 2000], 100);
        check(20, [3333, 1000, 1000, 2000, 6666], 333);
        check(1000, [10_000, 1000, 1000, 2000, 15_000], 1000);
    }
}
