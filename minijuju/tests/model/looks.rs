//! What the verbs show and say of models, actions and units that come and go.

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Charm, TestModel, processes_of};

const ACTIONS: &str = "back-up:\n  description: |\n    Saves all of it.\n    Takes long.\n  params: {where: {type: string}}\n  \
                       required: [where]\nstop: {}\n";

fn deployed(name: &str) -> TestModel {
    let model = TestModel::new(name);
    model.run(&["model-config", "termination-grace-period=2s"]);
    let dispatch = "application-version-set 1.5; status-set active \"here I am\"";
    let charm = Charm::write(&model, "web", &["server"], "", dispatch);
    std::fs::write(charm.folder.join("actions.yaml"), ACTIONS).unwrap();
    model.deploy(&charm, 1);
    model.run(&["wait-for", "web", "--agent", "idle"]);
    model
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn actions_and_models_are_listed() {
    let model = deployed("lists");
    assert_eq!(
        model.run(&["actions", "web"]),
        "Action   Description\nback-up  Saves all of it.\n         Takes long.\nstop     No description\n"
    );
    assert_eq!(json(&model.run(&["actions", "web", "--format", "json"]))["stop"], "No description");
    let schema = json(&model.run(&["actions", "web", "--schema", "--format", "json"]));
    let back_up = &schema["back-up"];
    assert_eq!(back_up["properties"]["where"]["type"], "string");
    assert_eq!((&back_up["title"], &back_up["required"][0]), (&"back-up".into(), &"where".into()));
    assert!(model.run(&["actions", "web", "--schema"]).starts_with("back-up:\n  description: |\n"));
    assert_eq!(model.fail(&["actions", "none"]).1, "ERROR application \"none\" not found\n");
    let told = model.fail(&["actions", "web", "--schema", "--format", "tabular"]);
    assert_eq!(told, (2, "ERROR full schema not compatible with tabular output\n".to_owned()));

    // Looking at models starts no controller.
    model.end_controller(Signal::SIGTERM);
    let table = model.run(&["models"]);
    assert!(table.starts_with("Controller: minijuju\n\nModel   Cloud/Region  Type"), "{table}");
    assert!(table.contains("\nlists*  localhost     kubernetes  available  1       admin  "), "{table}");
    let shown = json(&model.run(&["models", "--format", "json"]));
    assert_eq!(
        (&shown["current-model"], &shown["models"][0]["name"]),
        (&"lists".into(), &"admin/lists".into())
    );
    let processes = processes_of(&model.home());
    assert!(!processes.iter().any(|line| line.contains("\0controller\0")), "{processes:?}");
}

#[test]
fn a_killed_pods_unit_is_lost_until_another_agent_speaks_for_it() {
    let model = deployed("lost");
    model.run(&["model-config", "pod-replacement-delay=3s"]);
    model.run(&["kill-pod", "web/0"]);
    let lost = &model.status()["applications"]["web"]["units"]["web/0"];
    assert_eq!(lost["juju-status"]["current"], "lost");
    let workload = &lost["workload-status"];
    assert_eq!(workload["current"], "unknown");
    assert_eq!(workload["message"], "agent lost, see 'juju show-status-log web/0'");
    model.run(&["wait-for", "web", "--message", "here I am", "--agent", "idle"]);
}

#[test]
fn a_unit_is_removed_by_number_and_the_last_one_takes_the_version_with_it() {
    let model = deployed("none");
    let told = "ERROR k8s models do not support removing named units.\n\
                Instead specify an application with --num-units: \
                'minijuju remove-unit web --num-units 1' removes its unit with the highest number.\n";
    assert_eq!(model.fail(&["remove-unit", "web/0"]), (2, told.to_owned()));
    assert_eq!(model.status()["applications"]["web"]["version"], "1.5");
    model.run(&["remove-unit", "web", "--num-units", "1", "--no-prompt"]);
    model.run(&["wait-for", "web", "--units", "0", "--status", "unknown"]);
    assert!(model.status()["applications"]["web"]["version"].is_null());
}
