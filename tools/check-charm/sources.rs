//! The files that a charm is packed from, and what Juju would refuse of them.

use std::error::Error as _;
use std::fs;
use std::io;
use std::path::Path;

use serde_yaml::Value;
use sidecharm::juju::metadata::{self, CharmFiles, Fault, MetadataError};
use sidecharm::tenant::Tenant;

use crate::finding::{Finding, line_of};
use crate::options::{self, Code};

/// One file.
#[derive(Debug, Default, Clone)]
pub struct Text {
    /// Where it is.
    pub path: String,
    /// What is in it; nothing where it is not there.
    pub text: String,
}

/// The files of one charm.
#[derive(Debug, Default, Clone)]
pub struct Sources {
    pub charmcraft: Text,
    pub metadata: Text,
    pub config: Text,
    pub actions: Text,
    pub sidecharm: Text,
    /// The names of the options, as far as they can be read.
    pub options: Vec<String>,
}

impl Sources {
    /// Reads the folder. A variant for another base has only what differs from the folder it is in.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let file = |name: &str| {
            let own = folder.join(name);
            let path = if own.exists() { own } else { folder.join("..").join(name) };
            let text = fs::read_to_string(&path)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
            let path = path.display().to_string();
            Ok::<_, io::Error>(Text { path: path.trim_start_matches("./").to_owned(), text })
        };
        let config = file("config.yaml")?;
        Ok(Self {
            charmcraft: file("charmcraft.yaml")?,
            metadata: file("metadata.yaml")?,
            actions: file("actions.yaml")?,
            sidecharm: file("sidecharm.yaml")?,
            options: options_of(&config.text),
            config,
        })
    }

    /// The charm of this workload, with these options, and nothing else that matters.
    #[cfg(test)]
    pub fn made(workload: &str, config: &str) -> Self {
        let file = |name: &str, text: &str| Text { path: format!("made/{name}"), text: text.to_owned() };
        let metadata = "name: made\nsummary: s\ndescription: d\ncontainers:\n  flask-app:\n    resource: i\npeers:\n  secret-storage:\n    interface: secret-storage\nresources:\n  i:\n    type: oci-image\n";
        Self {
            charmcraft: file("charmcraft.yaml", "type: charm\nbase: ubuntu@24.04\n"),
            metadata: file("metadata.yaml", metadata),
            config: file("config.yaml", config),
            actions: file("actions.yaml", "{}\n"),
            sidecharm: file("sidecharm.yaml", &format!("workload: {workload}\n")),
            options: options_of(config),
        }
    }

    /// It is the Redis charm.
    pub fn is_redis(&self) -> bool {
        self.sidecharm.text.lines().any(|line| line == "workload: redis")
    }

    /// The file of this name.
    pub fn file(&self, name: &str) -> Option<&Text> {
        match name {
            "charmcraft.yaml" => Some(&self.charmcraft),
            "metadata.yaml" => Some(&self.metadata),
            "config.yaml" => Some(&self.config),
            "actions.yaml" => Some(&self.actions),
            "sidecharm.yaml" => Some(&self.sidecharm),
            _ => None,
        }
    }
}

fn options_of(config: &str) -> Vec<String> {
    let Ok(config) = serde_yaml::from_str::<Value>(config) else { return Vec::new() };
    let options = config.get("options").and_then(Value::as_mapping);
    options.into_iter().flatten().filter_map(|(name, _)| name.as_str().map(str::to_owned)).collect()
}

/// All that is wrong with the sources of one charm.
pub fn check(sources: &Sources, code: &Code) -> Vec<Finding> {
    let texts = metadata::Sources {
        metadata: Some(&sources.metadata.text),
        charmcraft: Some(&sources.charmcraft.text),
        config: Some(&sources.config.text),
        actions: Some(&sources.actions.text),
        manifest: None,
    };
    let at_source = |name: &str| sources.file(name).cloned().unwrap_or_default();
    let mut findings = match CharmFiles::parse(&texts) {
        Ok(files) => workload(sources, &files),
        Err(error) => refused(&error, at_source),
    };
    findings.extend(options::unknown(code, sources));
    findings
}

fn workload(sources: &Sources, files: &CharmFiles) -> Vec<Finding> {
    let at = |text: &Text, key: &str, problem: String| {
        vec![Finding::at(&text.path, line_of(&text.text, &[key]), problem)]
    };
    let options: Vec<&str> = sources.options.iter().map(String::as_str).collect();
    let container = match Tenant::find(Some(&sources.sidecharm.text), &files.metadata, &options) {
        Err(error) => return at(&sources.sidecharm, "workload", error.to_string()),
        Ok(Tenant::Redis) => "redis",
        Ok(Tenant::WebApp(profile)) => profile.container(),
    };
    if files.metadata.containers.keys().any(|name| name.as_str() == container) {
        Vec::new()
    } else {
        at(&sources.metadata, "containers", format!("the workload needs a container {container}"))
    }
}

/// What Juju would refuse, each at its place in the file that `find` gives for its name.
pub fn refused(error: &MetadataError, find: impl Fn(&str) -> Text) -> Vec<Finding> {
    match error {
        MetadataError::Syntax { file, source } => {
            let line = source.location().map_or(1, |place| place.line());
            vec![Finding::at(find(file).path, line, format!("is not YAML: {source}"))]
        }
        MetadataError::Faults(faults) => {
            faults.iter().map(|fault| at_fault(fault, &find(fault.file))).collect()
        }
        MetadataError::NoMetadata => {
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            vec![Finding::whole(find("metadata.yaml").path, format!("Juju would refuse it: {error} {cause}"))]
        }
    }
}

fn at_fault(fault: &Fault, text: &Text) -> Finding {
    let path: Vec<&str> = fault.path.split('.').collect();
    let place = if fault.path.is_empty() { "" } else { ": " };
    let problem = format!("Juju would refuse it: {}{place}{}", fault.path, fault.problem);
    Finding::at(&text.path, line_of(&text.text, &path), problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(change: impl Fn(&mut Sources)) -> String {
        let mut sources = Sources::made("flask", "options:\n  flask-env:\n    type: string\n");
        change(&mut sources);
        sources.options = options_of(&sources.config.text);
        let code = Code::of("", "\"flask-env\"");
        check(&sources, &code).iter().map(Finding::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_juju_would_refuse_is_named_with_its_line() {
        assert_eq!(found(|_| ()), "");
        let replaced = |text: &str, with: &str| {
            found(|sources| sources.metadata.text = sources.metadata.text.replace(text, with))
        };
        insta::assert_snapshot!(replaced("type: oci-image", "type: oci"), @r#"
        made/metadata.yaml:12: Juju would refuse it: resources.i.type: must be file or oci-image, got "oci"
        made/metadata.yaml:6: Juju would refuse it: containers.flask-app.resource: resource "i" is not declared
        "#);
        insta::assert_snapshot!(replaced("resource: i", "resource: j"), @r#"made/metadata.yaml:6: Juju would refuse it: containers.flask-app.resource: resource "j" is not declared"#);
        insta::assert_snapshot!(replaced("summary: s\n", ""), @"made/metadata.yaml:1: Juju would refuse it: summary: is required");
        insta::assert_snapshot!(replaced("name: made", "name: [made"), @"made/metadata.yaml:2: is not YAML: did not find expected ',' or ']' at line 2 column 8, while parsing a flow sequence at line 1 column 7");
        insta::assert_snapshot!(replaced("  flask-app:", "  app:"), @"made/metadata.yaml:4: the workload needs a container flask-app");
        insta::assert_snapshot!(found(|sources| sources.config.text.push_str("  flask-evn:\n    type: str\n")), @r#"
        made/config.yaml:5: Juju would refuse it: options.flask-evn.type: must be string, int, float, boolean or secret, got "str"
        made/config.yaml:4: the code does not know the option flask-evn
        "#);
        insta::assert_snapshot!(found(|sources| sources.actions.text = "a:\n  description: 7\n".to_owned()), @"made/actions.yaml:2: Juju would refuse it: a.description: must be a text, got a number");
        insta::assert_snapshot!(found(|sources| sources.sidecharm.text = "# no\nworkload: rails\n".to_owned()), @r#"made/sidecharm.yaml:2: workload "rails" is not known: sidecharm.yaml must say `workload:` and one of redis, flask, django, fastapi, go, expressjs, spring-boot"#);
        let lost = "type: charm\nbase: ubuntu@24.04\nassumes:\n  - k8s-api\n";
        insta::assert_snapshot!(found(|sources| sources.charmcraft.text = lost.to_owned()), @"made/charmcraft.yaml:3: Juju would refuse it: assumes: has no effect here since there is a metadata.yaml: move it there");
    }
}
