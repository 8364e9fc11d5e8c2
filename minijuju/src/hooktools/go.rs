//! Go's own textual conventions, which show in what the tools take and print: quoting, numbers, durations.

pub mod base64;
pub mod duration;
pub mod number;

use std::fmt::Write as _;

/// Go's `%q`: a double-quoted Go string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            c if is_printable(c) => quoted.push(c),
            c => escape(&mut quoted, c),
        }
    }
    quoted.push('"');
    quoted
}

/// Go's `%q` of a list of strings: `["a" "b c"]`.
pub fn quote_list<T: AsRef<str>>(texts: &[T]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quote(text.as_ref())).collect();
    format!("[{}]", quoted.join(" "))
}

/// Go's `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Near enough to Go's `unicode.IsPrint` for messages: no controls, no spaces but the plain one.
fn is_printable(c: char) -> bool {
    let invisible = matches!(u32::from(c), 0xAD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xE000..=0xF8FF);
    c == ' ' || !(c.is_control() || c.is_whitespace() || invisible)
}

fn escape(quoted: &mut String, c: char) {
    let code = u32::from(c);
    // Writing to a String cannot fail.
    let _ = match code {
        0..=0x7F => write!(quoted, "\\x{code:02x}"),
        0x80..=0xFFFF => write!(quoted, "\\u{code:04x}"),
        _ => write!(quoted, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        let cases = [
            ("plain", r#""plain""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("line\nnext\ttab", r#""line\nnext\ttab""#),
            ("Grüße ✓ 😀", r#""Grüße ✓ 😀""#),
            ("\u{1}\u{7f}\u{2028}\u{a0}", r#""\x01\x7f\u2028\u00a0""#),
            ("\u{e0001}", "\"\u{e0001}\""),
        ];
        for (text, expected) in cases {
            assert_eq!(quote(text), expected);
        }
        assert_eq!(quote_list(&["extra", "more words"]), r#"["extra" "more words"]"#);
        assert_eq!(quote_list::<&str>(&[]), "[]");
    }
}
