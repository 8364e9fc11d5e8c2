//! Real web apps under the charm's own binary in minijuju, on real Pebble: reached over HTTP. Root, as minijuju needs it.

#[cfg(test)]
mod app;
#[cfg(test)]
mod beyond;
#[cfg(test)]
mod django;
#[cfg(test)]
mod flask;
#[cfg(test)]
mod integrations;
#[cfg(test)]
mod json_logs;
#[cfg(test)]
mod killed;
#[cfg(test)]
#[path = "../crash/killer.rs"]
mod killer;
#[cfg(test)]
#[expect(dead_code, reason = "the stories of Redis need more of it")]
#[path = "../stories/model.rs"]
mod model;
#[cfg(test)]
mod packed;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod repacked;
#[cfg(test)]
#[path = "../../minijuju/tests/model/runs.rs"]
mod runs;
#[cfg(test)]
#[path = "../stories/second_pass.rs"]
mod second_pass;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod with_a_port;
