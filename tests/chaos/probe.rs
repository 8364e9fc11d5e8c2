//! Asks every server all the time whether it accepts a write. Two that do so in turn, A, B, A, would be two masters at once.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::writer::{Target, connect};

/// A probe at work. `stop` ends it.
pub struct Probe {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<(Instant, IpAddr)>>>,
}

impl Probe {
    /// One thread per unit, which writes to that unit's server and never to another.
    pub fn start(target: &Target) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let hosts: Vec<String> = target.hosts.lock().unwrap().keys().cloned().collect();
        let threads = hosts.into_iter().map(|host| {
            let (stop, target) = (Arc::clone(&stop), target.clone());
            std::thread::spawn(move || {
                let mut accepted = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let address = target.hosts.lock().unwrap().get(&host).copied();
                    let server = |address: IpAddr| connect(address, 6379, target.password.as_deref()).ok();
                    if let Some((address, mut server)) = address.and_then(|it| Some((it, server(it)?))) {
                        while !stop.load(Ordering::Relaxed)
                            && redis::cmd("SET").arg("probed").arg(&host).exec(&mut server).is_ok()
                        {
                            accepted.push((Instant::now(), address));
                            std::thread::sleep(Duration::from_millis(5));
                        }
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
                accepted
            })
        });
        let threads = threads.collect();
        Self { stop, threads }
    }

    /// Ends it, and fails if two servers accepted writes at the same time.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        let mut all: Vec<(Instant, IpAddr)> =
            self.threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        all.sort();
        assert!(!all.is_empty(), "no server accepted a write");
        let mut seen: Vec<IpAddr> = Vec::new();
        for (at, server) in all {
            if seen.last() != Some(&server) {
                assert!(
                    !seen.contains(&server),
                    "{server} accepts writes at {at:?}, after another did: {seen:?}"
                );
                seen.push(server);
            }
        }
    }
}
