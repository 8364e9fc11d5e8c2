//! Base64 (RFC 4648), writing only.

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// With `+`, `/` and padding.
pub(super) fn standard(bytes: &[u8]) -> String {
    let mut text = encode(bytes, ['+', '/']);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// With `-` and `_`, without padding: may stand in a URL.
pub(super) fn url_safe(bytes: &[u8]) -> String {
    encode(bytes, ['-', '_'])
}

fn encode(bytes: &[u8], last: [char; 2]) -> String {
    let [plus, slash] = last;
    let digit = |value: u32| match usize::try_from(value & 63) {
        Ok(62) => plus,
        Ok(63) | Err(_) => slash,
        Ok(value) => LETTERS.get(value).map_or(slash, |letter| char::from(*letter)),
    };
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| chunk.get(place).map_or(0, |byte| u32::from(*byte));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let digits = [bits >> 18, bits >> 12, bits >> 6, bits].map(digit);
        text.extend(digits.iter().take(chunk.len() + 1));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(standard(bytes.as_bytes()), expected);
        }
        assert_eq!((standard(&[0xfb, 0xff]), url_safe(&[0xfb, 0xff])), ("+/8=".to_owned(), "-_8".to_owned()));
    }
}
