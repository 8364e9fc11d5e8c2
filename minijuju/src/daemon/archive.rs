//! Unpacks a `.charm` archive, which may come from anywhere: what could reach outside its folder is refused whole, before
//! the first file is written (`sidecharm::juju::archive` has the rules).

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sidecharm::juju::archive::Archive;

/// An archive is read into memory.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Why an archive is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("cannot read {0} as a charm archive", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("charm archive refused")]
    Refused(#[from] sidecharm::juju::archive::ArchiveError),
    #[error("charm archive refused: it is larger than 512 MiB")]
    TooLarge,
    #[error("cannot unpack {name:?}")]
    Unpack {
        name: String,
        #[source]
        source: io::Error,
    },
}

/// Unpacks the archive into an empty folder.
///
/// # Errors
/// When it is no archive, or anything in it is refused; some files may then have been written.
pub fn unpack(path: &Path, folder: &Path) -> Result<(), ArchiveError> {
    let unreadable = |source| ArchiveError::Unreadable { path: path.to_path_buf(), source };
    // A device has no length, and a pipe no end.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("it is no file")));
    }
    if metadata.len() > LARGEST {
        return Err(ArchiveError::TooLarge);
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let archive = Archive::open(&bytes)?;
    let failed = |name: &str| {
        let name = name.to_owned();
        move |source| ArchiveError::Unpack { name, source }
    };
    for name in archive.folders() {
        fs::create_dir_all(folder.join(name)).map_err(failed(name))?;
    }
    for name in archive.names() {
        write(&archive, name, &folder.join(name)).map_err(failed(name))?;
    }
    Ok(())
}

fn write(archive: &Archive<'_>, name: &str, target: &Path) -> io::Result<()> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = File::create_new(target)?;
    archive.copy(name, &mut file)?;
    let mode = archive.permissions(name).unwrap_or(0o644);
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests;
