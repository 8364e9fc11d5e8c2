//! A Juju model on one machine: real Pebble, real workloads, real hook dispatch, no Kubernetes.
//!
//! [`controller`] holds the model as data, [`uniter`] decides and runs the next hook of each unit, [`hooktools`]
//! answers the charm, [`pod`] makes namespaces that look like a pod, [`cli`] speaks the operator's verbs to the
//! controller, [`daemon`] is the controller process.

pub mod cli;
pub mod controller;
pub mod daemon;
pub mod hooktools;
pub mod pod;
pub mod run;
pub mod uniter;
