//! The namespaces that the containers of one pod share: network, host name and IPC. They hold no process.
//!
//! A thread that entered other namespaces must never be used for anything else, so each entry is a thread of its
//! own that ends with its work. The namespaces live as long as somebody holds them: the controller by handles, the
//! containers by being in them; so pods outlive the controller without a mount or a helper process.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};

use super::error::{Doing as _, PodError};

/// Handles on the shared namespaces of one pod.
#[derive(Debug)]
pub struct Namespaces {
    network: OwnedFd,
    hostname: OwnedFd,
    ipc: OwnedFd,
}

impl Namespaces {
    /// Makes new ones; the host name is set, the network holds a loopback interface that is down.
    ///
    /// # Errors
    /// When not root, or the kernel has no such namespaces left.
    pub fn create(hostname: &str) -> Result<Self, PodError> {
        on_own_thread(|| {
            unshare(shared()).doing(|| "make new namespaces (is this root?)".to_owned())?;
            nix::unistd::sethostname(hostname).doing(|| format!("set the host name {hostname}"))?;
            Self::opened("/proc/thread-self/ns").doing(|| "keep the new namespaces".to_owned())
        })
    }

    /// Finds those of a running process.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn of_process(pid: i32) -> io::Result<Self> {
        Self::opened(&format!("/proc/{pid}/ns"))
    }

    /// Does some work inside, on a thread of its own; what the work starts is inside too.
    ///
    /// # Errors
    /// When the namespaces cannot be entered, or what the work itself says.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> Result<T, PodError> + Send) -> Result<T, PodError> {
        on_own_thread(|| {
            self.enter()?;
            work()
        })
    }

    /// Moves the calling thread in, for good. Only for a process that has one thread.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn enter(&self) -> Result<(), PodError> {
        for (namespace, kind) in [
            (&self.network, CloneFlags::CLONE_NEWNET),
            (&self.hostname, CloneFlags::CLONE_NEWUTS),
            (&self.ipc, CloneFlags::CLONE_NEWIPC),
        ] {
            setns(namespace, kind).doing(|| "enter the pod's namespaces".to_owned())?;
        }
        Ok(())
    }

    /// A path by which another program can name the network namespace while this handle lives.
    pub fn network_path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.network.as_raw_fd())
    }

    fn opened(folder: &str) -> io::Result<Self> {
        let open = |name: &str| File::open(format!("{folder}/{name}")).map(OwnedFd::from);
        Ok(Self { network: open("net")?, hostname: open("uts")?, ipc: open("ipc")? })
    }
}

fn shared() -> CloneFlags {
    CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWIPC
}

fn on_own_thread<T: Send>(work: impl FnOnce() -> Result<T, PodError> + Send) -> Result<T, PodError> {
    thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, work) {
        Ok(thread) => thread
            .join()
            .unwrap_or_else(|_| Err(PodError::Missing("a thread of the controller panicked".to_owned()))),
        Err(source) => Err(PodError::Step { doing: "start a thread".to_owned(), source }),
    })
}
