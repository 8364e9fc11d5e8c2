//! The interface `mysql_client`, from the side that uses the database (its requirer). The bags are those of
//! [`data_interfaces`].
//!
//! Source: `mysql-k8s`, which never writes `uris`: the URI is made of the first endpoint, whose host keeps the dot at its end.

use super::answer::{Answer, Remote};
use super::data_interfaces::{self, Database, Kind};
pub use super::data_interfaces::{ask, ask_of_unit, secrets};

const KIND: Kind = Kind { scheme: "mysql", replica_set: false };

/// Reads what the other side says; `requested` is the database that was asked for.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote, requested: &str) -> Answer<Database> {
    data_interfaces::parse(remote, &KIND, requested)
}
