//! The file that tells `watch` what the charm knows: written by the hooks, read by the service in the `redis` container.
//!
//! It holds passwords: 0600, root's.

use serde::{Deserialize, Serialize};

use super::passwords::Passwords;
use crate::secret::Secret;

/// What `watch` needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchConfig<'a> {
    /// The application's name.
    pub application: &'a str,
    /// The model's UUID.
    pub model_uuid: &'a str,
    /// The own unit's host name.
    pub host: &'a str,
    /// The host names of all planned units, in numerical order.
    pub units: &'a [String],
    /// The application's passwords.
    pub passwords: &'a Passwords,
    /// Some master was once confirmed.
    pub bootstrapped: bool,
    /// The generation in which this unit joined.
    pub joined: u64,
    /// The configuration epoch of the last master that the leader has confirmed.
    pub known_epoch: u64,
    /// The option `durability` is `strict`.
    pub strict: bool,
}

#[derive(Serialize)]
struct Written<'a> {
    application: &'a str,
    model_uuid: &'a str,
    host: &'a str,
    units: &'a [String],
    operator_password: &'a str,
    sentinel_password: &'a str,
    bootstrapped: bool,
    joined: u64,
    known_epoch: u64,
    strict: bool,
}

/// What the file says, once read.
#[derive(Debug, Clone, Deserialize)]
pub struct Known {
    /// The application's name.
    pub application: String,
    /// The model's UUID.
    pub model_uuid: String,
    /// The own unit's host name.
    pub host: String,
    /// The host names of all planned units.
    pub units: Vec<String>,
    /// Of the charm's user at the servers.
    pub operator_password: Secret,
    /// Of the sentinels.
    pub sentinel_password: Secret,
    /// Some master was once confirmed.
    pub bootstrapped: bool,
    /// The generation in which this unit joined.
    pub joined: u64,
    /// The configuration epoch of the last master that the leader has confirmed.
    pub known_epoch: u64,
    /// A crashed master is waited for.
    pub strict: bool,
}

/// Renders the file.
///
/// # Errors
/// Never for texts; serde's signature is kept.
pub fn render(config: WatchConfig<'_>) -> Result<Secret, serde_json::Error> {
    let WatchConfig {
        application,
        model_uuid,
        host,
        units,
        passwords,
        bootstrapped,
        joined,
        known_epoch,
        strict,
    } = config;
    let written = Written {
        application,
        model_uuid,
        host,
        units,
        operator_password: passwords.operator.expose(),
        sentinel_password: passwords.sentinel.expose(),
        bootstrapped,
        joined,
        known_epoch,
        strict,
    };
    serde_json::to_string(&written).map(Secret::new)
}

/// Reads the file.
///
/// # Errors
/// When it is not what [`render`] writes.
pub fn parse(text: &str) -> Result<Known, serde_json::Error> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::passwords::seeded;

    #[test]
    fn what_the_hooks_write_watch_reads() {
        let passwords = seeded(5);
        let units = ["app-0.x".to_owned(), "app-1.x".to_owned()];
        let config = WatchConfig {
            application: "app",
            model_uuid: "5e0a",
            host: "app-1.x",
            units: &units,
            passwords: &passwords,
            bootstrapped: true,
            joined: 2,
            known_epoch: 3,
            strict: false,
        };
        let known = parse(render(config).unwrap().expose()).unwrap();
        assert_eq!((known.host.as_str(), known.units.as_slice()), ("app-1.x", units.as_slice()));
        assert_eq!(
            (&known.operator_password, &known.sentinel_password),
            (&passwords.operator, &passwords.sentinel)
        );
        assert!(known.bootstrapped && !known.strict);
        assert_eq!((known.joined, known.known_epoch), (2, 3));
        assert!(!format!("{known:?}").contains(passwords.operator.expose()));
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "\\PC*") {
            drop(parse(&text));
        }
    }
}
