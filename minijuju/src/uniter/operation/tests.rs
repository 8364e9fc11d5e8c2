//! What operations leave in the model, each on a settled unit.

use serde_json::json;
use time::Duration;

use super::*;
use crate::controller::life::Life;
use crate::controller::operate::queue_command;
use crate::controller::secret::ModelSecret;
use crate::controller::unit::{AgentRecord, RelationRecord};
use crate::run::StorageHook;
use crate::uniter::fixture::{
    DB, NOW, application, container, memory, operation, record, relation_hook, settled, storage, unit,
};
use crate::uniter::outcome::not_run;
use crate::uniter::resolver::Source;

/// The settled model and the memory of `web/1`.
fn start() -> (Model, Memory) {
    let model = settled();
    let memory = memory(&model, &unit("web/1"));
    (model, memory)
}

fn chosen(hook: Hook) -> Chosen {
    let source = if hook.is_workload() { Source::WorkloadEvent } else { Source::Model };
    Chosen { run: Run::Hook(hook), source }
}

fn begin_hook(model: &mut Model, memory: &mut Memory, hook: Hook) -> Begun {
    let name = hook.kind();
    match begin(model, &unit("web/1"), memory, chosen(hook), name, NOW) {
        Start::Begun(begun) => *begun,
        Start::Dropped => panic!("{name} was dropped"),
    }
}

/// Begins and commits a hook of `web/1`.
fn run(model: &mut Model, memory: &mut Memory, hook: Hook) {
    let begun = begin_hook(model, memory, hook);
    commit(model, &unit("web/1"), memory, &begun, Ran::Yes, NOW);
}

fn statuses(model: &Model) -> [String; 2] {
    let unit = &model.units[&unit("web/1")];
    [&unit.agent_status, &unit.workload_status].map(|status| format!("{}: {}", status.status, status.message))
}

fn queued(own: &AgentRecord) -> Option<(Hook, Step)> {
    own.operation.as_ref().map(|queued| (queued.hook.clone(), queued.step))
}

#[test]
fn each_hook_leaves_its_mark() {
    let check = |hook: Hook, prepare: fn(&mut AgentRecord), mark: fn(&AgentRecord) -> bool| {
        let (mut model, mut memory) = start();
        prepare(record(&mut model, "web/1"));
        let name = hook.kind();
        run(&mut model, &mut memory, hook);
        assert!(mark(record(&mut model, "web/1")), "{name}");
    };
    check(Hook::Install, |own| own.installed = false, |own| own.installed && own.operation.is_none());
    check(Hook::Start, |own| (own.started, own.stopped) = (false, true), |own| own.started && !own.stopped);
    check(Hook::Stop, |_| (), |own| own.stopped && own.started);
    check(Hook::Remove, |_| (), |own| own.removed);
    check(Hook::UpgradeCharm, |_| (), |own| queued(own) == Some((Hook::ConfigChanged, Step::Queued)));
    check(
        Hook::ConfigChanged,
        |own| own.started = false,
        |own| queued(own) == Some((Hook::Start, Step::Queued)),
    );
    check(
        Hook::ConfigChanged,
        |own| own.config_hash = None,
        |own| own.config_hash.is_some() && own.operation.is_none(),
    );
    let storage_hook = |kind| Hook::Storage { kind, storage: storage("data/1") };
    check(
        storage_hook(StorageHook::Attached),
        |own| own.storage_attached.clear(),
        |own| own.storage_attached.len() == 1,
    );
    check(storage_hook(StorageHook::Detaching), |_| (), |own| own.storage_attached.is_empty());
}

#[test]
fn a_relations_hooks_move_its_record_on() {
    let (mut model, mut memory) = start();
    record(&mut model, "web/1").relations.insert(DB, RelationRecord::default());
    let known = |model: &mut Model| record(model, "web/1").relations[&DB].clone();
    run(&mut model, &mut memory, relation_hook(RelationHook::Created, DB, "db"));
    assert!(known(&mut model).created);
    run(&mut model, &mut memory, relation_hook(RelationHook::Joined, DB, "db/1"));
    assert_eq!((known(&mut model).members.len(), known(&mut model).changed_pending), (1, Some(unit("db/1"))));
    run(&mut model, &mut memory, relation_hook(RelationHook::Changed, DB, "db/1"));
    assert_eq!((known(&mut model).members[&unit("db/1")], known(&mut model).changed_pending), (1, None));
    model.relations.get_mut(&DB).unwrap().side_mut(&application("db")).unwrap().bag.version = 7;
    run(&mut model, &mut memory, relation_hook(RelationHook::Changed, DB, "db"));
    assert_eq!(known(&mut model).application_versions["db"], 7);
    run(&mut model, &mut memory, relation_hook(RelationHook::Departed, DB, "db/1"));
    assert!(known(&mut model).members.is_empty());
    run(&mut model, &mut memory, relation_hook(RelationHook::Broken, DB, "db"));
    assert!(
        known(&mut model).broken
            && known(&mut model).created
            && known(&mut model).application_versions.is_empty()
    );
    assert!(!memory.tools.relations.contains_key(&DB) && !memory.fresh_relations.contains(&DB));
    let scope = &model.relations[&DB].side(&application("web")).unwrap().units[&unit("web/1")];
    assert!(!scope.in_scope);
}

#[test]
fn what_changes_while_a_hook_runs_or_fails_is_told_by_another_one() {
    let (mut model, mut memory) = start();
    let changed = relation_hook(RelationHook::Changed, DB, "db/1");
    let version = |model: &mut Model, version| {
        let side = model.relations.get_mut(&DB).unwrap().side_mut(&application("db")).unwrap();
        side.units.get_mut(&unit("db/1")).unwrap().bag.version = version;
    };
    version(&mut model, 5);
    let begun = begin_hook(&mut model, &mut memory, changed.clone());
    fail(&mut model, &unit("web/1"), &begun, Failure::Error);
    version(&mut model, 6);
    // The retry, and a change during it.
    let begun = begin_hook(&mut model, &mut memory, changed);
    version(&mut model, 7);
    commit(&mut model, &unit("web/1"), &mut memory, &begun, Ran::Yes, NOW);
    assert_eq!(record(&mut model, "web/1").relations[&DB].members[&unit("db/1")], 5);

    let web = application("web");
    let port = |model: &mut Model, port: u16| {
        model.applications.get_mut(&web).unwrap().options.insert("port".to_owned(), json!(port));
        Hashes::of(&model.applications[&web])
    };
    let seen = port(&mut model, 81);
    let begun = begin_hook(&mut model, &mut memory, Hook::ConfigChanged);
    port(&mut model, 82);
    commit(&mut model, &unit("web/1"), &mut memory, &begun, Ran::Yes, NOW);
    assert_eq!(Hashes::recorded(record(&mut model, "web/1")), seen);
}

#[test]
fn a_skip_records_the_newest_options_and_sets_no_status() {
    let (mut model, mut memory) = start();
    memory.resolution = Some(crate::uniter::memory::Resolution::Skip);
    model.applications.get_mut(&application("web")).unwrap().trust = true;
    record(&mut model, "web/1").operation = Some(operation(Hook::ConfigChanged, Step::Pending));
    let before = statuses(&model);
    skip(&mut model, &unit("web/1"), &mut memory, chosen(Hook::ConfigChanged), NOW);
    let newest = Hashes::of(&model.applications[&application("web")]);
    assert_eq!(Hashes::recorded(record(&mut model, "web/1")), newest);
    assert_eq!((statuses(&model), memory.resolution), (before, None));
    assert_eq!(record(&mut model, "web/1").operation, None);
}

#[test]
fn a_failed_hook_stays_and_a_killed_one_is_queued_and_a_workloads_is_forgotten() {
    let check = |hook: Hook, failure: Failure, expected: Option<Step>| {
        let (mut model, mut memory) = start();
        let begun = begin_hook(&mut model, &mut memory, hook);
        fail(&mut model, &unit("web/1"), &begun, failure);
        let left = record(&mut model, "web/1").operation.as_ref().map(|operation| operation.step);
        assert_eq!(left, expected);
    };
    check(Hook::ConfigChanged, Failure::Error, Some(Step::Pending));
    check(Hook::ConfigChanged, Failure::Terminated, Some(Step::Queued));
    let ready = || Hook::PebbleReady { container: container() };
    check(ready(), Failure::Error, None);
    check(ready(), Failure::Terminated, None);
}

#[test]
fn the_agents_statuses_are_those_of_juju() {
    let check = |hook: Hook, name: &str, status_set: bool, during: [&str; 2], after: [&str; 2]| {
        let (mut model, mut memory) = start();
        record(&mut model, "web/1").status_set = status_set;
        let chosen = chosen(hook);
        let Start::Begun(begun) = begin(&mut model, &unit("web/1"), &mut memory, chosen, name, NOW) else {
            panic!("{name} was dropped");
        };
        assert_eq!(statuses(&model), during);
        commit(&mut model, &unit("web/1"), &mut memory, &begun, Ran::Yes, NOW);
        record(&mut model, "web/1").operation = None;
        assert!(settle(&mut model, &unit("web/1"), NOW));
        assert_eq!(statuses(&model), after);
        assert!(!settle(&mut model, &unit("web/1"), NOW));
    };
    let waiting = "waiting: installing agent";
    let installing = "maintenance: installing charm software";
    check(
        Hook::Install,
        "install",
        false,
        ["executing: running install hook", installing],
        ["idle: ", installing],
    );
    check(Hook::Install, "install", true, ["executing: running install hook", waiting], ["idle: ", waiting]);
    let starting = "executing: running start hook";
    check(Hook::Start, "start", false, [starting, waiting], ["idle: ", "unknown: "]);
    check(Hook::Start, "start", true, [starting, waiting], ["idle: ", waiting]);
    let stopping = ["executing: running stop hook", "maintenance: stopping charm software"];
    check(Hook::Stop, "stop", true, stopping, ["idle: ", "maintenance: "]);
    let removing = ["executing: running remove hook", "maintenance: cleaning up prior to charm deletion"];
    check(Hook::Remove, "remove", true, removing, ["idle: ", "terminated: "]);
    check(Hook::UpdateStatus, "update-status", true, ["allocating: ", waiting], ["idle: ", waiting]);
    let joined = relation_hook(RelationHook::Joined, DB, "db/1");
    let joining = "executing: running db-relation-joined hook for db/1";
    check(joined, "db-relation-joined", true, [joining, waiting], ["idle: ", waiting]);
}

#[test]
fn a_failed_hook_is_named_in_full_only_if_it_is_a_relations() {
    let check = |hook: Hook, message: &str, data: serde_json::Value| {
        let (mut model, _) = start();
        record(&mut model, "web/1").operation = Some(operation(hook, Step::Pending));
        settle(&mut model, &unit("web/1"), NOW);
        let status = &model.units[&unit("web/1")].agent_status;
        assert_eq!((status.status.as_str(), status.message.as_str()), ("error", message));
        assert_eq!(json!(status.data), data);
    };
    check(Hook::Install, "hook failed: \"install\"", json!({"hook": "install"}));
    let attached = Hook::Storage { kind: StorageHook::Attached, storage: storage("data/1") };
    check(attached, "hook failed: \"storage-attached\"", json!({"hook": "storage-attached"}));
    check(
        relation_hook(RelationHook::Changed, DB, "db/1"),
        "hook failed: \"db-relation-changed\"",
        json!({"hook": "db-relation-changed", "relation-id": "1", "remote-unit": "db/1"}),
    );
}

#[test]
fn a_hook_of_a_leader_that_leads_no_more_is_dropped() {
    let (mut model, mut memory) = start();
    record(&mut model, "web/1").operation = Some(operation(Hook::LeaderElected, Step::Queued));
    let start =
        begin(&mut model, &unit("web/1"), &mut memory, chosen(Hook::LeaderElected), "leader-elected", NOW);
    assert_eq!(start, Start::Dropped);
    assert_eq!(record(&mut model, "web/1").operation, None);
}

#[test]
fn a_hook_absorbs_the_ticks_before_it_and_no_later_ones() {
    let (mut model, mut memory) = start();
    memory.ticks = Ticks { fired: 2, absorbed: 0 };
    let begun = begin_hook(&mut model, &mut memory, Hook::ConfigChanged);
    memory.ticks.fired += 1;
    commit(&mut model, &unit("web/1"), &mut memory, &begun, Ran::Yes, NOW);
    assert_eq!(memory.ticks, Ticks { fired: 3, absorbed: 2 });
}

#[test]
fn a_status_counts_as_set_only_by_a_hook_that_ended_well() {
    let (mut model, mut memory) = start();
    record(&mut model, "web/1").status_set = false;
    let begun = begin_hook(&mut model, &mut memory, Hook::ConfigChanged);
    record(&mut model, "web/1").status_set = true;
    fail(&mut model, &unit("web/1"), &begun, Failure::Error);
    assert!(!record(&mut model, "web/1").status_set);
    let begun = begin_hook(&mut model, &mut memory, Hook::ConfigChanged);
    record(&mut model, "web/1").status_set = true;
    commit(&mut model, &unit("web/1"), &mut memory, &begun, Ran::Yes, NOW);
    assert!(record(&mut model, "web/1").status_set);
}

#[test]
fn an_action_is_running_until_it_is_finished() {
    let (mut model, mut memory) = start();
    let name = unit("web/1");
    let id = queue_command(&mut model, &name, "id").unwrap();
    let run = Run::Exec { action: Some(id), command: "id".to_owned(), relation: None, remote_unit: None };
    let chosen = Chosen { run, source: Source::Model };
    let Start::Begun(begun) = begin(&mut model, &name, &mut memory, chosen, "juju-exec", NOW) else {
        panic!()
    };
    assert_eq!(model.actions[&id].status, ActionStatus::Running);
    assert_eq!(statuses(&model)[0], "executing: running action juju-exec");
    let report = not_run(ActionStatus::Failed, "why".to_owned());
    finish(&mut model, &name, &begun, Some(report));
    assert_eq!(
        (model.actions[&id].status, model.actions[&id].message.as_str()),
        (ActionStatus::Failed, "why")
    );
}

#[test]
fn a_rotation_that_did_nothing_is_asked_for_again_in_five_minutes() {
    let secret = |model: &mut Model| -> ModelSecret { model.secrets.values().next().unwrap().clone() };
    let run_with = |kind: SecretHook, rotates: bool| {
        let (mut model, mut memory) = start();
        let id = sidecharm::juju::names::SecretId::parse("csecret0000000000000").unwrap();
        let due = NOW - Duration::minutes(1);
        let new = ModelSecret {
            id: id.clone(),
            owner: SecretOwner::Unit(unit("web/1")),
            label: String::new(),
            description: String::new(),
            rotate: "hourly".to_owned(),
            next_rotate: Some(due),
            expire: Some(due),
            revisions: [(1, crate::controller::secret::SecretValues::default())].into(),
            grants: [].into(),
            consumers: [].into(),
            auto_prune: false,
            created: None,
            updated: None,
        };
        model.secrets.insert(id.clone(), new);
        let hook = Hook::Secret { kind, secret: id.clone(), label: String::new(), revision: None };
        let begun = begin_hook(&mut model, &mut memory, hook);
        if rotates {
            model
                .secrets
                .get_mut(&id)
                .unwrap()
                .revisions
                .insert(2, crate::controller::secret::SecretValues::default());
        }
        commit(&mut model, &unit("web/1"), &mut memory, &begun, Ran::Yes, NOW);
        let secret = secret(&mut model);
        (secret.next_rotate.unwrap() - NOW, secret.expire.unwrap() - NOW)
    };
    assert_eq!(run_with(SecretHook::Rotate, false).0, Duration::minutes(5));
    assert_eq!(run_with(SecretHook::Rotate, true).0, Duration::minutes(59));
    assert_eq!(run_with(SecretHook::Expired, false).1, Duration::minutes(5));
}

#[test]
fn a_scope_is_entered_with_the_address_keys_and_anew_after_a_suspension() {
    let (mut model, mut memory) = start();
    let name = unit("web/1");
    let bag = |model: &Model| {
        let relation = &model.relations[&DB];
        relation.side(&application("web")).unwrap().units[&unit("web/1")].bag.data.clone()
    };
    let keys = bag(&model);
    assert_eq!(keys.len(), 3);
    let relation = model.relations.get_mut(&DB).unwrap();
    let scope = relation.side_mut(&application("web")).unwrap().units.get_mut(&name).unwrap();
    scope.bag.data.insert("mine".to_owned(), "x".to_owned());
    scope.in_scope = false;
    record(&mut model, "web/1").relations.get_mut(&DB).unwrap().broken = true;
    enter_scope(&mut model, &name, &mut memory, DB, NOW);
    assert_eq!(bag(&model), keys);
    assert!(!record(&mut model, "web/1").relations[&DB].broken);
    assert_eq!(model.relations[&DB].life, Life::Alive);
}

#[test]
fn storage_of_a_dying_unit_is_attached_until_its_detaching_has_run() {
    let (mut model, mut memory) = start();
    let listed = |model: &Model| {
        let name = unit("web/1");
        model.attached_storage(&name).map(|instance| instance.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&model), ["data/1"]);
    model.units.get_mut(&unit("web/1")).unwrap().life = Life::Dying;
    assert_eq!(listed(&model), ["data/1"]);
    let hook = Hook::Storage { kind: StorageHook::Detaching, storage: storage("data/1") };
    run(&mut model, &mut memory, hook);
    assert!(listed(&model).is_empty());
    assert!(model.storage.contains_key(&storage("data/1")), "a unit of the same ordinal finds it again");
}
