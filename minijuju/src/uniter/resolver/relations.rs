//! The hooks of relations: scopes, -created, and per relation what is owed first.

use std::collections::{BTreeMap, BTreeSet};

use sidecharm::juju::names::UnitName;

use super::{Next, View, hook};
use crate::controller::life::Life;
use crate::controller::relation::Relation;
use crate::controller::unit::RelationRecord;
use crate::run::{Hook, RelationHook};

/// Rank 5: enters the scope of relations the unit is not in, then runs -created where it has not run.
pub(super) fn created(view: &View<'_>) -> Option<Next> {
    if !view.record.installed || !view.is_alive() || !view.is_free() {
        return None;
    }
    let alive: Vec<&Relation> =
        of_application(view).filter(|relation| relation.life == Life::Alive && !relation.suspended).collect();
    let joined = |number: &u32| {
        view.memory.tools.relations.contains_key(number)
            && view.record.relations.get(number).is_some_and(|record| !record.broken)
    };
    if let Some(relation) = alive.iter().find(|relation| !joined(&relation.number)) {
        return Some(Next::EnterScope(relation.number));
    }
    let owed = |relation: &&&Relation| {
        view.record.relations.get(&relation.number).is_some_and(|record| !record.created)
    };
    let owed: Vec<&Relation> = alive.iter().filter(owed).copied().collect();
    let relation = *view.shuffled(owed.into_iter(), |relation| u64::from(relation.number)).first()?;
    let hook_info = Hook::Relation {
        kind: RelationHook::Created,
        relation: relation.number,
        remote_application: remote_application(view, relation.number),
        remote_unit: None,
        departing_unit: None,
    };
    Some(hook(hook_info))
}

/// The hook of the first relation, in the order of chance, that owes one.
pub(super) fn next(view: &View<'_>) -> Option<Next> {
    let known = view
        .record
        .relations
        .iter()
        .filter(|(number, record)| !record.broken && view.memory.tools.relations.contains_key(*number));
    let shuffled = view.shuffled(known, |(number, _)| u64::from(**number));
    shuffled.into_iter().find_map(|(number, record)| of_relation(view, *number, record)).map(hook)
}

/// What the controller shows this unit of a relation.
struct Remote {
    /// Bag versions of the remote units in scope.
    members: BTreeMap<UnitName, u64>,
    /// Versions of the application bags that the unit is told of.
    applications: BTreeMap<String, u64>,
    broken: bool,
}

impl Remote {
    fn of(view: &View<'_>, number: u32) -> Self {
        let ended = Self { members: BTreeMap::new(), applications: BTreeMap::new(), broken: true };
        let Some(relation) = view.model.relations.get(&number) else { return ended };
        if relation.life != Life::Alive || relation.suspended || !view.is_alive() {
            return ended;
        }
        let Some(side) = relation.remote_side(&view.application.name) else { return ended };
        let others = side.units.iter().filter(|(unit, scope)| scope.in_scope && **unit != view.unit.name);
        Self {
            members: others.map(|(unit, scope)| (unit.clone(), scope.bag.version)).collect(),
            applications: BTreeMap::from([(side.application.to_string(), side.bag.version)]),
            broken: false,
        }
    }
}

/// What this relation owes first.
fn of_relation(view: &View<'_>, number: u32, record: &RelationRecord) -> Option<Hook> {
    let remote = Remote::of(view, number);
    let about = |kind, unit: Option<&UnitName>, departing_unit| Hook::Relation {
        kind,
        relation: number,
        remote_application: remote_application(view, number),
        remote_unit: unit.cloned(),
        departing_unit,
    };
    if let Some(joined) = &record.changed_pending {
        return Some(about(RelationHook::Changed, Some(joined), None));
    }
    let units: BTreeSet<&UnitName> = record.members.keys().chain(remote.members.keys()).collect();
    let units: Vec<&UnitName> = in_text_order(units);
    if let Some(gone) =
        units.iter().find(|unit| record.members.contains_key(**unit) && !remote.members.contains_key(**unit))
    {
        let departing = departing(view, gone);
        return Some(about(RelationHook::Departed, Some(gone), Some(departing)));
    }
    if remote.broken {
        return breaks(view, number).then(|| broken(view, number));
    }
    let told = |application: &String| record.application_versions.get(application).copied().unwrap_or(0);
    if remote.applications.iter().any(|(application, version)| told(application) != *version) {
        return Some(about(RelationHook::Changed, None, None));
    }
    if let Some(newcomer) = units.iter().find(|unit| !record.members.contains_key(**unit)) {
        return Some(about(RelationHook::Joined, Some(newcomer), None));
    }
    let changed = units.iter().find(|unit| record.members.get(**unit) != remote.members.get(**unit))?;
    Some(about(RelationHook::Changed, Some(changed), None))
}

/// Peer relations break only where the agent, since a restart, no longer knows them for what they are.
fn breaks(view: &View<'_>, number: u32) -> bool {
    let is_peer = view
        .memory
        .tools
        .relations
        .get(&number)
        .is_some_and(|known| known.remote_application == view.application.name.as_str());
    !is_peer || !view.memory.fresh_relations.contains(&number)
}

fn broken(view: &View<'_>, number: u32) -> Hook {
    let remote_application = if view.memory.fresh_relations.contains(&number) {
        remote_application(view, number)
    } else {
        String::new()
    };
    Hook::Relation {
        kind: RelationHook::Broken,
        relation: number,
        remote_application,
        remote_unit: None,
        departing_unit: None,
    }
}

/// The unit that is going: this one if it or its application is, else the one that left.
fn departing(view: &View<'_>, gone: &UnitName) -> UnitName {
    let stays = view.is_alive() && view.application.life == Life::Alive;
    if stays { gone.clone() } else { view.unit.name.clone() }
}

/// `web/10` comes before `web/2`.
fn in_text_order(units: BTreeSet<&UnitName>) -> Vec<&UnitName> {
    let mut units: Vec<&UnitName> = units.into_iter().collect();
    units.sort_by_key(|unit| unit.as_str());
    units
}

fn remote_application(view: &View<'_>, number: u32) -> String {
    let known = view.memory.tools.relations.get(&number);
    known.map(|known| known.remote_application.clone()).unwrap_or_default()
}

fn of_application<'v>(view: &'v View<'_>) -> impl Iterator<Item = &'v Relation> {
    view.model.relations.values().filter(|relation| relation.side(&view.application.name).is_some())
}
