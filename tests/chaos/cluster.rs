//! Three units of Redis, a writer's way to them, and what is done to them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::figures::Figure;
use crate::model::Model;
use crate::probe::Probe;
use crate::target::{APPLICATION, refresh, target};
use crate::writer::{Target, Writer};

/// For so many seconds a master may acknowledge what no replica has: `min-replicas-max-lag` and one.
const UNREPLICATED: usize = 4;
/// For so many seconds the writer writes before the harm.
const WARMING: usize = 2;

pub struct Cluster {
    pub model: Model,
    pub target: Target,
}

impl Cluster {
    /// Deploys it and waits until all is well.
    pub fn new(name: &str) -> Self {
        // So long a pod takes to come back: time enough for a failover.
        Self::with(name, &["pod-replacement-delay=5s"])
    }

    /// The same, in a model with these settings.
    pub fn with(name: &str, settings: &[&str]) -> Self {
        let model = Model::new(name);
        model.juju(&[&["model-config"], settings].concat());
        model.juju(&["deploy", &model.redis_charm(), APPLICATION, "-n", "3"]);
        model.settle(APPLICATION, 3);
        let target = target(&model);
        Self { model, target }
    }

    /// Writes, harms the master, waits until writes succeed again, heals, waits until all is well, and returns what the
    /// writer saw.
    pub fn run(&self, harm: impl FnOnce(&Model, &str), heal: impl FnOnce(&Model)) -> Figure {
        self.model.settle(APPLICATION, 3);
        refresh(&self.model, &self.target);
        let writer = Writer::start(self.target.clone(), Duration::from_millis(1));
        let probe = Probe::start(&self.target);
        std::thread::sleep(Duration::from_secs(WARMING as u64));
        let master = self.model.master(APPLICATION);
        let harmed = Instant::now();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // A replaced pod has a new address, which clients learn from the cluster's DNS.
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    refresh(&self.model, &self.target);
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
            // Also when something panics below: the scope waits for its thread.
            let _end = End(&done);
            harm(&self.model, &master);
            let before = writer.acknowledged();
            self.model.until("writes go on", || writer.acknowledged() > before + 100);
            heal(&self.model);
            self.model.settle(APPLICATION, 3);
            std::thread::sleep(Duration::from_secs(1)); // so long the writer writes after
        });
        refresh(&self.model, &self.target);
        let record = writer.stop();
        probe.stop();
        let before = record.writes.iter().filter(|write| write.at < harmed).count();
        let gap = record.longest_gap().unwrap();
        assert!(gap.length > Duration::from_millis(100), "the harm did none: {:?}", gap.length);
        Figure {
            gap: gap.length,
            moved: gap.old_host != gap.new_host,
            writes: record.writes.len(),
            lost: record.lost(&self.target).unwrap().len(),
            bound: before * UNREPLICATED / WARMING,
        }
    }
}

/// Sets its flag when it goes.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
