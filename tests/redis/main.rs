//! The Redis workload against real redis-server and redis-sentinel processes, each unit on a loopback address of its own.

mod roles;
mod servers;
