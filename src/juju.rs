//! The contract with Juju's unit agent: what it tells a charm, and what a charm may ask of it.

pub mod archive;
pub mod environment;
pub mod event;
pub mod metadata;
pub mod names;
pub mod status;
pub mod tools;
pub mod wire;
