//! A file that carries a secret to a hook tool that can read it no other way.
//!
//! `secret-add` and `secret-set` read their file in the unit agent, not in the tool: a path relative to the charm means
//! nothing there, and `-` is a file of that name (Juju 3.1 to 3.6). So the file must be where the agent, which may run
//! as another user in another working directory, finds it by an absolute path, and nobody else looks: the agent's own folder
//! beside the charm's, on the volume that no workload container sees. A hook has neither `TMPDIR` nor `HOME`, and `/tmp`
//! belongs to everybody.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The folder's name, always the same: what a killed hook left behind goes with the next use.
const FOLDER: &str = "sidecharm-private";

/// A file that only its owner can read, gone when dropped.
#[derive(Debug)]
pub(super) struct PrivateFile {
    folder: PathBuf,
    path: String,
}

impl PrivateFile {
    /// Writes a new file in a new folder within this one.
    pub(super) fn create(within: &Path, content: &[u8]) -> io::Result<Self> {
        let folder = within.join(FOLDER);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&folder)?;
        let path = folder.join("content");
        let path = path.to_str().ok_or_else(|| io::Error::other("a path that is not UTF-8"))?.to_owned();
        let file = Self { folder, path };
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file.path)?.write_all(content)?;
        Ok(file)
    }

    /// Its absolute path.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next use.
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_its_owner_reads_it_and_it_goes_with_its_last_use() {
        let agent = tempfile::tempdir().unwrap();
        let left_behind = agent.path().join(FOLDER);
        std::fs::create_dir(&left_behind).unwrap();
        std::fs::write(left_behind.join("content"), "of a killed hook").unwrap();

        let file = PrivateFile::create(agent.path(), b"hunter2").unwrap();
        assert!(file.path().starts_with('/'));
        assert_eq!(std::fs::read(file.path()).unwrap(), b"hunter2");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode(Path::new(file.path())), mode(&left_behind)), (0o600, 0o700));

        drop(file);
        assert_eq!(std::fs::read_dir(agent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let agent = tempfile::tempdir().unwrap();
        assert!(PrivateFile::create(&agent.path().join("gone"), b"").is_err());
    }
}
