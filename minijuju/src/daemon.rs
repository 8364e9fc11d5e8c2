//! The controller process: one for each model folder, started by the first verb, talked to over a socket.
//!
//! It holds the model, keeps a pod and an agent for each unit, and answers the verbs. Pods outlive it.

mod agent;
mod archive;
mod caller;
mod charm;
pub mod connection;
mod container_keeper;
mod controller;
mod intake;
mod leavings;
mod log_file;
mod log_size;
mod model_file;
mod pod_keeper;
mod pod_plan;
pub mod process;
pub mod protocol;
mod resources;
mod roller;
mod server;
mod service_keeper;
pub mod settings;
pub mod status;
mod unit_handle;
mod units;
mod verbs;
