//! JSON as Python's `json.dumps` writes it, byte for byte: an app whose charm is swapped sees no change.

/// A list of texts.
pub(super) fn list(texts: &[String]) -> String {
    let all: Vec<_> = texts.iter().map(|one| text(one)).collect();
    format!("[{}]", all.join(", "))
}

/// A map of one text.
pub(super) fn map(key: &str, value: &str) -> String {
    format!("{{{}: {}}}", text(key), text(value))
}

fn text(text: &str) -> String {
    let mut json = String::from("\"");
    for unit in text.encode_utf16() {
        match u8::try_from(unit).map(char::from) {
            Ok('"') => json.push_str("\\\""),
            Ok('\\') => json.push_str("\\\\"),
            Ok('\n') => json.push_str("\\n"),
            Ok('\r') => json.push_str("\\r"),
            Ok('\t') => json.push_str("\\t"),
            Ok('\u{8}') => json.push_str("\\b"),
            Ok('\u{c}') => json.push_str("\\f"),
            Ok(plain @ ' '..='\u{7f}') => json.push(plain),
            _ => json.push_str(&format!("\\u{unit:04x}")),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_pythons() {
        let texts = ["a", "\"\\\n\r\t\u{8}\u{c}\u{1}\u{7f}", "é€𝄞"].map(str::to_owned);
        assert_eq!(
            list(&texts),
            r#"["a", "\"\\\n\r\t\b\f\u0001"#.to_owned() + "\u{7f}" + r#"", "\u00e9\u20ac\ud834\udd1e"]"#
        );
        assert_eq!(list(&[]), "[]");
        assert_eq!(map("scope", "openid profile"), r#"{"scope": "openid profile"}"#);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_json(texts in proptest::collection::vec("\\PC*|\\p{C}*", 0..4)) {
            proptest::prop_assert_eq!(serde_json::from_str::<Vec<String>>(&list(&texts)).unwrap(), texts);
        }
    }
}
