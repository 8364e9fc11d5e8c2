//! What an agent makes of what it finds.

use super::*;
use crate::controller::secret::Consumer;
use crate::run::RelationHook;
use crate::uniter::fixture::{DB, NOW, memory, model, operation, record, relation_hook, settled, unit};

/// What the record says is to be run after an agent's arrival.
fn check(arrival: Arrival, change: impl FnOnce(&mut Model), expected: Option<&(Hook, Step)>) {
    let mut model = settled();
    change(&mut model);
    assert_eq!(arrive(&mut model, &unit("web/0"), arrival, NOW), None);
    let found = record(&mut model, "web/0").operation.clone();
    assert_eq!(found.map(|operation| (operation.hook, operation.step)), expected.cloned());
}

fn failed(model: &mut Model) {
    record(model, "web/0").operation = Some(operation(Hook::UpdateStatus, Step::Pending));
}

fn queued(model: &mut Model) {
    record(model, "web/0").operation = Some(operation(Hook::LeaderElected, Step::Queued));
}

fn refreshed(model: &mut Model) {
    model.applications.get_mut(&unit("web/0").application()).unwrap().charm_modified_version = 1;
}

#[test]
fn a_new_pod_is_upgraded_unless_a_hook_was_cut_off() {
    use Arrival::{NewPod, SamePod};
    let upgrade = (Hook::UpgradeCharm, Step::Queued);
    check(SamePod, |_| (), None);
    check(NewPod, |_| (), Some(&upgrade));
    check(SamePod, refreshed, Some(&upgrade));
    let cut_off = (Hook::UpdateStatus, Step::Pending);
    check(SamePod, failed, Some(&cut_off));
    check(NewPod, failed, Some(&cut_off));
    check(SamePod, queued, Some(&(Hook::LeaderElected, Step::Queued)));
    check(NewPod, queued, Some(&(Hook::LeaderElected, Step::Pending)));
}

#[test]
fn a_unit_that_was_never_installed_begins_with_install_or_not_at_all() {
    let mut fresh = model();
    assert_eq!(arrive(&mut fresh, &unit("web/0"), Arrival::NewPod, NOW), None);
    assert_eq!(record(&mut fresh, "web/0").operation, Some(operation(Hook::Install, Step::Queued)));
    assert_eq!(fresh.units[&unit("web/0")].workload_status.message, "agent initialising");
    let mut dying = model();
    dying.units.get_mut(&unit("web/0")).unwrap().life = Life::Dying;
    assert_eq!(arrive(&mut dying, &unit("web/0"), Arrival::NewPod, NOW), Some(End::Dead));
    assert_eq!(arrive(&mut dying, &unit("web/9"), Arrival::NewPod, NOW), Some(End::Dead));
}

#[test]
fn a_suspended_relation_is_hidden_from_the_tools_once_its_members_have_departed() {
    let mut model = settled();
    let mut memory = memory(&model, &unit("web/1"));
    model.relations.get_mut(&DB).unwrap().suspended = true;
    assert!(!follow(&mut model, &unit("web/1"), &mut memory, NOW));
    assert!(!memory.tools.relations[&DB].suspended);
    record(&mut model, "web/1").relations.get_mut(&DB).unwrap().members.clear();
    follow(&mut model, &unit("web/1"), &mut memory, NOW);
    assert!(memory.tools.relations[&DB].suspended);
}

#[test]
fn the_record_of_a_broken_relation_goes_with_the_relation() {
    let mut model = settled();
    let mut memory = memory(&model, &unit("web/1"));
    record(&mut model, "web/1").relations.get_mut(&DB).unwrap().broken = true;
    assert!(!follow(&mut model, &unit("web/1"), &mut memory, NOW));
    model.relations.remove(&DB);
    assert!(follow(&mut model, &unit("web/1"), &mut memory, NOW));
    assert!(!record(&mut model, "web/1").relations.contains_key(&DB));
    // A relation that vanished unbroken still owes its hooks.
    assert!(record(&mut model, "web/0").relations.contains_key(&DB));
    assert!(!follow(&mut model, &unit("web/0"), &mut Memory::default(), NOW));
    assert!(record(&mut model, "web/0").relations.contains_key(&DB));
    let departed = relation_hook(RelationHook::Departed, DB, "db/0");
    assert!(matches!(departed, Hook::Relation { relation: DB, .. }));
}

#[test]
fn revisions_become_obsolete_while_the_agent_runs_or_are_never_told() {
    let mut model = settled();
    let name = unit("web/0");
    let id = sidecharm::juju::names::SecretId::parse("csecret0000000000000").unwrap();
    let secret = ModelSecret {
        id: id.clone(),
        owner: SecretOwner::Application(name.application()),
        label: String::new(),
        description: String::new(),
        rotate: String::new(),
        next_rotate: None,
        expire: None,
        revisions: (1..=3)
            .map(|revision| (revision, crate::controller::secret::SecretValues::default()))
            .collect(),
        grants: [].into(),
        consumers: [(unit("db/0"), Consumer { label: String::new(), revision: 2 })].into(),
        auto_prune: false,
        created: None,
        updated: None,
    };
    model.secrets.insert(id.clone(), secret);
    forget_obsolete(&mut model, &name);
    assert_eq!(record(&mut model, "web/0").obsolete_announced, [(id.clone(), 1)].into());
    let mut memory = Memory::default();
    model.secrets.get_mut(&id).unwrap().consumers.get_mut(&unit("db/0")).unwrap().revision = 3;
    follow(&mut model, &name, &mut memory, NOW);
    assert_eq!(memory.obsolete[&(id.clone(), 2)], NOW + OBSOLETE_DELAY);
    follow(&mut model, &name, &mut memory, NOW + OBSOLETE_DELAY);
    assert_eq!(memory.obsolete[&(id.clone(), 2)], NOW + OBSOLETE_DELAY);
    model.secrets.remove(&id);
    follow(&mut model, &name, &mut memory, NOW);
    assert!(memory.obsolete.is_empty());
}
