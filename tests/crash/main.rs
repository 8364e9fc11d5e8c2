//! Long runs in which the charm is killed. Not part of `cargo test`: `make test-all` runs them.

#[cfg(test)]
#[path = "../stories/cluster.rs"]
mod cluster;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod every_point;
#[cfg(test)]
mod harm;
#[cfg(test)]
mod killer;
#[cfg(test)]
mod long;
#[cfg(test)]
#[expect(dead_code, reason = "the stories need more of it")]
#[path = "../stories/model.rs"]
mod model;
#[cfg(test)]
mod old_master;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod points;
#[cfg(test)]
#[path = "../chaos/probe.rs"]
mod probe;
#[cfg(test)]
mod random;
#[cfg(test)]
#[path = "../../minijuju/tests/model/runs.rs"]
mod runs;
#[cfg(test)]
#[path = "../stories/second_pass.rs"]
mod second_pass;
#[cfg(test)]
mod state;
#[cfg(test)]
#[path = "../stories/target.rs"]
mod target;
#[cfg(test)]
#[expect(dead_code, reason = "the other long runs need more of it")]
#[path = "../redis/writer.rs"]
mod writer;
