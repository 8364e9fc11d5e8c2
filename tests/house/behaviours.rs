//! The page that says what shows each of paas-charm's behaviours: it leaves none out, and what it names is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::listing;

const PAGE: &str = "docs/reference/webapp-behaviours.md";
const DIFFERENCES: &str = "docs/explanation/differences-from-paas-charm.md";
/// How many rows may name one test: more, and it shows none of them for itself.
const ROWS_OF_A_TEST: usize = 5;

/// What the page can name.
struct Known {
    tests: BTreeSet<String>,
    headings: BTreeSet<String>,
}

/// One line of a table.
struct Row<'a> {
    id: &'a str,
    what: &'a str,
    shown_by: &'a str,
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let cells: Vec<_> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [id, what, shown_by] = cells[..] else { return None };
        id.starts_with(['U', 'D']).then_some(Self { id, what, shown_by })
    }

    /// What stands between backticks.
    fn tests(&self) -> impl Iterator<Item = &'a str> {
        self.shown_by.split('`').skip(1).step_by(2)
    }

    /// The headings that are linked to.
    fn differences(&self) -> impl Iterator<Item = &'a str> {
        let links = self.shown_by.split("](../explanation/differences-from-paas-charm.md#").skip(1);
        links.filter_map(|rest| rest.split(')').next())
    }
}

/// The ids in their order: paas-charm has two behaviours with the number 129.
fn ids() -> Vec<String> {
    let behaviours = (1..=199).flat_map(|number| {
        let halves: &[&str] = if number == 129 { &["a", "b"] } else { &[""] };
        halves.iter().map(move |half| format!("U{number:03}{half}"))
    });
    behaviours.chain((1..=32).map(|number| format!("D{number:02}"))).collect()
}

/// The sentences about what is wrong with the page.
fn faults(page: &str, ids: &[String], known: &Known) -> Vec<String> {
    let rows: Vec<_> = page.lines().filter_map(Row::read).collect();
    let mut faults = Vec::new();
    for at in 0..rows.len().max(ids.len()) {
        let (found, expected) = (rows.get(at).map(|row| row.id), ids.get(at).map(String::as_str));
        if found != expected {
            faults.push(format!(
                "{} stands where {} belongs",
                found.unwrap_or("nothing"),
                expected.unwrap_or("nothing")
            ));
            break;
        }
    }
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        let id = row.id;
        if row.what.is_empty() {
            faults.push(format!("{id}: it is not said what holds"));
        }
        if row.tests().next().is_none() && row.differences().next().is_none() {
            faults.push(format!("{id}: nothing shows it"));
        }
        for test in row.tests() {
            named.entry(test).or_default().insert(id);
            if !known.tests.contains(test) {
                faults.push(format!("{id}: there is no test {test}"));
            }
        }
        for heading in row.differences().filter(|heading| !known.headings.contains(*heading)) {
            faults.push(format!("{id}: {DIFFERENCES} has no heading #{heading}"));
        }
    }
    let crowded = named.iter().filter(|(_, rows)| rows.len() > ROWS_OF_A_TEST);
    faults.extend(crowded.map(|(test, rows)| format!("{test} is named by {} rows", rows.len())));
    faults
}

/// The anchors of a page's headings.
fn headings(page: &str) -> BTreeSet<String> {
    let titles =
        page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |title: &str| {
        let kept = title.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
    };
    titles.map(anchor).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn every_behaviour_of_paas_charm_is_shown_by_a_test_or_told_as_a_difference() {
    let known = Known { tests: listing::tests(), headings: headings(&read(DIFFERENCES)) };
    assert!(known.tests.len() > 500 && known.headings.len() > 4, "the project's tests were not found");
    let faults = faults(&read(PAGE), &ids(), &known);
    assert!(faults.is_empty(), "{PAGE}:\n{}", faults.join("\n"));
}

#[test]
fn a_gap_a_double_and_what_is_not_there_are_noticed() {
    let known = Known {
        tests: BTreeSet::from(["a::b".to_owned()]),
        headings: headings("# Title\n## An app's own\n"),
    };
    let check = |rows: &[&str], expected: &[&str]| {
        let rows: Vec<_> = rows.iter().map(|row| format!("| {row} |")).collect();
        let ids = ["U001", "U002"].map(str::to_owned);
        assert_eq!(faults(&rows.join("\n"), &ids, &known), expected);
    };
    let (one, two) =
        ("U001 | x | `a::b`", "U002 | x | [d](../explanation/differences-from-paas-charm.md#an-apps-own)");
    check(&["id | what | shown by", "--- | --- | ---", one, two], &[]);
    check(&[two], &["U002 stands where U001 belongs"]);
    check(&[one], &["nothing stands where U002 belongs"]);
    check(&[one, one, two], &["U001 stands where U002 belongs"]);
    check(&[one, two, "U003 | x | `a::b`"], &["U003 stands where nothing belongs"]);
    check(&[one, "U002 | | `a::b`"], &["U002: it is not said what holds"]);
    check(&[one, "U002 | x | by and by"], &["U002: nothing shows it"]);
    check(&[one, "U002 | x | `a::b`, `a::c`"], &["U002: there is no test a::c"]);
    check(
        &[one, "U002 | x | [d](../explanation/differences-from-paas-charm.md#other)"],
        &["U002: docs/explanation/differences-from-paas-charm.md has no heading #other"],
    );
}

#[test]
fn a_test_that_too_many_rows_name_is_noticed() {
    let known = Known { tests: BTreeSet::from(["a::b".to_owned()]), headings: BTreeSet::new() };
    let ids: Vec<_> = (1..=6).map(|number| format!("D{number:02}")).collect();
    let page = |rows: usize| {
        let row = |id: &String| format!("| {id} | x | `a::b` `a::b` |");
        ids[..rows].iter().map(row).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(faults(&page(5), &ids[..5], &known), [""; 0]);
    assert_eq!(faults(&page(6), &ids, &known), ["a::b is named by 6 rows"]);
}
