//! Which files of a packed charm Juju, Charmhub or this program read, and which belong to the Python program.

use std::collections::BTreeMap;

use super::python;
use crate::juju::archive::{Archive, ArchiveError};

/// Files that are kept, as they are but for what is declared in them beside.
const KEPT: &[&str] = &[
    "actions.yaml",
    "config.yaml",
    "icon.svg",
    "manifest.yaml",
    "metadata.yaml",
    "paas-config.yaml",
    "version",
];
/// So are those for people to read, whatever their ending.
const KEPT_STEMS: &[&str] = &["COPYING", "LICENCE", "LICENSE", "NOTICE", "README"];
/// The charm author's dashboards and alert rules.
const KEPT_FOLDER: &str = "cos_custom";
const LAUNCHED: &str = "src/charm.py";

/// Whether the file is kept.
pub fn is_kept(path: &str) -> bool {
    if let Some((folder, _)) = path.split_once('/') {
        return folder == KEPT_FOLDER;
    }
    let stem = path.split('.').next().unwrap_or(path).to_uppercase();
    KEPT.contains(&path) || KEPT_STEMS.contains(&stem.as_str())
}

/// Each file on the top level and each folder, with how many files it has: `dispatch`, `lib/ (12 files)`.
pub fn summary(names: &[&str]) -> String {
    let mut counts: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for name in names {
        match name.split_once('/') {
            Some((folder, _)) => *counts.entry(folder).or_default().get_or_insert(0) += 1,
            None => drop(counts.insert(name, None)),
        }
    }
    let show = |(name, count): (&str, Option<usize>)| match count {
        None => name.to_owned(),
        Some(1) => format!("{name}/ (1 file)"),
        Some(count) => format!("{name}/ ({count} files)"),
    };
    counts.into_iter().map(show).collect::<Vec<_>>().join(", ")
}

/// Whether the Python program is there.
pub fn has_python(archive: &Archive<'_>) -> bool {
    archive.names().any(|name| name == LAUNCHED)
}

/// A sentence for each thing that the charm does by itself, beyond what the template's program and charmcraft's launcher
/// do; and what `src/charm.py` is.
///
/// # Errors
/// When a file is damaged.
pub fn own_code(archive: &Archive<'_>) -> Result<(Vec<String>, Option<python::Examined>), ArchiveError> {
    let mut found = Vec::new();
    let examined = archive.read(LAUNCHED)?.map(|content| python::examine(&text(&content)));
    match &examined {
        Some(examined) => {
            let show = |one: &python::Addition| format!("{LAUNCHED}, line {}: {}", one.line, one.source);
            found.extend(examined.additions.iter().map(show));
        }
        None => found.push(format!("there is no {LAUNCHED}, so something else is the charm")),
    }
    for name in archive.names() {
        let is_python = name.starts_with("src/")
            && name != LAUNCHED
            && name.rsplit_once('.').is_some_and(|(_, ending)| ["py", "pyc", "so"].contains(&ending))
            && !name.contains("/__pycache__/");
        if is_python && !archive.read(name)?.is_some_and(|content| python::is_empty(&text(&content))) {
            found.push(format!("{name}: a module of its own"));
        }
    }
    let launches = |content: &[u8]| {
        let text = text(content);
        text.lines().rfind(|line| !line.trim().is_empty()).is_some_and(|line| line.contains(LAUNCHED))
    };
    match archive.read("dispatch")? {
        Some(content) if launches(&content) => {}
        Some(_) => found.push(format!("dispatch: it does not end with the start of {LAUNCHED}")),
        None => found.push("there is no dispatch, so its hooks/ are the charm".to_owned()),
    }
    Ok((found, examined))
}

fn text(content: &[u8]) -> String {
    String::from_utf8_lossy(content).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_juju_charmhub_or_this_program_reads_is_kept() {
        for path in [
            "metadata.yaml",
            "config.yaml",
            "actions.yaml",
            "manifest.yaml",
            "paas-config.yaml",
            "icon.svg",
            "README.md",
            "readme",
            "LICENSE",
            "cos_custom/grafana_dashboards/app.json",
        ] {
            assert!(is_kept(path), "{path}");
        }
        for path in [
            "dispatch",
            "hooks/install",
            "src/charm.py",
            "lib/charms/redis_k8s/v0/redis.py",
            "venv/ops/LICENSE.txt",
            "requirements.txt",
            "cos_custom",
            "src/metadata.yaml",
        ] {
            assert!(!is_kept(path), "{path}");
        }
    }

    #[test]
    fn files_are_told_by_folder() {
        let names = ["dispatch", "lib/a/b", "lib/c", "src/charm.py"];
        assert_eq!(summary(&names), "dispatch, lib/ (2 files), src/ (1 file)");
    }
}
