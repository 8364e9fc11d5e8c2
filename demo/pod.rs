//! Kills a pod from outside, as a machine's failure would: every container's first process gets SIGKILL, with no warning.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use crate::model::Failure;

/// Kills all containers of the pod with this host name.
pub fn kill(host: &str) -> Result<(), Failure> {
    let name = host.split('.').next().unwrap_or(host);
    let processes = fs::read_dir("/proc").map_err(|error| Failure::new(error.to_string()))?;
    let mut killed = 0;
    for process in processes.flatten() {
        let Some(id) = process.file_name().to_str().and_then(|text| text.parse().ok()) else { continue };
        if is_first_of_a_container(&process.path(), name)
            && let Some(pid) = Pid::from_raw(id)
            && kill_process(pid, Signal::KILL).is_ok()
        {
            killed += 1;
        }
    }
    if killed > 0 { Ok(()) } else { Err(Failure::new(format!("no container of {name} runs"))) }
}

/// Is it process 1 of a process namespace below ours, in a root whose host name is the pod's?
fn is_first_of_a_container(process: &Path, pod: &str) -> bool {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
    let is_first = ids.split_whitespace().count() > 1 && ids.split_whitespace().last() == Some("1");
    is_first && fs::read_to_string(process.join("root/etc/hostname")).is_ok_and(|text| text.trim() == pod)
}
