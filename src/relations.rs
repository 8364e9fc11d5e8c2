//! One file per relation interface: its databags as types, how they are read and what is published. Talks to nobody.
//!
//! Sources: the libraries that the charms on the other side use; each file names its own.

pub mod loki_push_api;
pub mod prometheus_scrape;
pub mod redis;
pub mod topology;

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
