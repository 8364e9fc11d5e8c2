//! Percent-encoding of parts of a URI (RFC 3986).

/// Encodes all but letters, digits and `-._~`, which no reader of URIs takes for something else.
///
/// ```
/// assert_eq!(sidecharm::relations::percent::encode("p/a#s s?"), "p%2Fa%23s%20s%3F");
/// ```
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Decodes; a text that is not encoded correctly is taken as it is.
///
/// ```
/// use sidecharm::relations::percent::decode;
/// assert_eq!(decode("p%2Fa"), "p/a");
/// assert_eq!(decode("100%"), "100%");
/// ```
pub fn decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let [high, low, after @ ..] = rest else { return text.to_owned() };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return text.to_owned() };
        decoded.push(high * 16 + low);
        rest = after;
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

/// May stand between `//` and `@` as it is: every character is legal there, and `%` begins an encoded one.
pub(super) fn is_userinfo(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%".contains(&byte);
    let mut parts = text.split('%');
    let _before_the_first = parts.next();
    let hex = |part: &str| part.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    text.bytes().all(legal) && parts.all(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_encoded_correctly_stays() {
        for text in ["%", "%2", "%zz", "a%", "%ff", "%é"] {
            assert_eq!(decode(text), text);
        }
        for (text, expected) in
            [("", true), ("u:p!", true), ("a%2f", true), ("a%2", false), ("a/b", false), ("é", false)]
        {
            assert_eq!(is_userinfo(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn decoding_undoes_encoding(text in "\\PC*") {
            let encoded = encode(&text);
            proptest::prop_assert!(is_userinfo(&encoded));
            proptest::prop_assert_eq!(decode(&encoded), text);
        }
    }
}
