//! The tests that `cargo test -- --list` prints, found in the sources: nothing has to be built to know them.
//!
//! Both are equal, since the compiler gives a test the path of its function, and that is the path of the file and of the modules in it:
//! every file is a module (`every_file_is_part_of_the_build`), no test is left out (`nothing_is_left_for_later`), and no macro of
//! ours makes up a test's name. That the reader is right is shown by the list that this very binary prints of itself.

use std::collections::BTreeSet;
use std::process::Command;

use crate::source::{Source, is_word};

/// The tests of the charm and of those targets under `tests/` that `cargo test` runs.
pub fn tests() -> BTreeSet<String> {
    let manifest = include_str!("../../Cargo.toml");
    let files = Source::all(&["src", "tests"], &[".rs"]);
    let runs = |file: &&Source| {
        let target = file.path.strip_prefix("tests/").and_then(|path| path.split('/').next());
        target.is_none_or(|target| !manifest.contains(&format!("\"tests/{target}/main.rs\"\ntest = false")))
    };
    files.iter().filter(runs).flat_map(tests_of).collect()
}

/// The tests in one file, by their paths in its target.
fn tests_of(file: &Source) -> Vec<String> {
    let tokens = file.all_tokens();
    let mut found = Vec::new();
    // The module that each open brace began, if one did.
    let mut open: Vec<Option<&str>> = Vec::new();
    let mut is_test = false;
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at..] {
            ["#", "[", ..] => {
                let path: Vec<_> =
                    tokens[at + 2..].iter().take_while(|token| is_word(token) || **token == "::").collect();
                is_test |= path.last() == Some(&&"test");
                at += 2;
                continue;
            }
            ["mod", name, "{", ..] => {
                open.push(Some(name));
                at += 3;
                continue;
            }
            ["fn", name, ..] => {
                if is_test && is_word(name) {
                    let inner = open.iter().flatten().copied();
                    let path: Vec<_> = modules(&file.path).chain(inner).chain([name]).collect();
                    found.push(path.join("::"));
                }
                is_test = false;
            }
            ["{", ..] => open.push(None),
            ["}", ..] => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
    found
}

/// `src/juju/names.rs` is the module `juju::names`, `tests/house/rules.rs` the module `rules` of its target.
fn modules(path: &str) -> impl Iterator<Item = &str> {
    let skipped = if path.starts_with("src/") { 1 } else { 2 };
    path.trim_end_matches(".rs").split('/').skip(skipped).filter(|name| !matches!(*name, "main" | "lib"))
}

#[test]
fn the_tests_of_this_binary_are_those_that_it_lists() {
    let listed = Command::new(std::env::current_exe().unwrap()).arg("--list").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let listed: BTreeSet<_> =
        listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect();
    let read: BTreeSet<_> = Source::all(&["tests/house"], &[".rs"]).iter().flat_map(tests_of).collect();
    assert_eq!(read, listed);
}

#[test]
fn a_test_is_known_by_its_attribute_wherever_it_stands() {
    let text = "#[cfg(test)] fn a() {} mod b { #[test] fn c() { \"}\" } mod d { proptest! { #[test] fn e(x in 0..1) {} } } \
                #[tokio::test(flavor = \"x\")] #[cfg(unix)] pub async fn f() {} } // #[test] fn g() {}\n#[test]\nfn h() {}";
    let expected = ["x::y::b::c", "x::y::b::d::e", "x::y::b::f", "x::y::h"].map(str::to_owned);
    assert_eq!(tests_of(&Source::new("src/x/y.rs", text)), expected);
    assert_eq!(tests_of(&Source::new("tests/x/main.rs", "#[test] fn a() {}")), ["a"]);
}
