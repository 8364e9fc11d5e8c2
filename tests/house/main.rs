//! The rules of the house, over the project's own text: each holds, and each is shown to notice what breaks it.
//! It checks how the project is built, never what it does.

#[cfg(test)]
mod behaviours;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod source;

use source::Source;

type Rule = fn(&[Source]) -> Vec<String>;

fn rust() -> Vec<Source> {
    Source::all(&["src", "minijuju", "tests", "benches", "demo", "tools"], &[".rs"])
}

fn holds(rule: Rule, files: &[Source]) {
    assert!(files.len() > 20, "the project's files were not found");
    let broken = rule(files);
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// One file with this path and text breaks the rule, and the sentence about it has `expected` in it.
fn notices(rule: Rule, path: &str, text: &str, expected: &str) {
    let broken = rule(&[Source::new(path, text)]);
    assert!(
        broken.iter().any(|sentence| sentence.contains(expected)),
        "{path} with {text:?} gave {broken:?}"
    );
}

fn accepts(rule: Rule, path: &str, text: &str) {
    assert_eq!(rule(&[Source::new(path, text)]), Vec::<String>::new(), "{path} with {text:?}");
}

#[test]
fn pure_files_name_nothing_of_the_outside_world() {
    holds(rules::purity, &rust());
    notices(rules::purity, "src/redis/role.rs", "use std::{fs, fmt};", "names std::fs");
    notices(rules::purity, "src/redis.rs", "fn a() { tokio::spawn(b) }", "names tokio::spawn");
    notices(
        rules::purity,
        "src/pebble/types/plan.rs",
        "use std::time::{Duration, Instant};",
        "names std::time::Instant",
    );
    accepts(rules::purity, "src/redis/admin.rs", "use tokio::net::TcpStream;");
    accepts(rules::purity, "src/redis/role.rs", "use std::time::Duration; // std::fs");
}

#[test]
fn processes_sockets_environment_and_clock_have_one_door_each() {
    holds(rules::doors, &rust());
    notices(rules::doors, "src/juju/tools.rs", "use std::process::{Command, Stdio};", "starts a process");
    notices(rules::doors, "src/redis/observe.rs", "use tokio::net::TcpStream;", "opens a socket");
    notices(rules::doors, "src/cli.rs", "fn a() { std::env::args() }", "environment");
    notices(rules::doors, "src/reconcile.rs", "use std::time::SystemTime;", "wall clock");
    notices(rules::doors, "src/main.rs", "use std::time::Instant;", "cannot hold");
    accepts(rules::doors, "src/main.rs", "use std::{env, process::ExitCode, time::SystemTime};");
    accepts(rules::doors, "src/juju/tools/process.rs", "use tokio::process::Command;");
    accepts(rules::doors, "src/pebble/transport.rs", "use tokio::net::UnixStream;");
}

#[test]
fn arrows_between_modules_point_down() {
    holds(rules::arrows, &rust());
    notices(
        rules::arrows,
        "src/juju/wire.rs",
        "use crate::relations::Topology;",
        "points up from juju to relations",
    );
    notices(
        rules::arrows,
        "src/redis/role.rs",
        "use super::admin::Admin;",
        "points up from redis to redis/admin",
    );
    notices(rules::arrows, "src/pebble/client.rs", "use crate::juju::names::UnitName;", "does not know juju");
    notices(rules::arrows, "src/redis/role.rs", "use crate::webapp::Framework;", "does not know webapp");
    notices(rules::arrows, "src/relations/redis.rs", "use crate::juju::tools::HookTools;", "does not know");
    notices(rules::arrows, "src/attic.rs", "", "on no floor");
    accepts(rules::arrows, "src/reconcile.rs", "use crate::{effects::apply, observed::read};");
    let circle = [
        Source::new("src/effects.rs", "use crate::relations::A;"),
        Source::new("src/relations.rs", "use crate::effects::B;"),
    ];
    assert!(rules::arrows(&circle).contains(&"effects: names itself in a circle".to_owned()));
}

#[test]
fn minijuju_shares_words_with_the_charm_and_no_decisions() {
    holds(rules::minijuju, &rust());
    notices(rules::minijuju, "minijuju/src/pod.rs", "use sidecharm::redis::role;", "the charm's own");
    accepts(
        rules::minijuju,
        "minijuju/src/pod.rs",
        "use sidecharm::{juju::names::UnitName, pebble::Client};",
    );
}

#[test]
fn a_file_says_what_it_is_for_and_is_short() {
    holds(rules::shape, &rust());
    notices(rules::shape, "src/a.rs", "use std::fmt;\n", "begin with //!");
    notices(rules::shape, "src/a.rs", &format!("//! A.\n{}", "fn a() {}\n".repeat(400)), "401 lines");
    notices(rules::shape, "tests/a.rs", &format!("//! A.\n{}", "fn a() {}\n".repeat(600)), "601 lines");
    let tests = format!("//! A.\n\n#[cfg(test)]\nmod tests {{\n{}}}\n", "// a\n".repeat(198));
    notices(rules::shape, "src/a.rs", &tests, "201 lines of tests");
    let long =
        format!("//! A.\nimpl A {{\n    pub async fn a() {{\n{}    }}\n}}\n", "        b();\n".repeat(51));
    notices(rules::shape, "src/a.rs", &long, "src/a.rs:3: a function of 52 lines");
    accepts(rules::shape, "src/a.rs", &long.replacen("        b();\n", "", 1));
    notices(rules::shape, "src/a/mod.rs", "//! A.\n", "not mod.rs");
    accepts(rules::shape, "src/a.rs", &format!("//! A.\n{}", "fn a() {}\n".repeat(399)));
}

#[test]
fn nothing_is_left_for_later() {
    let mut files = rust();
    files.extend(Source::all(&["tools", "demo", "docs"], &[""]));
    holds(rules::leftovers, &files);
    notices(rules::leftovers, "tools/setup", concat!("ok\n# TO", "DO: later\n"), "tools/setup:2");
    notices(rules::leftovers, "tests/a.rs", concat!("#[ig", "nore = \"slow\"]"), "nore");
}

#[test]
fn every_file_is_part_of_the_build() {
    holds(rules::listed, &rust());
    notices(rules::listed, "tests/integration/story.rs", "", "no `mod story;`");
    let files = [Source::new("src/redis.rs", "pub mod role;\n"), Source::new("src/redis/role.rs", "")];
    assert_eq!(
        rules::listed(&files),
        ["src/redis.rs: no `mod redis;` in src.rs or src/main.rs or src/lib.rs"]
    );
}
