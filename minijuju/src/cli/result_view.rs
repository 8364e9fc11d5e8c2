//! The result of an action or a command as Juju prints it. Pure.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The results of a task as indented lines, sorted by name: `name: value`, maps below their name.
pub fn plain(results: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_map(&mut text, results, 0);
    text
}

fn write_map(text: &mut String, map: &Map<String, Value>, depth: usize) {
    let indent = "  ".repeat(depth);
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(name, _)| *name);
    for (name, value) in entries {
        // Writing to a String cannot fail.
        match value {
            Value::Object(inner) => {
                writeln!(text, "{indent}{name}:").ok();
                write_map(text, inner, depth + 1);
            }
            Value::String(value) if value.contains('\n') => {
                writeln!(text, "{indent}{name}: |").ok();
                for line in value.lines() {
                    writeln!(text, "{indent}  {line}").ok();
                }
            }
            Value::String(value) => {
                writeln!(text, "{indent}{name}: {value}").ok();
            }
            value => {
                writeln!(text, "{indent}{name}: {value}").ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn results_are_shown_as_lines() {
        let results = json!({"password": "x", "many": "one\ntwo\n", "nested": {"b": "2", "a": 1}});
        insta::assert_snapshot!(plain(results.as_object().unwrap()), @r"
        many: |
          one
          two
        nested:
          a: 1
          b: 2
        password: x
        ");
    }
}
