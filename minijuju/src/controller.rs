//! The model as the controller keeps it: plain data, and the rules by which it changes.
//!
//! Everything in [`model::Model`] survives a restart of the controller process; what an agent forgets when it
//! restarts lives with the agent. Nothing here runs a process or opens a socket.

pub mod access;
pub mod action;
pub mod application;
pub mod assumes;
pub mod commit;
pub mod deploy;
pub mod endpoints;
pub mod goal_state;
pub mod life;
pub mod log;
pub mod model;
pub mod network;
pub mod operate;
pub mod profile;
pub mod relation;
pub mod removal;
#[cfg(test)]
pub(crate) mod sample;
pub mod secret;
pub mod secret_access;
pub mod shared;
pub mod status;
pub mod storage;
pub mod unit;
pub mod user_secrets;
