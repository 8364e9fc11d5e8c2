//! The map of the crate: a Juju Kubernetes charm as one native binary.
//!
//! Arrows between the modules point one way; `tests/house` checks it:
//! `main, cli` → [`reconcile`] → adapters ([`observed::read`], [`effects::apply`], [`redis::observe`] …) →
//! the pure workloads → [`effects`], [`relations`] → [`juju`], [`pebble`].

#![warn(missing_docs, unreachable_pub)]

pub mod cli;
pub mod dispatch;
pub mod effects;
pub mod juju;
pub mod observed;
pub mod pebble;
pub mod program;
pub mod reconcile;
pub mod redis;
pub mod relations;
pub mod secret;
pub mod telemetry;
pub mod tenant;
pub mod webapp;
pub mod yaml_json;
