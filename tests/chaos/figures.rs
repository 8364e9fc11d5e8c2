//! Times of many runs, and how they are told.

use std::time::Duration;

/// What one run showed.
pub struct Figure {
    /// Between the last acknowledged write before the kill and the first after it.
    pub gap: Duration,
    /// The first one after it went to another server.
    pub moved: bool,
    pub writes: usize,
    pub lost: usize,
    /// How many may be lost: what the master may have acknowledged without a replica.
    pub bound: usize,
}

impl Figure {
    pub fn tell(&self, run: usize, what: &str) {
        let Self { gap, moved, writes, lost, bound } = self;
        let master = if *moved { "another" } else { "the same" };
        println!(
            "run {run:>2}: {what}: {:.2} s without a write, then to {master} master, {lost} of {writes} writes lost (bound {bound})",
            gap.as_secs_f64()
        );
    }
}

/// The smallest value that 95 of 100 runs do not exceed, by nearest rank.
pub fn percentile_95(figures: &[Figure]) -> Duration {
    let mut gaps: Vec<Duration> = figures.iter().map(|figure| figure.gap).collect();
    gaps.sort();
    let rank = (gaps.len() * 95).div_ceil(100);
    gaps[rank - 1]
}

/// Median, 95th percentile and maximum.
pub fn summary(name: &str, figures: &[Figure]) {
    let mut gaps: Vec<f64> = figures.iter().map(|figure| figure.gap.as_secs_f64()).collect();
    gaps.sort_by(f64::total_cmp);
    let lost: usize = figures.iter().map(|figure| figure.lost).sum();
    let writes: usize = figures.iter().map(|figure| figure.writes).sum();
    println!(
        "{name}: {} runs: median {:.2} s, p95 {:.2} s, worst {:.2} s; {lost} of {writes} acknowledged writes lost",
        gaps.len(),
        gaps[gaps.len() / 2],
        percentile_95(figures).as_secs_f64(),
        gaps[gaps.len() - 1],
    );
}
