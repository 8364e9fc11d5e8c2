//! What this machine must offer, and what of its files a container may see. It changes nothing.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::error::{Doing as _, PodError};
use super::spec::{Folder, Hidden, HostRoot};

/// Top-level folders a container may see, where they exist: programs, libraries and settings; never /root or /home.
const SHARED: [&str; 8] = ["usr", "etc", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];
/// Hidden whatever their modes say.
const SECRET: [&str; 9] =
    ["shadow", "shadow-", "gshadow", "gshadow-", "ssh", "sudoers", "sudoers.d", "ssl/private", "machine-id"];

/// Checks that this is root.
///
/// # Errors
/// When it is not, with the remedy.
pub fn check_root() -> Result<(), PodError> {
    if nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    Err(PodError::Missing(
        "minijuju makes network and mount namespaces, which needs root: run it again with sudo".to_owned(),
    ))
}

/// Checks what can be known before the first pod: root, and overlay file systems.
///
/// # Errors
/// With the remedy in the text.
pub fn check() -> Result<(), PodError> {
    check_root()?;
    let known = fs::read_to_string("/proc/filesystems").doing(|| "read /proc/filesystems".to_owned())?;
    if known.lines().any(|line| line.trim_end().ends_with("\toverlay")) {
        return Ok(());
    }
    // Most kernels load the module when it is first mounted; only a kernel that cannot says so here.
    let release = nix::sys::utsname::uname().doing(|| "ask for the kernel's version".to_owned())?;
    let module = format!("/lib/modules/{}/kernel/fs/overlayfs", release.release().to_string_lossy());
    if Path::new(&module).exists() {
        return Ok(());
    }
    Err(PodError::Missing(
        "this kernel has no overlay file systems: load the module with 'modprobe overlay'".to_owned(),
    ))
}

/// Finds the Pebble program: `PEBBLE_BIN`, else `.tools/bin/pebble` in a folder above our own program, else on PATH.
///
/// # Errors
/// When there is none.
pub fn find_pebble(configured: Option<&Path>, program: &Path, path: &str) -> Result<PathBuf, PodError> {
    let beside = program.ancestors().skip(1).map(|folder| folder.join(".tools/bin/pebble"));
    let on_path = std::env::split_paths(path).map(|folder| folder.join("pebble"));
    match configured {
        Some(configured) if configured.is_file() => Ok(configured.to_path_buf()),
        Some(configured) => {
            Err(PodError::Missing(format!("PEBBLE_BIN names no file: {}", configured.display())))
        }
        None => beside
            .chain(on_path)
            .find(|candidate| candidate.is_file())
            .ok_or_else(|| PodError::Missing("pebble is missing: run 'make setup'".to_owned())),
    }
}

/// What of this machine's root a container may see.
///
/// # Errors
/// When /etc cannot be read.
pub fn visible_root(root: &Path) -> Result<HostRoot, PodError> {
    let mut host = HostRoot { folders: Vec::new(), links: BTreeMap::new(), hidden: Vec::new() };
    for name in SHARED {
        let path = root.join(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => host.folders.push(name.to_owned()),
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::read_link(&path).doing(|| format!("read the link {}", path.display()))?;
                host.links.insert(name.to_owned(), target);
            }
            _ => {}
        }
    }
    let etc = root.join("etc");
    hide_below(&etc, Path::new(""), &[], &mut host.hidden).doing(|| format!("read {}", etc.display()))?;
    Ok(host)
}

/// Hides what another user of this machine could not read either, and the known places of secrets.
fn hide_below(etc: &Path, folder: &Path, parents: &[Folder], hidden: &mut Vec<Hidden>) -> io::Result<()> {
    for entry in fs::read_dir(etc.join(folder))? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            // Gone meanwhile: then it need not be hidden.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        let path = folder.join(entry.file_name());
        if is_secret(&path, &metadata) {
            hidden.push(Hidden { parents: parents.to_vec(), path });
        } else if metadata.is_dir() {
            let mut parents = parents.to_vec();
            let (mode, uid, gid) = (metadata.mode() & 0o7777, metadata.uid(), metadata.gid());
            parents.push(Folder { path: path.clone(), mode, uid, gid });
            hide_below(etc, &path, &parents, hidden)?;
        }
    }
    Ok(())
}

fn is_secret(path: &Path, metadata: &Metadata) -> bool {
    let needed = if metadata.is_dir() { 0o005 } else { 0o004 };
    let closed = !metadata.is_symlink() && metadata.mode() & needed != needed;
    closed
        || SECRET.iter().any(|secret| path == Path::new(secret))
        || path.extension() == Some("key".as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn write(path: &Path, mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn secrets_and_closed_files_of_etc_are_hidden_and_the_rest_is_not() {
        let root = tempfile::tempdir().unwrap();
        let etc = root.path().join("etc");
        for (name, mode) in [
            ("passwd", 0o644),
            ("shadow", 0o644),
            ("ssl/certs/ca.pem", 0o644),
            ("ssl/private/mine.pem", 0o644),
            ("ssl/open.key", 0o644),
            ("app/password", 0o640),
            ("app/settings", 0o644),
            ("closed/inside", 0o644),
        ] {
            write(&etc.join(name), mode);
        }
        fs::set_permissions(etc.join("closed"), fs::Permissions::from_mode(0o750)).unwrap();
        fs::create_dir_all(root.path().join("usr/bin")).unwrap();
        fs::create_dir_all(root.path().join("home/me")).unwrap();
        symlink("usr/bin", root.path().join("bin")).unwrap();

        let host = visible_root(root.path()).unwrap();
        assert_eq!(host.folders, ["usr", "etc"]);
        assert_eq!(host.links, BTreeMap::from([("bin".to_owned(), PathBuf::from("usr/bin"))]));
        let mut hidden: Vec<_> = host.hidden.iter().map(|hidden| hidden.path.to_str().unwrap()).collect();
        hidden.sort_unstable();
        assert_eq!(hidden, ["app/password", "closed", "shadow", "ssl/open.key", "ssl/private"]);
        let password = host.hidden.iter().find(|hidden| hidden.path.ends_with("password")).unwrap();
        assert_eq!(password.parents.len(), 1);
        assert_eq!(password.parents[0].path, Path::new("app"));
    }

    #[test]
    fn pebble_is_found_beside_the_program_or_on_the_path_or_named_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("target/debug/minijuju");
        let find = |configured: Option<&Path>, path: &str| {
            find_pebble(configured, &program, path).map_err(|error| error.to_string())
        };
        assert_eq!(find(None, "/nowhere"), Err("pebble is missing: run 'make setup'".to_owned()));
        let on_path = folder.path().join("bin");
        write(&on_path.join("pebble"), 0o755);
        assert_eq!(find(None, on_path.to_str().unwrap()), Ok(on_path.join("pebble")));
        let beside = folder.path().join(".tools/bin/pebble");
        write(&beside, 0o755);
        assert_eq!(find(None, on_path.to_str().unwrap()), Ok(beside.clone()));
        assert_eq!(find(Some(&beside), ""), Ok(beside));
        assert!(find(Some(Path::new("/nowhere")), "").unwrap_err().starts_with("PEBBLE_BIN names no file"));
    }
}
