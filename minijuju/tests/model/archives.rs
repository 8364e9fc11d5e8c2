//! What is no charm is refused before anything of it is used.

use std::fs;
use std::io::Write as _;

use crate::support::{Charm, TestModel};

/// A stored zip entry's name, unix mode and content, written by hand: no tool makes the bad ones.
fn archive(entries: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut writer = rawzip::ZipArchiveWriter::new(Vec::new());
    for (name, mode, content) in entries {
        let path = rawzip::path::EntryPath::verbatim(name.as_bytes());
        let (mut entry, config) = writer.new_file(path).unix_permissions(*mode).start().unwrap();
        let mut data = config.wrap(&mut entry);
        data.write_all(content).unwrap();
        let (_, output) = data.finish().unwrap();
        entry.finish(output).unwrap();
    }
    writer.finish().unwrap()
}

const METADATA: &[u8] = b"name: packed\nsummary: s\ndescription: d\ncontainers: {server: {}}\n";

#[test]
fn a_packed_charm_is_deployed_and_a_bad_one_is_not() {
    let model = TestModel::new("packed");
    let path = model.folder.path().join("packed.charm");
    let deploy = |entries: &[(&str, u32, &[u8])]| {
        fs::write(&path, archive(entries)).unwrap();
        model.command(&["deploy", path.to_str().unwrap()]).output().unwrap()
    };
    for (entries, expected) in [
        (vec![("/tmp/x", 0o100_644, METADATA)], "has an absolute path"),
        (vec![("../x", 0o100_644, METADATA)], "leads out of the charm"),
        (vec![("x", 0o120_777, METADATA)], "is a link"),
        (vec![("x", 0o060_644, METADATA)], "is neither a file nor a folder"),
        (vec![("x", 0o100_644, METADATA), ("x", 0o100_644, METADATA)], "comes twice"),
        (vec![("x", 0o100_644, METADATA)], "is no charm: it has no metadata.yaml"),
    ] {
        let output = deploy(&entries);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && stderr.contains(expected), "{stderr}");
    }
    assert_eq!(fs::read_dir(model.home().join("new-charms")).unwrap().count(), 0, "nothing of them is left");
    let good = [("metadata.yaml", 0o100_644, METADATA), ("dispatch", 0o100_755, b"#!/bin/sh\n" as &[u8])];
    assert!(deploy(&good).status.success());
    model.wait_for_pebble("packed/0", "server");
    let again = String::from_utf8(deploy(&good).stderr).unwrap();
    assert_eq!(again, "ERROR cannot add application \"packed\": application already exists\n");
}

#[test]
fn wrong_use_is_told_in_jujus_words() {
    let model = TestModel::new("wrong");
    let charm = Charm::plain(&model, "web", &["server"]);
    let path = charm.folder.to_str().unwrap();
    let check = |words: &[&str], code: i32, expected: &str| {
        assert_eq!(model.fail(words), (code, format!("ERROR {expected}\n")), "{words:?}");
    };
    check(
        &["status"],
        1,
        "model \"wrong\" not found: 'minijuju deploy' or 'minijuju add-model wrong' makes it",
    );
    check(
        &["deploy", "/nowhere"],
        1,
        "no charm was found at \"/nowhere\": minijuju deploys a charm's folder or a packed .charm file",
    );
    model.run(&["add-model"]);
    check(
        &["deploy", path, "Web"],
        1,
        "invalid application name \"Web\": use lower-case words with letters, joined by hyphens",
    );
    check(&["deploy", path, "--config", "port=1"], 1, "unknown option \"port\"");
    check(
        &["deploy", path, "--resource", "image=x"],
        1,
        "resource \"image\" not found: the charm declares none",
    );
    check(&["add-unit", "web"], 1, "application \"web\" not found");
    model.deploy(&charm, 1);
    check(
        &["remove-unit", "web", "--num-units", "2", "-y"],
        1,
        "application \"web\" has 1 units, cannot remove 2",
    );
    check(&["integrate", "web", "db"], 1, "application \"db\" not found");
    check(&["remove-relation", "web", "db"], 1, "relation \"web db\" not found");
    check(&["config", "web", "port"], 1, "key \"port\" not found in settings");
    check(&["config", "web", "port=1"], 1, "unknown option \"port\"");
    check(&["run", "web/0", "backup"], 1, "action \"backup\" not defined on unit \"web/0\"");
    check(&["run", "web/9", "backup"], 1, "unit \"web/9\" not found");
    check(&["show-unit", "web"], 1, "invalid unit name \"web\"");
    check(
        &["exec", "--unit", "web/0", "--container", "other", "true"],
        1,
        "unit \"web/0\" has no container \"other\": it has charm, server",
    );
    check(
        &["restart-container", "web/0", "other"],
        1,
        "unit \"web/0\" has no container \"other\": it has charm, server",
    );
    check(&["show-secret", "mine"], 1, "secret \"mine\" not found");
    check(
        &["destroy-model"],
        2,
        "this would destroy the model \"wrong\" with its storage: say --no-prompt if it shall",
    );
    assert_eq!(model.fail(&["deploi"]).0, 2);
    assert_eq!(model.fail(&["wait-for", "web", "--status", "blocked", "--timeout", "50ms"]).0, 1);
}
