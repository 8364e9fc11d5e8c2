//! Hooks are killed at random moments while the application comes up and is scaled.

use crate::cluster::Cluster;
use crate::killer::Killer;
use crate::model::Model;
use crate::points::{check, unharmed};
use crate::target::APPLICATION;

/// Scales the application to each of these numbers of units in turn, beginning from none; each time so many hooks are killed.
/// Left alone, it must become what it becomes without a kill.
pub fn kill(name: &str, numbers: &[usize], kills: usize, seed: u64) {
    let last = *numbers.last().unwrap();
    let unharmed = unharmed(&format!("{name}-unharmed"), last);
    let model = Model::new(name);
    // There is always another hook.
    model.juju(&["model-config", "update-status-hook-interval=500ms"]);
    let charm = model.redis_charm();
    let killer = Killer::start(name, seed);
    let mut units = 0;
    for &wanted in numbers {
        let change = wanted.abs_diff(units).to_string();
        match units {
            0 => drop(model.juju(&["deploy", &charm, APPLICATION, "-n", &change])),
            _ if wanted > units => drop(model.juju(&["add-unit", APPLICATION, "-n", &change])),
            _ => drop(model.juju(&["remove-unit", APPLICATION, "--num-units", &change, "--no-prompt"])),
        }
        units = wanted;
        let before = killer.kills();
        model.until(&format!("{kills} hooks are killed"), || killer.kills() >= before + kills);
    }
    drop(killer);
    let cluster = Cluster::settled(model, last);
    check(&cluster, last, &unharmed);
}
