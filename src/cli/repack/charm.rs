//! A packed charm in, the same charm with this program in it out. It reads and writes no file.

use std::collections::BTreeMap;

use super::contents;
use super::manifest::{self, Narrowed};
use super::own::{self, Declared};
use super::python::Examined;
use crate::juju::archive::{self, Archive, ArchiveError, File};
use crate::juju::metadata::{CharmFiles, MetadataError, Sources};
use crate::tenant::{NoTenant, Tenant};
use crate::webapp::framework::{Framework, Profile};
use crate::webapp::paas_config::PaasConfig;

/// The program that is put in.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// Its file.
    pub file: &'a [u8],
    /// What it runs on, in Debian's word.
    pub architecture: &'a str,
}

/// What the operator asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// The framework, where it cannot be recognised.
    pub framework: Option<Framework>,
    /// Code of the charm's own is left out too.
    pub drop_code: bool,
}

/// The charm, and what is to be said of it.
#[derive(Debug)]
pub struct Repacked {
    /// The archive.
    pub bytes: Vec<u8>,
    /// The charm's name.
    pub name: String,
    /// Its framework, in its generation.
    pub profile: Profile,
    /// The image that it is deployed with.
    pub resource: String,
    /// The files that were kept.
    pub kept: String,
    /// Those that were not.
    pub left_out: String,
    /// What else it declares now.
    pub added: Vec<String>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

/// Why a charm is not repacked.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The archive is not a charm's.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file that every charm has is not there.
    #[error("it is no charm that charmcraft packed: there is no {0}")]
    Missing(&'static str),
    /// A file is not text.
    #[error("{0} is not text")]
    NotText(&'static str),
    /// Juju would refuse the charm.
    #[error("Juju would refuse the charm as it is")]
    Metadata(#[source] MetadataError),
    /// Nothing says which framework it is.
    #[error(
        "nothing in it says which framework the app is written with; say it: --framework with one of {}",
        frameworks()
    )]
    Unknown,
    /// `sidecharm.yaml` names no web app.
    #[error("it is not a web app's charm")]
    Workload(#[source] NoTenant),
    /// It is the Redis charm.
    #[error("it is the Redis charm, not a web app's")]
    Redis,
    /// The framework's charms have a container that this one has not.
    #[error(
        "the charms of {framework} have a container {container}, and this one has not; is it {framework}? --framework says it"
    )]
    Container {
        /// The framework.
        framework: Framework,
        /// The container.
        container: &'static str,
    },
    /// The program does not run where the charm does.
    #[error(
        "the charm is for {charm}, and this program for {program}: take the sidecharm of that architecture"
    )]
    Architecture {
        /// The charm's.
        charm: String,
        /// The program's.
        program: String,
    },
    /// The charm does more than the template's.
    #[error("{}", code(.0))]
    Code(Vec<String>),
    /// The archive cannot be written.
    #[error("the charm cannot be packed")]
    Unwritable(#[source] rawzip::Error),
}

fn frameworks() -> String {
    Framework::ALL.map(Framework::as_str).join(", ")
}

/// So many are shown; the first few show what kind it is.
const SHOWN: usize = 8;

fn code(found: &[String]) -> String {
    let mut lines = vec!["it has code of its own, which this program would not run:".to_owned()];
    lines.extend(found.iter().take(SHOWN).map(|one| format!("  {one}")));
    let rest = found.len().saturating_sub(SHOWN);
    lines.extend((rest > 0).then(|| format!("  … and {rest} more")));
    lines.push("With --drop-code it is repacked without that".to_owned());
    lines.join("\n")
}

/// Puts the program into the charm.
///
/// # Errors
/// With the reason, when it is not done.
pub fn repack(charm: &[u8], program: Program<'_>, wish: Wish) -> Result<Repacked, Refusal> {
    let archive = Archive::open(charm)?;
    let metadata = read(&archive, "metadata.yaml")?.ok_or(Refusal::Missing("metadata.yaml"))?;
    let manifest = read(&archive, "manifest.yaml")?.ok_or(Refusal::Missing("manifest.yaml"))?;
    let (config, actions) = (read(&archive, "config.yaml")?, read(&archive, "actions.yaml")?);
    let files = CharmFiles::parse(&Sources {
        metadata: Some(&metadata),
        charmcraft: None,
        config: config.as_deref(),
        actions: actions.as_deref(),
        manifest: Some(&manifest),
    })
    .map_err(Refusal::Metadata)?;

    let workload = read(&archive, "sidecharm.yaml")?;
    // Such a charm has this program in it already, perhaps an older one.
    let is_ours = workload.is_some() && !contents::has_python(&archive);
    let (code, examined) = if is_ours { (Vec::new(), None) } else { contents::own_code(&archive)? };
    let profile = profile(&files, workload.as_deref(), examined.as_ref(), wish.framework)?;
    let mut notes = Vec::new();
    if !code.is_empty() && !wish.drop_code {
        return Err(Refusal::Code(code));
    }
    notes.extend(code.iter().map(|one| format!("left out: {one}")));

    let mut kept = BTreeMap::new();
    for name in archive.names().filter(|name| contents::is_kept(name)) {
        if let Some(content) = archive.read(name)? {
            drop(kept.insert(name.to_owned(), File { executable: false, content }));
        }
    }
    let (staying, leaving): (Vec<_>, Vec<_>) = archive.names().partition(|name| kept.contains_key(*name));
    let (staying, leaving) = (contents::summary(&staying), contents::summary(&leaving));
    notes.extend(narrow_manifest(&mut kept, &manifest, program.architecture)?);
    notes.extend(faulty_config(&kept));
    let added = declare_own(&mut kept, config.as_deref(), actions.as_deref(), &mut notes);
    let text =
        format!("# Which of the workloads in the program this charm is.\nworkload: {}\n", profile.framework);
    drop(kept.insert("sidecharm.yaml".to_owned(), File { executable: false, content: text.into_bytes() }));
    drop(kept.insert("dispatch".to_owned(), File { executable: true, content: program.file.to_vec() }));
    Ok(Repacked {
        bytes: archive::write(&kept).map_err(Refusal::Unwritable)?,
        name: files.metadata.name.to_string(),
        profile,
        resource: resource(&files, profile),
        kept: staying,
        left_out: leaving,
        added,
        notes,
    })
}

fn read(archive: &Archive<'_>, name: &'static str) -> Result<Option<String>, Refusal> {
    let content = archive.read(name)?;
    content.map(String::from_utf8).transpose().map_err(|_| Refusal::NotText(name))
}

/// What the operator says counts first, then `sidecharm.yaml`, what the Python program was, and what the metadata tell.
fn profile(
    files: &CharmFiles,
    workload: Option<&str>,
    examined: Option<&Examined>,
    wish: Option<Framework>,
) -> Result<Profile, Refusal> {
    let options: Vec<&str> = files.config.options.keys().map(String::as_str).collect();
    let metadata = &files.metadata;
    let profile = match (wish, workload, examined.and_then(|examined| examined.framework)) {
        (Some(framework), _, _) | (None, None, Some(framework)) => Profile::of(framework, metadata),
        (None, Some(_), _) => match Tenant::find(workload, metadata, &options).map_err(Refusal::Workload)? {
            Tenant::WebApp(profile) => profile,
            Tenant::Redis => return Err(Refusal::Redis),
        },
        (None, None, None) => Profile::recognise(metadata, &options).ok_or(Refusal::Unknown)?,
    };
    if metadata.containers.keys().any(|name| name.as_str() == profile.container()) {
        Ok(profile)
    } else {
        Err(Refusal::Container { framework: profile.framework, container: profile.container() })
    }
}

fn resource(files: &CharmFiles, profile: Profile) -> String {
    let containers = &files.metadata.containers;
    let container = containers.iter().find(|(name, _)| name.as_str() == profile.container());
    container.and_then(|(_, container)| container.resource.clone()).unwrap_or_default()
}

fn narrow_manifest(
    kept: &mut BTreeMap<String, File>,
    manifest: &str,
    architecture: &str,
) -> Result<Option<String>, Refusal> {
    match manifest::narrow(manifest, architecture) {
        Narrowed::AsItIs => Ok(None),
        Narrowed::To(text) => {
            let file = File { executable: false, content: text.into_bytes() };
            drop(kept.insert("manifest.yaml".to_owned(), file));
            Ok(Some(format!("manifest.yaml: the charm is now for {architecture} alone, as the program is")))
        }
        Narrowed::Never(named) => {
            Err(Refusal::Architecture { charm: named.join(", "), program: architecture.to_owned() })
        }
    }
}

/// Puts in what the program has beyond the Python one, and says what that is.
fn declare_own(
    kept: &mut BTreeMap<String, File>,
    config: Option<&str>,
    actions: Option<&str>,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut added = Vec::new();
    for (name, declared) in [("config.yaml", own::options(config)), ("actions.yaml", own::actions(actions))] {
        match declared {
            Declared::AsItIs => {}
            Declared::Added { text, names } => {
                added.push(format!("{} ({name})", names.join(", ")));
                drop(kept.insert(name.to_owned(), File { executable: false, content: text.into_bytes() }));
            }
            Declared::Without(names) => notes.push(format!(
                "{name}: nothing can be added to it as it is written, so the charm has no {}",
                names.join(" and no ")
            )),
        }
    }
    added
}

fn faulty_config(kept: &BTreeMap<String, File>) -> Option<String> {
    let file = kept.get("paas-config.yaml")?;
    let text = String::from_utf8_lossy(&file.content);
    let faults = PaasConfig::parse(&text).err()?;
    Some(format!("the charm will be Blocked until this is mended: {faults}"))
}

#[cfg(test)]
mod tests;
