//! `storage`: the volumes of a unit.

use std::collections::BTreeMap;

use super::node::Node;
use crate::juju::names::StorageName;

/// A declared storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// A filesystem, or a bare device (machines).
    pub kind: StorageKind,
    /// Where the charm container sees it; absent: `/var/lib/juju/storage/NAME/NUMBER`.
    pub location: Option<String>,
    /// It must not be written.
    pub read_only: bool,
    /// One storage for all units.
    pub shared: bool,
    /// How many instances a unit has.
    pub count: Count,
    /// The least size, in MiB.
    pub minimum_mebibytes: Option<u64>,
    /// It need not outlive the pod.
    pub transient: bool,
    /// For people; may be empty.
    pub description: String,
}

/// What a storage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageKind {
    /// A mounted folder.
    Filesystem,
    /// A block device.
    Block,
}

/// How many instances: `multiple.range`; exactly one unless given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// So many are made at deploy.
    pub minimum: u32,
    /// Not more; `None` for no limit.
    pub maximum: Option<u32>,
}

pub(super) fn from_node(node: &Node<'_>) -> BTreeMap<StorageName, Storage> {
    let mut storages = BTreeMap::new();
    for (name, node) in node.entries() {
        let kind = match node.get("type").required_text().as_deref() {
            Some("filesystem") => StorageKind::Filesystem,
            Some("block") => StorageKind::Block,
            Some(other) => {
                node.get("type").fault(format!("must be filesystem or block, got {other:?}"));
                continue;
            }
            None => continue,
        };
        let storage = Storage {
            kind,
            location: location(&node.get("location"), kind),
            read_only: node.get("read-only").boolean().unwrap_or(false),
            shared: node.get("shared").boolean().unwrap_or(false),
            count: count(&node.get("multiple").get("range")),
            minimum_mebibytes: minimum_size(&node.get("minimum-size")),
            transient: transient(&node.get("properties")),
            description: node.get("description").text().unwrap_or_default(),
        };
        if let Some(name) = node.name(&name) {
            storages.insert(name, storage);
        }
    }
    storages
}

fn location(node: &Node<'_>, kind: StorageKind) -> Option<String> {
    let location = node.text()?;
    if kind == StorageKind::Block {
        node.fault("only a filesystem has a location".to_owned());
    }
    if !location.starts_with('/') {
        node.fault(format!("must be an absolute path, got {location:?}"));
    }
    Some(location)
}

/// `1`, `0-`, `1-3`, `2+`
fn count(node: &Node<'_>) -> Count {
    let once = Count { minimum: 1, maximum: Some(1) };
    if !node.is_given() {
        return once;
    }
    let text = match node.value() {
        serde_yaml::Value::Number(number) => number.to_string(),
        _ => match node.text() {
            Some(text) => text,
            None => return once,
        },
    };
    parse_count(&text).unwrap_or_else(|| {
        node.fault(format!("must be like 1, 0-, 1-3 or 2+, got {text:?}"));
        once
    })
}

fn parse_count(text: &str) -> Option<Count> {
    let number = |digits: &str| -> Option<u32> {
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let count = if let Some(minimum) = text.strip_suffix(['+', '-']) {
        Count { minimum: number(minimum)?, maximum: None }
    } else if let Some((minimum, maximum)) = text.split_once('-') {
        Count { minimum: number(minimum)?, maximum: Some(number(maximum)?) }
    } else {
        Count { minimum: number(text)?, maximum: Some(number(text)?) }
    };
    match count.maximum {
        Some(maximum) if maximum == 0 || maximum < count.minimum => None,
        _ => Some(count),
    }
}

/// A number of MiB, or with one of Juju's suffixes (juju/utils `size.go`), as in `1G`.
fn minimum_size(node: &Node<'_>) -> Option<u64> {
    if !node.is_given() {
        return None;
    }
    let text = match node.value() {
        serde_yaml::Value::Number(number) => number.to_string(),
        _ => node.text()?,
    };
    let size = parse_size(&text);
    if size.is_none() {
        node.fault(format!("must be a size such as 512M or 1.5G, got {text:?}"));
    }
    size
}

fn parse_size(text: &str) -> Option<u64> {
    let trimmed = text.strip_suffix("iB").or_else(|| text.strip_suffix('B')).unwrap_or(text);
    let (number, factor) = match trimmed.char_indices().next_back()? {
        (at, suffix) if suffix.is_ascii_alphabetic() => {
            let power = "MGTPEZY".find(suffix)?;
            (trimmed.get(..at)?, 1024_f64.powi(i32::try_from(power).ok()?))
        }
        _ => (trimmed, 1.0),
    };
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let mebibytes = number.parse::<f64>().ok().filter(|_| digits)? * factor;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "non-negative and in the range checked"
    )]
    let whole = (mebibytes <= 9e15).then(|| mebibytes.ceil() as u64);
    whole
}

fn transient(node: &Node<'_>) -> bool {
    let mut transient = false;
    for item in node.items() {
        match item.text().as_deref() {
            Some("transient") => transient = true,
            Some(other) => item.fault(format!("must be transient, got {other:?}")),
            None => {}
        }
    }
    transient
}
