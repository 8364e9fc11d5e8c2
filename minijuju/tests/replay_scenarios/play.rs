//! Plays a scenario: does what the operator and Kubernetes did, each thing when as much has happened as had then.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use minijuju::controller::access;
use minijuju::controller::endpoints::{EndpointRef, integrate};
use minijuju::controller::model::Life;
use minijuju::controller::operate::{queue_action, set_options};
use minijuju::controller::removal::{remove_relation, unit_gone};
use minijuju::uniter::inbox::{CommandError, CommandResult};
use minijuju::uniter::memory::Resolution;
use serde_json::Value as Json;
use sidecharm::juju::names::ApplicationName;
use tokio::time::{Instant, sleep};

use super::compare::{self, Difference};
use super::record::{self, Line};
use super::stage::{Stage, charm_folder, name, now, read_charm};

/// If nothing has happened for this long, what we wait for does not come: longer than any wait of an agent here.
const QUIET: Duration = Duration::from_millis(3500);
/// After all that was recorded has happened, what else would happen shows within this time.
const SETTLE: Duration = Duration::from_millis(300);

/// The results of commands, in the order of their verbs.
pub type Commands = Rc<RefCell<Vec<Option<Result<CommandResult, CommandError>>>>>;

/// Plays a scenario to its end and says what was different.
pub async fn play(scenario: &str) -> Vec<Difference> {
    let lines = record::read(scenario);
    let moves = |line: &Line| line.verb.as_ref().is_some_and(|verb| verb[0] == "leadership-moves");
    let mut stage = Stage::new(if lines.iter().any(moves) { 4.0 } else { 60.0 });
    let commands = Commands::default();
    let mut differences = Vec::new();
    let steps: Vec<&Line> = lines.iter().filter(|line| line.is_step()).collect();
    for line in &lines {
        if line.is_step() {
            until(&stage, &lines, line.t).await;
            one_leader(&stage).await;
            sleep(SETTLE).await;
            let number = stage.diary.borrow().step;
            if number > 0 {
                let step = &steps[number - 1].step;
                differences.extend(compare::step(&stage, &lines, step, number));
            }
            stage.diary.borrow_mut().step += 1;
        } else if let Some(verb) = &line.verb {
            until(&stage, &lines, line.t).await;
            act(&mut stage, verb, line, &lines, &commands).await;
        }
    }
    differences.extend(compare::commands(&lines, &commands.borrow()));
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
        "agent-starts" => stage.start_agent(&text(1)),
        "agent-stops" => stage.stop_agent(&text(1)).await,
        "sigterm-to-agent" => stage.agent(&text(1)).shut_down(),
        "signal-to-charm" => {
            let pid = stage.diary.borrow().pids[&text(1)];
            let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        }
        "wait-for-start-of" => {
            let (unit, hook) = (text(1), text(2));
            super::eventually("the hook sleeps", async || {
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
        "model-change" => change_model(stage, &line.step),
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
        other.step == line.step
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

/// What the recordings tell in words only.
fn change_model(stage: &Stage, step: &str) {
    if step.contains("refuses the flush once") || step.contains("flush is refused once") {
        *stage.faults.refuse_next.borrow_mut() = Some("boom from controller".to_owned());
    } else if step.contains("trust is given") {
        let toy = ApplicationName::parse("toy").unwrap();
        stage.shared.change(|model| model.applications.get_mut(&toy).unwrap().trust = true);
    } else if step.contains("modified version") {
        let toy = ApplicationName::parse("toy").unwrap();
        stage.shared.change(|model| model.applications.get_mut(&toy).unwrap().charm_modified_version += 1);
    } else {
        panic!("unknown change of the model: {step}");
    }
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
