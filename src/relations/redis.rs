//! The interface `redis`, provider side: byte for byte what the client library `redis_k8s.v0.redis` reads.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | each unit | `hostname`, `port` | this unit's own address, and the server's port; always written together |
//! | each unit | `leader-host` | the master as this unit sees it, for the time when no leader can write the next row |
//! | application | `leader-host` | the master's host name; the library prefers it to `hostname` |
//!
//! The library's `url` is `redis://<leader-host>:<port>`. Nothing is published before there is a master: a client that
//! finds half of it would build a URL to nowhere.

use super::Databag;

/// What one unit publishes.
pub fn unit_bag(own_address: &str, port: u16, master: &str) -> Databag {
    Databag::from([
        ("hostname".to_owned(), own_address.to_owned()),
        ("port".to_owned(), port.to_string()),
        ("leader-host".to_owned(), master.to_owned()),
    ])
}

/// What the leader publishes for the application.
pub fn application_bag(master: &str) -> Databag {
    Databag::from([("leader-host".to_owned(), master.to_owned())])
}
