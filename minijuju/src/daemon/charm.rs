//! Takes a charm into the model's folder: a folder is copied, an archive unpacked, and its files are read and checked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sidecharm::juju::metadata::{CharmFiles, MetadataError, Sources};

use super::archive::{self, ArchiveError};
use crate::pod::copy::copy_tree;

/// Why something is not deployed.
#[derive(Debug, thiserror::Error)]
pub enum CharmError {
    #[error("cannot read {0}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "{path} is no charm: it has no metadata.yaml. A project that has only charmcraft.yaml must be packed first \
         (charmcraft pack), which writes it",
        path = .0.display()
    )]
    NoMetadata(PathBuf),
    #[error("{path} is no charm: it has neither dispatch nor hooks", path = .0.display())]
    NoDispatch(PathBuf),
    #[error("{path} is a charm for machines: it has no containers", path = .0.display())]
    NoContainers(PathBuf),
    #[error("charm files are refused")]
    Metadata(#[source] MetadataError),
    #[error(transparent)]
    Archive(ArchiveError),
}

/// Puts a charm into a new folder and reads it. When it is refused, the folder is gone again.
///
/// # Errors
/// When it is no charm, or one that Juju would refuse.
pub fn take(charm: &Path, folder: &Path) -> Result<CharmFiles, CharmError> {
    let taken = fill(charm, folder).and_then(|()| read(folder, charm));
    if taken.is_err() {
        // What is left of a refused charm is in nobody's way; the next one has another folder.
        drop(fs::remove_dir_all(folder));
    }
    taken
}

/// Reads the files of a charm that was taken.
///
/// # Errors
/// When they are refused.
pub fn files(folder: &Path) -> Result<CharmFiles, CharmError> {
    read(folder, folder)
}

fn fill(charm: &Path, folder: &Path) -> Result<(), CharmError> {
    let unreadable = |source| CharmError::Unreadable { path: charm.to_path_buf(), source };
    let metadata = fs::metadata(charm).map_err(unreadable)?;
    if metadata.is_dir() {
        // Looked for before a large folder is copied that was named by mistake.
        if !charm.join("metadata.yaml").is_file() {
            return Err(CharmError::NoMetadata(charm.to_path_buf()));
        }
        return copy_tree(charm, folder, (0, 0)).map_err(unreadable);
    }
    fs::create_dir(folder).map_err(unreadable)?;
    archive::unpack(charm, folder).map_err(CharmError::Archive)
}

/// `named` is what the operator called it, for the texts.
fn read(folder: &Path, named: &Path) -> Result<CharmFiles, CharmError> {
    let text = |name: &str| match fs::read_to_string(folder.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CharmError::Unreadable { path: named.join(name), source }),
    };
    let metadata = text("metadata.yaml")?.ok_or_else(|| CharmError::NoMetadata(named.to_path_buf()))?;
    if !folder.join("dispatch").exists() && !folder.join("hooks").is_dir() {
        return Err(CharmError::NoDispatch(named.to_path_buf()));
    }
    let (config, actions, manifest) = (text("config.yaml")?, text("actions.yaml")?, text("manifest.yaml")?);
    let sources = Sources {
        metadata: Some(&metadata),
        charmcraft: None,
        config: config.as_deref(),
        actions: actions.as_deref(),
        manifest: manifest.as_deref(),
    };
    let files = CharmFiles::parse(&sources).map_err(CharmError::Metadata)?;
    if files.metadata.is_kubernetes() {
        Ok(files)
    } else {
        Err(CharmError::NoContainers(named.to_path_buf()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = "name: small\nsummary: s\ndescription: d\ncontainers: {work: {}}\n";

    fn refusal(files: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let charm = folder.path().join("charm");
        fs::create_dir(&charm).unwrap();
        for (name, text) in files {
            fs::write(charm.join(name), text).unwrap();
        }
        let taken = folder.path().join("taken");
        match take(&charm, &taken) {
            Ok(files) => {
                assert!(taken.join("dispatch").exists());
                files.metadata.name.to_string()
            }
            Err(error) => {
                assert!(!taken.exists());
                crate::pod::error::chain(&error).replace(charm.to_str().unwrap(), "CHARM")
            }
        }
    }

    #[test]
    fn a_folder_is_a_charm_or_the_text_says_what_is_missing() {
        assert_eq!(refusal(&[("metadata.yaml", METADATA), ("dispatch", "")]), "small");
        insta::assert_snapshot!(refusal(&[("charmcraft.yaml", METADATA), ("dispatch", "")]), @"CHARM is no charm: it has no metadata.yaml. A project that has only charmcraft.yaml must be packed first (charmcraft pack), which writes it");
        insta::assert_snapshot!(refusal(&[("metadata.yaml", METADATA)]), @"CHARM is no charm: it has neither dispatch nor hooks");
        let machines = METADATA.replace("containers: {work: {}}", "");
        insta::assert_snapshot!(refusal(&[("metadata.yaml", &machines), ("dispatch", "")]), @"CHARM is a charm for machines: it has no containers");
        insta::assert_snapshot!(refusal(&[("metadata.yaml", "name: Small"), ("dispatch", "")]), @r#"charm files are refused: metadata.yaml: name: "Small" is not a valid charm name; metadata.yaml: summary: is required; metadata.yaml: description: is required"#);
        let error = take(Path::new("/nowhere"), Path::new("/nowhere-else")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read /nowhere");
    }
}
