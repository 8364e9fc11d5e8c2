//! A pod as Linux namespaces: its network, its containers, and what must be removed when it goes.

mod confine;
pub mod copy;
pub mod enter;
pub mod error;
mod etc;
pub mod folders;
pub mod host;
mod init;
pub mod launch;
mod name_server;
mod names;
mod namespaces;
mod network;
pub mod node;
pub mod plan;
pub mod process;
pub mod record;
mod root;
pub mod run;
pub mod sandbox;
mod services;
pub mod spec;
mod subnet;
