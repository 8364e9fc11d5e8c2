//! Charms of other kinds than ours: one written with `ops` from the package index, and one in plain shell that it talks to.

use std::path::Path;
use std::process::Command;

use crate::model::Model;

/// A folder of the project.
fn project(folder: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).display().to_string()
}

/// The charm written with ops, packed as charmcraft does it: with its libraries in `venv`.
fn ops_charm(folder: &Path) -> String {
    assert!(
        Path::new(&project(".tools/ops")).is_dir(),
        "the Python library ops is missing: run 'make setup'"
    );
    let charm = folder.join("ops-charm");
    let copy = |from: &str, to: &Path| {
        let copied = Command::new("cp").args(["-rL", &project(from)]).arg(to).status().unwrap();
        assert!(copied.success(), "{from} is not copied");
    };
    copy("tests/charms/ops", &charm);
    copy(".tools/ops", &charm.join("venv"));
    charm.display().to_string()
}

fn wait_for(model: &Model, unit: &str, status: &str) {
    let application = unit.split('/').next().unwrap();
    let says = || model.statuses(application).get(unit).is_some_and(|told| told == status);
    model.until(&format!("{unit} says `{status}`"), says);
}

#[test]
fn a_charm_written_with_ops_speaks_with_its_like_and_with_a_shell_charm() {
    let model = Model::new("story-any");
    let folder = tempfile::tempdir().unwrap();
    let ops = ops_charm(folder.path());
    model.juju(&["deploy", &ops, "speaker", "-n", "2", "--config", "text=salve"]);
    model.juju(&["deploy", &ops, "hearer"]);
    model.juju(&["deploy", &project("tests/charms/shell"), "shell"]);
    wait_for(&model, "hearer/0", "active: ");
    wait_for(&model, "shell/0", "active: ");

    model.juju(&["integrate", "speaker:greeting", "hearer:upstream"]);
    wait_for(&model, "hearer/0", "active: heard: salve from speaker/0, with a secret of 16 characters");
    model.juju(&["integrate", "speaker:greeting", "shell:upstream"]);
    wait_for(&model, "shell/0", "active: heard: salve from speaker/0");
    model.juju(&["config", "speaker", "text=ciao"]);
    wait_for(&model, "hearer/0", "active: heard: ciao from speaker/0, with a secret of 16 characters");
    wait_for(&model, "shell/0", "active: heard: ciao from speaker/0");

    let told = model.json(&["run", "hearer/0", "echo", "text=quid novi"]);
    assert_eq!(told.pointer("/hearer~10/results/text"), Some(&"quid novi".into()), "{told}");
    let service = ["exec", "--unit", "hearer/0", "--container", "work", "--", "pgrep", "-x", "sleep"];
    assert!(!model.juju(&service).trim().is_empty());

    model.juju(&["remove-relation", "speaker:greeting", "hearer:upstream"]);
    wait_for(&model, "hearer/0", "active: ");
}
