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

mod action_fail;
mod action_get;
mod action_log;
mod action_set;
mod application_version_set;
mod close_port;
mod config_get;
mod credential_get;
mod flags;
mod format;
pub(crate) mod go;
mod goal_state;
mod is_leader;
mod juju_log;
mod juju_reboot;
mod leader_get;
mod leader_set;
mod network_get;
mod open_port;
mod opened_ports;
mod pairs;
mod port;
mod relation_get;
mod relation_ids;
mod relation_list;
mod relation_model_get;
mod relation_set;
mod resource_get;
mod retired;
mod secret_add;
pub mod secret_content;
mod secret_get;
mod secret_grant;
mod secret_ids;
mod secret_info_get;
mod secret_remove;
mod secret_revoke;
mod secret_set;
pub mod secret_uri;
mod state_delete;
mod state_get;
mod state_set;
mod status_get;
mod status_set;
mod storage_add;
mod storage_get;
mod storage_list;
mod tool;
mod unit_get;
mod value;
pub mod wire;
mod yaml;

/// The names of all hook tools.
pub fn names() -> Vec<&'static str> {
    tool::all().iter().map(|tool| tool.name).collect()
}

/// Whether a program of this name is a hook tool, so that this binary, started under it, is to be
/// [`client::run`].
pub fn is_tool(name: &str) -> bool {
    tool::all().iter().any(|tool| tool.name == name)
}
