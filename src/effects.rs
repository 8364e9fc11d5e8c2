//! What any charm may do to the world, and what a pass decides. `apply` is the only writer.

pub mod apply;
pub mod services;

use std::collections::BTreeMap;

use crate::juju::names::{ContainerName, RelationId, SecretId};
use crate::juju::status::Status;
use crate::juju::wire::{Databag, PortRange};
use crate::pebble::types::{Layer, Owner};
use crate::relations::changes;
use crate::secret::Secret;

/// One change. They are made in the order in which they were decided; when one fails, those that follow in its
/// [`Group`] are left for the next pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect<W> {
    /// In a container, through its Pebble.
    Container(ContainerName, ContainerChange),
    /// `relation-set`: these keys only; an empty text removes one.
    Databag(RelationId, Bag, Databag),
    /// `secret-add` for the application, with a new password under each key; its id goes into the application's bag
    /// of a relation, where the next hook finds it.
    CreateSecret {
        /// What it is, for the operator.
        description: &'static str,
        /// A password is generated for each.
        keys: Vec<&'static str>,
        /// Where its id is written.
        named_in: RelationId,
        /// Under which key.
        under: &'static str,
    },
    /// `secret-set`: a new password under each key of a secret of the application's.
    RenewSecret {
        /// Which.
        which: OwnSecret,
        /// A password is generated for each.
        keys: Vec<&'static str>,
    },
    /// `open-port` and `close-port`.
    Ports {
        /// To be opened.
        open: Vec<PortRange>,
        /// To be closed.
        close: Vec<PortRange>,
    },
    /// `application-version-set`.
    WorkloadVersion(String),
    /// `action-set`.
    ActionResults(BTreeMap<&'static str, Secret>),
    /// `action-fail`, with the reason.
    ActionFailure(String),
    /// Whatever the workload does to its own servers.
    Workload(W),
}

/// A secret of the application's, as this unit knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnSecret {
    /// By its id.
    Id(SecretId),
    /// By the application's label.
    Label(&'static str),
}

/// Which of the own bags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bag {
    /// This unit's.
    Unit,
    /// The application's; the leader's to write.
    Application,
}

/// A change in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerChange {
    /// A directory, with its parents; nothing if it is there.
    MakeDirectory {
        /// Absolute.
        path: String,
        /// Whose it is.
        owner: Owner,
        /// The permission bits.
        mode: u16,
    },
    /// A file with this content, replaced at once or not at all.
    Push {
        /// Absolute.
        path: String,
        /// May be a secret; then the mode must keep others out.
        content: Secret,
        /// Whose it is.
        owner: Owner,
        /// The permission bits.
        mode: u16,
    },
    /// Everything below this path belongs to this user and group (`chown -R`, a process in the container).
    Own {
        /// Absolute.
        path: &'static str,
        /// User and group by one name.
        owner: &'static str,
    },
    /// This program itself, executable.
    PushSelf {
        /// Absolute.
        path: String,
    },
    /// A layer, combined into the one of the same label.
    AddLayer {
        /// The layer's label.
        label: &'static str,
        /// What it says.
        layer: Box<Layer>,
    },
    /// Start what should run, restart what has changed. The change is not waited for.
    Replan,
    /// The same, and wait until it is done: a service that ends at once is a failure.
    ReplanAndWait,
    /// Start these services, those that run after they were stopped, and wait until it is done.
    Restart(Vec<String>),
    /// Stop these services, and wait until they have stopped.
    Stop(Vec<String>),
    /// Raise a custom notice: Juju runs a hook for it, after this one.
    Notify {
        /// Which.
        key: &'static str,
    },
}

/// Effects that depend on each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A container and the servers in it.
    Container(ContainerName),
    /// Everything that Juju keeps.
    Juju,
}

/// Why an effect of a workload's was not made, where the operator can mend it: the unit's status says so, and so does the
/// application's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.message())]
pub struct Problem(pub Status);

/// An effect of a workload on its own servers.
pub trait OwnEffect {
    /// The container whose server it is about: it is skipped if an earlier change there failed.
    fn container(&self) -> &ContainerName;
}

impl<W> Effect<W> {
    /// Writes to an own bag where what is wanted differs from what is there. Nothing where the bag was not read (the
    /// application's, by a unit that does not lead) or nothing is wanted.
    pub fn publish(
        relation: &RelationId,
        bag: Bag,
        now: Option<&Databag>,
        wanted: Option<Databag>,
    ) -> Option<Self> {
        let changes = changes(now?, &wanted?);
        (!changes.is_empty()).then(|| Self::Databag(relation.clone(), bag, changes))
    }
}

impl<W: OwnEffect> Effect<W> {
    /// The group it belongs to.
    pub fn group(&self) -> Group {
        match self {
            Self::Container(name, _) => Group::Container(name.clone()),
            Self::Workload(effect) => Group::Container(effect.container().clone()),
            Self::Databag(..)
            | Self::CreateSecret { .. }
            | Self::RenewSecret { .. }
            | Self::Ports { .. }
            | Self::WorkloadVersion(_)
            | Self::ActionResults(_)
            | Self::ActionFailure(_) => Group::Juju,
        }
    }
}

/// What a pass decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<W> {
    /// The changes, in order.
    pub effects: Vec<Effect<W>>,
    /// What the unit shows; `None` leaves it alone (the pod is going).
    pub unit_status: Option<Status>,
    /// What the application shows; only a leader decides it.
    pub application_status: Option<Status>,
    /// What the log should say beside, without secrets.
    pub notes: Vec<String>,
}

impl<W> Decision<W> {
    /// Nothing to do and nothing to say.
    pub fn nothing() -> Self {
        Self { effects: Vec::new(), unit_status: None, application_status: None, notes: Vec::new() }
    }
}
