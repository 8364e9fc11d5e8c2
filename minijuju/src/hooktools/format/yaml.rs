//! YAML as Juju prints it: go-yaml v2's block style. It writes what the tools print, no more: no flow style but for
//! what is empty, no anchors, no comments.

mod order;
mod scalar;

use crate::hooktools::go::{base64, number::yaml_float};
use crate::hooktools::value::Value;

/// The value as a document, with its last newline.
pub fn render(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Map(entries) if !entries.is_empty() => write_map(&mut out, 0, &sorted(entries)),
        Value::Fields(fields) if !fields.is_empty() => write_map(&mut out, 0, &plain(fields)),
        Value::List(items) if !items.is_empty() => write_list(&mut out, 0, items),
        Value::Texts(texts) if !texts.is_empty() => write_list(&mut out, 0, &as_values(texts)),
        leaf => write_leaf(&mut out, 0, 0, leaf),
    }
    out
}

/// Keys and values of a map, each pair on its own line at this indentation. The first line is begun by the caller if
/// the map stands behind a dash.
fn write_map(out: &mut String, indent: usize, entries: &[(&str, &Value)]) {
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 || out.is_empty() || out.ends_with('\n') {
            out.push_str(&" ".repeat(indent));
        }
        let start = out.len();
        scalar::write_key(out, key);
        out.push(':');
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                out.push('\n');
                write_map(out, indent + 2, &sorted(entries));
            }
            Value::Fields(fields) if !fields.is_empty() => {
                out.push('\n');
                write_map(out, indent + 2, &plain(fields));
            }
            // A list in a map is not indented.
            Value::List(items) if !items.is_empty() => {
                out.push('\n');
                write_list(out, indent, items);
            }
            Value::Texts(texts) if !texts.is_empty() => {
                out.push('\n');
                write_list(out, indent, &as_values(texts));
            }
            leaf => {
                out.push(' ');
                let column = indent + out.get(start..).map_or(0, |line| line.chars().count());
                write_leaf(out, indent, column, leaf);
            }
        }
    }
}

fn write_list(out: &mut String, indent: usize, items: &[Value]) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || out.is_empty() || out.ends_with('\n') {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str("- ");
        match item {
            Value::Map(entries) if !entries.is_empty() => write_map(out, indent + 2, &sorted(entries)),
            Value::Fields(fields) if !fields.is_empty() => write_map(out, indent + 2, &plain(fields)),
            Value::List(items) if !items.is_empty() => write_list(out, indent + 2, items),
            Value::Texts(texts) if !texts.is_empty() => write_list(out, indent + 2, &as_values(texts)),
            leaf => write_leaf(out, indent, indent + 2, leaf),
        }
    }
}

/// A value that stands on one line, or a block of text. `indent` is that of the surrounding block, `column` where the
/// value begins.
fn write_leaf(out: &mut String, indent: usize, column: usize, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&yaml_float(*number)),
        Value::Text(text) => scalar::write_value(out, indent, column, text),
        Value::Binary(bytes) => {
            out.push_str("!!binary ");
            scalar::write_encoded(out, indent, column + "!!binary ".len(), &base64::encode(bytes));
        }
        Value::Texts(_) | Value::NoTexts | Value::List(_) => out.push_str("[]"),
        Value::Map(_) | Value::Fields(_) => out.push_str("{}"),
    }
    // A literal block's own last break, of whatever kind, ends the line.
    if !out.ends_with(scalar::is_break) {
        out.push('\n');
    }
}

fn sorted(entries: &[(String, Value)]) -> Vec<(&str, &Value)> {
    let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key.as_str(), value)).collect();
    entries.sort_by(|(left, _), (right, _)| order::natural(left, right));
    entries
}

fn plain<'v>(fields: &'v [(&'static str, Value)]) -> Vec<(&'v str, &'v Value)> {
    fields.iter().map(|(key, value)| (*key, value)).collect()
}

fn as_values(texts: &[String]) -> Vec<Value> {
    texts.iter().cloned().map(Value::Text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_are_laid_out_as_go_yaml_does() {
        let inner = Value::Fields(vec![("name", Value::text("x")), ("addresses", Value::List(vec![]))]);
        let value = Value::map([
            ("web/10", Value::map([("b", Value::Bool(true)), ("a", Value::Null)])),
            (
                "web/2",
                Value::List(vec![inner, Value::Texts(vec!["p".into(), "q".into()]), Value::Float(1e6)]),
            ),
            ("on", Value::Map(vec![])),
        ]);
        insta::assert_snapshot!(render(&value), @r#"
        "on": {}
        web/2:
        - name: x
          addresses: []
        - - p
          - q
        - 1e+06
        web/10:
          a: null
          b: true
        "#);
    }

    #[test]
    fn binary_text_is_tagged() {
        assert_eq!(render(&Value::bytes(vec![0xff, 0xfe, 0, 1])), "!!binary //4AAQ==\n");
        let long = render(&Value::map([("k", Value::bytes(vec![0xff; 60]))]));
        assert_eq!(long, format!("k: !!binary |\n  {}\n  {}\n", "/".repeat(70), "/".repeat(10)));
    }

    proptest::proptest! {
        #[test]
        fn texts_read_back(texts in proptest::collection::vec("[ -~\n\t\r\u{85}\u{2028}äß✓😀:#'\"-]{0,100}", 0..4)) {
            let keys = ["a", "b c", "yes", "1"];
            let map = Value::map(keys.iter().zip(&texts).map(|(key, text)| (*key, Value::text(text.as_str()))));
            let read = crate::hooktools::yaml::read_map(render(&map).as_bytes(), "map[string]string");
            let expected = keys.iter().zip(&texts).map(|(key, text)| ((*key).to_owned(), text.clone().into_bytes()));
            proptest::prop_assert_eq!(read.unwrap(), expected.collect());
        }
    }
}
