//! A complete Pebble client: usable by anyone, knows nothing of Juju.
//!
//! [`Client`] speaks to one daemon over its unix socket. What it sends and reads are the plain values of
//! [`types`]; how a call fails is [`Error`]. Daemons from 1.1.1 to 1.32 are understood: what an older one lacks
//! is refused as [`Error::Unsupported`] before anything is sent.
//!
//! ```no_run
//! # async fn example() -> Result<(), sidecharm::pebble::Error> {
//! use std::time::Duration;
//! use sidecharm::pebble::{Client, types::{Layer, Service, Startup}};
//!
//! let client = Client::new("/charm/containers/redis/pebble.socket");
//! let mut layer = Layer::default();
//! let server = Service { startup: Some(Startup::Enabled), ..Service::replace("redis-server /etc/redis.conf") };
//! layer.services.insert("redis".to_owned(), server);
//! if client.plan().await?.is_changed_by(&layer) {
//!     client.add_layer("redis", &layer).await?;
//! }
//! let change = client.replan().await?;
//! client.wait_change(&change, Duration::from_secs(30)).await?;
//! # Ok(())
//! # }
//! ```

mod change;
mod client;
mod error;
mod exec;
mod files;
mod logs;
pub mod multipart;
mod notices;
mod request;
pub mod response;
mod transport;
pub mod types;

pub use change::Pending;
pub use client::Client;
pub use error::{ApiError, Error, ErrorKind, PathError};
pub use exec::{Event, Output, Process};
pub use files::{Content, Upload};
pub use logs::LogStream;
