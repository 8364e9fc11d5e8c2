//! Kills hooks of a model at random moments.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use rustix::process::{Pid, Signal, kill_process};

/// The longest time between two looks for a hook, in milliseconds: a hook may end before it is found.
const PAUSE: u64 = 100;

/// At work until it is dropped.
pub struct Killer {
    stop: Arc<AtomicBool>,
    kills: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Killer {
    /// Begins to kill whatever hooks of the charm run in the model.
    pub fn start(model: &str, seed: u64) -> Self {
        let (stop, kills) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (told, count) = (Arc::clone(&stop), Arc::clone(&kills));
        let name = format!("JUJU_MODEL_NAME={model}");
        let mut random = SmallRng::seed_from_u64(seed);
        let kill = move || {
            while !told.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(random.random_range(0..PAUSE)));
                let hooks = hooks(&name);
                if !hooks.is_empty() {
                    let hook = hooks[random.random_range(0..hooks.len())];
                    if kill_process(hook, Signal::KILL).is_ok() {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        };
        Self { stop, kills, thread: Some(std::thread::spawn(kill)) }
    }

    /// How many it has killed so far.
    pub fn kills(&self) -> usize {
        self.kills.load(Ordering::Relaxed)
    }
}

impl Drop for Killer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// The hooks of the charm that run now, the youngest last.
fn hooks(model: &str) -> Vec<Pid> {
    let mut hooks = Vec::new();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let read = |file: &str| std::fs::read(process.path().join(file)).unwrap_or_default();
        let program =
            read("cmdline").split(|byte| *byte == 0).next().unwrap_or_default().ends_with(b"/charm/dispatch");
        if program && read("environ").split(|byte| *byte == 0).any(|variable| variable == model.as_bytes()) {
            hooks.extend(Pid::from_raw(pid));
        }
    }
    hooks
}
