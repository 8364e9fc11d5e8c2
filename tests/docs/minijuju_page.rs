//! The page of minijuju's verbs, as it tells them itself.

use crate::commands::minijuju;
use crate::reference::{cell, origin, table};

/// The page.
pub fn page() -> String {
    let rows = verbs().into_iter().map(|(verb, what)| {
        let help = minijuju(&[&verb, "--help"]);
        let usage = help.lines().find_map(|line| line.strip_prefix("Usage: minijuju ")).unwrap_or(&verb);
        vec![format!("`{}`", cell(&usage.replace("[OPTIONS] ", ""))), flags(&help), cell(&what)]
    });
    format!(
        "# The verbs of minijuju\n\n{}\nThey are Juju's, but for the last three. `-m NAME` before or after each names the model; without it \
         `JUJU_MODEL` does, and else it is `demo`. A verb that fails prints `ERROR` and why, and ends with code 1; one that is \
         misspelt with 2. Times are written as `500ms`, `5s`, `2m`.\n\n{}",
        origin("what `minijuju help` prints"),
        table(&["verb", "flags", "what it does"], rows),
    )
}

/// Each verb and its first line of help.
fn verbs() -> Vec<(String, String)> {
    let help = minijuju(&["help"]);
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let verbs = listed.filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let verbs = verbs.map(|(verb, what)| (verb.to_owned(), what.trim().to_owned()));
    let verbs: Vec<_> =
        verbs.filter(|(verb, what)| !verb.is_empty() && verb != "help" && !what.is_empty()).collect();
    assert!(verbs.len() > 25, "{help}");
    verbs
}

/// The flags of a verb's own.
fn flags(help: &str) -> String {
    let lines = help.lines().filter_map(|line| {
        let flags = line.strip_prefix("  -").or_else(|| line.strip_prefix("      -"))?;
        flags.split("  ").next().map(|flags| format!("`-{}`", cell(flags)))
    });
    let own = lines.filter(|flags| !["`-m, --model <NAME>`", "`-h, --help`"].contains(&flags.as_str()));
    let own: Vec<_> = own.collect();
    if own.is_empty() { "–".to_owned() } else { own.join(", ") }
}
