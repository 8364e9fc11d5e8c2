//! Stories of whole models: the real binary, real namespaces, real Pebble daemons. One file per story; they need root.
//!
//! Each test has a model folder, a bridge and addresses of its own, so they run side by side; a model is destroyed when
//! its test ends, also when it fails.

#[cfg(test)]
mod archives;
#[cfg(test)]
mod confinement;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod leftovers;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod names;
#[cfg(test)]
mod pods;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod services;
#[cfg(test)]
mod support;
#[cfg(test)]
mod user_secrets;
#[cfg(test)]
mod verbs;
