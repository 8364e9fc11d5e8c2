//! What a unit agent knows besides the model: forgotten when it restarts, or new and not yet dealt with.
//!
//! It decides nothing; [`super::resolver`] reads it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sidecharm::juju::names::SecretId;
use time::OffsetDateTime;

use crate::hooktools::memory::AgentMemory;
use crate::run::{Hook, Run};

/// The agent's own knowledge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// What the hook tools remember from hook to hook.
    pub tools: AgentMemory,
    /// The agent has just started: a unit that was started before gets `start` again.
    pub start_owed: bool,
    /// The unit holds the lease, as far as the agent has heard.
    pub leader: bool,
    /// The leader settings' version last announced; none in this run of the agent yet.
    pub leader_settings: Option<u64>,
    /// How often the update-status timer has fired, and how much of it a hook has absorbed.
    pub ticks: Ticks,
    /// What the Pebbles reported and no hook has told yet, oldest first.
    pub workload_events: VecDeque<WorkloadEvent>,
    /// Commands that wait, oldest first.
    pub commands: VecDeque<Command>,
    /// The pod is being stopped and will come back.
    pub shutdown: bool,
    /// What the operator said about the failed hook.
    pub resolution: Option<Resolution>,
    /// The time to try the failed hook again has come.
    pub retry_due: bool,
    /// Relations whose scope was entered since the agent started: of these it knows the remote application's name and
    /// that they are peer relations to the end.
    pub fresh_relations: BTreeSet<u32>,
    /// Revisions that became obsolete while the agent ran, with the time they may be announced.
    pub obsolete: BTreeMap<(SecretId, u32), OffsetDateTime>,
    /// Decides where Juju's order is random.
    pub chance: Chance,
}

/// The update-status timer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticks {
    pub fired: u64,
    pub absorbed: u64,
}

/// Something that happened in a workload container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadEvent {
    /// Which of the agent's events it is.
    pub number: u64,
    pub hook: Hook,
}

/// A command of `exec` that came through the agent's own door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Which of the agent's commands it is.
    pub number: u64,
    pub run: Run,
}

/// `resolved`, with or without `--no-retry`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    Retry,
    Skip,
}

/// A source of chance that gives the same for the same seed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chance {
    pub seed: u64,
    /// Grows with each operation, so that each choice is another one.
    pub turn: u64,
}

impl Chance {
    /// A number that has nothing to do with the one of another item or turn.
    pub fn draw(self, item: u64) -> u64 {
        // SplitMix64's finisher over the three numbers.
        let mut state = self.seed ^ self.turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ item.rotate_left(32);
        for factor in [0xbf58_476d_1ce4_e5b9_u64, 0x94d0_49bb_1331_11eb, 0xbf58_476d_1ce4_e5b9] {
            state = (state ^ (state >> 30)).wrapping_mul(factor);
        }
        state ^ (state >> 31)
    }
}
