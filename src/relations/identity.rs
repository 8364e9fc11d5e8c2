//! Ids that an interface wants to be unique and to stay: derived from what they stand for, so that a hook that is run again
//! asks for the same, and none is drawn. They are no secrets.

use sha2::{Digest as _, Sha256};

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A UUID of version 4 in its form.
pub(super) fn uuid(seed: &str) -> String {
    let digest = Sha256::digest(seed);
    let mut bytes: Vec<u8> = digest.iter().take(16).copied().collect();
    for (place, keep, set) in [(6, 0x0f, 0x40), (8, 0x3f, 0x80)] {
        if let Some(byte) = bytes.get_mut(place) {
            *byte = *byte & keep | set;
        }
    }
    let mut text = hex(&bytes);
    for dash in [20, 16, 12, 8] {
        text.insert(dash, '-');
    }
    text
}

/// Sixteen letters and digits.
pub(super) fn salt(seed: &str) -> String {
    let letter = |byte: &u8| ALPHANUMERIC.get(usize::from(*byte) % ALPHANUMERIC.len());
    Sha256::digest(seed).iter().take(16).filter_map(letter).map(|letter| char::from(*letter)).collect()
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_id_in_the_right_form() {
        assert_eq!(uuid("a"), "ca978112-ca1b-4dca-bac2-31b39a23dc4d");
        assert_eq!(salt("a"), "QbFSQbDQCIx3ejiP");
        assert_ne!(uuid("a"), uuid("b"));
    }
}
