//! Whole stories: the charm's own binary in minijuju, on real Pebble, with real servers. Root, as minijuju needs it.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod model;
#[cfg(test)]
mod redis;
