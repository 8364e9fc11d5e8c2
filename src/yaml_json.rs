//! JSON text that every YAML reader takes for the same value. It reads nothing and knows no protocol.
//!
//! Pebble (Go yaml.v3) reads layers as YAML, and so do hook tools (yaml.v2) and other charms (`PyYAML`). JSON is YAML
//! but for a few characters in quoted texts, found by trying every code point with those readers: U+007F to U+009F,
//! U+FFFE and U+FFFF are refused, and around YAML 1.1's line separators U+2028 and U+2029 blanks are dropped. They are
//! written as escapes. Surrogate pairs and `\/`, which JSON allows and Go's readers refuse, are never written.

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
    let json = serde_json::to_string(value)?;
    if !json.chars().any(must_be_escaped) {
        return Ok(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    // They stand only inside texts, where an escape may stand too.
    for character in json.chars() {
        push(character, &mut escaped);
    }
    Ok(escaped)
}

/// Appends one text in quotes.
///
/// ```
/// let mut line = String::from("key: ");
/// sidecharm::yaml_json::quote("a \"b\"\n", &mut line);
/// assert_eq!(line, r#"key: "a \"b\"\n""#);
/// ```
pub fn quote(text: &str, output: &mut String) {
    output.push('"');
    for character in text.chars() {
        match character {
            '"' => output.push_str("\\\""),
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            other => push(other, output),
        }
    }
    output.push('"');
}

fn push(character: char, output: &mut String) {
    if must_be_escaped(character) {
        // Writing to a String cannot fail.
        let _: std::fmt::Result = write!(output, "\\u{:04x}", u32::from(character));
    } else {
        output.push(character);
    }
}

/// JSON's control characters, which `serde_json` has escaped already, and those that YAML readers stumble over.
const fn must_be_escaped(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exactly_what_readers_refuse_is_escaped() {
        let escaped: Vec<u32> =
            (' '..=char::MAX).filter(|&character| must_be_escaped(character)).map(u32::from).collect();
        let expected: Vec<u32> = (0x7f..=0x9f).chain([0x2028, 0x2029, 0xfffe, 0xffff]).collect();
        assert_eq!(escaped, expected);
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
        fn a_quoted_text_reads_back(text in any::<String>()) {
            let mut quoted = String::new();
            quote(&text, &mut quoted);
            prop_assert_eq!(&serde_json::from_str::<String>(&quoted).unwrap(), &text);
            prop_assert_eq!(&serde_yaml::from_str::<String>(&quoted).unwrap(), &text);
        }

        #[test]
        fn nothing_that_must_be_escaped_is_left(text in any::<String>()) {
            prop_assert!(!render(&text).unwrap().chars().any(must_be_escaped));
        }
    }
}
