//! Databags as one hook sees them: who is a member, what is cached, and what waits to be written.

use std::collections::{BTreeMap, BTreeSet};

use sidecharm::juju::names::UnitName;

use super::HookContext;
use super::identity::CurrentRelation;
use crate::controller::access::{self, Refusal};
use crate::controller::life::Life;
use crate::controller::model::Model;
use crate::hooktools::memory::KnownRelation;
use crate::run::{Hook, RelationHook, Run};

type Bag = BTreeMap<String, String>;

/// One relation in one hook.
#[derive(Debug, Clone, Default)]
pub(super) struct RelationBags {
    members: BTreeSet<UnitName>,
    /// The unit's own bag; once read it is part of the flush.
    pub(super) own_unit: Option<OwnBag>,
    /// The own application's bag of a leader.
    pub(super) own_application: Option<OwnBag>,
    /// Bags of units that are no members, for this hook.
    other_units: BTreeMap<UnitName, Bag>,
    /// Remote applications' bags, for this hook.
    applications: BTreeMap<String, Bag>,
}

/// A bag that may be written, with the writes applied.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnBag {
    /// Deleted keys have an empty value.
    pub(super) data: Bag,
    /// The keys that were set.
    pub(super) changed: BTreeSet<String>,
}

impl OwnBag {
    fn of(data: Bag) -> Self {
        Self { data, changed: BTreeSet::new() }
    }

    fn visible(&self) -> Bag {
        self.data
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    fn write(&mut self, changes: &Bag) {
        self.data.extend(changes.clone());
        self.changed.extend(changes.keys().cloned());
    }
}

impl HookContext {
    /// Finds the run's relation and who its members are, and forgets the snapshots that this hook makes stale.
    pub(super) fn enter_relations(&mut self, model: &Model) {
        let records = model.units.get(&self.unit).map(|unit| &unit.agent.relations);
        for (number, known) in &mut self.memory.relations {
            let record = records.and_then(|records| records.get(number));
            let mut members: BTreeSet<UnitName> =
                record.map(|record| record.members.keys().cloned().collect()).unwrap_or_default();
            if let Run::Hook(Hook::Relation { kind, relation, remote_unit: Some(remote), .. }) = &self.run
                && relation == number
            {
                match kind {
                    RelationHook::Departed => members.remove(remote),
                    RelationHook::Created
                    | RelationHook::Joined
                    | RelationHook::Changed
                    | RelationHook::Broken => members.insert(remote.clone()),
                };
                known.unit_bags.remove(remote);
            }
            known.unit_bags.retain(|unit, _| members.contains(unit));
            self.relations.insert(*number, RelationBags { members, ..RelationBags::default() });
        }
        self.current = self.current_relation();
    }

    fn current_relation(&self) -> Option<CurrentRelation> {
        match &self.run {
            Run::Hook(Hook::Relation { relation, remote_application, remote_unit, .. }) => {
                Some(CurrentRelation {
                    number: *relation,
                    remote_unit: remote_unit.clone(),
                    remote_application: remote_application.clone(),
                })
            }
            // A command that names no unit is about the only one there is.
            Run::Exec { relation: Some(relation), remote_unit, .. } => {
                let members = self.relations.get(relation).map(|bags| &bags.members);
                let only = members.filter(|members| members.len() == 1).and_then(BTreeSet::first);
                Some(CurrentRelation {
                    number: *relation,
                    remote_unit: remote_unit.as_ref().or(only).cloned(),
                    remote_application: String::new(),
                })
            }
            Run::Hook(_) | Run::Action { .. } | Run::Exec { relation: None, .. } => None,
        }
    }

    /// Whether the agent has this relation.
    pub(in crate::hooktools) fn knows_relation(&self, relation: u32) -> bool {
        self.memory.relations.contains_key(&relation)
    }

    /// A relation as the agent knows it.
    pub(in crate::hooktools) fn known_relation(&self, relation: u32) -> Option<&KnownRelation> {
        self.memory.relations.get(&relation)
    }

    /// The relation's members in this hook, sorted.
    pub(in crate::hooktools) fn members(&self, relation: u32) -> Vec<String> {
        let members = self.relations.get(&relation).map(|bags| &bags.members);
        members.into_iter().flatten().map(ToString::to_string).collect()
    }

    /// The relations of an endpoint, sorted as text. Those that the agent knows to end are hidden if they have no
    /// members.
    pub(in crate::hooktools) fn relation_ids(&self, endpoint: &str) -> Vec<String> {
        let listed = self.memory.relations.iter().filter(|(number, known)| {
            let members = self.relations.get(number).is_some_and(|bags| !bags.members.is_empty());
            known.id.endpoint().as_str() == endpoint
                && (members || (known.life == Life::Alive && !known.suspended))
        });
        let mut ids: Vec<String> = listed.map(|(_, known)| known.id.to_string()).collect();
        ids.sort();
        ids
    }

    /// Reads a unit's bag. The own one with what waits to be written; a member's as of its last notification, also
    /// across hooks; anyone else's fresh in each hook.
    pub(in crate::hooktools) fn unit_bag(
        &mut self,
        model: &Model,
        relation: u32,
        unit: &UnitName,
    ) -> Result<Bag, Refusal> {
        if *unit == self.unit {
            return self.own_unit_bag(model, relation).map(|bag| bag.visible());
        }
        let (Some(bags), Some(known)) =
            (self.relations.get_mut(&relation), self.memory.relations.get_mut(&relation))
        else {
            return Err(Refusal::Denied);
        };
        let cache = if bags.members.contains(unit) { &mut known.unit_bags } else { &mut bags.other_units };
        if let Some(bag) = cache.get(unit) {
            return Ok(bag.clone());
        }
        let bag = access::unit_bag(model, &self.unit, relation, unit)?;
        cache.insert(unit.clone(), bag.clone());
        Ok(bag)
    }

    /// Reads an application's bag: the own one of a leader with what waits to be written, else fixed at its first read
    /// in the hook.
    pub(in crate::hooktools) fn application_bag(
        &mut self,
        model: &Model,
        relation: u32,
        application: &str,
    ) -> Result<Bag, Refusal> {
        if application == self.unit.application().as_str() && self.is_leader(model) {
            return self.own_application_bag(model, relation).map(|bag| bag.visible());
        }
        let bags = self.relations.get_mut(&relation).ok_or(Refusal::Denied)?;
        if let Some(bag) = bags.applications.get(application) {
            return Ok(bag.clone());
        }
        let bag = access::application_bag(model, &self.unit, relation, application)?;
        bags.applications.insert(application.to_owned(), bag.clone());
        Ok(bag)
    }

    /// Sets keys of the unit's own bag aside for the flush; an empty value deletes.
    pub(in crate::hooktools) fn write_unit_bag(
        &mut self,
        model: &Model,
        relation: u32,
        changes: &Bag,
    ) -> Result<(), Refusal> {
        self.own_unit_bag(model, relation)?.write(changes);
        Ok(())
    }

    /// Sets keys of the own application's bag aside for the flush; an empty value deletes. The caller has asked whether
    /// the unit leads.
    pub(in crate::hooktools) fn write_application_bag(
        &mut self,
        model: &Model,
        relation: u32,
        changes: &Bag,
    ) -> Result<(), Refusal> {
        self.own_application_bag(model, relation)?.write(changes);
        Ok(())
    }

    fn own_unit_bag(&mut self, model: &Model, relation: u32) -> Result<&mut OwnBag, Refusal> {
        let bags = self.relations.get_mut(&relation).ok_or(Refusal::Denied)?;
        match &mut bags.own_unit {
            Some(bag) => Ok(bag),
            none => Ok(none.insert(OwnBag::of(access::unit_bag(model, &self.unit, relation, &self.unit)?))),
        }
    }

    fn own_application_bag(&mut self, model: &Model, relation: u32) -> Result<&mut OwnBag, Refusal> {
        let bags = self.relations.get_mut(&relation).ok_or(Refusal::NotLeader)?;
        match &mut bags.own_application {
            Some(bag) => Ok(bag),
            none => Ok(none.insert(OwnBag::of(access::own_application_bag(model, &self.unit, relation)?))),
        }
    }
}
