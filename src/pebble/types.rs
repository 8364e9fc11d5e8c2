//! The values that Pebble's API speaks in: plain data, no I/O.
//!
//! Every type reads what daemons from 1.1.1 on send: a field that an old daemon lacks is optional, and a word
//! that a newer one has added is kept as `Other`.

mod change;
mod check;
mod duration;
mod environment;
mod exec;
mod file;
mod id;
mod layer;
mod log_entry;
mod log_target;
mod merge;
mod notice;
mod open_enum;
mod plan;
mod presence;
mod service;
mod signal;
mod system;
mod timestamp;
mod version;
mod workload;

pub use change::{Change, ChangeFilter, ChangeStatus, Progress, Task};
pub use check::{
    Check, CheckInfo, CheckLevel, CheckStartup, CheckStatus, ExecCheck, HttpCheck, RefreshedCheck, TcpCheck,
};
pub use duration::{GoDuration, InvalidDuration};
pub use environment::Environment;
pub use exec::{Exec, Terminal};
pub use file::{Directory, FileInfo, FileKind, InvalidPermissions, Listing, Owner, Permissions, Removal};
pub use id::{ChangeId, InvalidId, NoticeId, TaskId};
pub use layer::{Layer, LayerPlace, Override, Unknown};
pub use log_entry::{LogDepth, LogEntry};
pub use log_target::{LogTarget, LogTargetKind};
pub use notice::{Notice, NoticeFilter, NoticeKind, NoticeUsers};
pub use plan::{Plan, ReplanPreview};
pub use service::{BackoffFactor, ExitAction, Service, ServiceInfo, ServiceStatus, Startup};
pub use signal::Signal;
pub use system::SystemInfo;
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use version::{Requirement, Version};
pub use workload::Workload;
