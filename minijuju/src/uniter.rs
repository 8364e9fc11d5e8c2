//! The unit agent: it chooses the next hook of its unit, runs it, and records what came of it.

pub mod config_hash;
pub mod memory;
pub mod resolver;
pub mod operation;
pub mod agent;
pub mod execute;
pub mod handler;
pub mod inbox;
pub mod lease;
pub mod outcome;
pub mod pebble_events;
pub mod process;
