//! A secret as the controller keeps it: revisions, owner, grants, and who tracks what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{ApplicationName, SecretId, UnitName};
use time::OffsetDateTime;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSecret {
    pub id: SecretId,
    pub owner: SecretOwner,
    pub label: String,
    pub description: String,
    /// `never`, `hourly` … or empty.
    pub rotate: String,
    pub next_rotate: Option<OffsetDateTime>,
    pub expire: Option<OffsetDateTime>,
    /// Revision → content, values base64 as Juju keeps them. The greatest is the latest.
    pub revisions: BTreeMap<u32, SecretValues>,
    pub grants: BTreeSet<Grant>,
    /// Unit → what it tracks. Consumers and (since 3.1.7) owners alike.
    pub consumers: BTreeMap<UnitName, Consumer>,
    /// Of a user's secret: revisions that nobody tracks any more go by themselves.
    #[serde(default)]
    pub auto_prune: bool,
    #[serde(default)]
    pub created: Option<OffsetDateTime>,
    /// When its content or what describes it changed last.
    #[serde(default)]
    pub updated: Option<OffsetDateTime>,
}

/// The values of one revision, base64 as Juju keeps them. `Debug` shows the keys alone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretValues(pub BTreeMap<String, String>);

impl Deref for SecretValues {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for SecretValues {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.0.keys().map(|key| (key, format_args!("•••")))).finish()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretOwner {
    Application(ApplicationName),
    Unit(UnitName),
    /// A user secret of the model.
    Model,
}

/// Access bound to a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// An application's or a unit's name.
    pub target: String,
    /// The relation's number; absent for user secrets granted to an application.
    pub relation: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    pub label: String,
    pub revision: u32,
}

impl ModelSecret {
    /// A secret of one revision, with no label and granted to nobody.
    pub fn new(id: SecretId, owner: SecretOwner, content: SecretValues, now: OffsetDateTime) -> Self {
        Self {
            id,
            owner,
            label: String::new(),
            description: String::new(),
            rotate: String::new(),
            next_rotate: None,
            expire: None,
            revisions: BTreeMap::from([(1, content)]),
            grants: BTreeSet::new(),
            consumers: BTreeMap::new(),
            auto_prune: false,
            created: Some(now),
            updated: Some(now),
        }
    }

    /// The latest revision's number.
    pub fn latest(&self) -> u32 {
        self.revisions.last_key_value().map_or(0, |(revision, _)| *revision)
    }

    /// Revisions that nobody tracks and that are not the latest.
    pub fn obsolete_revisions(&self) -> impl Iterator<Item = u32> {
        let latest = self.latest();
        let tracked = |revision: &u32| self.consumers.values().any(|consumer| consumer.revision == *revision);
        self.revisions.keys().copied().filter(move |revision| *revision != latest && !tracked(revision))
    }

    /// Drops the obsolete revisions of a secret whose user wants that.
    pub fn prune(&mut self) {
        if self.auto_prune {
            let obsolete: BTreeSet<u32> = self.obsolete_revisions().collect();
            self.revisions.retain(|revision, _| !obsolete.contains(revision));
        }
    }
}

impl SecretOwner {
    /// `application`, `unit` or `model`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Application(_) => "application",
            Self::Unit(_) => "unit",
            Self::Model => "model",
        }
    }
}

/// How long a rotation policy waits; `None` for `never` and for what is no policy.
pub fn rotation_period(policy: &str) -> Option<time::Duration> {
    match policy {
        "hourly" => Some(time::Duration::hours(1)),
        "daily" => Some(time::Duration::days(1)),
        "weekly" => Some(time::Duration::days(7)),
        "monthly" => Some(time::Duration::days(30)),
        "quarterly" => Some(time::Duration::days(90)),
        "yearly" => Some(time::Duration::days(365)),
        _ => None,
    }
}
