//! A planned change of master that loses no acknowledged write: the steps of the old master's unit. Pure; driven by
//! `handover` in hooks and in `watch`.
//!
//! A plain `SENTINEL FAILOVER` promotes a replica in 0.2 s but leaves the old master writable for 10 s, and every write
//! acknowledged there is lost. So writes are paused first, and the old master is demoted by its own unit:
//!
//! ```text
//! Pause ──→ AwaitReplicas ──→ FailOver ──→ AwaitPromotion ──→ Demote ──→ Done
//!   │            │                │               │
//!   └────────────┴────────────────┴───────────────┴── too late, or no replica in step ──→ Abandon (writes go on here)
//! ```
//!
//! The pause expires by itself ([`PAUSE`]), so a driver that dies leaves a master that writes again, unless the
//! failover was asked for: then `watch` demotes it as soon as a majority names the new master.

use std::time::Duration;

use super::view::Address;

/// How long writes are refused at most.
pub const PAUSE: Duration = Duration::from_secs(10);
/// How long replicas may take to come level, before only those that are level count.
const LEVELLING: Duration = Duration::from_secs(1);
/// When the switch is given up before a failover was asked for.
pub const GIVE_UP: Duration = Duration::from_secs(4);

/// What the driver sees and has done so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Since the switch began.
    pub elapsed: Duration,
    /// The own server's offset.
    pub offset: u64,
    /// Writes are paused.
    pub paused: bool,
    /// The failover was asked for, and granted.
    pub failover_begun: bool,
    /// The replicas, as they speak of themselves.
    pub replicas: Vec<ReplicaState>,
}

/// One replica of the server that hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaState {
    /// Where it is.
    pub address: Address,
    /// How far it has come.
    pub offset: u64,
    /// It has been promoted.
    pub is_master: bool,
}

/// The next step of the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchStep {
    /// `CLIENT PAUSE … WRITE`.
    Pause,
    /// Look again shortly: replicas are still coming level.
    AwaitReplicas,
    /// `SENTINEL FAILOVER` on the own sentinel.
    FailOver,
    /// Look again shortly: nobody has been promoted yet.
    AwaitPromotion,
    /// `REPLICAOF` the new master, end the pause, end the clients' connections so that they look for it.
    Demote(Address),
    /// End the pause; nothing has changed.
    Abandon(&'static str),
}

/// Decides the next step.
pub fn next(progress: &Progress) -> SwitchStep {
    let Progress { elapsed, offset, paused, failover_begun, replicas } = progress;
    if let Some(promoted) = replicas.iter().find(|replica| replica.is_master) {
        return SwitchStep::Demote(promoted.address.clone());
    }
    if *failover_begun {
        return if *elapsed < PAUSE {
            SwitchStep::AwaitPromotion
        } else {
            SwitchStep::Abandon("no replica was promoted")
        };
    }
    if replicas.is_empty() {
        let early = *elapsed < LEVELLING;
        return if early { SwitchStep::AwaitReplicas } else { SwitchStep::Abandon("no replica is in step") };
    }
    if *elapsed >= GIVE_UP {
        return SwitchStep::Abandon("the replicas did not come level");
    }
    if !paused {
        return SwitchStep::Pause;
    }
    let level = replicas.iter().filter(|replica| replica.offset >= *offset).count();
    if level == replicas.len() || (level > 0 && *elapsed >= LEVELLING) {
        SwitchStep::FailOver
    } else {
        SwitchStep::AwaitReplicas
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        elapsed: u64,
        paused: bool,
        failover_begun: bool,
        replicas: &[(u64, bool)],
        expected: &SwitchStep,
    ) {
        let address = |number: usize| Address { host: format!("app-{number}.x"), port: 6379 };
        let state = |(number, (offset, is_master)): (usize, &(u64, bool))| ReplicaState {
            address: address(number),
            offset: *offset,
            is_master: *is_master,
        };
        let progress = Progress {
            elapsed: Duration::from_millis(elapsed),
            offset: 100,
            paused,
            failover_begun,
            replicas: replicas.iter().enumerate().map(state).collect(),
        };
        assert_eq!(next(&progress), *expected, "{progress:?}");
    }

    #[test]
    fn writes_are_paused_before_anything_else() {
        check(0, false, false, &[(90, false)], &SwitchStep::Pause);
        check(0, false, false, &[(100, false)], &SwitchStep::Pause);
    }

    #[test]
    fn the_failover_waits_for_replicas_to_be_level() {
        check(10, true, false, &[(90, false), (100, false)], &SwitchStep::AwaitReplicas);
        check(1000, true, false, &[(90, false), (100, false)], &SwitchStep::FailOver);
        check(10, true, false, &[(100, false), (101, false)], &SwitchStep::FailOver);
        check(3900, true, false, &[(90, false)], &SwitchStep::AwaitReplicas);
        check(4000, true, false, &[(90, false)], &SwitchStep::Abandon("the replicas did not come level"));
    }

    #[test]
    fn the_old_master_follows_whoever_was_promoted() {
        let new = Address { host: "app-1.x".to_owned(), port: 6379 };
        check(200, true, true, &[(100, false), (100, false)], &SwitchStep::AwaitPromotion);
        check(300, true, true, &[(100, false), (100, true)], &SwitchStep::Demote(new.clone()));
        check(9000, false, false, &[(100, false), (7, true)], &SwitchStep::Demote(new));
        check(10_000, true, true, &[(100, false)], &SwitchStep::Abandon("no replica was promoted"));
    }

    #[test]
    fn a_master_alone_keeps_its_writes() {
        check(900, false, false, &[], &SwitchStep::AwaitReplicas);
        check(1000, false, false, &[], &SwitchStep::Abandon("no replica is in step"));
    }
}
