//! Whole stories: the charm's own binary in minijuju, on real Pebble, with real servers. Root, as minijuju needs it.

#[cfg(test)]
mod any_charm;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod model;
#[cfg(test)]
mod redis;
#[cfg(test)]
mod second_pass;
#[cfg(test)]
mod target;
#[cfg(test)]
#[expect(dead_code, reason = "the long runs need more of it")]
#[path = "../redis/writer.rs"]
mod writer;
