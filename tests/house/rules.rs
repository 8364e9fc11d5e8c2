//! The rules of the house, each a function from the files to the sentences about what breaks it.
//! What the compiler, clippy or cargo-deny can check is not here.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Source;

/// The floors, lowest first: a file may name files of its own floor and of those below. The longest prefix counts.
const FLOORS: &[(&str, usize)] = &[
    ("secret", 0),
    ("yaml_json", 0),
    ("juju", 1),
    ("pebble", 1),
    ("observed", 2),
    ("effects", 2),
    ("relations", 2),
    ("redis", 3),
    ("tenant", 3),
    ("webapp", 3),
    ("observed/read", 4),
    ("effects/apply", 4),
    ("redis/observe", 4),
    ("redis/handover", 4),
    ("redis/admin", 4),
    ("redis/watch", 4),
    ("telemetry", 4),
    ("program", 4),
    ("redis/workload", 5),
    ("webapp/workload", 5),
    ("reconcile", 5),
    ("cli", 6),
    ("dispatch", 6),
    ("main", 6),
    ("lib", 6),
];

/// Pairs of which the first may never name the second, whatever their floors.
const STRANGERS: &[(&str, &str)] = &[
    ("pebble", "juju"),
    ("juju", "pebble"),
    ("redis", "webapp"),
    ("webapp", "redis"),
    ("relations", "juju/tools"),
    ("relations", "pebble/transport"),
    ("relations", "pebble/client"),
];

/// Files under these prefixes are pure, but for the exceptions after them.
const PURE: &[&str] = &[
    "secret",
    "yaml_json",
    "juju/archive",
    "juju/names",
    "juju/environment",
    "juju/event",
    "juju/metadata",
    "juju/status",
    "juju/wire",
    "pebble/types",
    "pebble/request",
    "pebble/response",
    "relations",
    "tenant",
    "redis",
    "webapp",
];
const IMPURE: &[&str] = &[
    "redis/observe",
    "redis/admin",
    "redis/aof",
    "redis/handover",
    "redis/watch",
    "redis/workload",
    "webapp/workload",
];

/// What a pure file may not name.
const OUTSIDE_WORLD: &[&str] = &[
    "tokio",
    "hyper",
    "hyper_util",
    "std::process",
    "std::fs",
    "std::env",
    "std::net::TcpStream",
    "std::os::unix::net",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "rustix",
];

/// What only the named files may do: paths, files.
const DOORS: &[(&str, &[&str], &[&str])] = &[
    (
        "starts a process",
        &["std::process::Command", "std::os::unix::process", "tokio::process"],
        // `sidecharm run` starts none: it becomes one.
        &["juju/tools/process", "cli/run"],
    ),
    (
        "opens a socket",
        &[
            "std::net::TcpStream",
            "std::net::TcpListener",
            "std::net::UdpSocket",
            "std::net::ToSocketAddrs",
            "std::os::unix::net",
            "tokio::net",
            "hyper_util::client",
            "hyper::client",
        ],
        &["pebble/transport", "redis/admin", "webapp/workload/prove"],
    ),
    (
        "reads the process's own environment",
        &["std::env", "std::process::exit", "std::process::id"],
        &["main"],
    ),
    (
        "reads the wall clock",
        &["std::time::SystemTime", "time::OffsetDateTime::now_utc", "time::OffsetDateTime::now_local"],
        &["main"],
    ),
    ("measures time with a clock that tests cannot hold", &["std::time::Instant"], &[]),
];

/// Where minijuju may use the charm's crate: its words for Juju and Pebble, never its decisions.
const SHARED_WITH_MINIJUJU: &[&str] =
    &["pebble", "juju::archive", "juju::names", "juju::metadata", "juju::wire", "juju::status", "secret"];

/// Pure files name nothing of the outside world.
pub fn purity(files: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in charm(files) {
        let module = module(file);
        if !is_under(module, PURE) || is_under(module, IMPURE) {
            continue;
        }
        for path in file.paths() {
            if OUTSIDE_WORLD.iter().any(|outside| starts_with(&path, outside)) {
                broken.push(format!("{}: a pure file names {path}", file.path));
            }
        }
    }
    broken
}

/// One door each for processes, sockets, the environment and the clock.
pub fn doors(files: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in charm(files) {
        for (deed, paths, allowed) in DOORS {
            if is_under(module(file), allowed) {
                continue;
            }
            for path in file.paths() {
                if paths.iter().any(|door| starts_with(&path, door)) {
                    broken.push(format!("{}: only {allowed:?} {deed}, and this names {path}", file.path));
                }
            }
        }
    }
    broken
}

/// Arrows point down the floors, and modules of one floor name each other in no circle.
pub fn arrows(files: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut beside: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in charm(files).filter(|file| module(file) != "lib") {
        let Some((from, height)) = floor(module(file)) else {
            broken.push(format!("{}: on no floor: add it to FLOORS in tests/house/rules.rs", file.path));
            continue;
        };
        for path in file.paths() {
            let Some(target) = target(file, &path) else { continue };
            let Some((to, target_height)) = floor(&target) else {
                broken.push(format!("{}: {path} is on no floor", file.path));
                continue;
            };
            if target_height > height {
                broken.push(format!("{}: {path} points up from {from} to {to}", file.path));
            }
            if STRANGERS
                .iter()
                .any(|(who, whom)| is_under(module(file), &[who]) && is_under(&target, &[whom]))
            {
                broken.push(format!("{}: {path}: {from} does not know {to}", file.path));
            }
            if target_height == height && to != from {
                beside.entry(from).or_default().insert(to);
            }
        }
    }
    broken.extend(
        beside
            .keys()
            .filter(|start| reaches(&beside, start, start))
            .map(|start| format!("{start}: names itself in a circle")),
    );
    broken
}

/// minijuju shares words with the charm, never decisions.
pub fn minijuju(files: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("minijuju/")) {
        for path in file.paths() {
            let Some(used) = path.strip_prefix("sidecharm::") else { continue };
            if !SHARED_WITH_MINIJUJU.iter().any(|shared| starts_with(used, shared)) {
                broken.push(format!("{}: {path} is the charm's own", file.path));
            }
        }
    }
    broken
}

/// A file says what it is for (`foo/tests.rs` need not repeat it), is short, has short functions, and keeps long tests beside itself.
pub fn shape(files: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files {
        if !file.text.starts_with("//! ") && !file.path.ends_with("/tests.rs") {
            broken.push(format!("{}: does not begin with //! and what it is for", file.path));
        }
        let (code, all) = (file.before_tests().lines().count(), file.text.lines().count());
        let limit = if file.is_test() { 600 } else { 400 };
        if code > limit {
            broken.push(format!("{}: {code} lines before its tests, and {limit} is the limit", file.path));
        }
        if code < all && all - code > 200 {
            broken.push(format!("{}: {} lines of tests belong into a tests.rs", file.path, all - code));
        }
        if !file.is_test() {
            broken.extend(long_functions(file));
        }
        if file.path.ends_with("/mod.rs") {
            broken.push(format!("{}: foo.rs beside foo/, not mod.rs", file.path));
        }
    }
    broken
}

/// Functions of more than 50 lines, as rustfmt lays them out: from `fn` to the brace under its line's first letter.
fn long_functions(file: &Source) -> Vec<String> {
    let lines: Vec<&str> = file.before_tests().lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let is_function =
            !code.starts_with("//") && format!(" {code}").contains(" fn ") && !line.ends_with(';');
        let close = format!("{}}}", " ".repeat(line.len() - code.len()));
        let length = lines[start..].iter().position(|line| *line == close);
        if let Some(length) = length.filter(|length| is_function && *length > 51) {
            found.push(format!("{}:{}: a function of {length} lines", file.path, start + 1));
        }
    }
    found
}

/// No work left for later, no test left out.
pub fn leftovers(files: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            for word in [
                concat!("TO", "DO"),
                concat!("FIX", "ME"),
                concat!("#[ig", "nore"),
                concat!("#[should_", "panic"),
            ] {
                if line.contains(word) {
                    broken.push(format!("{}:{}: {word}", file.path, number + 1));
                }
            }
        }
    }
    broken
}

/// Every file is a module of the file that its folder belongs to; else its tests never run.
pub fn listed(files: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        let name = name.trim_end_matches(".rs");
        if matches!(name, "main" | "lib" | "build") || matches!(folder, "tests" | "benches") {
            continue;
        }
        let parents = [format!("{folder}.rs"), format!("{folder}/main.rs"), format!("{folder}/lib.rs")];
        let declaration = format!("mod {name};");
        if !files.iter().any(|parent| parents.contains(&parent.path) && parent.text.contains(&declaration)) {
            broken.push(format!("{}: no `{declaration}` in {}", file.path, parents.join(" or ")));
        }
    }
    broken
}

fn charm(files: &[Source]) -> impl Iterator<Item = &Source> {
    files.iter().filter(|file| file.path.starts_with("src/") && !file.is_test())
}

/// `src/juju/names.rs` is the module `juju/names`.
fn module(file: &Source) -> &str {
    file.path.trim_start_matches("src/").trim_end_matches(".rs")
}

fn is_under(module: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| {
        module.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn starts_with(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn floor(module: &str) -> Option<(&'static str, usize)> {
    let mut fitting: Vec<_> = FLOORS.iter().filter(|(prefix, _)| is_under(module, &[prefix])).collect();
    fitting.sort_by_key(|(prefix, _)| prefix.len());
    fitting.last().map(|(prefix, height)| (*prefix, *height))
}

/// The module that a path of `file` leads to, if it is one of the crate's.
fn target(file: &Source, path: &str) -> Option<String> {
    let name = path.strip_prefix("crate::").or_else(|| path.strip_prefix("sidecharm::"));
    if let Some(name) = name {
        return Some(name.replace("::", "/"));
    }
    let mut rest = path.strip_prefix("super::")?;
    let mut folder = module(file).rsplit_once('/').map_or("", |(folder, _)| folder);
    while let Some(higher) = rest.strip_prefix("super::") {
        rest = higher;
        folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    }
    let rest = rest.replace("::", "/");
    Some(if folder.is_empty() { rest } else { format!("{folder}/{rest}") })
}

fn reaches(beside: &BTreeMap<&str, BTreeSet<&str>>, from: &str, goal: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        for step in beside.get(next).into_iter().flatten() {
            if *step == goal {
                return true;
            }
            if seen.insert(*step) {
                open.push(step);
            }
        }
    }
    false
}
