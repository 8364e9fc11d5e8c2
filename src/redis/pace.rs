//! How often sentinels and `watch` look. Pure.
//!
//! In a small application they look more often than Sentinel does by itself, so that a failover takes two seconds. What that
//! costs grows with the units, so from three on every period grows. Each sentinel asks each server and each other
//! sentinel: those periods grow with the units, up to Sentinel's own. What it tells of itself goes to each server, and from
//! there to every sentinel, which looks the names in it up, one after another, and does nothing else meanwhile: that period
//! grows with the square. (At Sentinel's own 2 s, sentinels of 20 units on one machine looked up 100 names a second each and
//! answered nobody.)

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
    /// other sentinels whether the master is down; how often it tells them of itself, beside at each change of master; and
    /// how long a connection is kept that gives no answer, which makes it blind for a master that is replaced on another
    /// address soon after the connection was made.
    pub fn periods(self) -> [(&'static str, Duration); 5] {
        let by_units = self.growth();
        [
            // Replicas whose last INFO is older than five pings are not chosen; during a failover it is up to 1 s old.
            ("info-period", grown(500, by_units, 10_000)),
            ("ping-period", grown(300, by_units, 1000)),
            ("ask-period", grown(200, by_units, 1000)),
            ("publish-period", grown(500, by_units.powi(2), 60_000)),
            ("min-link-reconnect-period", grown(1000, by_units, 15_000)),
        ]
    }

    /// How often `watch` looks while something is on the way: each looks at every sentinel.
    pub fn restless(self) -> Duration {
        grown(50, self.growth().powi(2), 1000)
    }

    fn growth(self) -> f64 {
        f64::from(self.units.max(3)) / 3.0
    }
}

/// Milliseconds that have grown, up to the most.
fn grown(at_three_units: u64, growth: f64, most: u64) -> Duration {
    let most = Duration::from_millis(most);
    Duration::from_millis(at_three_units).mul_f64(growth.min(1e6)).min(most)
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
    fn a_larger_application_looks_less_often_within_bounds() {
        check(1, [500, 300, 200, 500, 1000], 50);
        check(3, [500, 300, 200, 500, 1000], 50);
        check(6, [1000, 600, 400, 2000, 2000], 200);
        check(20, [3333, 1000, 1000, 22_222, 6666], 1000);
        check(1000, [10_000, 1000, 1000, 60_000, 15_000], 1000);
    }
}
