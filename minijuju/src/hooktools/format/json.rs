//! Go's `encoding/json`: compact, HTML-safe.

use std::fmt::Write as _;

use crate::hooktools::go::number::json_float;
use crate::hooktools::value::Value;

/// The value on one line, without a newline.
pub fn render(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null | Value::NoTexts => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&json_float(*number)),
        Value::Text(text) => write_text(out, text),
        Value::Binary(bytes) => write_bytes(out, bytes),
        Value::Texts(texts) => write_list(out, texts, |out, text| write_text(out, text)),
        Value::List(items) => write_list(out, items, write_value),
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key.as_str(), value)).collect();
            entries.sort_by_key(|(key, _)| *key);
            write_map(out, &entries);
        }
        Value::Fields(fields) => {
            let entries: Vec<_> = fields.iter().map(|(key, value)| (*key, value)).collect();
            write_map(out, &entries);
        }
    }
}

fn write_list<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

fn write_map(out: &mut String, entries: &[(&str, &Value)]) {
    out.push('{');
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, key);
        out.push(':');
        write_value(out, value);
    }
    out.push('}');
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    text.chars().for_each(|c| write_char(out, c));
    out.push('"');
}

/// Go writes an escaped U+FFFD for each byte that is no UTF-8 (a real one stays as it is).
fn write_bytes(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| write_char(out, c));
        chunk.invalid().iter().for_each(|_| out.push_str("\\ufffd"));
    }
    out.push('"');
}

fn write_char(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_go_prints_them() {
        let cases = [
            (Value::Null, "null"),
            (Value::Bool(true), "true"),
            (Value::Float(1e6), "1000000"),
            (
                Value::text("a\"\\\n<&>\u{2028}\u{1}\u{fffd}Grüße 😀"),
                "\"a\\\"\\\\\\n\\u003c\\u0026\\u003e\\u2028\\u0001\u{fffd}Grüße 😀\"",
            ),
            (Value::bytes(b"\xff\xfe\0a".to_vec()), r#""\ufffd\ufffd\u0000a""#),
            (Value::Texts(vec!["b".into(), "a".into()]), r#"["b","a"]"#),
            (Value::NoTexts, "null"),
            (
                Value::map([("web/2", Value::Integer(2)), ("web/10", Value::Null)]),
                r#"{"web/10":null,"web/2":2}"#,
            ),
            (
                Value::Fields(vec![("b", Value::Bool(false)), ("a", Value::List(vec![]))]),
                r#"{"b":false,"a":[]}"#,
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(render(&value), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn texts_read_back(text in ".*") {
            let read: String = serde_json::from_str(&render(&Value::Text(text.clone()))).unwrap();
            proptest::prop_assert_eq!(read, text);
        }
    }
}
