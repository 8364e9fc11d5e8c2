//! Checks what Juju and charmcraft do not: the sources of the charms of this project, and a packed charm against them.
//!
//! `check-charm` checks all sources; `check-charm FOLDER PACKED.charm` one packed charm; with a third file, the charm is
//! written there if it is good, without the times that charmcraft puts into it: the same files give the same bytes. After
//! `--debug` a packed charm may have any size.
//! Every finding is a line of the form `FILE:LINE: what is wrong`. Run it at the top level of the project.

mod elf;
mod finding;
mod options;
mod packed;
mod sources;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use finding::Finding;
use sources::Sources;

const USAGE: &str = "usage: check-charm [[--debug] FOLDER PACKED.charm [OUTPUT.charm]]";

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let (most, arguments) = match arguments.as_slice() {
        [first, rest @ ..] if first == Path::new("--debug") => (usize::MAX, rest),
        all => (packed::BUDGET, all),
    };
    let findings = match arguments {
        [] => all_sources(Path::new(".")),
        [folder, packed] => one(folder, packed, None, most),
        [folder, packed, output] => one(folder, packed, Some(output), most),
        _ => Ok(vec![Finding::whole("check-charm", USAGE)]),
    };
    let findings = findings.unwrap_or_else(|error| vec![Finding::whole("check-charm", error.to_string())]);
    for finding in &findings {
        // Nobody is left to tell if standard error is gone.
        drop(writeln!(io::stderr(), "{finding}"));
    }
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The Redis charm at the top level, the web apps' charms, and their variants for other bases.
fn folders(project: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![project.to_path_buf()];
    let mut open = vec![project.join("charms")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.join("charmcraft.yaml").is_file() {
                found.push(path.clone());
            }
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn all_sources(project: &Path) -> io::Result<Vec<Finding>> {
    let code = options::Code::read(project)?;
    let (mut findings, mut all) = (Vec::new(), Vec::new());
    for folder in folders(project)? {
        let sources = Sources::read(&folder)?;
        let checked = sources::check(&sources, &code);
        findings.extend(checked);
        all.push(sources);
    }
    findings.extend(options::undeclared(&code, &all));
    Ok(findings)
}

fn one(folder: &Path, packed: &Path, output: Option<&PathBuf>, most: usize) -> io::Result<Vec<Finding>> {
    let sources = Sources::read(folder)?;
    let bytes = fs::read(packed)?;
    // Nobody looks for the file that charmcraft wrote.
    let shown = output.map_or(packed, PathBuf::as_path).display().to_string();
    let (findings, normal) = packed::check(&sources, &shown, &bytes, most);
    if let (true, Some(output)) = (findings.is_empty(), output) {
        fs::write(output, normal)?;
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_this_project_are_good() {
        assert_eq!(all_sources(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap(), []);
    }
}
