//! The interface `mongodb_client`, from the side that uses the database (its requirer). The bags are those of
//! [`data_interfaces`].
//!
//! Source: `mongodb-k8s`, which writes `uris` with every host, and `endpoints` without ports. Where it does not, the URI is made
//! of all endpoints and `replset`; its users live in the database `admin`.

use super::answer::{Answer, Remote};
use super::data_interfaces::{self, Database, Kind};
pub use super::data_interfaces::{ask, ask_of_unit, secrets};

const KIND: Kind = Kind { scheme: "mongodb", replica_set: true };

/// Reads what the other side says; `requested` is the database that was asked for.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote, requested: &str) -> Answer<Database> {
    data_interfaces::parse(remote, &KIND, requested)
}
