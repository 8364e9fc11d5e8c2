//! From a hook's name and variables to an [`Event`]. What cannot be understood is unknown, never an error.

use super::{
    ActionEvent, Event, PebbleEvent, PebbleKind, RelationEvent, RelationKind, SecretEvent, SecretKind,
    StorageEvent, StorageEventKind,
};
use crate::juju::environment::Variables;
use crate::juju::names::{
    ActionName, ApplicationName, ContainerName, EndpointName, RelationId, SecretId, UnitName,
};

/// Hooks that are about nothing in particular.
const SIMPLE: [(&str, Event); 13] = [
    ("install", Event::Install),
    ("start", Event::Start),
    ("stop", Event::Stop),
    ("remove", Event::Remove),
    ("upgrade-charm", Event::UpgradeCharm),
    ("config-changed", Event::ConfigChanged),
    ("update-status", Event::UpdateStatus),
    ("leader-elected", Event::LeaderElected),
    ("leader-settings-changed", Event::LeaderSettingsChanged),
    ("collect-metrics", Event::CollectMetrics),
    ("meter-status-changed", Event::MeterStatusChanged),
    ("pre-series-upgrade", Event::PreSeriesUpgrade),
    ("post-series-upgrade", Event::PostSeriesUpgrade),
];

/// The name of a hook that is about nothing in particular.
pub(super) fn simple_name(event: &Event) -> Option<&'static str> {
    SIMPLE.iter().find(|(_, simple)| simple == event).map(|(name, _)| *name)
}

/// The event of `hooks/NAME` or `actions/NAME`.
pub(super) fn from_folder(folder: &str, name: &str, variables: &Variables) -> Event {
    if folder == "actions" {
        action(name, variables).unwrap_or_else(|| Event::Unknown(name.to_owned()))
    } else {
        hook(name, variables)
    }
}

/// The event of a hook.
pub(super) fn hook(name: &str, variables: &Variables) -> Event {
    SIMPLE
        .iter()
        .find(|(simple, _)| *simple == name)
        .map(|(_, event)| event.clone())
        .or_else(|| secret(name, variables))
        .or_else(|| relation(name, variables))
        .or_else(|| storage(name, variables))
        .or_else(|| pebble(name, variables))
        .unwrap_or_else(|| Event::Unknown(name.to_owned()))
}

fn action(name: &str, variables: &Variables) -> Option<Event> {
    let name = ActionName::parse(filled(variables, "JUJU_ACTION_NAME").unwrap_or(name)).ok()?;
    let task = filled(variables, "JUJU_ACTION_UUID").unwrap_or_default().to_owned();
    Some(Event::Action(ActionEvent { name, task }))
}

fn relation(name: &str, variables: &Variables) -> Option<Event> {
    let (prefix, kind) = strip(
        name,
        [
            ("-relation-created", RelationKind::Created),
            ("-relation-joined", RelationKind::Joined),
            ("-relation-changed", RelationKind::Changed),
            ("-relation-departed", RelationKind::Departed),
            ("-relation-broken", RelationKind::Broken),
        ],
    )?;
    let relation = RelationId::parse(filled(variables, "JUJU_RELATION_ID")?).ok()?;
    let endpoint = EndpointName::parse(filled(variables, "JUJU_RELATION").unwrap_or(prefix)).ok()?;
    if relation.endpoint() != endpoint {
        return None;
    }
    let unit = |variable| filled(variables, variable).and_then(|text| UnitName::parse(text).ok());
    Some(Event::Relation(RelationEvent {
        kind,
        relation,
        remote_application: filled(variables, "JUJU_REMOTE_APP")
            .and_then(|text| ApplicationName::parse(text).ok()),
        remote_unit: unit("JUJU_REMOTE_UNIT"),
        departing_unit: unit("JUJU_DEPARTING_UNIT").filter(|_| kind == RelationKind::Departed),
    }))
}

fn storage(name: &str, variables: &Variables) -> Option<Event> {
    let (_, kind) = strip(
        name,
        [
            ("-storage-attached", StorageEventKind::Attached),
            ("-storage-detaching", StorageEventKind::Detaching),
        ],
    )?;
    let storage = filled(variables, "JUJU_STORAGE_ID")?.parse().ok()?;
    let location = filled(variables, "JUJU_STORAGE_LOCATION").unwrap_or_default().into();
    Some(Event::Storage(StorageEvent { kind, storage, location }))
}

fn pebble(name: &str, variables: &Variables) -> Option<Event> {
    let text = |variable| filled(variables, variable).map(str::to_owned);
    let (prefix, kind) = if let Some(prefix) = name.strip_suffix("-pebble-ready") {
        (prefix, PebbleKind::Ready)
    } else if let Some(prefix) = name.strip_suffix("-pebble-custom-notice") {
        let notice_type = text("JUJU_NOTICE_TYPE").unwrap_or_else(|| "custom".to_owned());
        let (id, key) = (text("JUJU_NOTICE_ID")?, text("JUJU_NOTICE_KEY")?);
        (prefix, PebbleKind::CustomNotice { id, notice_type, key })
    } else if let Some(prefix) = name.strip_suffix("-pebble-check-failed") {
        (prefix, PebbleKind::CheckFailed { check: text("JUJU_PEBBLE_CHECK_NAME")? })
    } else {
        let prefix = name.strip_suffix("-pebble-check-recovered")?;
        (prefix, PebbleKind::CheckRecovered { check: text("JUJU_PEBBLE_CHECK_NAME")? })
    };
    let container = ContainerName::parse(filled(variables, "JUJU_WORKLOAD_NAME").unwrap_or(prefix)).ok()?;
    Some(Event::Pebble(PebbleEvent { container, kind }))
}

fn secret(name: &str, variables: &Variables) -> Option<Event> {
    let revision = filled(variables, "JUJU_SECRET_REVISION").and_then(|text| text.parse().ok());
    let kind = match name {
        "secret-changed" => SecretKind::Changed,
        "secret-rotate" => SecretKind::Rotate,
        "secret-remove" => SecretKind::Remove { revision: revision? },
        "secret-expired" => SecretKind::Expired { revision },
        _ => return None,
    };
    let secret = SecretId::parse(filled(variables, "JUJU_SECRET_ID")?).ok()?;
    let label = filled(variables, "JUJU_SECRET_LABEL").map(str::to_owned);
    Some(Event::Secret(SecretEvent { kind, secret, label }))
}

fn strip<'a, Kind, const N: usize>(name: &'a str, kinds: [(&str, Kind); N]) -> Option<(&'a str, Kind)> {
    kinds.into_iter().find_map(|(suffix, kind)| Some((name.strip_suffix(suffix)?, kind)))
}

fn filled<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
}
