//! Long runs with kills under a continuous writer, and what they measured. Not part of `cargo test`: `make test-all` runs them,
//! one after another on an otherwise quiet machine, since they print times.

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod databags;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod kills;
#[cfg(test)]
#[expect(dead_code, reason = "the stories need more of it")]
#[path = "../stories/model.rs"]
mod model;
#[cfg(test)]
mod probe;
#[cfg(test)]
#[path = "../../minijuju/tests/model/runs.rs"]
mod runs;
#[cfg(test)]
#[path = "../stories/target.rs"]
mod target;
#[cfg(test)]
#[path = "../redis/writer.rs"]
mod writer;
