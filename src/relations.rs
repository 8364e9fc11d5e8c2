//! One file per relation interface: its databags as types, how they are read and what is published. Talks to nobody.
//!
//! Sources: the libraries that the charms on the other side use; each file names its own.

pub mod alert_rules;
pub mod answer;
mod bags;
mod base64;
pub mod connection;
pub mod data_interfaces;
pub mod grafana_dashboard;
pub mod http_proxy;
pub mod http_url;
mod identity;
pub mod ingress;
pub mod loki_push_api;
pub mod mongodb_client;
pub mod mysql_client;
pub mod oauth;
pub mod openfga;
pub mod percent;
pub mod postgresql_client;
pub mod prometheus_scrape;
pub mod rabbitmq;
pub mod redis;
pub mod s3;
pub mod saml;
pub mod secret_storage;
pub mod smtp;
pub mod topology;
pub mod tracing;
pub mod valkey_client;

use std::collections::BTreeMap;

/// A databag: keys and texts.
pub type Databag = BTreeMap<String, String>;

/// What must change in a bag so that it holds these values; other keys are left alone, an empty text removes a key.
///
/// ```
/// use sidecharm::relations::{Databag, changes};
/// let now = Databag::from([("port".into(), "1".into()), ("ingress-address".into(), "10.1.0.2".into())]);
/// let wanted = Databag::from([("port".into(), "2".into()), ("old".into(), String::new())]);
/// assert_eq!(changes(&now, &wanted), Databag::from([("port".into(), "2".into())]));
/// ```
pub fn changes(now: &Databag, wanted: &Databag) -> Databag {
    let differs =
        |(key, value): &(&String, &String)| now.get(*key).map_or("", String::as_str) != value.as_str();
    wanted.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
pub(crate) mod testing;
