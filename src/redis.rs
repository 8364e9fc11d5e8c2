//! The Redis workload: one redis-server and one sentinel per unit, and the rules that keep exactly one master.
//!
//! Pure but for `admin` (the servers' socket), `aof` (a server's append-only file), `observe` (one look at them), `handover` (drives `switch`), `watch` (the
//! service that acts between hooks) and `workload` (what the pass calls). What decides:
//!
//! | file | decides |
//! | --- | --- |
//! | [`role`] | which role this unit's server should have, from what the sentinels say |
//! | [`bootstrap`] | who is the first master |
//! | [`roster`] | who belongs to the application, and since when |
//! | [`membership`] | quorum, and when a sentinel may forget units that left |
//! | [`age`] | which copy of the data is the youngest, where no master is left |
//! | [`pace`] | how often sentinels and `watch` look |
//! | [`server_config`], [`acl`], [`sentinel_config`], [`layers`] | the files and services of a pod |

pub mod acl;
pub mod admin;
pub mod age;
pub mod aof;
pub mod bootstrap;
pub mod decide;
pub mod effects;
pub mod handover;
pub mod hosts;
pub mod info;
pub mod layers;
pub mod lineage;
pub mod membership;
pub mod observe;
pub mod options;
pub mod pace;
pub mod passwords;
pub mod role;
pub mod roster;
pub mod sentinel_config;
pub mod server_config;
pub mod situation;
pub mod switch;
pub mod topology;
pub mod view;
pub mod watch;
pub mod watch_config;
pub mod workload;

/// The port of every redis-server.
pub const SERVER_PORT: u16 = 6379;
/// The port of every sentinel.
pub const SENTINEL_PORT: u16 = 26379;
/// The port of the metrics exporter.
pub const EXPORTER_PORT: u16 = 9121;
