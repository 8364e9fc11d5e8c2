//! The options and actions that are this program's own, declared in a charm that has none of these names.
//!
//! The charm's own text stays as it is: YAML written anew would have lost its comments, and might be another to Juju's
//! reader, which takes `yes` for true.

use serde_yaml::{Mapping, Value};

use crate::cli::init::folder::{OWN_ACTIONS, OWN_OPTIONS};

/// What becomes of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Declared {
    /// It declares them already.
    AsItIs,
    /// They are added to it.
    Added {
        /// The file.
        text: String,
        /// What was added.
        names: Vec<&'static str>,
    },
    /// It is written in a way that nothing is added to: without these.
    Without(Vec<&'static str>),
}

/// What becomes of config.yaml.
pub fn options(text: Option<&str>) -> Declared {
    declare(text, Some("options"), OWN_OPTIONS)
}

/// What becomes of actions.yaml.
pub fn actions(text: Option<&str>) -> Declared {
    declare(text, None, OWN_ACTIONS)
}

/// One of those that are added: its name, and its lines.
type Entry = (&'static str, Vec<&'static str>);

/// Adds to the mapping under the key, or to the whole document where there is none.
fn declare(text: Option<&str>, key: Option<&str>, own: &'static str) -> Declared {
    let text = text.unwrap_or_default();
    let document: Value = serde_yaml::from_str(text).unwrap_or_default();
    let present = key.map_or(Some(&document), |key| document.get(key)).cloned().unwrap_or_default();
    let missing: Vec<Entry> =
        entries(own).into_iter().filter(|(name, _)| present.get(*name).is_none()).collect();
    let names: Vec<_> = missing.iter().map(|(name, _)| *name).collect();
    if names.is_empty() {
        return Declared::AsItIs;
    }
    let text = inserted(text, key, missing.iter().flat_map(|(_, lines)| lines));
    if is_as_meant(&text, &document, key, present, &missing) {
        Declared::Added { text, names }
    } else {
        Declared::Without(names)
    }
}

/// The parts of a template, each under its name.
fn entries(template: &'static str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let outermost = template.lines().next().map_or(0, indent);
    for line in template.lines() {
        if indent(line) == outermost {
            found.push((line.trim().trim_end_matches(':'), Vec::new()));
        }
        if let Some((_, lines)) = found.last_mut() {
            lines.push(line.get(outermost..).unwrap_or_default());
        }
    }
    found
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The text with more lines: first under the key, or last where there is none.
fn inserted<'a>(text: &str, key: Option<&str>, more: impl Iterator<Item = &'a &'a str>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (mut at, mut width) = (lines.len(), 0);
    if let Some(key) = key {
        let head = format!("{key}:");
        if let Some(found) = lines.iter().position(|line| is_head(line, &head)) {
            at = found + 1;
        } else {
            lines.push(head);
            at = lines.len();
        }
        // As deep as those that are there.
        let next =
            lines.iter().skip(at).find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
        width = next.map_or(0, |line| indent(line));
        width = if width == 0 { 2 } else { width };
    }
    let more = more.map(|line| format!("{:width$}{line}", ""));
    drop(lines.splice(at..at, more));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// The line is this key of a mapping whose entries, if any, are below.
fn is_head(line: &str, head: &str) -> bool {
    line.strip_prefix(head).is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('#'))
}

/// The text says what the document says and the entries, and nothing else.
fn is_as_meant(text: &str, document: &Value, key: Option<&str>, present: Value, missing: &[Entry]) -> bool {
    let mapping = |value: Value| match value {
        Value::Mapping(mapping) => Some(mapping),
        Value::Null => Some(Mapping::new()),
        _ => None,
    };
    let Some(mut meant) = mapping(present) else { return false };
    for (_, lines) in missing {
        let Ok(Value::Mapping(entry)) = serde_yaml::from_str(&lines.join("\n")) else { return false };
        meant.extend(entry);
    }
    if let Some(key) = key {
        let Some(mut whole) = mapping(document.clone()) else { return false };
        drop(whole.insert(key.into(), Value::Mapping(meant)));
        meant = whole;
    }
    serde_yaml::from_str::<Value>(text).is_ok_and(|said| said == Value::Mapping(meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_OPTIONS: [&str; 2] = ["sidecharm-check-path", "sidecharm-rolling-restart"];

    fn added(declared: Declared) -> (String, Vec<&'static str>) {
        match declared {
            Declared::Added { text, names } => (text, names),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_charm_says_stays_as_it_is_written() {
        let before = "# Ours.\noptions: # all\n\n    # The first.\n    debug:\n        type: boolean\n        default: yes\nother: 1\n";
        let (text, names) = added(options(Some(before)));
        assert_eq!(names, ALL_OPTIONS);
        let new: Vec<_> = text.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
        assert_eq!(new[..2], ["    sidecharm-check-path:", "      type: string"]);
        let kept: Vec<_> = text.lines().filter(|line| before.lines().any(|old| old == *line)).collect();
        assert_eq!(kept, before.lines().collect::<Vec<_>>());
        assert_eq!(options(Some(&text)), Declared::AsItIs);
    }

    #[test]
    fn a_charm_without_options_or_actions_gets_the_file() {
        let (text, _) = added(options(None));
        assert_eq!(text, format!("options:\n{OWN_OPTIONS}"));
        assert_eq!(added(options(Some("options:\n"))).0, text);
        let (text, names) = added(actions(None));
        assert_eq!((text.as_str(), names.as_slice()), (OWN_ACTIONS, ["plan", "show-migration"].as_slice()));
    }

    #[test]
    fn one_of_that_name_is_the_authors() {
        let before = "plan:\n  description: Ours.\nrotate-secret-key:\n  description: New key.";
        let (text, names) = added(actions(Some(before)));
        assert_eq!(names, ["show-migration"]);
        assert!(text.starts_with(&format!("{before}\nshow-migration:\n  description: Show how")), "{text}");
        let (text, names) = added(options(Some("options:\n  sidecharm-check-path: {type: int}\n")));
        assert_eq!(names, ["sidecharm-rolling-restart"]);
        assert_eq!(text.matches("sidecharm-check-path").count(), 1);
    }

    #[test]
    fn a_file_that_nothing_can_be_added_to_stays_as_it_is() {
        let check =
            |text: &str| assert_eq!(options(Some(text)), Declared::Without(ALL_OPTIONS.into()), "{text}");
        check("{options: {debug: {type: boolean}}}");
        check("options: {debug: {type: boolean}}\n");
        check("options: {}\n");
        check("note: |\n  x\n  options:\n---\n");
        check("options: 7\n");
        check("[");
        assert_eq!(actions(Some("{}")), Declared::Without(vec!["plan", "show-migration"]));
    }
}
