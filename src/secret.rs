//! Text that must not be seen: it prints as dots and is wiped when dropped.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

const LENGTH: usize = 32;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A secret text. `Debug` and `Display` show dots; only [`Secret::expose`] gives the text.
///
/// ```
/// let password = sidecharm::secret::Secret::new("hunter2");
/// assert_eq!(format!("{password} {password:?}"), "••• •••");
/// assert_eq!(password.expose(), "hunter2");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text into keeping.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Makes a password of 32 letters and digits (190 bits) from a source of random bytes.
    pub fn generate(mut random: impl FnMut() -> u8) -> Self {
        let mut text = String::with_capacity(LENGTH);
        while text.len() < LENGTH {
            // Rejection, not modulo: every character is as likely as any other.
            if let Some(letter) = ALPHABET.get(usize::from(random() & 0x3f)) {
                text.push(char::from(*letter));
            }
        }
        Self::new(text)
    }

    /// The text itself, for the one place that must have it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("•••")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("•••")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_password_uses_the_whole_alphabet_and_skips_what_does_not_fit() {
        let mut next = 0_u8;
        let password = Secret::generate(|| {
            next = next.wrapping_add(1);
            next
        });
        assert_eq!(password.expose(), "BCDEFGHIJKLMNOPQRSTUVWXYZabcdefg");
        let mut next = 60_u8;
        let password = Secret::generate(|| {
            next = next.wrapping_add(1);
            next
        });
        assert!(password.expose().starts_with("9ABC"), "{}", password.expose());
    }
}
