//! The hook tools: what a charm may ask of Juju and tell it, as Juju 3.6 answers.
//!
//! [`client`] is what runs in the charm container under a tool's name; [`server`] takes its call to the
//! [`context::HookContext`] of the running hook, where the tool's own module does the work. What the controller decides
//! (access, commits) is in [`crate::controller`].

pub mod call;
pub mod client;
pub mod context;
pub mod effect;
pub mod memory;
pub mod server;
pub mod surroundings;

mod config_get;
mod flags;
mod format;
mod go;
mod is_leader;
mod juju_log;
mod pairs;
mod relation_get;
mod relation_ids;
mod relation_list;
mod relation_set;
mod status_get;
mod status_set;
mod storage_get;
mod tool;
mod value;
mod wire;
mod yaml;

/// Whether a program of this name is a hook tool, so that this binary, started under it, is to be
/// [`client::run`].
pub fn is_tool(name: &str) -> bool {
    tool::all().iter().any(|tool| tool.name == name)
}
