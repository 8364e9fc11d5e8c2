//! A process that cannot be mistaken for a later one with the same number. It starts none.
//!
//! A pid alone may be reused after the process ended, also after a reboot. The kernel's start time and the boot's
//! id make it unique; a pidfd taken and then checked against them is safe to wait for and to signal.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::process::PidfdFlags;
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The identity of a process on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    pub pid: i32,
    /// Clock ticks from boot to the process's start (`/proc/PID/stat`, field 22).
    start: u64,
    /// The kernel's random boot id.
    boot: String,
}

impl ProcessId {
    /// Identifies a running process, or `None` when there is none with this number.
    ///
    /// # Errors
    /// When /proc cannot be read.
    pub fn of(pid: i32) -> io::Result<Option<Self>> {
        let boot = boot_id()?;
        Ok(stat(pid)?.filter(Stat::lives).map(|stat| Self { pid, start: stat.start, boot }))
    }

    /// Whether the process still runs; one that has ended and is not yet reaped does not.
    pub fn is_alive(&self) -> bool {
        self.find().is_some_and(|stat| stat.lives())
    }

    /// Takes a handle on the process, or `None` when it has been reaped.
    ///
    /// # Errors
    /// When the kernel refuses a handle (too many open files).
    pub fn open(&self) -> io::Result<Option<OwnedFd>> {
        let Some(pid) = rustix::process::Pid::from_raw(self.pid) else {
            return Ok(None);
        };
        match rustix::process::pidfd_open(pid, PidfdFlags::NONBLOCK) {
            // Checked after the handle was taken: from here on the number cannot be reused unnoticed.
            Ok(handle) => Ok(self.find().is_some().then_some(handle)),
            Err(rustix::io::Errno::SRCH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a signal; a process that has ended is no error.
    ///
    /// # Errors
    /// When the kernel refuses (permission).
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        let Some(handle) = self.open()? else {
            return Ok(());
        };
        let Some(signal) = rustix::process::Signal::from_named_raw(signal as i32) else {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        };
        match rustix::process::pidfd_send_signal(handle, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until the process has ended and, if it is our child, takes it off the process table.
    ///
    /// # Errors
    /// When the kernel refuses a handle.
    #[expect(deprecated, reason = "deprecated for types that lie about their descriptor; OwnedFd does not")]
    pub async fn ended(&self) -> io::Result<()> {
        if let Some(handle) = self.open()? {
            let handle = AsyncFd::with_interest(handle, Interest::READABLE)?;
            drop(handle.readable().await?);
        }
        self.reap();
        Ok(())
    }

    /// What the kernel has under our number, if it is us.
    fn find(&self) -> Option<Stat> {
        let same_boot = boot_id().is_ok_and(|boot| boot == self.boot);
        stat(self.pid).ok().flatten().filter(|stat| same_boot && stat.start == self.start)
    }

    /// Takes the ended process off the process table if it was our child (or orphaned to us).
    fn reap(&self) {
        match waitpid(Pid::from_raw(self.pid), Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => {
                tracing::debug!(pid = self.pid, "an ended process is not yet reapable");
            }
            Ok(_) | Err(Errno::ECHILD) => {}
            Err(error) => tracing::debug!(pid = self.pid, %error, "cannot reap"),
        }
    }
}

/// The id the kernel drew at boot.
fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// What `/proc/PID/stat` says, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    state: char,
    threads: u64,
    start: u64,
}

impl Stat {
    /// A process whose first thread has ended is a zombie to look at while its other threads still run.
    fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X') || self.threads > 1
    }
}

fn stat(pid: i32) -> io::Result<Option<Stat>> {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(text) => Ok(parse_stat(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The command in brackets may hold anything, also brackets.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, fields) = text.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?.chars().next()?;
    let threads = fields.nth(16)?.parse().ok()?;
    let start = fields.nth(1)?.trim().parse().ok()?;
    Some(Stat { state, threads, start })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn state_and_start_are_found_behind_any_command() {
        let check = |stat: &str, expected| assert_eq!(parse_stat(stat), expected, "{stat}");
        let tail = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 3 18 4711 20 21";
        let found = |state| Some(Stat { state, threads: 3, start: 4711 });
        check(&format!("12 (redis-server) S {tail}"), found('S'));
        check(&format!("12 (a) R (b)) Z {tail}"), found('Z'));
        check("12 (short) S 1 2 3", None);
        check("", None);
    }

    #[test]
    fn a_process_lives_until_its_last_thread_has_ended() {
        let lives = |state, threads| Stat { state, threads, start: 0 }.lives();
        assert!(lives('S', 1) && lives('Z', 2));
        assert!(!lives('Z', 1) && !lives('Z', 0) && !lives('X', 0));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,200}") {
            let _ = parse_stat(&text);
        }
    }

    #[test]
    fn a_process_is_alive_until_it_is_not() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::of(i32::try_from(child.id()).unwrap()).unwrap().unwrap();
        assert!(id.is_alive());
        assert!(!ProcessId { start: id.start + 1, ..id.clone() }.is_alive());
        assert!(!ProcessId { boot: String::new(), ..id.clone() }.is_alive());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!id.is_alive());
        assert!(id.open().unwrap().is_none());
    }

    #[tokio::test]
    async fn the_end_of_a_child_is_noticed_and_reaped() {
        #[expect(clippy::zombie_processes, reason = "that it is reaped is what is tested")]
        let child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::of(i32::try_from(child.id()).unwrap()).unwrap().unwrap();
        id.signal(Signal::SIGKILL).unwrap();
        tokio::time::timeout(std::time::Duration::from_secs(10), id.ended()).await.unwrap().unwrap();
        assert!(!std::path::Path::new(&format!("/proc/{}", id.pid)).exists());
        id.signal(Signal::SIGKILL).unwrap();
    }
}
