//! Copies a folder: files with their modes, folders and links. Nothing else may be in it.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::Path;

/// Copies a tree for a user; `to` must not exist.
///
/// # Errors
/// When a file cannot be read or written, or is neither file, folder nor link.
pub fn copy_tree(from: &Path, to: &Path, owner: (u32, u32)) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        fs::create_dir(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy_tree(&from.join(&name), &to.join(&name), owner)?;
        }
    } else if kind.is_file() {
        fs::copy(from, to)?;
    } else if kind.is_symlink() {
        symlink(fs::read_link(from)?, to)?;
    } else {
        return Err(io::Error::other(format!("{} is neither file, folder nor link", from.display())));
    }
    lchown(to, Some(owner.0), Some(owner.1))?;
    if !kind.is_symlink() {
        // After the owner: a change of owner clears the bits that run a program as its owner.
        fs::set_permissions(to, fs::Permissions::from_mode(metadata.permissions().mode()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_and_links_are_kept_and_sockets_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join("src")).unwrap();
        fs::write(from.join("dispatch"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(from.join("dispatch"), fs::Permissions::from_mode(0o750)).unwrap();
        symlink("../dispatch", from.join("src/link")).unwrap();
        let owner = fs::metadata(&from).map(|metadata| {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.uid(), metadata.gid())
        });
        let owner = owner.unwrap();
        let to = folder.path().join("to");
        copy_tree(&from, &to, owner).unwrap();
        assert_eq!(fs::metadata(to.join("dispatch")).unwrap().permissions().mode() & 0o7777, 0o750);
        assert_eq!(fs::read_link(to.join("src/link")).unwrap(), Path::new("../dispatch"));
        assert!(copy_tree(&from, &to, owner).is_err());

        let _socket = std::os::unix::net::UnixListener::bind(from.join("socket")).unwrap();
        let error = copy_tree(&from, &folder.path().join("again"), owner).unwrap_err();
        assert!(error.to_string().ends_with("socket is neither file, folder nor link"), "{error}");
    }
}
