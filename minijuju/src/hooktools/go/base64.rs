//! Standard base64 with padding, strict as Go's `base64.StdEncoding`, whose error texts charms see.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The first byte that cannot be base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data at input byte {0}")]
pub struct InvalidBase64(pub usize);

/// Encodes with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (group >> (18 - 6 * place)) & 63;
            let letter = ALPHABET.get(index as usize).copied().unwrap_or(b'=');
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// Decodes. Line breaks are skipped, as Go does.
///
/// # Errors
/// At the first byte outside the alphabet, at misplaced or missing padding (the position Go reports).
pub fn decode(text: &str) -> Result<Vec<u8>, InvalidBase64> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut letters =
        text.bytes().enumerate().filter(|(_, letter)| !matches!(letter, b'\r' | b'\n')).peekable();
    while letters.peek().is_some() {
        let mut group = 0_u32;
        let mut length = 0_u32;
        while length < 4 {
            let Some((position, letter)) = letters.next() else {
                return Err(InvalidBase64(text.len() - length as usize));
            };
            let Some(value) = ALPHABET.iter().position(|known| *known == letter) else {
                end_of_padding(letter, position, length, &mut letters, text.len())?;
                break;
            };
            group = group << 6 | u32::try_from(value).unwrap_or(0);
            length += 1;
        }
        let group = group << (6 * (4 - length));
        let [_, first, second, third] = group.to_be_bytes();
        bytes.extend([first, second, third].iter().take(length.saturating_sub(1) as usize));
    }
    Ok(bytes)
}

/// Checks that a letter outside the alphabet begins the padding that ends the text.
fn end_of_padding(
    letter: u8,
    position: usize,
    length: u32,
    rest: &mut impl Iterator<Item = (usize, u8)>,
    end: usize,
) -> Result<(), InvalidBase64> {
    if letter != b'=' || length < 2 {
        return Err(InvalidBase64(position));
    }
    if length == 2 {
        match rest.next() {
            Some((_, b'=')) => {}
            Some((position, _)) => return Err(InvalidBase64(position)),
            None => return Err(InvalidBase64(end)),
        }
    }
    match rest.next() {
        Some((position, _)) => Err(InvalidBase64(position)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let cases: [(&[u8], &str); 6] = [
            (b"", ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"\xff\xfe\x00\x01", "//4AAQ=="),
            (b"old", "b2xk"),
        ];
        for (bytes, text) in cases {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).as_deref(), Ok(bytes));
        }
        assert_eq!(decode("Zm\n9v\r\n").as_deref(), Ok(&b"foo"[..]));
    }

    #[test]
    fn broken_text_names_the_byte() {
        for (text, position) in
            [("not base64!!", 3), ("A", 0), ("=", 0), ("AA=", 3), ("AA==A", 4), ("AAA=AAAA", 4)]
        {
            assert_eq!(decode(text), Err(InvalidBase64(position)), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_decodes(bytes: Vec<u8>) {
            proptest::prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn any_text_decodes_or_fails(text in ".*") {
            drop(decode(&text));
        }
    }
}
