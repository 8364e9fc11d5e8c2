//! The Redis workload against real redis-server and redis-sentinel processes, each unit on a loopback address of its own.

#[cfg(test)]
mod copies;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod users;
#[cfg(test)]
mod writer;
#[cfg(test)]
mod writes;
