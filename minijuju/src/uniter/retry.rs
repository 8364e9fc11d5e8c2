//! When a failed hook is tried again.

use std::time::Duration;

use tokio::time::Instant;

/// The agent's own pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From a failed hook to its first retry; each further one waits twice as long.
    pub first_retry: Duration,
    pub longest_retry: Duration,
    /// From a failure of the agent's worker to its next start.
    pub restart_delay: Duration,
    /// Before a hook is run again that need not wait: one whose process was killed, or a stop that fails while the pod
    /// is shut down.
    pub rerun_delay: Duration,
}

impl Timing {
    /// Juju's.
    pub const JUJU: Self = Self {
        first_retry: Duration::from_secs(5),
        longest_retry: Duration::from_mins(5),
        restart_delay: Duration::from_secs(3),
        rerun_delay: Duration::from_millis(200),
    };
}

/// The retries of an agent's hooks: 5, 10, 20 … seconds after each failure. A retry that succeeds does not begin the
/// series anew, only the operator's `resolved` does (recorded of Juju 3.6: install failed twice, then start, whose retry
/// was not due within 14 s).
#[derive(Debug)]
pub struct Retries {
    timing: Timing,
    next_wait: Duration,
    due: Option<Instant>,
}

impl Retries {
    pub fn new(timing: Timing) -> Self {
        Self { timing, next_wait: timing.first_retry, due: None }
    }

    /// The hook has failed: its next try is set, if it is not already.
    pub fn schedule(&mut self) {
        if self.due.is_none() {
            self.due = Some(Instant::now() + self.next_wait);
            self.next_wait = (self.next_wait * 2).min(self.timing.longest_retry);
        }
    }

    /// Whether the time has come. It is told once.
    pub fn is_due(&mut self) -> bool {
        let due = self.due.is_some_and(|due| due <= Instant::now());
        if due {
            self.due = None;
        }
        due
    }

    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The operator has decided: the next failure begins with the shortest wait.
    pub fn reset(&mut self) {
        *self = Self::new(self.timing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_the_longest_and_begin_anew_after_a_reset() {
        let mut retries = Retries::new(Timing::JUJU);
        assert_eq!(retries.due(), None);
        for expected in [5, 10, 20, 40, 80, 160, 300, 300] {
            let before = Instant::now();
            retries.schedule();
            retries.schedule();
            let due = retries.due().unwrap();
            assert_eq!(due - before, Duration::from_secs(expected));
            assert!(!retries.is_due());
            tokio::time::sleep_until(due).await;
            assert!(retries.is_due() && !retries.is_due());
        }
        retries.reset();
        retries.schedule();
        assert_eq!(retries.due().unwrap() - Instant::now(), Duration::from_secs(5));
    }
}
