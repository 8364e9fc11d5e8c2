//! JSON text that every YAML reader takes for the same value. It reads nothing and knows no protocol.
//!
//! Pebble (Go yaml.v3) reads layers as YAML, and so do hook tools (yaml.v2) and other charms (PyYAML). JSON is
//! YAML but for a few characters in quoted strings, found by trying every code point with yaml.v3 and PyYAML:
//! U+007F to U+009F, U+FFFE and U+FFFF must be written as escapes. Surrogate pairs and `\/`, which JSON allows
//! and yaml.v3 refuses, are never written by `serde_json`.

use std::fmt::Write as _;

use serde::Serialize;

/// Renders a value as one line of JSON that is also YAML for every reader named above.
///
/// # Errors
/// When the value cannot be JSON: a map whose keys are not text, or a value that refuses to serialize.
///
/// ```
/// assert_eq!(sidecharm::yaml_json::render(&["yes", "a\u{7f}b"])?, r#"["yes","a\u007fb"]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn render<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value).map(|json| escape(&json))
}

/// Escapes the characters that YAML readers refuse in JSON text.
///
/// They can stand only inside strings of valid JSON, so replacing them anywhere is right.
pub fn escape(json: &str) -> String {
    if !json.chars().any(must_be_escaped) {
        return json.to_owned();
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if must_be_escaped(character) {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

const fn must_be_escaped(character: char) -> bool {
    matches!(character, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exactly_thirty_five_characters_are_escaped() {
        let escaped = ('\0'..=char::MAX).filter(|&character| must_be_escaped(character)).count();
        assert_eq!(escaped, 35);
    }

    #[test]
    fn characters_above_the_basic_plane_stay_raw() {
        assert_eq!(render("😀/").unwrap(), "\"😀/\"");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_json_and_as_yaml(map in any::<BTreeMap<String, String>>()) {
            let text = render(&map).unwrap();
            prop_assert_eq!(&serde_json::from_str::<BTreeMap<String, String>>(&text).unwrap(), &map);
            prop_assert_eq!(&serde_yaml::from_str::<BTreeMap<String, String>>(&text).unwrap(), &map);
        }

        #[test]
        fn nothing_that_must_be_escaped_is_left(text in any::<String>()) {
            prop_assert!(!render(&text).unwrap().chars().any(must_be_escaped));
        }
    }
}
