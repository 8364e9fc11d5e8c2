//! The passwords of the application: one Juju secret with one key for each user. Reads and writes no secret itself.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::secret::Secret;

/// Every password of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passwords {
    /// User `default`: what `get-initial-admin-password` shows.
    pub redis: Secret,
    /// Sentinels among themselves and whoever asks them; what `get-sentinel-password` shows.
    pub sentinel: Secret,
    /// User `sidecharm`: the charm and `watch`.
    pub operator: Secret,
    /// User `replication`: a replica at its master.
    pub replication: Secret,
    /// User `sentinel`: a sentinel at the servers.
    pub failover: Secret,
    /// User `exporter`.
    pub exporter: Secret,
}

/// A password that the secret should hold and does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret has no usable key {key:?}")]
pub struct MissingPassword {
    /// The key in the secret.
    pub key: &'static str,
}

impl Passwords {
    /// The keys of the secret.
    pub const KEYS: [&str; 6] = [
        "redis-password",
        "sentinel-password",
        "operator-password",
        "replication-password",
        "failover-password",
        "exporter-password",
    ];

    /// Reads the content of the secret.
    ///
    /// # Errors
    /// When a key is missing, or holds what Redis' files cannot hold (anything but printable ASCII without
    /// space and quotes).
    pub fn from_content(content: &BTreeMap<String, Secret>) -> Result<Self, MissingPassword> {
        let take = |key: &'static str| {
            let password = content.get(key).ok_or(MissingPassword { key })?;
            let text = password.expose();
            let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'#');
            if text.is_empty() || !text.bytes().all(fits) {
                return Err(MissingPassword { key });
            }
            Ok(password.clone())
        };
        Ok(Self {
            redis: take("redis-password")?,
            sentinel: take("sentinel-password")?,
            operator: take("operator-password")?,
            replication: take("replication-password")?,
            failover: take("failover-password")?,
            exporter: take("exporter-password")?,
        })
    }
}

/// The form in which an ACL file holds a password: SHA-256, in hexadecimal.
pub fn digest(password: &Secret) -> String {
    format!("{:x}", Sha256::digest(password.expose()))
}

/// The content of a secret, different for each seed.
#[cfg(test)]
pub(crate) fn content(seed: u8) -> BTreeMap<String, Secret> {
    let mut next = seed;
    let mut password = || {
        Secret::generate(|| {
            next = next.wrapping_add(7);
            next
        })
    };
    Passwords::KEYS.iter().map(|key| ((*key).to_owned(), password())).collect()
}

/// Passwords, different for each seed.
#[cfg(test)]
pub(crate) fn seeded(seed: u8) -> Passwords {
    Passwords::from_content(&content(seed)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_reads_back() {
        let content = content(1);
        let passwords = Passwords::from_content(&content).unwrap();
        assert_eq!(Some(&passwords.redis), content.get("redis-password"));
        assert_eq!(Some(&passwords.exporter), content.get("exporter-password"));
        assert_ne!(passwords.redis, passwords.sentinel);
    }

    #[test]
    fn every_key_is_needed_and_must_fit_redis_files() {
        let whole = content(1);
        for key in whole.keys() {
            for bad in [None, Some(""), Some("two words"), Some("quote\""), Some("line\nbreak")] {
                let mut content = whole.clone();
                match bad {
                    None => drop(content.remove(key)),
                    Some(text) => drop(content.insert(key.clone(), Secret::new(text))),
                }
                let error = Passwords::from_content(&content).unwrap_err();
                assert_eq!(error.key, key, "{bad:?}");
            }
        }
    }

    #[test]
    fn a_digest_is_what_redis_computes() {
        // `ACL SETUSER x >secret` shows this in `ACL LIST`.
        let expected = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        assert_eq!(digest(&Secret::new("secret")), expected);
    }
}
