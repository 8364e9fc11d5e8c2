//! Where a model keeps its things: one folder on disk, one short-lived one for sockets. It makes folders, nothing else.
//!
//! Sockets need short paths (107 bytes), so they live below /run under the model's key, the beginning of a hash of the
//! model folder's path. Everything is root's alone (0700); what a pod may see of it is mounted into the pod.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest as _, Sha256};
use sidecharm::juju::names::ApplicationName;

use super::error::{Doing as _, PodError};

const RUN: &str = "/run/minijuju";
/// Everything that a model's folder holds.
const ENTRIES: [&str; 11] = [
    "bin",
    "charms",
    "log",
    "model.json",
    "model.new",
    "new-charms",
    "pods",
    "pods.json",
    "pods.new",
    "resources",
    "storage",
];

/// The folders of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Canonical.
    pub model: PathBuf,
    pub run: PathBuf,
    /// Hexadecimal; names the bridge too.
    pub key: String,
}

impl Folders {
    /// Those of the model in this folder, taken for this process; each is made if missing. `None` when another process
    /// has them: then nothing is made, so that what it may just be removing stays away.
    ///
    /// # Errors
    /// When a folder cannot be made, or its name holds what mount options cannot.
    pub fn open(model: &Path) -> Result<Option<(Self, Held)>, PodError> {
        refuse_foreign(model)?;
        let folders = Self::of(model)?;
        make_private(Path::new(RUN))?;
        let Some(held) = Held::take(&folders.lock())? else { return Ok(None) };
        make_private(&folders.model)?;
        make_private(&folders.run)?;
        remove_tree(&folders.new_charms())?;
        for name in ["charms", "log", "new-charms", "pods", "resources", "storage"] {
            make_private(&folders.model.join(name))?;
        }
        make_open(&folders.programs(), 0o755)?;
        Ok(Some((folders, held)))
    }

    /// The same without taking or making any.
    ///
    /// # Errors
    /// When the disk refuses to tell where they are.
    pub fn of(model: &Path) -> Result<Self, PodError> {
        let model = real_path(model).doing(|| format!("find the folder {}", model.display()))?;
        let hash = Sha256::digest(model.as_os_str().as_encoded_bytes());
        let key = format!("{hash:x}").chars().take(16).collect::<String>();
        let run = Path::new(RUN).join(key.get(..8).unwrap_or(&key));
        Ok(Self { model, run, key })
    }

    /// Removes both folders, but nothing that is not ours. The one with the controller's socket goes last: until then a
    /// removal that failed can be asked for again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(&self) -> Result<(), PodError> {
        for name in ENTRIES {
            let path = self.model.join(name);
            if path.is_dir() {
                remove_tree(&path)?;
            } else {
                remove_file(&path)?;
            }
        }
        // Somebody else's files keep the folder.
        fs::remove_dir(&self.model).ok();
        remove_tree(&self.run)?;
        // Whoever waits for it sees that it is another one's.
        remove_file(&self.lock())
    }

    /// A file that all models of this machine lock while they choose addresses.
    pub fn addresses_lock() -> PathBuf {
        Path::new(RUN).join("addresses.lock")
    }

    /// Where the controller takes requests.
    pub fn control_socket(&self) -> PathBuf {
        self.run.join("control.sock")
    }

    /// Held by the model's one controller. It lies outside of what that makes and removes.
    fn lock(&self) -> PathBuf {
        self.run.with_extension("lock")
    }

    /// The revisions of an application's charm.
    pub fn charms(&self, application: &ApplicationName) -> PathBuf {
        self.model.join("charms").join(application.as_str())
    }

    /// Where charms are unpacked before it is known whose they are.
    pub fn new_charms(&self) -> PathBuf {
        self.model.join("new-charms")
    }

    /// The revisions of an application's resources.
    pub fn resources(&self, application: &ApplicationName) -> PathBuf {
        self.model.join("resources").join(application.as_str())
    }

    /// The volumes of all units.
    pub fn volumes(&self) -> PathBuf {
        self.model.join("storage")
    }

    /// Programs that every container finds at /charm/bin.
    pub fn programs(&self) -> PathBuf {
        self.model.join("bin")
    }

    /// The folders of one pod.
    pub fn pod(&self, serial: u32) -> PodFolders {
        PodFolders {
            disk: self.model.join("pods").join(serial.to_string()),
            run: self.run.join(format!("p{serial}")),
        }
    }

    /// The logs of the model, of its controller and of the containers.
    pub fn logs(&self) -> PathBuf {
        self.model.join("log")
    }

    /// The file that a container's output is added to.
    pub fn log(&self, pod: &str, container: &str) -> PathBuf {
        self.logs().join(format!("{pod}.{container}.log"))
    }
}

/// The folders of one pod: they go when it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodFolders {
    pub disk: PathBuf,
    pub run: PathBuf,
}

impl PodFolders {
    /// What the charm container sees as /var/lib/juju.
    pub fn data(&self) -> PathBuf {
        self.disk.join("data")
    }

    /// What both the charm container and the workload container with this index see of each other.
    pub fn shared(&self, index: usize) -> PathBuf {
        self.run.join(format!("c{index}"))
    }

    /// /charm/etc of the workload containers.
    pub fn settings(&self) -> PathBuf {
        self.run.join("etc")
    }

    pub fn init_socket(&self) -> PathBuf {
        self.run.join("init.sock")
    }

    /// What the container with this index is made from.
    pub fn spec(&self, index: usize) -> PathBuf {
        self.run.join(format!("{index}.json"))
    }

    /// Where the container's first process leaves its identity.
    pub fn record(&self, index: usize) -> PathBuf {
        self.run.join(format!("{index}.pid"))
    }

    /// Makes an empty folder for what a container writes, and removes those of earlier starts.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn fresh_scratch(&self, index: usize) -> Result<PathBuf, PodError> {
        let doing = || format!("make a folder in {}", self.disk.display());
        let prefix = format!("c{index}-");
        let mut earlier = Vec::new();
        for entry in fs::read_dir(&self.disk).doing(doing)? {
            let name = entry.doing(doing)?.file_name();
            earlier.extend(name.to_str().and_then(|name| name.strip_prefix(&prefix)?.parse::<u64>().ok()));
        }
        let next = earlier.iter().max().map_or(0, |last| last + 1);
        // The kernel may still be letting go of the last one, so a folder is never used twice.
        let scratch = self.disk.join(format!("{prefix}{next}"));
        make_private(&scratch)?;
        for number in earlier {
            remove_tree(&self.disk.join(format!("{prefix}{number}")))?;
        }
        Ok(scratch)
    }
}

/// A lock that this process has until it ends.
#[derive(Debug)]
pub struct Held {
    _file: Flock<File>,
}

impl Held {
    /// `None` when another process has it.
    fn take(path: &Path) -> Result<Option<Self>, PodError> {
        let doing = || format!("lock {}", path.display());
        loop {
            let file = File::options().create(true).append(true).mode(0o600).open(path).doing(doing)?;
            let file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(file) => file,
                Err((_, Errno::EWOULDBLOCK)) => return Ok(None),
                Err((_, errno)) => return Err(errno).doing(doing),
            };
            // One that was removed between the two steps keeps nobody out.
            let own = file.metadata().doing(doing)?;
            if fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (own.dev(), own.ino())) {
                return Ok(Some(Self { _file: file }));
            }
        }
    }
}

/// The path without links, also of a folder that is yet to be made.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            Ok(real_path(parent)?.join(name))
        }
        (found, _, _) => found,
    }
}

/// Makes a folder that only root may enter; one that is there is closed to others.
///
/// # Errors
/// When the disk refuses.
pub fn make_private(folder: &Path) -> Result<(), PodError> {
    let doing = || format!("make the folder {}", folder.display());
    DirBuilder::new().recursive(true).mode(0o700).create(folder).doing(doing)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).doing(doing)
}

/// Makes a folder that every user of a container may enter.
///
/// # Errors
/// When the disk refuses.
pub fn make_open(folder: &Path, mode: u32) -> Result<(), PodError> {
    let doing = || format!("make the folder {}", folder.display());
    fs::create_dir_all(folder).doing(doing)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).doing(doing)
}

/// A folder that is not empty and holds no model was named by mistake: it would be closed to its owner.
fn refuse_foreign(folder: &Path) -> Result<(), PodError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.doing(|| format!("read {}", folder.display()))?,
    };
    let foreign = entries.flatten().find(|entry| !ENTRIES.iter().any(|name| entry.file_name() == *name));
    match foreign {
        Some(entry) if !folder.join("model.json").exists() => Err(PodError::Missing(format!(
            "{} is not a model's folder: it holds {}. Name an empty or a new one",
            folder.display(),
            entry.file_name().display()
        ))),
        _ => Ok(()),
    }
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
/// When the disk refuses.
pub fn remove_file(path: &Path) -> Result<(), PodError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.doing(|| format!("remove {}", path.display())),
    }
}

/// Removes a folder and all in it; one that is not there is no error.
///
/// # Errors
/// When the disk refuses.
pub fn remove_tree(folder: &Path) -> Result<(), PodError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.doing(|| format!("remove {}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_have_room_in_their_paths() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::of(folder.path()).unwrap();
        let socket = folders.pod(99_999).shared(99).join("pebble.socket");
        assert!(socket.as_os_str().len() <= 107, "{}", socket.display());
        assert_eq!(folders.key.len(), 16);
        assert_ne!(folders.key, Folders::of(folder.path().parent().unwrap()).unwrap().key);
        // The same before and after it is made.
        let none = folder.path().join("none/model");
        let before = Folders::of(&none).unwrap();
        fs::create_dir_all(&none).unwrap();
        assert_eq!(before, Folders::of(&none).unwrap());
    }

    #[test]
    fn a_lock_keeps_others_out_until_its_holder_removes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Held::take(&path).unwrap();
        assert!(held.is_some());
        assert!(Held::take(&path).unwrap().is_none());
        fs::remove_file(&path).unwrap();
        let next = Held::take(&path).unwrap();
        assert!(next.is_some(), "the removed file is still held, the new one is not");
        drop(held);
        assert!(Held::take(&path).unwrap().is_none());
    }

    #[test]
    fn a_folder_with_other_things_in_it_is_neither_taken_nor_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model");
        refuse_foreign(&model).unwrap();
        fs::create_dir_all(model.join("charms/web")).unwrap();
        refuse_foreign(&model).unwrap();
        fs::write(model.join("thesis"), "x").unwrap();
        let error = refuse_foreign(&model).unwrap_err().to_string();
        assert!(
            error.ends_with("is not a model's folder: it holds thesis. Name an empty or a new one"),
            "{error}"
        );
        fs::write(model.join("model.json"), "{}").unwrap();
        refuse_foreign(&model).unwrap();
        Folders::of(&model).unwrap().remove().unwrap();
        assert_eq!(fs::read_dir(&model).unwrap().count(), 1);
        fs::remove_file(model.join("thesis")).unwrap();
        Folders::of(&model).unwrap().remove().unwrap();
        assert!(!model.exists());
    }

    #[test]
    fn each_start_gets_a_new_empty_folder_and_the_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let pod = PodFolders { disk: folder.path().to_path_buf(), run: PathBuf::new() };
        let first = pod.fresh_scratch(1).unwrap();
        let other = pod.fresh_scratch(11).unwrap();
        fs::write(first.join("left"), "x").unwrap();
        let second = pod.fresh_scratch(1).unwrap();
        assert_ne!(first, second);
        assert_eq!((first.exists(), second.exists(), other.exists()), (false, true, true));
        assert_eq!(fs::metadata(&second).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
