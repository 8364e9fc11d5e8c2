//! The page of statuses: every text that the code can show, found in the source, with what it means to an operator. The meanings
//! are written by hand in the page; a text without one is a fault, and so is a `Status` in a place that is not listed here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::place::project;
use crate::reference::{cell, origin, table};

const UNIT: &str = "Units of redis-k8s";
const APPLICATION: &str = "The application redis-k8s";
const WEB: &str = "Web apps";
const EVERY: &str = "Every charm";

/// Places with texts of statuses: the part of the page, the file, what the place begins with, and the kind of what no
/// `Status::…(` stands before.
const PLACES: &[(&str, &str, &str, &str)] = &[
    (UNIT, "redis/decide/status.rs", "fn unit(", ""),
    (UNIT, "redis/decide/status.rs", "fn blocking(", ""),
    (UNIT, "redis/options.rs", "pub fn read(", "blocked"),
    (UNIT, "redis/decide/containers.rs", "fn log_targets(", "blocked"),
    (UNIT, "redis/decide/status.rs", "fn configuration(", ""),
    (UNIT, "redis/decide/status.rs", "fn containers(", "waiting"),
    (UNIT, "redis/decide/status.rs", "fn servers(", ""),
    (UNIT, "redis/decide/status.rs", "fn role(", ""),
    (UNIT, "redis/decide/status.rs", "fn blind(", "waiting"),
    (APPLICATION, "redis/decide/status.rs", "fn application(", "active"),
    (WEB, "webapp/situation.rs", "pub fn key(", ""),
    (WEB, "webapp/situation.rs", "pub fn ready(", ""),
    (WEB, "webapp/paas_config.rs", "#[error(\"Invalid paas-config.yaml", "blocked"),
    (WEB, "webapp/options/faults.rs", "pub fn status(", "blocked"),
    (WEB, "webapp/options/gunicorn.rs", "fn worker_class(", "blocked"),
    (WEB, "webapp/options/key.rs", "fn both(", "blocked"),
    (WEB, "webapp/options/key.rs", "fn in_secret(", "blocked"),
    (WEB, "webapp/options.rs", "fn secret(", "blocked"),
    (WEB, "webapp/integrations/problem.rs", "pub fn status(", ""),
    (WEB, "webapp/layer.rs", "pub enum Fault", "blocked"),
    (WEB, "webapp/gunicorn.rs", "pub fn missing_gevent(", "blocked"),
    (WEB, "webapp/gunicorn.rs", "pub const REFUSED", "blocked"),
    (WEB, "webapp/migration.rs", "pub const WAITING", "waiting"),
    (WEB, "webapp/migration.rs", "pub fn failed(", "blocked"),
    (WEB, "webapp/decide/patience.rs", "const WAITING", "waiting"),
    (WEB, "webapp/decide/rolling.rs", "pub(super) fn waits(", ""),
    (WEB, "webapp/decide/rolling.rs", "fn waits_for(", ""),
    (WEB, "webapp/decide/rolling.rs", "fn waits_for_the_last(", "waiting"),
    (WEB, "webapp/decide/container.rs", "pub(super) fn converge(", ""),
    (WEB, "webapp/decide/container.rs", "fn shown(", ""),
    (WEB, "webapp/decide/container.rs", "pub(super) fn ends(", ""),
    (WEB, "webapp/decide/container.rs", "pub(super) fn unanswered(", "waiting"),
    (EVERY, "reconcile.rs", "async fn report<", ""),
    (EVERY, "dispatch.rs", "pub async fn run(", "blocked"),
    (EVERY, "dispatch.rs", "fn identify(", "blocked"),
    (EVERY, "tenant.rs", "#[error(\"{reason}", "blocked"),
];

/// Texts in those places that are part of another, or are told to the log alone.
const NOT_SHOWN: &[&str] = &[
    "application {} of model {}",
    "an unknown application (its marker cannot be read)",
    ", and whether storage database is full",
    ", which was removed: if no other unit has them, remove all but one and run promote-to-primary on it",
    "another unit",
    "it was removed",
    "{endpoint} ({})",
    "{option} ({why})",
    "{option} and {option_id} are both set",
    "{word} {own}",
    "does not answer GET {path} at port {port} with 2xx",
    "does not listen at port {port}",
    "names a secret that must hold the key value, and no other",
    "must be the URI of a secret",
    "names a secret that was not granted to {application}, or was removed",
    "hook tools started",
    "the next hook asks Juju everything",
    "Juju did not do its part",
];

/// Statuses elsewhere whose text is made in one of the places.
const PASSED_ON: &[&str] = &[
    "&WorkerClass::missing_gevent(",
    "&fault.to_string()",
    "&format!(\"{}: {line}\", problem.message())",
    "&script.failed()",
    "&unanswered(self.situation, settings)",
    "WAITING)",
    "gunicorn::REFUSED)",
    "migration::WAITING)",
    "problem)",
];

/// Parts of a text that are seldom there.
const OFTEN_EMPTY: [&str; 2] = ["hint", "remedy"];

/// What the code can show.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Text {
    part: &'static str,
    kind: String,
    message: String,
}

/// The page, with the meanings that it has already.
pub fn page(found: &str) -> String {
    let meanings = meanings(found);
    let mut page = format!("# Statuses\n\n{}{INTRODUCTION}", origin("the texts in the source"));
    let texts = texts();
    for part in [UNIT, APPLICATION, WEB, EVERY] {
        let rows = texts.iter().filter(|text| text.part == part).map(|text| {
            let (kind, message) = (text.kind.clone(), shown(&text.message));
            let meaning = meanings.get(&(kind.clone(), message.clone())).cloned().unwrap_or_default();
            vec![kind, message, meaning]
        });
        page.push_str(&format!("\n## {part}\n\n{}", table(&["status", "message", "what it means"], rows)));
    }
    page
}

const INTRODUCTION: &str = "
A status is computed in every pass from what is seen. Of several the worst is shown: `blocked`, then `maintenance`, `waiting`, \
`active`. In capitals: what differs from case to case. Blocked waits for you, waiting for something that comes by itself.
";

/// By kind and message.
fn meanings(page: &str) -> BTreeMap<(String, String), String> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = cells.filter_map(|line| {
        let (kind, rest) = line.split_once(" | ")?;
        let (message, meaning) = rest.rsplit_once(" | ")?;
        Some(((kind.to_owned(), message.to_owned()), meaning.to_owned()))
    });
    rows.collect()
}

/// A message as the page shows it: `{name}` as `NAME`.
fn shown(message: &str) -> String {
    let mut text = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        match name {
            name if OFTEN_EMPTY.contains(&name) => {}
            name if name.starts_with(|c: char| c.is_alphabetic()) => text.push_str(&name.to_uppercase()),
            _ => text.push('…'),
        }
        rest = after;
    }
    text.push_str(rest);
    match text.as_str() {
        "" => "(none)".to_owned(),
        text if text.contains('`') => format!("`` {} ``", cell(text)),
        text => format!("`{}`", cell(text)),
    }
}

/// All texts, in the order of the places.
fn texts() -> Vec<Text> {
    let mut texts = Vec::new();
    let mut unused: BTreeSet<&str> = NOT_SHOWN.iter().copied().collect();
    for (part, file, begin, kind) in PLACES {
        let source = source(file);
        let place = place(&source, begin).unwrap_or_else(|| panic!("src/{file} has no `{begin}`"));
        let found = literals(place, kind);
        assert!(!found.is_empty(), "src/{file}: `{begin}` has no text");
        for (kind, message) in found {
            if NOT_SHOWN.contains(&message.as_str()) {
                unused.remove(message.as_str());
                continue;
            }
            let text = Text { part, kind, message };
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    assert!(unused.is_empty(), "no longer in the source: {unused:?}");
    texts
}

/// A file of the charm, without its tests.
fn source(file: &str) -> String {
    let text = fs::read_to_string(project().join("src").join(file)).unwrap();
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
}

/// From its first words to the brace that ends it; of what has no braces, to the end of the statement or attribute.
fn place<'a>(source: &'a str, begin: &str) -> Option<&'a str> {
    let start = source.find(begin)?;
    let line = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let indent = source[line..].len() - source[line..].trim_start_matches(' ').len();
    let end = match begin.contains("fn ") || begin.contains("enum ") {
        true => format!("\n{}}}\n", " ".repeat(indent)),
        false if begin.starts_with('#') => ")]\n".to_owned(),
        false => ";\n".to_owned(),
    };
    let length = source[start..].find(&end)?;
    Some(&source[start..start + length + end.len()])
}

/// Every text of a place with its kind: sentences, and whatever stands right in a `Status::…(`.
fn literals(place: &str, fallback: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = place;
    let mut kind = fallback.to_owned();
    while let Some(at) = rest.find(['"', '/', 'S']) {
        let (before, here) = rest.split_at(at);
        let status = KINDS.iter().find(|kind| here.starts_with(&format!("Status::{kind}(")));
        if let Some(new) = status {
            (*new).clone_into(&mut kind);
            rest = &here["Status::(".len() + new.len()..];
            let argument = rest.trim_start().trim_start_matches("&format!(").trim_start();
            if let Some(text) = literal(argument) {
                found.push((kind.clone(), text.0));
                rest = &argument[text.1..];
            }
        } else if here.starts_with("//") {
            rest = &here[here.find('\n').unwrap_or(here.len())..];
        } else if let Some((text, length)) = literal(here).filter(|_| !before.ends_with('\'')) {
            if text.contains(' ') && text.chars().filter(|c| c.is_alphabetic()).count() > 1 {
                found.push((kind.clone(), text));
            }
            rest = &here[length..];
        } else {
            rest = &here[1..];
        }
    }
    found
}

/// A text in quotes that begins here, and how long it is in the source.
fn literal(source: &str) -> Option<(String, usize)> {
    let body = source.strip_prefix('"')?;
    let mut text = String::new();
    let mut characters = body.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (character, character == '\\') {
            ('"', _) => return Some((text, at + 2)),
            (_, false) => text.push(character),
            (_, true) => match characters.next()?.1 {
                '\n' => while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                other => text.push(other),
            },
        }
    }
    None
}

const KINDS: [&str; 4] = ["blocked", "maintenance", "waiting", "active"];

#[test]
fn every_status_has_a_meaning() {
    let page = fs::read_to_string(project().join("docs/reference/statuses.md")).unwrap();
    let empty: Vec<_> =
        meanings(&page).into_iter().filter(|(_, meaning)| meaning.trim().is_empty()).collect();
    assert!(empty.is_empty(), "{empty:?}");
}

/// What is shown outside of the places is made in one of them.
fn strays(file: &str, source: &str) -> Vec<String> {
    let places = PLACES.iter().filter(|(_, of, ..)| *of == file);
    let mut rest = source.to_owned();
    for place in places.filter_map(|(_, _, begin, _)| place(source, begin)) {
        rest = rest.replace(place, "");
    }
    let lines = rest.lines().filter(|line| !line.trim_start().starts_with("//"));
    let calls =
        lines.flat_map(|line| KINDS.iter().filter_map(|kind| line.split_once(&format!("Status::{kind}("))));
    let strange = calls.filter(|(_, argument)| !PASSED_ON.iter().any(|known| argument.starts_with(known)));
    strange.map(|(_, argument)| format!("src/{file}: Status of {argument}")).collect()
}

#[test]
fn no_status_is_made_in_a_place_that_the_page_does_not_read() {
    let mut open = vec![project().join("src")];
    let mut strange = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(project().join("src")).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                open.push(path);
            } else if is_code(&path) && name != "juju/status.rs" {
                strange.extend(strays(&name, &source(&name)));
            }
        }
    }
    assert!(strange.is_empty(), "{strange:#?}");
    assert_eq!(
        strays("new.rs", "fn a() {\n    Status::blocked(\"new\")\n}\n"),
        ["src/new.rs: Status of \"new\")"]
    );
}

fn is_code(path: &Path) -> bool {
    let name = path.to_string_lossy();
    path.extension().is_some_and(|ending| ending == "rs")
        && !name.ends_with("tests.rs")
        && !name.contains("/tests/")
}

#[test]
fn texts_are_found_with_their_kinds() {
    let source = "fn a() {\n    // \"not me\"\n    let hint = \"see the log\";\n    Status::active(\"well\");\n    \
                  Status::blocked(&format!(\n        \"option {name} of {} is \\\n         bad\"\n    ));\n    x(\"word\")\n}\n";
    let place = place(source, "fn a(").unwrap();
    let found = literals(place, "waiting");
    let expected =
        [("waiting", "see the log"), ("active", "well"), ("blocked", "option {name} of {} is bad")];
    assert_eq!(found, expected.map(|(kind, text)| (kind.to_owned(), text.to_owned())));
    assert_eq!(shown("option {name} of {} is a|b"), "`option NAME of … is a\\|b`");
}
