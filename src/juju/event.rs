//! Which event Juju tells of, from the dispatch path and the event's variables. It never asks Juju anything.
//!
//! Names of endpoints, storages and containers stand in hook names verbatim, hyphens included, so a hook is
//! recognised by its end (`-relation-changed`) and the name is what precedes it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::Variables;
use super::names::{ActionName, ApplicationName, ContainerName, RelationId, SecretId, StorageId, UnitName};

mod parse;

/// Neither the environment nor the program's name says which event this is (so it is in `juju exec`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no event: neither JUJU_DISPATCH_PATH nor JUJU_HOOK_NAME is set")]
pub struct NoEvent;

/// What happened, as Juju tells it. It narrows what a pass does; what is true must be read.
///
/// ```
/// use sidecharm::juju::environment::Variables;
/// use sidecharm::juju::event::Event;
/// let variables = Variables::from([
///     ("JUJU_DISPATCH_PATH".to_owned(), "hooks/my-redis-pebble-ready".to_owned()),
///     ("JUJU_WORKLOAD_NAME".to_owned(), "my-redis".to_owned()),
/// ]);
/// let event = Event::parse(&variables, "dispatch").unwrap();
/// assert_eq!(event.container().unwrap().as_str(), "my-redis");
/// assert!(event.must_exit_zero());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Once, before all others.
    Install,
    /// After the first config-changed, and after every start of the agent.
    Start,
    /// The pod ends, or the unit is removed.
    Stop,
    /// The unit's last event.
    Remove,
    /// The charm or a resource changed, or the pod is a new one.
    UpgradeCharm,
    /// An option, trust or the Service's address may have changed.
    ConfigChanged,
    /// From time to time.
    UpdateStatus,
    /// This unit leads now.
    LeaderElected,
    /// Juju 3 and older: another unit leads, or its settings changed.
    LeaderSettingsChanged,
    /// Juju 3.6.10 and older; almost no tool works in it.
    CollectMetrics,
    /// Juju 3.6.10 and older.
    MeterStatusChanged,
    /// Machines, Juju 3 and older.
    PreSeriesUpgrade,
    /// Machines, Juju 3 and older.
    PostSeriesUpgrade,
    /// `<endpoint>-relation-…`
    Relation(RelationEvent),
    /// `<storage>-storage-…`
    Storage(StorageEvent),
    /// `<container>-pebble-…`
    Pebble(PebbleEvent),
    /// `secret-…`
    Secret(SecretEvent),
    /// The operator runs an action.
    Action(ActionEvent),
    /// A hook of a newer Juju, or one whose variables make no sense: its full name.
    Unknown(String),
}

/// A relation was made, changed or is going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationEvent {
    /// What happened to it.
    pub kind: RelationKind,
    /// `JUJU_RELATION_ID`, whose first part is the own endpoint.
    pub relation: RelationId,
    /// `JUJU_REMOTE_APP`: the own application in a peer relation. Juju leaves it empty in -broken when the agent has
    /// restarted since the relation appeared: then only `relation-list --app` knows it.
    pub remote_application: Option<ApplicationName>,
    /// `JUJU_REMOTE_UNIT`: none in -created, -broken, and where the remote application's bag changed.
    pub remote_unit: Option<UnitName>,
    /// `JUJU_DEPARTING_UNIT`, in -departed: the own unit when it is the one that goes.
    pub departing_unit: Option<UnitName>,
}

/// The five relation events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// It exists, nobody may be in it yet.
    Created,
    /// A remote unit came.
    Joined,
    /// A remote unit's or the remote application's bag is not the one last seen.
    Changed,
    /// A unit goes.
    Departed,
    /// It goes.
    Broken,
}

/// A storage came or is going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageEvent {
    /// What happened to it.
    pub kind: StorageEventKind,
    /// `JUJU_STORAGE_ID`
    pub storage: StorageId,
    /// `JUJU_STORAGE_LOCATION`: where the charm container sees it.
    pub location: PathBuf,
}

/// The two storage events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageEventKind {
    /// It is there.
    Attached,
    /// The unit is removed, and it with it.
    Detaching,
}

/// Something in a workload container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PebbleEvent {
    /// `JUJU_WORKLOAD_NAME`
    pub container: ContainerName,
    /// What happened there.
    pub kind: PebbleKind,
}

/// The four events of a container's Pebble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PebbleKind {
    /// A Pebble that was not known: a new container, or a new agent.
    Ready,
    /// Someone in the container raised a notice. Replayed after each agent start.
    CustomNotice {
        /// `JUJU_NOTICE_ID`
        id: String,
        /// `JUJU_NOTICE_TYPE`: `custom`.
        notice_type: String,
        /// `JUJU_NOTICE_KEY`: `example.com/path`.
        key: String,
    },
    /// A check reached its threshold of failures. History is replayed after each agent start.
    CheckFailed {
        /// `JUJU_PEBBLE_CHECK_NAME`
        check: String,
    },
    /// A failed check passed again.
    CheckRecovered {
        /// `JUJU_PEBBLE_CHECK_NAME`
        check: String,
    },
}

/// Something about a secret that this unit reads or owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretEvent {
    /// What happened to it.
    pub kind: SecretKind,
    /// `JUJU_SECRET_ID`, whatever spelling Juju chose.
    pub secret: SecretId,
    /// `JUJU_SECRET_LABEL`: this side's own label.
    pub label: Option<String>,
}

/// The four secret events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// There is a revision that this unit has not read. Owners hear of it too.
    Changed,
    /// Nobody reads this revision any more; the owner may remove it.
    Remove {
        /// `JUJU_SECRET_REVISION`
        revision: u32,
    },
    /// The owner should make a new revision.
    Rotate,
    /// The owner should remove it.
    Expired {
        /// `JUJU_SECRET_REVISION`; older Jujus do not tell it.
        revision: Option<u32>,
    },
}

/// An action as the operator asked for it; its parameters are `action-get`'s to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionEvent {
    /// `JUJU_ACTION_NAME`
    pub name: ActionName,
    /// `JUJU_ACTION_UUID`: a number, for all its name. Empty when the charm is run by hand.
    pub task: String,
}

impl Event {
    /// Reads the event from `JUJU_DISPATCH_PATH`, else `JUJU_HOOK_NAME`, else from the program's name
    /// (`hooks/install`, a link to this program), and from the variables that belong to it.
    ///
    /// A hook that is not known, or lacks its variables, is [`Event::Unknown`] and no error.
    ///
    /// # Errors
    /// When nothing names an event.
    pub fn parse(variables: &Variables, program: &str) -> Result<Self, NoEvent> {
        let filled = |name: &str| variables.get(name).map(String::as_str).filter(|value| !value.is_empty());
        if let Some(path) = filled("JUJU_DISPATCH_PATH") {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("hooks", path));
            return Ok(parse::from_folder(folder, name, variables));
        }
        if let Some(name) = filled("JUJU_HOOK_NAME") {
            return Ok(parse::hook(name, variables));
        }
        let folder = Path::new(program).parent().and_then(Path::file_name).and_then(|name| name.to_str());
        match (folder, program.rsplit_once('/')) {
            (Some(folder @ ("hooks" | "actions")), Some((_, name))) if !name.is_empty() => {
                Ok(parse::from_folder(folder, name, variables))
            }
            _ => Err(NoEvent),
        }
    }

    /// Says whether a non-zero exit would do harm that no retry mends.
    ///
    /// Juju repeats a failing stop five times a second without end; a failing pebble-ready every five seconds, unseen;
    /// a failing notice or check event restarts the unit's worker and replays everything. A failing remove keeps
    /// the unit from going. What is unknown must not fail at all.
    pub fn must_exit_zero(&self) -> bool {
        match self {
            Self::Stop | Self::Remove | Self::Pebble(_) | Self::Unknown(_) => true,
            Self::Install
            | Self::Start
            | Self::UpgradeCharm
            | Self::ConfigChanged
            | Self::UpdateStatus
            | Self::LeaderElected
            | Self::LeaderSettingsChanged
            | Self::CollectMetrics
            | Self::MeterStatusChanged
            | Self::PreSeriesUpgrade
            | Self::PostSeriesUpgrade
            | Self::Relation(_)
            | Self::Storage(_)
            | Self::Secret(_)
            | Self::Action(_) => false,
        }
    }

    /// The container it is about.
    pub fn container(&self) -> Option<&ContainerName> {
        match self {
            Self::Pebble(event) => Some(&event.container),
            _ => None,
        }
    }

    /// The relation it is about.
    pub fn relation(&self) -> Option<&RelationEvent> {
        match self {
            Self::Relation(event) => Some(event),
            _ => None,
        }
    }

    /// The relation that is going for good: to be treated as absent, though Juju may still list it.
    pub fn breaking_relation(&self) -> Option<&RelationId> {
        self.relation().filter(|event| event.kind == RelationKind::Broken).map(|event| &event.relation)
    }

    /// The unit that is leaving a relation; the own unit when it is being removed.
    pub fn departing_unit(&self) -> Option<&UnitName> {
        self.relation().and_then(|event| event.departing_unit.as_ref())
    }

    /// The secret it is about.
    pub fn secret(&self) -> Option<&SecretEvent> {
        match self {
            Self::Secret(event) => Some(event),
            _ => None,
        }
    }

    /// The storage it is about.
    pub fn storage(&self) -> Option<&StorageEvent> {
        match self {
            Self::Storage(event) => Some(event),
            _ => None,
        }
    }

    /// The action that runs.
    pub fn action(&self) -> Option<&ActionEvent> {
        match self {
            Self::Action(event) => Some(event),
            _ => None,
        }
    }
}

/// The hook's full name as Juju writes it, or `action NAME`.
impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relation(event) => {
                write!(formatter, "{}-relation-{}", event.relation.endpoint(), event.kind.as_str())
            }
            Self::Storage(event) => {
                write!(formatter, "{}-storage-{}", event.storage.name(), event.kind.as_str())
            }
            Self::Pebble(event) => write!(formatter, "{}-pebble-{}", event.container, event.kind.as_str()),
            Self::Secret(event) => write!(formatter, "secret-{}", event.kind.as_str()),
            Self::Action(event) => write!(formatter, "action {}", event.name),
            Self::Unknown(name) => formatter.write_str(name),
            simple => formatter.write_str(parse::simple_name(simple).unwrap_or_default()),
        }
    }
}

impl RelationKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Joined => "joined",
            Self::Changed => "changed",
            Self::Departed => "departed",
            Self::Broken => "broken",
        }
    }
}

impl StorageEventKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Attached => "attached",
            Self::Detaching => "detaching",
        }
    }
}

impl PebbleKind {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::CustomNotice { .. } => "custom-notice",
            Self::CheckFailed { .. } => "check-failed",
            Self::CheckRecovered { .. } => "check-recovered",
        }
    }
}

impl SecretKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Remove { .. } => "remove",
            Self::Rotate => "rotate",
            Self::Expired { .. } => "expired",
        }
    }
}

#[cfg(test)]
mod tests;
