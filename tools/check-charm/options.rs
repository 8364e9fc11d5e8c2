//! The options that the code knows, by its text: the names in quotes in the files that read options. Compared with
//! config.yaml in both directions.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::finding::{Finding, line_of};
use crate::sources::Sources;

/// Names in those files that no config.yaml of ours declares.
const UNDECLARED: &[(&str, &str)] = &[
    ("env-var", "a key of paas-config.yaml"),
    ("secret-env-vars", "a key of paas-config.yaml"),
    ("node-env", "read by paas-charm, declared by no extension of Charmcraft's"),
    ("webserver-host", "read by paas-charm, declared by no extension of Charmcraft's"),
];
const REDIS: &[&str] = &["src/redis/options.rs"];
/// The last has the port options, and many other names.
const WEB: &[&str] = &["src/webapp/options.rs", "src/webapp/options", "src/webapp/framework.rs"];

/// A name, and the file and line that have it first.
type Names = BTreeMap<String, (String, usize)>;

/// What the code reads.
#[derive(Debug, Default)]
pub struct Code {
    redis: Names,
    web: Names,
}

impl Code {
    /// Reads it from the project's sources.
    pub fn read(project: &Path) -> io::Result<Self> {
        Ok(Self { redis: names(project, REDIS)?, web: names(project, WEB)? })
    }

    /// From texts instead of files.
    #[cfg(test)]
    pub fn of(redis: &str, web: &str) -> Self {
        let names = |file: &str, text: &str| {
            let mut found = Names::new();
            add_names(file, text, &mut found);
            found
        };
        Self { redis: names("src/redis/options.rs", redis), web: names("src/webapp/options.rs", web) }
    }
}

fn names(project: &Path, places: &[&str]) -> io::Result<Names> {
    let mut found = Names::new();
    for place in places {
        for file in files(&project.join(place))? {
            let shown = file.strip_prefix(project).unwrap_or(&file).display().to_string();
            add_names(&shown, &fs::read_to_string(&file)?, &mut found);
        }
    }
    Ok(found)
}

/// The file itself, or the files in the folder, without those of the folders in it: they are tests.
fn files(place: &Path) -> io::Result<Vec<PathBuf>> {
    if place.is_file() {
        return Ok(vec![place.to_path_buf()]);
    }
    let paths = fs::read_dir(place)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs"));
    paths.sort();
    Ok(paths)
}

/// A name is what stands in quotes and has words with hyphens between, or is asked for by `config.get` or `word`.
fn add_names(file: &str, text: &str, found: &mut Names) {
    let code = text.lines().enumerate().take_while(|(_, line)| *line != "#[cfg(test)]");
    for (at, line) in code.filter(|(_, line)| !line.trim_start().starts_with("//")) {
        let parts: Vec<&str> = line.split('"').collect();
        for pair in parts.windows(2).step_by(2) {
            let [before, name] = pair else { continue };
            let is_asked = before.ends_with("config.get(") || before.ends_with("word(");
            if is_name(name) && (name.contains('-') || is_asked) {
                let _first = found.entry((*name).to_owned()).or_insert_with(|| (file.to_owned(), at + 1));
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    text.split('-').all(is_word)
}

/// The options of a charm that the code does not know. An app would be given them as if its author had declared them.
pub fn unknown(code: &Code, sources: &Sources) -> Vec<Finding> {
    let names = if sources.is_redis() { &code.redis } else { &code.web };
    let unknown = sources.options.iter().filter(|option| !names.contains_key(*option));
    let finding = |option: &String| {
        let line = line_of(&sources.config.text, &["options", option]);
        Finding::at(&sources.config.path, line, format!("the code does not know the option {option}"))
    };
    unknown.map(finding).collect()
}

/// The options that the code knows and no charm declares.
pub fn undeclared(code: &Code, all: &[Sources]) -> Vec<Finding> {
    let declared = |option: &str, redis: bool| {
        all.iter().any(|one| one.is_redis() == redis && one.options.iter().any(|other| other == option))
    };
    let mut findings = Vec::new();
    for (names, is_redis) in [(&code.redis, true), (&code.web, false)] {
        for (name, (file, line)) in names {
            let is_excused = UNDECLARED.iter().any(|(excused, _)| excused == name);
            if !is_excused && !file.ends_with("framework.rs") && !declared(name, is_redis) {
                let problem = format!("no config.yaml declares the option {name}");
                findings.push(Finding::at(file, *line, problem));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_code_and_not_in_its_tests() {
        let text = "let a = word(\"plain\", [\"open\"]);\n// \"in-comment\"\nfield(\"web-option\", &[\"WEB_OPTION\"]);\nx(\"a b-c\", \"two-more\");\n#[cfg(test)]\nmod tests { \"in-test\" }\n";
        let mut found = Names::new();
        add_names("x.rs", text, &mut found);
        let found: Vec<_> = found.iter().map(|(name, (_, line))| format!("{name}:{line}")).collect();
        assert_eq!(found, ["plain:1", "two-more:4", "web-option:3"]);
    }

    #[test]
    fn both_directions_name_the_file_and_the_line() {
        let code = Code::of("word(\"durability\", x)\n", "\n\"flask-env\", \"flask-debug\"\n");
        let charm = |workload: &str, config: &str| Sources::made(workload, config);
        let redis = charm("redis", "options:\n  durability:\n    type: string\n");
        let flask = charm(
            "flask",
            "# ours\noptions:\n  flask-env:\n    type: string\n  flask-evn:\n    type: string\n",
        );
        let show = |findings: Vec<Finding>| findings.iter().map(Finding::to_string).collect::<Vec<_>>();
        assert_eq!(show(unknown(&code, &redis)), [""; 0]);
        assert_eq!(
            show(unknown(&code, &flask)),
            ["made/config.yaml:5: the code does not know the option flask-evn"]
        );
        assert_eq!(
            show(undeclared(&code, &[redis, flask])),
            ["src/webapp/options.rs:2: no config.yaml declares the option flask-debug"]
        );
        assert_eq!(
            show(undeclared(&code, &[])),
            [
                "src/redis/options.rs:1: no config.yaml declares the option durability",
                "src/webapp/options.rs:2: no config.yaml declares the option flask-debug",
                "src/webapp/options.rs:2: no config.yaml declares the option flask-env",
            ]
        );
    }
}
