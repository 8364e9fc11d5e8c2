//! Whole stories: the charm's own binary in minijuju, on real Pebble, with real servers. Root, as minijuju needs it.

#[cfg(test)]
mod any_charm;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod charm_user;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod crash;
#[cfg(test)]
#[path = "../crash/harm.rs"]
mod harm;
#[cfg(test)]
#[path = "../crash/killer.rs"]
mod killer;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod misled;
#[cfg(test)]
mod model;
#[cfg(test)]
#[path = "../crash/orders.rs"]
mod orders;
#[cfg(test)]
mod packed;
#[cfg(test)]
#[path = "../crash/points.rs"]
mod points;
#[cfg(test)]
#[path = "../chaos/probe.rs"]
mod probe;
#[cfg(test)]
#[path = "../crash/random.rs"]
mod random;
#[cfg(test)]
mod redis;
#[cfg(test)]
mod rock;
#[cfg(test)]
#[path = "../../minijuju/tests/model/runs.rs"]
mod runs;
#[cfg(test)]
mod script;
#[cfg(test)]
mod second_pass;
#[cfg(test)]
mod secret_files;
#[cfg(test)]
#[path = "../crash/state.rs"]
mod state;
#[cfg(test)]
mod target;
#[cfg(test)]
#[expect(dead_code, reason = "the long runs need more of it")]
#[path = "../redis/writer.rs"]
mod writer;
