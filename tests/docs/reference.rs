//! The generated pages: each is rendered from the charm files and the code, and compared with the file.

use std::fs;

use crate::place::project;
use crate::{charm_pages, events, minijuju_page, statuses};

/// Set to `write`, it writes the pages.
const SWITCH: &str = "SIDECHARM_DOCS";

/// What every generated page begins with, after its heading.
pub fn origin(sources: &str) -> String {
    format!(
        "```{{note}}\nThis page is made from {sources} by a test (`cargo test --test docs`), which fails when it is not up to \
         date and writes it anew with `{SWITCH}=write`.\n```\n"
    )
}

/// Compares a page with what it should be, or writes it.
fn check(page: &str, render: impl FnOnce(&str) -> String) {
    let path = project().join("docs/reference").join(page);
    let found = fs::read_to_string(&path).unwrap_or_default();
    let wanted = render(&found);
    if std::env::var(SWITCH).is_ok_and(|word| word == "write") {
        fs::write(&path, &wanted).unwrap();
    } else if let Some(difference) = difference(&found, &wanted) {
        panic!(
            "docs/reference/{page} is not up to date: {SWITCH}=write cargo test --test docs\n{difference}"
        );
    }
}

/// The first lines that differ.
fn difference(found: &str, wanted: &str) -> Option<String> {
    if found == wanted {
        return None;
    }
    let same = found.lines().zip(wanted.lines()).take_while(|(left, right)| left == right).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("the end").to_owned();
    Some(format!("line {}: {}\nshould be: {}", same + 1, line(found), line(wanted)))
}

/// Text for a cell of a table.
pub fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A table.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = head.iter().map(|_| "---".to_owned()).collect::<Vec<_>>();
    let rows = rows.into_iter().map(|cells| line(&cells));
    [line(&head), line(&rule)].into_iter().chain(rows).collect()
}

#[test]
fn the_page_of_the_redis_charm_is_that_of_its_files() {
    check("redis.md", |_| charm_pages::redis());
}

#[test]
fn the_page_of_the_web_charms_is_that_of_their_files() {
    check("web-apps.md", |_| charm_pages::web_apps());
}

#[test]
fn the_page_of_events_is_that_of_the_code() {
    check("events.md", |_| events::page());
}

#[test]
fn the_page_of_statuses_is_that_of_the_code() {
    check("statuses.md", statuses::page);
}

#[test]
fn the_page_of_minijuju_is_what_it_prints() {
    check("minijuju.md", |_| minijuju_page::page());
}

#[test]
fn a_line_that_differs_is_named() {
    assert_eq!(difference("a\nb", "a\nb"), None);
    assert_eq!(difference("a\nb\n", "a\nc\n").unwrap(), "line 2: b\nshould be: c");
    assert_eq!(difference("a\n", "a\nc\n").unwrap(), "line 2: the end\nshould be: c");
}
