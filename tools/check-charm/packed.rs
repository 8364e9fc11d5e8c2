//! A packed charm, compared with what it was packed from.

use std::collections::BTreeMap;

use serde_yaml::Value;
use sidecharm::juju::archive::{self, Archive, File};
use sidecharm::juju::metadata::{self, CharmFiles, Manifest};

use crate::elf;
use crate::finding::{Finding, line_of};
use crate::sources::{self, Sources, Text};

const PROGRAM: &str = "dispatch";
/// What charmcraft copies from the sources.
const COPIED: &[&str] = &["metadata.yaml", "config.yaml", "actions.yaml", "sidecharm.yaml"];
/// What else a charm of this project may have.
const MORE: &[&str] = &[PROGRAM, "manifest.yaml", "icon.svg", "LICENSE", "README.md"];
/// So many bytes the packed charm may have.
pub const BUDGET: usize = 2_000_000;
/// The line of manifest.yaml that is another at each packing.
const STARTED: &str = "charmcraft-started-at:";

/// All that is wrong with the packed charm, which may have so many bytes; and the charm without the times that are in it.
pub fn check(sources: &Sources, path: &str, bytes: &[u8], most: usize) -> (Vec<Finding>, Vec<u8>) {
    let mut files = BTreeMap::new();
    let mut findings = Vec::new();
    match Archive::open(bytes) {
        Err(error) => findings.push(Finding::whole(path, error.to_string())),
        Ok(archive) => {
            for name in archive.names() {
                match archive.read(name) {
                    Ok(content) => {
                        let executable = archive.permissions(name).is_some_and(|mode| mode & 0o111 == 0o111);
                        let content = content.unwrap_or_default();
                        drop(files.insert(name.to_owned(), File { executable, content }));
                    }
                    Err(error) => findings.push(Finding::whole(path, error.to_string())),
                }
            }
            let charm = Packed { path, sources, files: &files };
            findings.extend(charm.check());
        }
    }
    if let Some(manifest) = files.get_mut("manifest.yaml") {
        let text = String::from_utf8_lossy(&manifest.content);
        let kept = text.split_inclusive('\n').filter(|line| !line.starts_with(STARTED));
        manifest.content = kept.collect::<String>().into_bytes();
    }
    let normal = archive::write(&files).unwrap_or_else(|error| {
        findings.push(Finding::whole(path, error.to_string()));
        Vec::new()
    });
    if normal.len() > most {
        findings.push(Finding::whole(path, format!("has {} bytes, and {most} is the most", normal.len())));
    }
    (findings, normal)
}

struct Packed<'a> {
    path: &'a str,
    sources: &'a Sources,
    files: &'a BTreeMap<String, File>,
}

impl Packed<'_> {
    fn check(&self) -> Vec<Finding> {
        let mut findings = self.alien_files();
        for name in COPIED {
            findings.extend(self.copied(name));
        }
        let manifest = match self.read() {
            Ok(files) => files.manifest,
            Err(refused) => {
                findings.extend(refused);
                None
            }
        };
        let architecture = manifest.as_ref().and_then(|manifest| self.base(manifest, &mut findings));
        findings.extend(self.program(architecture.as_deref()));
        findings
    }

    fn whole(&self, problem: impl Into<String>) -> Finding {
        Finding::whole(self.path, problem)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.files.get(name).map(|file| String::from_utf8_lossy(&file.content).into_owned())
    }

    fn alien_files(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (name, file) in self.files {
            if !COPIED.contains(&name.as_str()) && !MORE.contains(&name.as_str()) {
                findings.push(self.whole(format!("{name} does not belong into the charm")));
            }
            if name != PROGRAM && elf::is_elf(&file.content) {
                findings.push(self.whole(format!("{name} is a second program")));
            }
        }
        findings
    }

    /// A file of the sources is in the charm, with everything that it says.
    fn copied(&self, name: &str) -> Vec<Finding> {
        let Some(source) = self.sources.file(name) else { return Vec::new() };
        let Some(packed) = self.text(name) else {
            return vec![Finding::whole(&source.path, format!("is not in {}", self.path))];
        };
        let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap_or_default();
        let mut lost = Vec::new();
        compare(&read(&source.text), &read(&packed), &mut Vec::new(), &mut lost);
        let finding = |path: &Vec<String>| {
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            let problem = format!("{} is lost or changed in {}", path.join("."), self.path);
            Finding::at(&source.path, line_of(&source.text, &keys), problem)
        };
        lost.iter().map(finding).collect()
    }

    fn read(&self) -> Result<CharmFiles, Vec<Finding>> {
        let [metadata, config, actions, manifest] =
            ["metadata.yaml", "config.yaml", "actions.yaml", "manifest.yaml"].map(|name| self.text(name));
        if manifest.is_none() {
            return Err(vec![self.whole("has no manifest.yaml: Juju would refuse it")]);
        }
        let texts = metadata::Sources {
            metadata: metadata.as_deref(),
            charmcraft: None,
            config: config.as_deref(),
            actions: actions.as_deref(),
            manifest: manifest.as_deref(),
        };
        let packed = |name: &str| Text {
            path: format!("{}: {name}", self.path),
            text: self.text(name).unwrap_or_default(),
        };
        CharmFiles::parse(&texts).map_err(|error| sources::refused(&error, packed))
    }

    /// The manifest names the base of the sources and one architecture: that one.
    fn base(&self, manifest: &Manifest, findings: &mut Vec<Finding>) -> Option<String> {
        let wanted = self.sources.charmcraft.text.lines().find_map(|line| line.strip_prefix("base: "));
        let wanted = wanted.and_then(|base| base.split_whitespace().next()).unwrap_or_default();
        let [base] = manifest.bases.as_slice() else {
            findings.push(self.whole(format!("manifest.yaml names {} bases, not one", manifest.bases.len())));
            return None;
        };
        let found = format!("{}@{}", base.name, base.channel);
        if found != wanted {
            let line = line_of(&self.sources.charmcraft.text, &["base"]);
            let problem = format!("the base is {wanted}, and {found} in {}", self.path);
            findings.push(Finding::at(&self.sources.charmcraft.path, line, problem));
        }
        let [architecture] = base.architectures.as_slice() else {
            let named = base.architectures.join(", ");
            findings.push(self.whole(format!("manifest.yaml names the architectures {named}, not one")));
            return None;
        };
        Some(architecture.clone())
    }

    fn program(&self, architecture: Option<&str>) -> Vec<Finding> {
        let Some(file) = self.files.get(PROGRAM) else {
            return vec![self.whole("has no dispatch: Juju would run nothing, and call it well")];
        };
        let mut findings = Vec::new();
        if !file.executable {
            findings.push(self.whole("dispatch is not executable for all: every hook would fail"));
        }
        let Some(program) = elf::read(&file.content) else {
            findings.push(self.whole("dispatch is not a 64-bit ELF program"));
            return findings;
        };
        if let Some(named) = architecture.filter(|named| *named != program.architecture) {
            let problem = format!("dispatch is for {}, and manifest.yaml says {named}", program.architecture);
            findings.push(self.whole(problem));
        }
        if program.is_dynamic {
            let needs = elf::glibc(&file.content).unwrap_or_else(|| "a dynamic loader".to_owned());
            findings.push(self.whole(format!("dispatch needs {needs} of the machine, and must be static")));
        }
        findings
    }
}

/// The paths at which the packed document does not say what the source says.
fn compare(source: &Value, packed: &Value, path: &mut Vec<String>, lost: &mut Vec<Vec<String>>) {
    if let (Value::Mapping(source), Value::Mapping(_)) = (source, packed) {
        for (key, value) in source {
            path.push(key.as_str().unwrap_or_default().to_owned());
            compare(value, packed.get(key).unwrap_or(&Value::Null), path, lost);
            drop(path.pop());
        }
    } else if source != packed {
        lost.push(path.clone());
    }
}

#[cfg(test)]
mod tests;
