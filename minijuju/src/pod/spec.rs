//! What a container is made from, as data. It is written to a file that the container's first process reads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerSpec {
    /// Holds what the container writes outside its volumes; made new for each start, removed with the container.
    pub scratch: PathBuf,
    pub root: RootSpec,
    /// Volumes, mounted in this order.
    pub binds: Vec<Bind>,
    pub user: User,
    /// The whole environment of the first process.
    pub environment: BTreeMap<String, String>,
    pub process: FirstProcess,
    /// Where the first process leaves its [`ProcessId`](super::process::ProcessId) as JSON before it does anything else.
    pub record: PathBuf,
    /// Where its output goes.
    pub log: PathBuf,
}

/// The files a container sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootSpec {
    /// Folders that stand in for the image, uppermost first. They are only read.
    pub rock: Vec<PathBuf>,
    pub host: HostRoot,
    /// Name in /etc → text, in place of this machine's file.
    pub etc: BTreeMap<String, String>,
}

/// What of this machine's file system a container may see, read-only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRoot {
    /// Top-level folders: `usr`, `etc` and, on machines without merged /usr, `bin` …
    pub folders: Vec<String>,
    /// Top-level links: `bin` → `usr/bin`.
    pub links: BTreeMap<String, PathBuf>,
    /// What of /etc is hidden.
    pub hidden: Vec<Hidden>,
}

/// A file or folder below /etc that a container must not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// The folders on the way, outermost first, which must look as on this machine.
    pub parents: Vec<Folder>,
    /// Relative to /etc.
    pub path: PathBuf,
}

/// A folder below /etc and how it looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    pub path: PathBuf,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// A folder of this machine mounted into the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// Canonical: no link on the way.
    pub source: PathBuf,
    /// Absolute, inside the container; made if missing.
    pub target: PathBuf,
    pub access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    ReadWrite,
    ReadOnly,
}

/// Whom the first process runs as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
    /// Supplementary groups: Kubernetes' fsGroup.
    pub groups: Vec<u32>,
}

/// What becomes PID 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstProcess {
    /// A program: Pebble in a workload container.
    Program { arguments: Vec<String> },
    /// Our own init, which runs what it is asked for over this socket: the charm container.
    Init { socket: PathBuf },
}
