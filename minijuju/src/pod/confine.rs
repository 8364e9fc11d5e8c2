//! What a container's processes may do: the capabilities that remain, the limits, no new privileges.
//!
//! The list is what Kubernetes' runtimes give by default, without MKNOD. So a root in the container cannot mount,
//! load modules, trace, make device nodes, change clocks or open files by handle; setuid programs gain nothing.

use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Gid, Uid, setgid, setgroups, setuid};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::error::{Doing as _, PodError};
use super::spec::User;

/// Open files as container runtimes allow them.
const OPEN_FILES: u64 = 1_048_576;

fn kept() -> CapabilitySet {
    CapabilitySet::CHOWN
        | CapabilitySet::DAC_OVERRIDE
        | CapabilitySet::FOWNER
        | CapabilitySet::FSETID
        | CapabilitySet::KILL
        | CapabilitySet::SETGID
        | CapabilitySet::SETUID
        | CapabilitySet::SETPCAP
        | CapabilitySet::NET_BIND_SERVICE
        | CapabilitySet::NET_RAW
        | CapabilitySet::SYS_CHROOT
        | CapabilitySet::AUDIT_WRITE
        | CapabilitySet::SETFCAP
}

/// Gives up, for good, everything a container's process may not do, and becomes the user.
///
/// Only for a process that has one thread.
///
/// # Errors
/// When the kernel refuses a step; the process must then end.
pub fn confine(user: &User) -> Result<(), PodError> {
    raise_open_files()?;
    drop_capabilities()?;
    let groups: Vec<Gid> = user.groups.iter().map(|group| Gid::from_raw(*group)).collect();
    setgroups(&groups).doing(|| "set the groups".to_owned())?;
    setgid(Gid::from_raw(user.gid)).doing(|| format!("become group {}", user.gid))?;
    setuid(Uid::from_raw(user.uid)).doing(|| format!("become user {}", user.uid))?;
    prctl::set_no_new_privs().doing(|| "give up new privileges".to_owned())
}

fn drop_capabilities() -> Result<(), PodError> {
    let doing = || "drop capabilities".to_owned();
    for capability in (0..u64::BITS).map(|bit| CapabilitySet::from_bits_retain(1 << bit)) {
        if kept().contains(capability) {
            continue;
        }
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // The kernel knows no such capability: this and all higher numbers.
            Err(rustix::io::Errno::INVAL) => break,
            other => other.doing(doing)?,
        }
    }
    rustix::thread::clear_ambient_capability_set().doing(doing)?;
    let now = rustix::thread::capabilities(None).doing(doing)?;
    let permitted = now.permitted & kept();
    let sets = CapabilitySets { effective: permitted, permitted, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets).doing(doing)
}

fn raise_open_files() -> Result<(), PodError> {
    let doing = || "set the limit of open files".to_owned();
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).doing(doing)?;
    let limit = hard.min(OPEN_FILES);
    setrlimit(Resource::RLIMIT_NOFILE, limit, limit).doing(doing)
}
