//! Builds a container's file system in the mount namespace of the calling process and makes it the root.
//!
//! Layers, uppermost first: what the container writes, the rock, this machine's folders without its secrets. Nothing is
//! mounted on this machine itself: all of it is gone when the container's last process is.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use nix::fcntl::AT_FDCWD;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{FchmodatFlags, Mode, SFlag, fchmodat, makedev, mknod};
use nix::sys::statfs::{OVERLAYFS_SUPER_MAGIC, statfs};
use nix::unistd::{chdir, pivot_root};

use super::error::{Doing as _, PodError};
use super::etc;
use super::spec::{Access, Bind, ContainerSpec, RootSpec};

/// Where the old root hangs until it is let go.
const OLD_ROOT: &str = "/.old-root";
/// Folders every container has, with their modes.
const FOLDERS: [(&str, u32); 17] = [
    ("dev", 0o755),
    ("proc", 0o555),
    ("sys", 0o555),
    ("run", 0o755),
    ("run/lock", 0o1777),
    ("tmp", 0o1777),
    ("home", 0o755),
    ("root", 0o700),
    ("opt", 0o755),
    ("srv", 0o755),
    ("mnt", 0o755),
    ("var", 0o755),
    ("var/cache", 0o755),
    ("var/lib", 0o755),
    ("var/log", 0o755),
    ("var/tmp", 0o1777),
    // Where a rock keeps its Pebble layers; Pebble copies it at the first start and misses it when it is not there.
    ("var/lib/pebble/default", 0o755),
];
/// What an image's users are in.
const ACCOUNTS: [&str; 2] = ["passwd", "group"];
const DEVICES: [(&str, u64, u64); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];
const DEVICE_LINKS: [(&str, &str); 5] = [
    ("ptmx", "pts/ptmx"),
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];
/// What container runtimes hide, and what they let nobody write to.
const MASKED: [&str; 9] = [
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];
const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Builds the root and moves in. Must run as PID 1 of the container's own mount and PID namespaces.
///
/// # Errors
/// When a mount or a file fails; the process must then end, and nothing is left of its attempt but `scratch`.
pub fn enter(spec: &ContainerSpec) -> Result<(), PodError> {
    // What is mounted here must not show on this machine.
    mount_at(Path::new("/"), None, None, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None)?;
    writable_scratch(&spec.scratch)?;
    let root = spec.scratch.join("root");
    layered(&spec.scratch, "root", &spec.root.rock, None, &root)?;
    host_folders(&spec.scratch, &spec.root, &root)?;
    pivot(&root)?;
    for (folder, mode) in FOLDERS {
        make_folder(&Path::new("/").join(folder), mode)?;
    }
    devices()?;
    kernel_views()?;
    for bind in &spec.binds {
        volume(bind)?;
    }
    umount2(OLD_ROOT, MntFlags::MNT_DETACH).doing(|| "let go of the old root".to_owned())?;
    fs::remove_dir(OLD_ROOT).doing(|| format!("remove {OLD_ROOT}"))
}

/// The kernel cannot write through an overlay into another overlay: there (inside Docker, say) memory is used.
fn writable_scratch(scratch: &Path) -> Result<(), PodError> {
    let kind = statfs(scratch).doing(|| format!("look at {}", scratch.display()))?;
    if kind.filesystem_type() == OVERLAYFS_SUPER_MAGIC {
        fresh("tmpfs", scratch, MsFlags::empty(), "mode=700")?;
    }
    Ok(())
}

/// Mounts layers over each other at `target`: the container's own, the rock's, and this machine's.
fn layered(
    scratch: &Path,
    name: &str,
    rock: &[PathBuf],
    host: Option<&Path>,
    target: &Path,
) -> Result<(), PodError> {
    let (upper, work) = (scratch.join("upper").join(name), scratch.join("work").join(name));
    let empty = scratch.join("empty");
    for folder in [&upper, &work, &empty, &target.to_path_buf()] {
        make_folder(folder, 0o755)?;
    }
    let mut lower: Vec<String> = Vec::new();
    for layer in rock.iter().map(PathBuf::as_path).chain(host).chain([empty.as_path()]) {
        lower.push(as_option(layer)?);
    }
    // Volatile: this root does not outlive its container, so nothing need be written through to the disk.
    let options = format!(
        "volatile,lowerdir={},upperdir={},workdir={}",
        lower.join(":"),
        as_option(&upper)?,
        as_option(&work)?
    );
    fresh("overlay", target, MsFlags::empty(), &options)
}

/// A path inside mount options, where colon and comma separate.
fn as_option(path: &Path) -> Result<String, PodError> {
    match path.to_str() {
        Some(text) if !text.contains([':', ',', '\\']) => Ok(text.to_owned()),
        _ => Err(PodError::Missing(format!(
            "{}: a folder used here must not have ':', ',' or '\\' in its name",
            path.display()
        ))),
    }
}

fn host_folders(scratch: &Path, spec: &RootSpec, root: &Path) -> Result<(), PodError> {
    hide_secrets(&scratch.join("upper/etc"), spec)?;
    for name in &spec.host.folders {
        let rock: Vec<PathBuf> =
            spec.rock.iter().map(|layer| layer.join(name)).filter(|path| path.is_dir()).collect();
        layered(scratch, name, &rock, Some(&Path::new("/").join(name)), &root.join(name))?;
    }
    for (name, text) in &spec.etc {
        let path = root.join("etc").join(name);
        let image = |layer: &PathBuf| fs::read_to_string(layer.join("etc").join(name)).ok();
        let image = spec.rock.iter().find_map(image).filter(|_| ACCOUNTS.contains(&name.as_str()));
        let text = image.map_or_else(|| text.clone(), |image| etc::with_image(&image, text));
        replace(&path, &text).doing(|| format!("write /etc/{name}"))?;
    }
    for (name, target) in &spec.host.links {
        let link = root.join(name);
        if fs::symlink_metadata(&link).is_err() {
            symlink(target, &link).doing(|| format!("link /{name}"))?;
        }
    }
    let run = root.join("var/run");
    if fs::symlink_metadata(&run).is_err() {
        make_folder(&root.join("var"), 0o755)?;
        symlink("/run", &run).doing(|| "link /var/run".to_owned())?;
    }
    Ok(())
}

/// Writes a new file where a link (to this machine's /run, say) may have been.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

/// Puts the kernel's mark for "deleted" where this machine's secrets are, before the layers are joined.
fn hide_secrets(upper: &Path, spec: &RootSpec) -> Result<(), PodError> {
    make_folder(upper, 0o755)?;
    for hidden in &spec.host.hidden {
        let doing = || format!("hide /etc/{}", hidden.path.display());
        for folder in &hidden.parents {
            let path = upper.join(&folder.path);
            if fs::create_dir(&path).is_ok() {
                chown(&path, Some(folder.uid), Some(folder.gid)).doing(doing)?;
                fs::set_permissions(&path, fs::Permissions::from_mode(folder.mode)).doing(doing)?;
            }
        }
        mknod(&upper.join(&hidden.path), SFlag::S_IFCHR, Mode::empty(), makedev(0, 0)).doing(doing)?;
    }
    Ok(())
}

fn pivot(root: &Path) -> Result<(), PodError> {
    let doing = || "change the root".to_owned();
    let old = root.join(OLD_ROOT.trim_start_matches('/'));
    make_folder(&old, 0o700)?;
    pivot_root(root, &old).doing(doing)?;
    chdir("/").doing(doing)
}

fn devices() -> Result<(), PodError> {
    let nosuid = MsFlags::MS_NOSUID;
    fresh("tmpfs", "/dev", nosuid, "mode=755,size=64k")?;
    let open = Mode::from_bits_truncate(0o666);
    for (name, major, minor) in DEVICES {
        let path = Path::new("/dev").join(name);
        mknod(&path, SFlag::S_IFCHR, open, makedev(major, minor))
            .and_then(|()| fchmodat(AT_FDCWD, &path, open, FchmodatFlags::FollowSymlink))
            .doing(|| format!("make {}", path.display()))?;
    }
    for (name, target) in DEVICE_LINKS {
        symlink(target, Path::new("/dev").join(name)).doing(|| format!("link /dev/{name}"))?;
    }
    make_folder(Path::new("/dev/pts"), 0o755)?;
    make_folder(Path::new("/dev/shm"), 0o1777)?;
    let quiet = nosuid | MsFlags::MS_NOEXEC;
    fresh("devpts", "/dev/pts", quiet, "newinstance,ptmxmode=0666,mode=0620,gid=5")?;
    fresh("tmpfs", "/dev/shm", quiet | MsFlags::MS_NODEV, "mode=1777,size=64m")
}

/// /proc of the container's own processes and a read-only /sys, without what would reach this machine.
fn kernel_views() -> Result<(), PodError> {
    let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    fresh("proc", "/proc", quiet, "")?;
    fresh("sysfs", "/sys", quiet | MsFlags::MS_RDONLY, "")?;
    for path in MASKED.map(Path::new) {
        if path.is_dir() {
            fresh("tmpfs", path, quiet | MsFlags::MS_RDONLY, "size=0")?;
        } else if path.exists() {
            bind(Path::new("/dev/null"), path)?;
        }
    }
    for path in READ_ONLY.map(Path::new).into_iter().filter(|path| path.exists()) {
        bind(path, path)?;
        read_only(path, quiet)?;
    }
    Ok(())
}

fn volume(volume: &Bind) -> Result<(), PodError> {
    let source = Path::new(OLD_ROOT).join(volume.source.strip_prefix("/").unwrap_or(&volume.source));
    make_folder(&volume.target, 0o755)?;
    bind(&source, &volume.target)?;
    match volume.access {
        Access::ReadWrite => Ok(()),
        Access::ReadOnly => read_only(&volume.target, MsFlags::empty()),
    }
}

fn bind(source: &Path, target: &Path) -> Result<(), PodError> {
    mount_at(target, Some(source), None, MsFlags::MS_BIND, None)
}

fn read_only(target: &Path, flags: MsFlags) -> Result<(), PodError> {
    mount_at(target, None, None, flags | MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY, None)
}

/// Makes a folder and those above it; one that is there keeps its mode.
fn make_folder(path: &Path, mode: u32) -> Result<(), PodError> {
    let doing = || format!("make the folder {}", path.display());
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).doing(doing)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).doing(doing)
}

/// Mounts a new file system of a kind.
fn fresh(kind: &str, target: impl AsRef<Path>, flags: MsFlags, options: &str) -> Result<(), PodError> {
    let options = Some(options).filter(|options| !options.is_empty());
    mount_at(target.as_ref(), Some(Path::new(kind)), Some(kind), flags, options)
}

fn mount_at(
    target: &Path,
    source: Option<&Path>,
    kind: Option<&str>,
    flags: MsFlags,
    options: Option<&str>,
) -> Result<(), PodError> {
    mount(source, target, kind, flags, options).doing(|| format!("mount {}", target.display()))
}
