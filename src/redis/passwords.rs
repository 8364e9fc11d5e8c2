//! The passwords of the application: one Juju secret with one key for each user. Reads and writes no secret itself.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::secret::Secret;

/// Length of a generated password: 32 of 62 characters are 190 bits.
const LENGTH: usize = 32;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

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

    /// The content of the secret.
    pub fn to_content(&self) -> BTreeMap<String, Secret> {
        let Self { redis, sentinel, operator, replication, failover, exporter } = self;
        let entries = [
            ("redis-password", redis),
            ("sentinel-password", sentinel),
            ("operator-password", operator),
            ("replication-password", replication),
            ("failover-password", failover),
            ("exporter-password", exporter),
        ];
        entries.into_iter().map(|(key, password)| (key.to_owned(), password.clone())).collect()
    }

    /// Makes new passwords from a source of random bytes.
    pub fn generate(mut random: impl FnMut() -> u8) -> Self {
        let mut password = || {
            let mut text = String::with_capacity(LENGTH);
            while text.len() < LENGTH {
                // Rejection, not modulo: every character is as likely as any other.
                if let Some(letter) = ALPHABET.get(usize::from(random() & 0x3f)) {
                    text.push(char::from(*letter));
                }
            }
            Secret::new(text)
        };
        Self {
            redis: password(),
            sentinel: password(),
            operator: password(),
            replication: password(),
            failover: password(),
            exporter: password(),
        }
    }
}

/// The form in which an ACL file holds a password: SHA-256, in hexadecimal.
pub fn digest(password: &Secret) -> String {
    format!("{:x}", Sha256::digest(password.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> impl FnMut() -> u8 {
        let mut next = 0_u8;
        move || {
            next = next.wrapping_add(7);
            next
        }
    }

    #[test]
    fn what_is_generated_reads_back() {
        let passwords = Passwords::generate(counting());
        assert_eq!(passwords.redis.expose().len(), 32);
        assert_ne!(passwords.redis, passwords.sentinel);
        assert_eq!(Passwords::from_content(&passwords.to_content()), Ok(passwords));
    }

    #[test]
    fn every_key_is_needed_and_must_fit_redis_files() {
        let whole = Passwords::generate(counting()).to_content();
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
