//! Plays a scenario: does what the operator and Kubernetes did, each thing when as much has happened as had then.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::rc::Rc;
use std::time::Duration;

use minijuju::controller::access;
use minijuju::controller::application::Application;
use minijuju::controller::endpoints::{EndpointRef, integrate};
use minijuju::controller::life::Life;
use minijuju::controller::model::Model;
use minijuju::controller::operate::{queue_action, queue_command, set_options};
use minijuju::controller::removal::{remove_application, remove_relation, unit_gone};
use minijuju::controller::secret::{Grant, ModelSecret, SecretOwner, SecretValues};
use minijuju::uniter::inbox::{CommandError, CommandResult};
use minijuju::uniter::memory::Resolution;
use serde_json::Value as Json;
use sidecharm::juju::names::{ApplicationName, SecretId, StorageId};
use tokio::time::{Instant, sleep};

use super::compare::{self, Difference};
use super::record::{self, Line};
use super::stage::{FIVE_SECONDS, Pace, Stage, charm_folder, name, now, read_charm};
use super::tempo::Tempo;

/// If nothing has happened for this long, what we wait for does not come: longer than any wait of an agent here.
const QUIET: Duration = Duration::from_millis(3500);
/// After all that was recorded has happened, what else would happen shows within this time.
const SETTLE: Duration = Duration::from_millis(300);

/// The results of commands, in the order of their verbs.
pub type Commands = Rc<RefCell<Vec<Option<Result<CommandResult, CommandError>>>>>;

/// Plays a scenario to its end and says what was different.
pub async fn play(scenario: &str) -> Vec<Difference> {
    let lines = record::read(scenario);
    let has = |name: &str| lines.iter().any(|line| line.verb.as_ref().is_some_and(|verb| verb[0] == name));
    let pace = Pace {
        leader_lease: if has("leadership-moves") { 8.0 } else { 60.0 },
        // What a Pebble still knows is told before the first look at its boot.
        pebble_poll_interval: if has("image-layer") { 2.0 } else { FIVE_SECONDS.as_secs_f64() },
    };
    let mut stage = Stage::new(pace);
    stage.diary.borrow_mut().tempo = Tempo::of(&lines);
    let commands = Commands::default();
    let mut differences = Vec::new();
    for line in &lines {
        if line.is_step() || line.verb.is_some() {
            stage.diary.borrow_mut().tempo.next_verb = line.t;
        }
        if line.is_step() {
            until(&stage, &lines, line.t).await;
            one_leader(&stage).await;
            if !lines.iter().any(|run| run.is_run() && run.t < line.t && run.end() > line.t) {
                calm(&stage).await;
            }
            sleep(SETTLE).await;
            let number = stage.diary.borrow().step;
            differences.extend(compare::step(&stage, &lines, number));
            stage.diary.borrow_mut().step += 1;
            change_charm(&stage, &line.step);
        } else if let Some(verb) = &line.verb {
            until(&stage, &lines, line.t).await;
            act(&mut stage, verb, line, &lines, &commands).await;
        }
    }
    differences.extend(compare::commands(&stage, &lines, &commands.borrow()));
    differences.extend(compare::actions(&stage, &lines));
    for unit in units(&lines) {
        stage.stop_agent(&unit).await;
    }
    differences
}

/// The units of a scenario.
pub fn units(lines: &[Line]) -> std::collections::BTreeSet<String> {
    lines.iter().filter(|line| line.is_run()).map(|line| line.unit.clone()).collect()
}

/// Waits until as many runs have begun and ended as had at this time, or nothing happens any more.
async fn until(stage: &Stage, lines: &[Line], t: f64) {
    let mut last = (0, 0);
    let mut since = Instant::now();
    loop {
        let (counts, reached) = {
            let diary = stage.diary.borrow();
            let over = diary.runs.iter().filter(|run| run.is_over).count();
            let reached = units(lines).iter().all(|unit| has_reached(&diary, lines, unit, t));
            ((diary.runs.len(), over), reached)
        };
        if counts != last {
            last = counts;
            since = Instant::now();
        }
        let running = !stage.diary.borrow().pids.is_empty();
        if reached || (since.elapsed() > QUIET && !running) {
            return;
        }
        sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until no process runs, as none ran then.
async fn calm(stage: &Stage) {
    super::eventually("all runs end", async || stage.diary.borrow().pids.is_empty()).await;
}

/// Waits until a deposed leader has heard of it, as it had after the long steps of the recordings.
async fn one_leader(stage: &Stage) {
    super::eventually("deposed leaders resign", async || {
        stage.shared.read(|model| {
            model.units.values().all(|unit| {
                let leads = access::leads(model, &unit.name);
                leads || !unit.agent.leader || unit.agent.removed || unit.life != Life::Alive
            })
        })
    })
    .await;
}

/// The looks at Pebble have a rhythm of their own, so their hooks are counted apart.
fn has_reached(diary: &super::diary::Diary, lines: &[Line], unit: &str, t: f64) -> bool {
    [false, true].iter().all(|pebble| {
        let kind = |hook: &str| hook.contains("-pebble-") == *pebble;
        let recorded = || lines.iter().filter(|line| line.is_run() && line.unit == unit && kind(&line.hook));
        let ours = || diary.of(unit).filter(|run| kind(&run.hook()));
        let begun = recorded().filter(|line| line.t < t).count();
        let over = recorded().filter(|line| line.end() <= t).count();
        ours().count() >= begun && ours().filter(|run| run.is_over).count() >= over
    })
}

async fn act(stage: &mut Stage, verb: &[Json], line: &Line, lines: &[Line], commands: &Commands) {
    let text = |index: usize| verb.get(index).and_then(Json::as_str).unwrap_or_default().to_owned();
    match text(0).as_str() {
        "charm" => refresh_charm(stage, &text(2), &text(1)),
        "deploy" => {
            let options = verb[3].as_object().into_iter().flatten();
            stage.deploy(
                &text(1),
                &text(2),
                options.map(|(key, value)| (key.clone(), plain(value))).collect(),
            );
            grant(stage, &text(1), line, lines);
        }
        "add-unit" => stage.add_unit(&text(1)),
        // Its parts follow.
        "pod-and-agent-start" => {}
        "new-pod" => {
            stage.await_end(&text(1)).await;
            stage.new_pod(&text(1));
        }
        "container-starts" => stage.start_pebble(&text(1), &text(2)).await,
        "container-stops" => stage.stop_pebble(&text(1), &text(2)),
        "agent-starts" => stage.start_agent(&text(1)).await,
        "agent-stops" | "agent-crash" => stage.stop_agent(&text(1)).await,
        "sigterm-to-agent" => stage.agent(&text(1)).shut_down(),
        "signal-to-charm" => {
            // A process dies with its agent here.
            let Some(pid) = stage.diary.borrow().pids.get(&text(1)).copied() else { return };
            let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        }
        "wait-for-start-of" => {
            let (unit, hook) = (text(1), text(2));
            super::eventually(&format!("{hook} of {unit} sleeps"), async || {
                let diary = stage.diary.borrow();
                let begun = diary.of(&unit).last().is_some_and(|run| run.hook() == hook && !run.is_over);
                begun && diary.pids.get(&unit).is_some_and(|pid| sleeps(*pid))
            })
            .await;
        }
        "script" => stage.script(&text(1), &text(2), &text(3)),
        "config" => configure(stage, &text(1), &verb[2]),
        "relate" => {
            let [first, second] = [1, 2].map(|index| EndpointRef::parse(&text(index)).unwrap());
            stage.shared.change(|model| integrate(model, &first, &second, now())).unwrap();
        }
        "remove-relation" => {
            let number = u32::try_from(verb[1].as_u64().unwrap()).unwrap();
            stage.shared.change(|model| remove_relation(model, number));
        }
        "action" => {
            let unit = name(&text(1));
            let url = stage.shared.read(|model| model.applications[&unit.application()].charm_url.clone());
            let actions = read_charm(&charm_folder(&url)).actions;
            let parameters = verb[3].as_object().cloned().unwrap_or_default();
            let action = text(2);
            if let Some(command) = parameters.get("command").and_then(Json::as_str) {
                let command = stage.localised(command);
                stage.shared.change(|model| queue_command(model, &unit, &command)).unwrap();
                return;
            }
            stage.shared.change(|model| queue_action(model, &unit, &action, &actions, parameters)).unwrap();
        }
        "juju-exec" => execute(stage, verb, commands),
        "update-status-tick" => stage.agent(&text(1)).tick(),
        "pebble" => {
            let words: Vec<&str> = verb[3].as_array().unwrap().iter().filter_map(Json::as_str).collect();
            assert_eq!(words[0], "notify");
            stage.pebble(&text(1), &text(2)).notify(words[1], &[], None).await.unwrap();
        }
        "resolve" => stage.agent(&text(1)).resolve(match text(2).as_str() {
            "retry" => Resolution::Retry,
            _ => Resolution::Skip,
        }),
        "leadership-moves" => lead(stage, &text(1), &text(2)),
        "unit-dying" => stage.shared.change(|model| {
            model.units.get_mut(&name(&text(1))).unwrap().life = Life::Dying;
        }),
        "unit-gone" => stage.shared.change(|model| unit_gone(model, &name(&text(1)))),
        "model-change" => {
            let changes = |line: &&Line| line.verb.as_ref().is_some_and(|verb| verb[0] == "model-change");
            let of_step = lines.iter().filter(|other| other.number == line.number).filter(changes);
            let number = of_step.take_while(|other| !std::ptr::eq(*other, line)).count();
            change_model(stage, &line.step, number);
        }
        "cancel-action" => stage.shared.change(|model| {
            model.actions.get_mut(&text(1).parse().unwrap()).unwrap().cancelled = true;
        }),
        "image-layer" => stage.put_layer(&text(1), &text(2)),
        "check-input" => stage.turn_check(&text(1), text(2) == "good").await,
        other => panic!("the scenario has an unknown verb: {other}"),
    }
}

fn refresh_charm(stage: &Stage, application: &str, url: &str) {
    let application = ApplicationName::parse(application).unwrap();
    if stage.shared.read(|model| !model.applications.contains_key(&application)) {
        return;
    }
    // The recordings' controller knew of no new options and peers of a new charm.
    stage.shared.change(|model| {
        let application = model.applications.get_mut(&application).unwrap();
        application.charm_dir = charm_folder(url);
        application.charm_url = url.to_owned();
    });
}

/// Gives the lease to the unit that got it in the recording.
fn grant(stage: &Stage, application: &str, line: &Line, lines: &[Line]) {
    let granted = lines.iter().find(|other| {
        other.number == line.number
            && other.unit.split('/').next() == Some(application)
            && other.events.iter().any(|event| event.contains_key("leadership-granted"))
    });
    if let Some(granted) = granted {
        lead(stage, application, &granted.unit);
    }
}

fn lead(stage: &Stage, application: &str, unit: &str) {
    let application = ApplicationName::parse(application).unwrap();
    stage.shared.change(|model| {
        model.applications.get_mut(&application).unwrap().leadership.leader = Some(name(unit));
    });
}

fn configure(stage: &Stage, application: &str, changes: &Json) {
    let application = ApplicationName::parse(application).unwrap();
    let url = stage.shared.read(|model| model.applications[&application].charm_url.clone());
    let schema = read_charm(&charm_folder(&url)).config;
    let (reset, set): (Vec<_>, Vec<_>) =
        changes.as_object().unwrap().iter().partition(|(_, value)| value.is_null());
    let set: BTreeMap<String, String> =
        set.into_iter().map(|(key, value)| (key.clone(), plain(value))).collect();
    let reset: Vec<String> = reset.into_iter().map(|(key, _)| key.clone()).collect();
    stage.shared.change(|model| set_options(model, &application, &schema, &set, &reset)).unwrap();
}

fn execute(stage: &Stage, verb: &[Json], commands: &Commands) {
    let (unit, command) = (verb[1].as_str().unwrap(), verb[2].as_str().unwrap());
    let relation = u32::try_from(verb[3].as_i64().unwrap()).ok();
    let remote = verb[4].as_str().filter(|unit| !unit.is_empty()).map(name);
    let (handle, command) = (stage.agent(unit).clone(), stage.localised(command));
    let number = commands.borrow().len();
    commands.borrow_mut().push(None);
    let commands = Rc::clone(commands);
    drop(tokio::task::spawn_local(async move {
        let result = handle.exec(command, relation, remote).await;
        commands.borrow_mut()[number] = Some(result);
    }));
}

/// What the recordings tell in words only, by the step's name and the number of the change in it.
fn change_model(stage: &Stage, step: &str, number: usize) {
    let has = |text: &str| step.contains(text);
    if has("refuses the flush once") || has("flush is refused once") || has("flush of action hello fails") {
        *stage.faults.refuse_next.borrow_mut() = Some("boom from controller".to_owned());
    } else if has("trust is given") {
        change_toy(stage, |toy| toy.trust = true);
    } else if has("modified version") || has("refresh") {
        change_toy(stage, |toy| toy.charm_modified_version += 1);
    } else if has("Service has no address") {
        change_toy(stage, |toy| toy.service_address = None);
    } else if has("Service gets its address") {
        change_toy(stage, |toy| toy.service_address = Some(Ipv4Addr::new(10, 152, 183, 50)));
    } else if has("the pod's address changes") {
        stage.shared.change(|model| {
            model.units.get_mut(&name("toy/0")).unwrap().address = Some(Ipv4Addr::new(10, 1, 0, 99));
        });
    } else if has("Service's address changes") {
        change_toy(stage, |toy| toy.service_address = Some(Ipv4Addr::new(10, 152, 183, 99)));
    } else if has("relation suspended") || has("relation resumed") {
        stage.shared.change(|model| model.relations.get_mut(&2).unwrap().suspended = has("suspended"));
    } else if has("application toy is removed") {
        let toy = ApplicationName::parse("toy").unwrap();
        stage.shared.change(|model| remove_application(model, &toy)).unwrap();
    } else if has("storage is provisioned only") {
        stage.shared.change(|model| {
            model.storage.values_mut().for_each(|storage| storage.provisioned = number > 0);
        });
    } else if has("storage-attached fails") {
        stage.shared.change(add_storage);
    } else if has("rotates hourly") || has("it becomes due") {
        stage.shared.change(|model| {
            model.secrets.values_mut().for_each(|secret| secret.next_rotate = Some(now()));
        });
    } else if has("a user secret is granted to toy") {
        stage.shared.change(|model| change_user_secret(model, number));
    } else {
        // The death of an agent, whose connection the recordings' controller cut.
        assert!(has("agent dies") || has("die at once"), "unknown change of the model: {step}");
    }
}

/// What was done to the charm's files, by the step's name.
fn change_charm(stage: &Stage, step: &str) {
    let charm = stage.surroundings("toy/0").charm_dir();
    let dispatch = charm.join("dispatch");
    if step.contains("dispatch becomes non-executable") {
        std::fs::set_permissions(dispatch, Permissions::from_mode(0o644)).unwrap();
    } else if step.contains("dispatch is removed") {
        std::fs::remove_file(dispatch).unwrap();
    } else if step.contains("hooks/config-changed exists") {
        let hook = charm.join("hooks/config-changed");
        std::fs::create_dir_all(charm.join("hooks")).unwrap();
        std::fs::write(&hook, "#!/bin/sh\nconfig-get port\n").unwrap();
        std::fs::set_permissions(hook, Permissions::from_mode(0o755)).unwrap();
    }
}

fn change_toy(stage: &Stage, change: impl FnOnce(&mut Application)) {
    let toy = ApplicationName::parse("toy").unwrap();
    stage.shared.change(|model| change(model.applications.get_mut(&toy).unwrap()));
}

/// A user secret is made, gets a second revision, and goes.
fn change_user_secret(model: &mut Model, number: usize) {
    let id = SecretId::parse("usersecret0000000000").unwrap();
    let content = |value: &str| SecretValues(BTreeMap::from([("key".to_owned(), value.to_owned())]));
    match number {
        0 => {
            let grant = Grant { target: "toy".to_owned(), relation: None };
            let secret = ModelSecret {
                id: id.clone(),
                owner: SecretOwner::Model,
                label: "user".to_owned(),
                description: String::new(),
                rotate: String::new(),
                next_rotate: None,
                expire: None,
                revisions: BTreeMap::from([(1, content("dg=="))]),
                grants: [grant].into(),
                consumers: BTreeMap::new(),
                auto_prune: false,
                created: None,
                updated: None,
            };
            model.secrets.insert(id, secret);
        }
        1 => drop(model.secrets.get_mut(&id).unwrap().revisions.insert(2, content("djI="))),
        _ => drop(model.secrets.remove(&id)),
    }
}

fn add_storage(model: &mut Model) {
    let mut storage = model.storage.values().next().unwrap().clone();
    storage.id = StorageId::parse("data/7").unwrap();
    storage.location = "/srv/data7".to_owned();
    model.storage.insert(storage.id.clone(), storage);
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a process is a `sleep` or has one as its child: every recorded hook that is waited for does.
fn sleeps(pid: u32) -> bool {
    let is_sleep = |pid: &str| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "sleep")
    };
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    is_sleep(&pid.to_string()) || children.split_whitespace().any(is_sleep)
}
