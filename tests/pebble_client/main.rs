//! The Pebble client against the real daemon, one daemon a test; and against a scripted one for the faults that the
//! real one cannot be made to show. `PEBBLE_BIN` names another daemon to test against.

#[cfg(test)]
mod checks;
#[cfg(test)]
mod daemon;
#[cfg(test)]
mod exec;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod late;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod services;
#[cfg(test)]
mod system;
#[cfg(test)]
mod transfers;
#[cfg(test)]
mod waiting;
