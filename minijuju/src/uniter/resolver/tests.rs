//! The ranks one by one, each on a settled unit with one thing changed.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, json};
use sidecharm::juju::names::SecretId;

use super::*;
use crate::controller::operate::queue_command;
use crate::controller::secret::{Consumer, ModelSecret, SecretOwner};
use crate::run::{CheckHook, RelationHook, SecretHook, StorageHook};
use crate::uniter::fixture::{
    DB, NOW, PEERS, application, container, memory, model, operation, record, relation_hook, settled,
    storage, unit,
};
use crate::uniter::memory::{Command, WorkloadEvent};

/// A settled unit with something changed, and what its agent does.
fn check(name: &str, change: impl FnOnce(&mut Model, &mut Memory), expected: &Next) {
    let mut model = settled();
    let mut memory = memory(&model, &unit(name));
    change(&mut model, &mut memory);
    assert_eq!(next(&model, &unit(name), &memory, NOW), *expected);
}

fn nothing(_: &mut Model, _: &mut Memory) {}

fn dying(model: &mut Model, name: &str) {
    model.units.get_mut(&unit(name)).unwrap().life = Life::Dying;
}

fn notice() -> Hook {
    Hook::PebbleCustomNotice { container: container(), id: "1".to_owned(), key: "a.b/c".to_owned() }
}

fn event(memory: &mut Memory, hook: Hook) {
    memory.workload_events.push_back(WorkloadEvent { number: 0, hook });
}

fn told(hook: Hook) -> Next {
    Next::Run(Chosen { run: Run::Hook(hook), source: Source::WorkloadEvent })
}

fn secret_hook(kind: SecretHook, label: &str, revision: Option<u32>) -> Next {
    let secret = secret_id();
    hook(Hook::Secret { kind, secret, label: label.to_owned(), revision })
}

fn secret_id() -> SecretId {
    SecretId::parse("csecret0000000000000").unwrap()
}

/// `web`'s secret with two revisions; `web/0` and `db/0` track the second.
fn add_secret(model: &mut Model) {
    let consumer = |label: &str| Consumer { label: label.to_owned(), revision: 2 };
    let secret = ModelSecret {
        id: secret_id(),
        owner: SecretOwner::Application(application("web")),
        label: "own".to_owned(),
        description: String::new(),
        rotate: "hourly".to_owned(),
        next_rotate: None,
        expire: None,
        revisions: [
            (1, crate::controller::secret::SecretValues::default()),
            (2, crate::controller::secret::SecretValues::default()),
        ]
        .into(),
        grants: BTreeSet::new(),
        consumers: [(unit("web/0"), consumer("")), (unit("db/0"), consumer("theirs"))].into(),
        auto_prune: false,
        created: None,
        updated: None,
    };
    model.secrets.insert(secret_id(), secret);
    for name in ["web/0", "db/0"] {
        record(model, name).secret_revisions.insert(secret_id(), 2);
    }
}

#[test]
fn a_settled_unit_waits() {
    for name in ["web/0", "web/1", "web/2", "db/0", "db/1"] {
        check(name, nothing, &Next::Wait);
    }
}

#[test]
fn a_unit_that_is_gone_ends_its_agent() {
    check("web/0", |model, _| drop(model.units.remove(&unit("web/0"))), &Next::End(End::Dead));
    check("web/0", |model, _| record(model, "web/0").removed = true, &Next::End(End::Dead));
}

#[test]
fn start_comes_first_after_a_restart_but_behind_a_failed_hook_and_not_before_the_first_start() {
    let restarted = |_: &mut Model, memory: &mut Memory| {
        memory.start_owed = true;
        event(memory, notice());
    };
    check("web/0", restarted, &hook(Hook::Start));
    let failed = |model: &mut Model, memory: &mut Memory| {
        memory.start_owed = true;
        memory.retry_due = true;
        record(model, "web/0").operation = Some(operation(Hook::ConfigChanged, Step::Pending));
    };
    check("web/0", failed, &hook(Hook::ConfigChanged));
    let first = |model: &mut Model, memory: &mut Memory| {
        memory.start_owed = true;
        record(model, "web/0").started = false;
        record(model, "web/0").operation = Some(operation(Hook::Start, Step::Queued));
    };
    check("web/0", first, &hook(Hook::Start));
}

#[test]
fn a_fresh_unit_installs_then_enters_scopes_then_hears_of_relations_and_leadership() {
    let mut model = model();
    let name = unit("web/0");
    let mut memory = Memory::default();
    let choose = |model: &Model, memory: &Memory| next(model, &name, memory, NOW);
    record(&mut model, "web/0").operation = Some(operation(Hook::Install, Step::Queued));
    assert_eq!(choose(&model, &memory), hook(Hook::Install));
    record(&mut model, "web/0").operation = None;
    record(&mut model, "web/0").installed = true;
    for number in [PEERS, DB] {
        assert_eq!(choose(&model, &memory), Next::EnterScope(number));
        crate::uniter::operation::enter_scope(&mut model, &name, &mut memory, number, NOW);
    }
    let created = choose(&model, &memory);
    let expected = [(PEERS, "web"), (DB, "db")]
        .map(|(number, remote)| hook(relation_hook(RelationHook::Created, number, remote)));
    assert!(expected.contains(&created), "{created:?}");
    for known in record(&mut model, "web/0").relations.values_mut() {
        known.created = true;
    }
    assert_eq!(choose(&model, &memory), hook(Hook::LeaderSettingsChanged));
    memory.leader = true;
    assert_eq!(choose(&model, &memory), Next::AcceptLeadership);
    record(&mut model, "web/0").leader = true;
    let attached = Hook::Storage { kind: StorageHook::Attached, storage: storage("data/0") };
    assert_eq!(choose(&model, &memory), hook(attached));
    record(&mut model, "web/0").storage_attached.insert(storage("data/0"));
    assert_eq!(choose(&model, &memory), hook(Hook::ConfigChanged));
}

#[test]
fn leadership_is_accepted_and_resigned_and_its_hook_told_where_nothing_is_in_progress() {
    check("web/1", |_, memory| memory.leader = true, &Next::AcceptLeadership);
    let failed = |model: &mut Model, memory: &mut Memory| {
        memory.leader = true;
        record(model, "web/1").operation = Some(operation(Hook::ConfigChanged, Step::Pending));
    };
    check("web/1", failed, &Next::Wait);
    check("web/0", |_, memory| memory.leader = false, &Next::ResignLeadership);
    check("web/0", |model, _| dying(model, "web/0"), &Next::ResignLeadership);
    let newer = |model: &mut Model, _: &mut Memory| {
        model.applications.get_mut(&application("web")).unwrap().leadership.settings_version = 1;
    };
    check("web/0", newer, &Next::Wait);
    check("web/1", newer, &hook(Hook::LeaderSettingsChanged));
    let four = |model: &mut Model, memory: &mut Memory| {
        newer(model, memory);
        model.settings.agent_version = "4.0.1".to_owned();
    };
    check("web/1", four, &Next::Wait);
}

#[test]
fn workload_events_come_in_their_order_and_wait_for_the_end_of_an_error() {
    let two = |_: &mut Model, memory: &mut Memory| {
        event(memory, notice());
        event(memory, Hook::PebbleReady { container: container() });
    };
    check("web/0", two, &told(notice()));
    let failed = |model: &mut Model, memory: &mut Memory| {
        two(model, memory);
        record(model, "web/0").operation = Some(operation(Hook::ConfigChanged, Step::Pending));
    };
    check("web/0", failed, &Next::Wait);
    let check_failed =
        Hook::PebbleCheck { container: container(), kind: CheckHook::Failed, check: "up".to_owned() };
    let gone = |model: &mut Model, memory: &mut Memory| {
        event(memory, check_failed.clone());
        dying(model, "web/1");
    };
    check("web/1", gone, &told(check_failed.clone()));
}

#[test]
fn secrets_are_told_to_owner_and_readers() {
    let newer = |model: &mut Model, _: &mut Memory| {
        add_secret(model);
        model
            .secrets
            .get_mut(&secret_id())
            .unwrap()
            .revisions
            .insert(3, crate::controller::secret::SecretValues::default());
    };
    check("web/0", newer, &secret_hook(SecretHook::Changed, "own", None));
    check("db/0", newer, &secret_hook(SecretHook::Changed, "theirs", None));
    check("db/1", newer, &Next::Wait);
    let rotate = |model: &mut Model, _: &mut Memory| {
        add_secret(model);
        model.secrets.get_mut(&secret_id()).unwrap().next_rotate = Some(NOW);
    };
    check("web/0", rotate, &secret_hook(SecretHook::Rotate, "own", None));
    check("web/1", rotate, &Next::Wait);
    let expired = |model: &mut Model, memory: &mut Memory| {
        rotate(model, memory);
        model.secrets.get_mut(&secret_id()).unwrap().expire = Some(NOW);
    };
    check("web/0", expired, &secret_hook(SecretHook::Expired, "own", Some(2)));
}

#[test]
fn an_obsolete_revision_is_told_once_and_a_second_late() {
    let obsolete = |due| {
        move |model: &mut Model, memory: &mut Memory| {
            add_secret(model);
            memory.obsolete.insert((secret_id(), 1), due);
        }
    };
    check("web/0", obsolete(NOW + OBSOLETE_DELAY), &Next::Wait);
    check("web/0", obsolete(NOW), &secret_hook(SecretHook::Remove, "own", Some(1)));
    let told = |model: &mut Model, memory: &mut Memory| {
        obsolete(NOW)(model, memory);
        record(model, "web/0").obsolete_announced.insert((secret_id(), 1));
    };
    check("web/0", told, &Next::Wait);
}

#[test]
fn the_next_secret_hook_that_is_a_matter_of_time_is_known() {
    let mut model = settled();
    let mut memory = memory(&model, &unit("web/0"));
    assert_eq!(next_due(&model, &memory, NOW), None);
    add_secret(&mut model);
    let later = NOW + time::Duration::minutes(5);
    model.secrets.get_mut(&secret_id()).unwrap().next_rotate = Some(later);
    assert_eq!(next_due(&model, &memory, NOW), Some(later));
    memory.obsolete.insert((secret_id(), 1), NOW + OBSOLETE_DELAY);
    assert_eq!(next_due(&model, &memory, NOW), Some(NOW + OBSOLETE_DELAY));
    assert_eq!(next_due(&model, &memory, later), None);
}

#[test]
fn actions_and_commands_run_also_in_error_but_not_while_a_hook_is_queued() {
    let exec = Run::Exec { action: Some(1), command: "id".to_owned(), relation: None, remote_unit: None };
    let act = |step: Option<Step>| {
        move |model: &mut Model, _: &mut Memory| {
            queue_command(model, &unit("web/0"), "id").unwrap();
            record(model, "web/0").operation = step.map(|step| operation(Hook::ConfigChanged, step));
        }
    };
    let chosen = Next::Run(Chosen { run: exec, source: Source::Model });
    check("web/0", act(None), &chosen);
    check("web/0", act(Some(Step::Pending)), &chosen);
    check("web/0", act(Some(Step::Queued)), &hook(Hook::ConfigChanged));
    let run = Run::Exec { action: None, command: "id".to_owned(), relation: None, remote_unit: None };
    let command = |model: &mut Model, memory: &mut Memory| {
        memory.commands.push_back(Command { number: 0, run: run.clone() });
        record(model, "web/0").operation = Some(operation(Hook::ConfigChanged, Step::Queued));
    };
    check("web/0", command, &Next::Run(Chosen { run: run.clone(), source: Source::Command }));
}

#[test]
fn an_action_cut_off_or_cancelled_is_abandoned() {
    let status = |status: ActionStatus, cancelled: bool| {
        move |model: &mut Model, _: &mut Memory| {
            let id = queue_command(model, &unit("web/0"), "id").unwrap();
            let action = model.actions.get_mut(&id).unwrap();
            action.status = status;
            action.cancelled = cancelled;
            action.parameters = Map::from_iter([("command".to_owned(), json!("id"))]);
        }
    };
    check("web/0", status(ActionStatus::Running, false), &Next::AbandonAction(1));
    check("web/0", status(ActionStatus::Pending, true), &Next::AbandonAction(1));
    check("web/0", status(ActionStatus::Completed, false), &Next::Wait);
}

#[test]
fn storage_is_attached_when_it_is_there_and_detached_by_a_unit_that_goes() {
    let attached = hook(Hook::Storage { kind: StorageHook::Attached, storage: storage("data/1") });
    let forget = |provisioned: bool| {
        move |model: &mut Model, _: &mut Memory| {
            record(model, "web/1").storage_attached.clear();
            model.storage.get_mut(&storage("data/1")).unwrap().provisioned = provisioned;
        }
    };
    check("web/1", forget(true), &attached);
    check("web/1", forget(false), &Next::Wait);
    let detaching = hook(Hook::Storage { kind: StorageHook::Detaching, storage: storage("data/1") });
    check("web/1", |model, _| dying(model, "web/1"), &detaching);
    let queued = |model: &mut Model, memory: &mut Memory| {
        forget(true)(model, memory);
        record(model, "web/1").operation = Some(operation(Hook::LeaderElected, Step::Queued));
    };
    check("web/1", queued, &attached);
    let unstarted = |model: &mut Model, memory: &mut Memory| {
        queued(model, memory);
        record(model, "web/1").started = false;
    };
    check("web/1", unstarted, &hook(Hook::LeaderElected));
}

#[test]
fn a_failed_hook_waits_for_its_retry_or_the_operator() {
    let failed = |memory: fn(&mut Memory)| {
        move |model: &mut Model, state: &mut Memory| {
            record(model, "web/0").operation = Some(operation(Hook::UpdateStatus, Step::Pending));
            memory(state);
        }
    };
    check("web/0", failed(|_| ()), &Next::Wait);
    check("web/0", failed(|memory| memory.retry_due = true), &hook(Hook::UpdateStatus));
    check("web/0", failed(|memory| memory.resolution = Some(Resolution::Retry)), &hook(Hook::UpdateStatus));
    check(
        "web/0",
        failed(|memory| memory.resolution = Some(Resolution::Skip)),
        &Next::Skip(Hook::UpdateStatus),
    );
    check("web/0", failed(|memory| memory.shutdown = true), &hook(Hook::Stop));
    let done = |model: &mut Model, _: &mut Memory| {
        record(model, "web/0").operation = Some(operation(Hook::UpdateStatus, Step::Done));
    };
    check("web/0", done, &Next::Skip(Hook::UpdateStatus));
}

#[test]
fn a_pod_that_ends_gets_stop_if_its_unit_was_started() {
    check("web/0", |_, memory| memory.shutdown = true, &hook(Hook::Stop));
    let stopped = |model: &mut Model, memory: &mut Memory| {
        memory.shutdown = true;
        record(model, "web/0").stopped = true;
    };
    check("web/0", stopped, &Next::End(End::Shutdown));
    let unstarted = |model: &mut Model, memory: &mut Memory| {
        memory.shutdown = true;
        record(model, "web/0").started = false;
        record(model, "web/0").operation = Some(operation(Hook::LeaderElected, Step::Queued));
    };
    check("web/0", unstarted, &Next::End(End::Shutdown));
}

#[test]
fn config_changed_comes_for_options_trust_and_the_services_address_but_not_for_the_pods() {
    let web = |change: fn(&mut Application)| {
        move |model: &mut Model, _: &mut Memory| {
            change(model.applications.get_mut(&application("web")).unwrap());
        }
    };
    let changed = hook(Hook::ConfigChanged);
    check("web/0", web(|web| drop(web.options.insert("port".to_owned(), json!(81)))), &changed);
    check("web/0", web(|web| web.trust = true), &changed);
    check("web/0", web(|web| web.service_address = None), &changed);
    check("web/0", web(|web| web.charm_url = "local:x-1".to_owned()), &Next::Wait);
    let address = |model: &mut Model, _: &mut Memory| {
        model.units.get_mut(&unit("web/0")).unwrap().address = Some([10, 0, 0, 9].into());
    };
    check("web/0", address, &Next::Wait);
}

#[test]
fn update_status_comes_last() {
    check("web/0", |_, memory| memory.ticks.fired = 2, &hook(Hook::UpdateStatus));
    let absorbed = |_: &mut Model, memory: &mut Memory| {
        memory.ticks.fired = 2;
        memory.ticks.absorbed = 2;
    };
    check("web/0", absorbed, &Next::Wait);
}

#[test]
fn a_relation_owes_its_hooks_in_juju_s_order() {
    use RelationHook::{Changed, Joined};
    let changed = |model: &mut Model, _: &mut Memory| {
        let side = model.relations.get_mut(&DB).unwrap().side_mut(&application("db")).unwrap();
        side.units.get_mut(&unit("db/1")).unwrap().bag.version += 1;
    };
    check("web/1", changed, &hook(relation_hook(Changed, DB, "db/1")));
    let joined = |model: &mut Model, memory: &mut Memory| {
        changed(model, memory);
        record(model, "web/1").relations.get_mut(&DB).unwrap().members.remove(&unit("db/0"));
    };
    check("web/1", joined, &hook(relation_hook(Joined, DB, "db/0")));
    let told = |model: &mut Model, memory: &mut Memory| {
        joined(model, memory);
        model.relations.get_mut(&DB).unwrap().side_mut(&application("db")).unwrap().bag.version = 1;
    };
    check("web/1", told, &hook(relation_hook(Changed, DB, "db")));
    let departed = |model: &mut Model, memory: &mut Memory| {
        told(model, memory);
        let side = model.relations.get_mut(&DB).unwrap().side_mut(&application("db")).unwrap();
        side.units.get_mut(&unit("db/1")).unwrap().in_scope = false;
    };
    check("web/1", departed, &hook(departed_hook(DB, "db/1", "db/1")));
    let owed = |model: &mut Model, memory: &mut Memory| {
        departed(model, memory);
        record(model, "web/1").relations.get_mut(&DB).unwrap().changed_pending = Some(unit("db/1"));
    };
    check("web/1", owed, &hook(relation_hook(Changed, DB, "db/1")));
}

fn departed_hook(relation: u32, gone: &str, departing: &str) -> Hook {
    let Hook::Relation { kind, relation, remote_application, remote_unit, .. } =
        relation_hook(RelationHook::Departed, relation, gone)
    else {
        unreachable!()
    };
    Hook::Relation { kind, relation, remote_application, remote_unit, departing_unit: Some(unit(departing)) }
}

#[test]
fn a_leader_is_told_of_its_own_applications_peer_bag() {
    let write = |model: &mut Model, _: &mut Memory| {
        model.relations.get_mut(&PEERS).unwrap().side_mut(&application("web")).unwrap().bag.version = 3;
    };
    check("web/0", write, &hook(relation_hook(RelationHook::Changed, PEERS, "web")));
}

#[test]
fn the_departing_unit_is_the_one_that_goes() {
    let removed = |model: &mut Model, _: &mut Memory| {
        model.relations.get_mut(&DB).unwrap().life = Life::Dying;
    };
    check("web/1", removed, &hook(departed_hook(DB, "db/0", "db/0")));
    let suspended = |model: &mut Model, _: &mut Memory| {
        model.relations.get_mut(&DB).unwrap().suspended = true;
    };
    check("web/1", suspended, &hook(departed_hook(DB, "db/0", "db/0")));
    let application_goes = |model: &mut Model, memory: &mut Memory| {
        removed(model, memory);
        model.applications.get_mut(&application("web")).unwrap().life = Life::Dying;
    };
    check("web/1", application_goes, &hook(departed_hook(DB, "db/0", "web/1")));
    let forgotten = |model: &mut Model, _: &mut Memory| drop(model.relations.remove(&DB));
    check("web/1", forgotten, &hook(departed_hook(DB, "db/0", "db/0")));
}

/// `db/1` of a dying unit's or removed relation's members, all departed.
fn without_members(model: &mut Model, number: u32) {
    record(model, "web/1").relations.get_mut(&number).unwrap().members.clear();
}

#[test]
fn broken_names_the_application_only_until_the_agent_restarts() {
    let removed = |model: &mut Model, _: &mut Memory| {
        model.relations.get_mut(&DB).unwrap().life = Life::Dying;
        without_members(model, DB);
    };
    check("web/1", removed, &hook(relation_hook(RelationHook::Broken, DB, "db")));
    let restarted = |model: &mut Model, memory: &mut Memory| {
        removed(model, memory);
        memory.fresh_relations.clear();
    };
    check("web/1", restarted, &hook(relation_hook(RelationHook::Broken, DB, "")));
}

#[test]
fn a_dying_unit_departs_everywhere_then_stops_and_is_removed() {
    let mut model = settled();
    dying(&mut model, "web/1");
    record(&mut model, "web/1").storage_attached.clear();
    let mut memory = memory(&model, &unit("web/1"));
    let choose = |model: &Model, memory: &Memory| next(model, &unit("web/1"), memory, NOW);
    let Next::Run(Chosen { run: Run::Hook(Hook::Relation { kind, departing_unit, .. }), .. }) =
        choose(&model, &memory)
    else {
        panic!()
    };
    assert_eq!((kind, departing_unit), (RelationHook::Departed, Some(unit("web/1"))));
    without_members(&mut model, PEERS);
    without_members(&mut model, DB);
    assert_eq!(choose(&model, &memory), hook(relation_hook(RelationHook::Broken, DB, "db")));
    memory.tools.relations.remove(&DB);
    // Peers break only after a restart of the agent.
    assert_eq!(choose(&model, &memory), hook(Hook::Stop));
    memory.fresh_relations.clear();
    assert_eq!(choose(&model, &memory), hook(relation_hook(RelationHook::Broken, PEERS, "")));
    memory.tools.relations.remove(&PEERS);
    record(&mut model, "web/1").stopped = true;
    assert_eq!(choose(&model, &memory), hook(Hook::Remove));
    record(&mut model, "web/1").installed = false;
    assert_eq!(choose(&model, &memory), Next::End(End::Dead));
}

#[test]
fn a_resumed_relation_is_entered_again() {
    let resumed = |model: &mut Model, memory: &mut Memory| {
        let known = record(model, "web/1").relations.get_mut(&DB).unwrap();
        known.broken = true;
        known.members.clear();
        memory.tools.relations.remove(&DB);
    };
    check("web/1", resumed, &Next::EnterScope(DB));
    let still_suspended = |model: &mut Model, memory: &mut Memory| {
        resumed(model, memory);
        model.relations.get_mut(&DB).unwrap().suspended = true;
    };
    check("web/1", still_suspended, &Next::Wait);
}

#[test]
fn units_come_in_the_order_of_their_texts() {
    let many = |model: &mut Model, _: &mut Memory| {
        let side = model.relations.get_mut(&DB).unwrap().side_mut(&application("db")).unwrap();
        for number in [2, 10] {
            let mut scope = side.units[&unit("db/1")].clone();
            scope.bag.version = 1;
            side.units.insert(UnitName::new(&application("db"), number), scope);
        }
    };
    check("web/1", many, &hook(relation_hook(RelationHook::Joined, DB, "db/10")));
}

#[test]
fn the_order_between_relations_is_a_matter_of_chance_that_a_seed_repeats() {
    let mut model = settled();
    model.relations.get_mut(&DB).unwrap().side_mut(&application("db")).unwrap().bag.version = 1;
    model.relations.get_mut(&PEERS).unwrap().side_mut(&application("web")).unwrap().bag.version = 1;
    let choose = |seed| {
        let mut memory = memory(&model, &unit("web/1"));
        memory.chance.seed = seed;
        next(&model, &unit("web/1"), &memory, NOW)
    };
    let first: Vec<Next> = (0..32).map(choose).collect();
    assert_eq!(first, (0..32).map(choose).collect::<Vec<_>>());
    for relation in [
        hook(relation_hook(RelationHook::Changed, DB, "db")),
        hook(relation_hook(RelationHook::Changed, PEERS, "web")),
    ] {
        assert!(first.contains(&relation));
    }
}

proptest! {
    /// A unit that lives and whose pod stays never ends its agent; one that is dead or removed always does.
    #[test]
    fn only_the_end_of_a_unit_or_its_pod_ends_an_agent(
        flags in any::<[bool; 6]>(),
        life in 0..3_usize,
        step in 0..4_usize,
        shutdown in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut model = settled();
        let mut memory = memory(&model, &unit("web/1"));
        memory.shutdown = shutdown;
        memory.chance.seed = seed;
        let life = [Life::Alive, Life::Dying, Life::Dead][life];
        model.units.get_mut(&unit("web/1")).unwrap().life = life;
        let own = record(&mut model, "web/1");
        let [installed, started, stopped, removed, leader, forgets] = flags;
        (own.installed, own.started, own.stopped, own.removed, own.leader) =
            (installed, started, stopped, removed, leader);
        own.operation = [None, Some(Step::Queued), Some(Step::Pending), Some(Step::Done)][step]
            .map(|step| operation(Hook::ConfigChanged, step));
        if forgets {
            own.relations.clear();
            memory.tools.relations.clear();
        }
        let chosen = next(&model, &unit("web/1"), &memory, NOW);
        prop_assert_eq!(&chosen, &next(&model, &unit("web/1"), &memory, NOW));
        if life == Life::Dead || removed {
            prop_assert_eq!(&chosen, &Next::End(End::Dead));
        } else if life == Life::Alive {
            prop_assert_ne!(&chosen, &Next::End(End::Dead));
            prop_assert!(shutdown || chosen != Next::End(End::Shutdown));
        } else {
            prop_assert_ne!(&chosen, &Next::End(End::Shutdown));
        }
    }
}
