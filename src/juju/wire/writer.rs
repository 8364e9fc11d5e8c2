//! Writes a map of texts so that every YAML and JSON reader gives the same texts back.
//!
//! `relation-set --file` and `state-set --file` read YAML 1.1 with Go's yaml.v2, for which `yaml_json` quotes. There is
//! never a `null`: it would delete the key.

use std::collections::BTreeMap;

use crate::yaml_json::quote;

/// Renders the map as one line, in the order of its keys.
///
/// ```
/// use std::collections::BTreeMap;
/// let map = BTreeMap::from([("a".to_owned(), "yes".to_owned()), ("b".to_owned(), "x\u{7f}😀".to_owned())]);
/// assert_eq!(sidecharm::juju::wire::render(&map), r#"{"a": "yes", "b": "x\u007f😀"}"#);
/// ```
pub fn render(map: &BTreeMap<String, String>) -> String {
    let size: usize = map.iter().map(|(key, value)| key.len() + value.len() + 8).sum();
    let mut text = String::with_capacity(size + 2);
    text.push('{');
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        quote(key, &mut text);
        text.push_str(": ");
        quote(value, &mut text);
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_back(map: &BTreeMap<String, String>) {
        let text = render(map);
        assert_escapes_are_portable(&text);
        assert_eq!(&serde_json::from_str::<BTreeMap<String, String>>(&text).unwrap(), map, "JSON {text}");
        assert_eq!(&serde_yaml::from_str::<BTreeMap<String, String>>(&text).unwrap(), map, "YAML {text}");
        let untyped: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        for (key, value) in map {
            assert_eq!(
                untyped.get(key.as_str()).and_then(|value| value.as_str()),
                Some(value.as_str()),
                "{text}"
            );
        }
    }

    fn assert_escapes_are_portable(text: &str) {
        let mut rest = text;
        while let Some((_, escape)) = rest.split_once('\\') {
            let portable = match escape.split_at(1) {
                ("u", code) => {
                    u32::from_str_radix(&code[..4], 16).is_ok_and(|code| !(0xd800..0xe000).contains(&code))
                }
                (letter, _) => "\"\\nrt".contains(letter),
            };
            assert!(portable && !text.contains('\n'), "{text}");
            rest = &escape[1..];
        }
    }

    #[test]
    fn every_code_point_of_the_basic_plane_comes_back() {
        for start in (0..0x1_0000_u32).step_by(64) {
            let blanks = |c: char| format!("a {c} b{c}");
            let value: String = (start..start + 64).filter_map(char::from_u32).map(blanks).collect();
            read_back(&BTreeMap::from([("key".to_owned(), value)]));
        }
    }

    #[test]
    fn keys_are_quoted_like_values() {
        let map = BTreeMap::from([("k/y".to_owned(), "\u{85}\u{ffff}\u{1f600}/\"\\\n".to_owned())]);
        assert_eq!(render(&map), r#"{"k/y": "\u0085\uffff😀/\"\\\n"}"#);
    }

    /// What the YAML reader of this crate makes of unquoted words: an upgrade that changes a row should be seen.
    #[test]
    fn the_yaml_reader_reads_ambiguous_words_as_it_did() {
        let check = |text: &str, expected: &str| {
            let read: serde_yaml::Value = serde_yaml::from_str(&format!("k: {text}")).unwrap();
            assert_eq!(format!("{:?}", read.get("k").unwrap()), expected, "of {text:?}");
        };
        for word in "yes no on off y n 012 0755 1_000 1:30 12:30:45 2001-12-14 =".split(' ') {
            check(word, &format!("String({word:?})"));
        }
        check("0o14", "Number(12)");
        check("1e3", "Number(1000.0)");
        check("~", "Null");
        check("", "Null");
        check("true", "Bool(true)");
        check("\"true\"", "String(\"true\")");
        let text = "a: 1\na: 2";
        assert!(serde_yaml::from_str::<BTreeMap<String, u8>>(text).is_ok_and(|map| map.get("a") == Some(&2)));
        let merged: serde_yaml::Value = serde_yaml::from_str("base: &b {x: 1}\nk:\n  <<: *b").unwrap();
        assert!(merged.get("k").is_some_and(|k| k.get("<<").is_some() && k.get("x").is_none()));
    }

    #[test]
    fn ambiguous_words_come_back_as_texts() {
        let words = "yes no on off y ~ null 012 0o14 0x1F 1_000 1e3 1:30 1.0 .5 2001-12-14 << = {} [ &a *a !t | > % @ ` ' \" \
            --- ... ? \\ \\/ \\ud83d 😀 é - # a: :b #c";
        let blank = ["", " lead", "trail ", "- a", "a: b", "a #b", "\u{feff}", "\r\n", "\0", "\t"];
        for word in words.split_whitespace().chain(blank) {
            read_back(&BTreeMap::from([(word.to_owned(), word.to_owned())]));
        }
    }

    proptest! {
        #[test]
        fn any_map_reads_back_equal(map in prop::collection::btree_map("(?s).{0,20}", "(?s).{0,60}", 0..6)) {
            read_back(&map);
        }
    }
}
