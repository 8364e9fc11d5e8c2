//! The unit agent: it chooses the next hook of its unit, runs it, and records what came of it.

pub mod agent;
pub mod config_hash;
pub mod execute;
pub mod handler;
pub mod inbox;
pub mod lease;
pub mod memory;
pub mod operation;
pub mod outcome;
pub mod pebble_events;
pub mod process;
pub mod resolver;
pub mod retry;

#[cfg(test)]
mod fixture;
