//! `sidecharm init`: writes a charm folder that a person edits and packs.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::program;
use crate::webapp::framework::Profile;

pub mod folder;

const PROGRAM: &str = "dispatch";

/// Why there is no charm.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What is in the folder would be mixed with the charm.
    #[error("{} is not empty: it has {first}; a new charm gets a folder of its own", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
        /// One of the files in it.
        first: String,
    },
    /// Neither Juju nor Charmhub takes every name.
    #[error(
        "{0:?} is no name for a charm: lower-case letters, digits and single hyphens, a letter first and in each part, at most 40 characters; give one with --name"
    )]
    Name(String),
}

/// Writes the charm into the folder, which is made if it is not there.
///
/// # Errors
/// When the folder has files, the name is none, or a file cannot be written.
pub fn run(profile: Profile, path: &Path, name: Option<&str>, stdout: &mut impl Write) -> Result<(), Error> {
    let fail = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::File { path, source }
    };
    let name = match name {
        Some(name) => name.to_owned(),
        None => own_name(path).map_err(fail(path))?,
    };
    let name = folder::charm_name(&name).ok_or(Error::Name(name))?;
    fs::create_dir_all(path).map_err(fail(path))?;
    let mut entries = fs::read_dir(path).map_err(fail(path))?;
    if let Some(first) = entries.next().transpose().map_err(fail(path))? {
        let first = first.file_name().to_string_lossy().into_owned();
        return Err(Error::NotEmpty { folder: path.to_path_buf(), first });
    }
    let files = folder::files(profile, &name, program::ARCHITECTURE);
    for file in &files {
        let target = path.join(file.name);
        fs::write(&target, &file.text).map_err(fail(&target))?;
    }
    let target = path.join(PROGRAM);
    let _length = fs::copy(program::OWN_FILE, &target).map_err(fail(&target))?;
    fs::set_permissions(&target, fs::Permissions::from_mode(0o755)).map_err(fail(&target))?;

    let names: Vec<_> = files.iter().map(|file| file.name).chain([PROGRAM]).collect();
    let report = format!(
        "{}: the charm {name} ({}, {}, {})\nwritten: {}\n\n\
         Next: say in metadata.yaml what the app is and what it integrates with, add options to config.yaml, then\n\
         \x20 cd {} && charmcraft pack\n\
         README.md has the rest.\n",
        path.display(),
        profile.framework,
        folder::base(profile.generation),
        program::ARCHITECTURE,
        names.join(", "),
        path.display(),
    );
    stdout.write_all(report.as_bytes()).map_err(fail(Path::new("standard output")))
}

/// The name of the folder; of the working directory where it is `.`.
fn own_name(path: &Path) -> io::Result<String> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    match name(path) {
        Some(name) => Ok(name),
        None => Ok(name(&path.canonicalize()?).unwrap_or_default()),
    }
}
