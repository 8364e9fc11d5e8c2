//! YAML as Juju reads it: the file of relation-set, state-set and secret-add, a YAML 1.1 map of scalars whose values are
//! taken as they are written.
//!
//! The grammar and its error texts are libyaml's, of which go-yaml is a port. Only the first document counts.

pub mod resolve;

mod block;
mod flow;
mod node;
mod scalar;
mod text;

use std::collections::BTreeMap;

use node::{Content, Node, Reader};
use text::Text;
pub use text::YamlError;

use super::go::base64;

/// Reads a map of scalars. Values are bytes because of `!!binary`; a null is empty; of equal keys the last one counts.
/// `kind` names the Go type that Juju reads into, as it appears in messages.
///
/// # Errors
/// When the text is not UTF-8, not YAML, or anything in it is not a scalar.
pub fn read_map(text: &[u8], kind: &str) -> Result<BTreeMap<String, Vec<u8>>, YamlError> {
    let mut map = BTreeMap::new();
    let Some(root) = Reader::new(Text::decode(text)?).document()? else { return Ok(map) };
    let mut mismatches = Vec::new();
    match &root.content {
        Content::Map(entries) => read_entries(entries, &mut map, &mut mismatches),
        Content::Scalar { text, plain: true, tag: None } if resolve::is_null(text) => {}
        _ => mismatches.push(mismatch(&root, kind)),
    }
    if mismatches.is_empty() {
        return Ok(map);
    }
    Err(YamlError(format!("unmarshal errors:\n  {}", mismatches.join("\n  "))))
}

fn read_entries(entries: &[(Node, Node)], map: &mut BTreeMap<String, Vec<u8>>, mismatches: &mut Vec<String>) {
    for (key, value) in entries {
        if is_merge(key) {
            read_merge(value, map, mismatches);
            continue;
        }
        match (scalar(key), scalar(value)) {
            (Ok(key), Ok(value)) => {
                map.insert(String::from_utf8_lossy(&key).into_owned(), value);
            }
            (key, value) => mismatches.extend([key.err(), value.err()].into_iter().flatten()),
        }
    }
}

/// `<<: {…}` or `<<: [{…}, …]`: values that are there already, or come later, win.
fn read_merge(value: &Node, map: &mut BTreeMap<String, Vec<u8>>, mismatches: &mut Vec<String>) {
    const NO_MAP: &str = "map merge requires map or sequence of maps as the value";
    let mut merged = BTreeMap::new();
    match &value.content {
        Content::Map(entries) => read_entries(entries, &mut merged, mismatches),
        Content::List(items) => {
            for item in items.iter().rev() {
                match &item.content {
                    Content::Map(entries) => read_entries(entries, &mut merged, mismatches),
                    Content::List(_) | Content::Scalar { .. } => mismatches.push(NO_MAP.to_owned()),
                }
            }
        }
        Content::Scalar { .. } => mismatches.push(NO_MAP.to_owned()),
    }
    for (key, value) in merged {
        map.entry(key).or_insert(value);
    }
}

fn is_merge(key: &Node) -> bool {
    matches!(&key.content, Content::Scalar { text, plain: true, tag: None } if text == "<<")
}

fn scalar(node: &Node) -> Result<Vec<u8>, String> {
    match &node.content {
        Content::Scalar { text, tag: Some(tag), .. } if tag == "tag:yaml.org,2002:binary" => {
            base64::decode(text).map_err(|_| format!("!!binary value contains invalid base64 data: {text}"))
        }
        Content::Scalar { text, plain: true, tag: None } if resolve::is_null(text) => Ok(Vec::new()),
        Content::Scalar { text, .. } => Ok(text.clone().into_bytes()),
        Content::Map(_) | Content::List(_) => Err(mismatch(node, "string")),
    }
}

fn mismatch(node: &Node, kind: &str) -> String {
    let (tag, value) = match &node.content {
        Content::Map(_) => ("!!map", String::new()),
        Content::List(_) => ("!!seq", String::new()),
        Content::Scalar { text, .. } => ("!!str", format!(" `{}`", shortened(text))),
    };
    format!("line {}: cannot unmarshal {tag}{value} into {kind}", node.line)
}

/// go-yaml shows at most ten characters.
fn shortened(text: &str) -> String {
    if text.chars().count() > 10 {
        text.chars().take(7).chain("...".chars()).collect()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests;
