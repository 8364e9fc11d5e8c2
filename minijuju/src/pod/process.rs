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
        Ok(living_start(pid)?.map(|start| Self { pid, start, boot }))
    }

    /// Whether the process still runs (an unreaped dead one does not).
    pub fn is_alive(&self) -> bool {
        boot_id().is_ok_and(|boot| boot == self.boot)
            && living_start(self.pid).is_ok_and(|start| start == Some(self.start))
    }

    /// Takes a handle on the process, or `None` when it has ended.
    ///
    /// # Errors
    /// When the kernel refuses a handle (too many open files).
    pub fn open(&self) -> io::Result<Option<OwnedFd>> {
        let Some(pid) = rustix::process::Pid::from_raw(self.pid) else {
            return Ok(None);
        };
        match rustix::process::pidfd_open(pid, PidfdFlags::NONBLOCK) {
            // Checked after the handle was taken: from here on the number cannot be reused unnoticed.
            Ok(handle) => Ok(self.is_alive().then_some(handle)),
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

/// The start time of a living process; `None` for a dead or unreaped one.
fn living_start(pid: i32) -> io::Result<Option<u64>> {
    let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(parse_stat(&stat).and_then(|(state, since)| (!matches!(state, 'Z' | 'X')).then_some(since)))
}

/// State and start time from the text of `/proc/PID/stat`. The command in brackets may hold anything.
fn parse_stat(stat: &str) -> Option<(char, u64)> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn state_and_start_are_found_behind_any_command() {
        let check = |stat: &str, expected| assert_eq!(parse_stat(stat), expected, "{stat}");
        let tail = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        check(&format!("12 (redis-server) S {tail}"), Some(('S', 4711)));
        check(&format!("12 (a) R (b)) Z {tail}"), Some(('Z', 4711)));
        check("12 (short) S 1 2 3", None);
        check("", None);
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
