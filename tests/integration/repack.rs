//! `sidecharm repack` turns a charm that charmcraft packed for paas-charm into one with this program in it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rawzip::path::EntryPath;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

const BINARY: &str = env!("CARGO_BIN_EXE_sidecharm");

const METADATA: &str = "\
assumes:
- k8s-api
containers:
  flask-app:
    resource: flask-app-image
description: |
  A shop for tests.
name: shop
peers:
  secret-storage:
    interface: secret-storage
provides:
  grafana-dashboard:
    interface: grafana_dashboard
  metrics-endpoint:
    interface: prometheus_scrape
requires:
  ingress:
    interface: ingress
    limit: 1
  logging:
    interface: loki_push_api
  postgresql:
    interface: postgresql_client
    limit: 1
    optional: false
resources:
  flask-app-image:
    description: flask application image.
    type: oci-image
summary: A shop.
";
const CONFIG: &str = "\
options:
  flask-env:
    description: The environment.
    type: string
  greeting:
    default: hello
    description: What the page says.
    type: string
  payment-key:
    description: A secret of the operator's.
    type: secret
";
const ACTIONS: &str = "rotate-secret-key:\n  description: Rotate the secret key.\n";
const MANIFEST: &str = "\
charmcraft-version: 4.5.0
charmcraft-started-at: '2026-11-01T10:00:00.000000'
bases:
- name: ubuntu
  channel: '24.04'
  architectures:
  - ARCHITECTURE
";
const DISPATCH: &str = "\
#!/bin/sh
dispatch_path=\"$(dirname $(realpath $0))\"
python_path=\"${dispatch_path}/venv/bin/python\"
export PYTHONPATH=\"${dispatch_path}/lib:${dispatch_path}/src\"

exec \"${python_path}\" \"${dispatch_path}/src/charm.py\"
";
const CHARM: &str = "\
#!/usr/bin/env python3
# Copyright 2026 Somebody

\"\"\"Flask Charm entrypoint.\"\"\"

import logging
import typing

import ops

import paas_charm.flask

logger = logging.getLogger(__name__)


class ShopCharm(paas_charm.flask.Charm):
    \"\"\"Flask Charm service.\"\"\"

    def __init__(self, *args: typing.Any) -> None:
        super().__init__(*args)


if __name__ == \"__main__\":
    ops.main(ShopCharm)
";
const PAAS_CONFIG: &str = "# Logs for machines.\nframework_logging_format: json\n";
const RULES: &str = "groups: []\n";

/// A folder with a packed charm in it.
struct Place(tempfile::TempDir);

impl Place {
    /// The charm has the files that charmcraft's has, with these changed or more.
    fn with(changes: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("in.charm"), packed(changes, 0)).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn repack(&self, output: &str, more: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.current_dir(self.0.path()).args(["repack", "in.charm", "-o", output]).args(more);
        command.output().unwrap()
    }

    fn refusal(&self, more: &[&str]) -> String {
        let output = self.repack("out.charm", more);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        assert_eq!(self.names(), ["in.charm"], "something was written");
        String::from_utf8(output.stderr).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// A zip in charmcraft's own order, with times and folders that say nothing.
fn packed(changes: &[(&str, &str)], seconds: i64) -> Vec<u8> {
    let manifest = MANIFEST.replace("ARCHITECTURE", architecture());
    let mut files = vec![
        ("src/charm.py", CHARM),
        ("venv/ops/__init__.py", "from .main import main\n"),
        ("venv/paas_charm/flask.py", "class Charm: pass\n"),
        ("lib/charms/redis_k8s/v0/redis.py", "LIBID = 'x'\n"),
        ("manifest.yaml", manifest.as_str()),
        ("dispatch", DISPATCH),
        ("metadata.yaml", METADATA),
        ("config.yaml", CONFIG),
        ("actions.yaml", ACTIONS),
        ("LICENSE", "Apache\n"),
        ("README.md", "# Shop\n"),
        ("icon.svg", "<svg/>\n"),
        ("paas-config.yaml", PAAS_CONFIG),
        ("cos_custom/prometheus_alert_rules/shop.rule", RULES),
    ];
    files.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    files.extend(changes);
    let time = UtcDateTime::from_unix(1_790_000_000 + seconds);
    let mut writer = ZipArchiveWriter::new(Vec::new());
    for (name, content) in files {
        let mode = if ["dispatch", "src/charm.py"].contains(&name) { 0o100_755 } else { 0o100_644 };
        let builder = writer.new_file(EntryPath::verbatim(name.as_bytes())).unix_permissions(mode);
        let (mut entry, config) = builder.last_modified(time).start().unwrap();
        let mut data = config.wrap(&mut entry);
        data.write_all(content.as_bytes()).unwrap();
        let (_, output) = data.finish().unwrap();
        entry.finish(output).unwrap();
    }
    writer.finish().unwrap()
}

/// Name, permissions and content of every file.
fn unpacked(path: &Path) -> Vec<(String, u32, Vec<u8>)> {
    let bytes = fs::read(path).unwrap();
    let archive = ZipArchive::from_slice(&bytes).unwrap();
    let mut files = Vec::new();
    let mut entries = archive.entries();
    while let Some(record) = entries.next_entry().unwrap() {
        let name = String::from_utf8(record.file_path().as_bytes().to_vec()).unwrap();
        let entry = archive.get_entry(record.wayfinder()).unwrap();
        assert_eq!(record.compression_method(), CompressionMethod::DEFLATE);
        let mut content = Vec::new();
        let reader = entry.verifying_reader(flate2::read::DeflateDecoder::new(entry.data()));
        std::io::copy(&mut std::io::BufReader::new(reader), &mut content).unwrap();
        files.push((name, record.mode().value(), content));
    }
    files
}

#[test]
fn a_charm_for_paas_charm_keeps_all_but_its_python() {
    let place = Place::with(&[]);
    let output = place.repack("out.charm", &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap().replace(architecture(), "ARCHITECTURE");
    insta::assert_snapshot!(said, @"
    out.charm: the charm shop (flask, ARCHITECTURE), with sidecharm in it
    kept:     LICENSE, README.md, actions.yaml, config.yaml, cos_custom/ (1 file), icon.svg, manifest.yaml, metadata.yaml, paas-config.yaml
    written:  dispatch (this program), sidecharm.yaml (workload: flask)
    left out: dispatch, lib/ (1 file), src/ (1 file), venv/ (2 files)
    added:    sidecharm-check-path, sidecharm-rolling-restart (config.yaml), plan, show-migration (actions.yaml)

    Next, with the image that the charm had, refresh the application or deploy a new one:
      juju refresh shop --path ./out.charm --resource flask-app-image=IMAGE
      juju deploy ./out.charm shop --resource flask-app-image=IMAGE
    ");

    let files = unpacked(&place.path("out.charm"));
    let names: Vec<_> = files.iter().map(|(name, mode, _)| format!("{mode:o} {name}")).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    100644 LICENSE
    100644 README.md
    100644 actions.yaml
    100644 config.yaml
    100644 cos_custom/prometheus_alert_rules/shop.rule
    100755 dispatch
    100644 icon.svg
    100644 manifest.yaml
    100644 metadata.yaml
    100644 paas-config.yaml
    100644 sidecharm.yaml
    ");
    let content = |name: &str| &files.iter().find(|(other, ..)| other == name).unwrap().2;
    let manifest = MANIFEST.replace("ARCHITECTURE", architecture());
    for (name, text) in [
        ("metadata.yaml", METADATA),
        ("manifest.yaml", &manifest),
        ("paas-config.yaml", PAAS_CONFIG),
        ("cos_custom/prometheus_alert_rules/shop.rule", RULES),
    ] {
        assert_eq!(String::from_utf8_lossy(content(name)), text, "{name}");
    }
    assert!(*content("dispatch") == fs::read(BINARY).unwrap(), "dispatch is another program");
    assert!(String::from_utf8_lossy(content("sidecharm.yaml")).contains("workload: flask\n"));
    assert_eq!(place.names(), ["in.charm", "out.charm"]);
}

#[test]
fn the_same_charm_gives_the_same_bytes_whenever_it_was_packed() {
    let place = Place::with(&[]);
    assert!(place.repack("first.charm", &[]).status.success());
    fs::write(place.path("in.charm"), packed(&[], 86_400)).unwrap();
    assert!(place.repack("second.charm", &[]).status.success());
    // Also in place, and of a charm that has been repacked.
    assert!(place.repack("in.charm", &[]).status.success());
    assert!(place.repack("in.charm", &[]).status.success());
    let first = fs::read(place.path("first.charm")).unwrap();
    for other in ["second.charm", "in.charm"] {
        assert!(first == fs::read(place.path(other)).unwrap(), "{other}");
    }
}

#[test]
fn a_charm_with_code_of_its_own_is_refused_unless_it_may_be_dropped() {
    let own = CHARM.replace(
        "super().__init__(*args)\n",
        "super().__init__(*args)\n\n    def _on_greet_action(self, event):\n        event.set_results({})\n",
    );
    let place = Place::with(&[("src/charm.py", &own)]);
    assert_eq!(
        place.refusal(&[]),
        "sidecharm: in.charm is not repacked: it has code of its own, which this program would not run:\n\
         \x20 src/charm.py, line 22: def _on_greet_action(self, event):\n\
         With --drop-code it is repacked without that\n"
    );
    assert!(place.repack("out.charm", &["--drop-code"]).status.success());
    let files = unpacked(&place.path("out.charm"));
    assert!(files.iter().all(|(name, ..)| !name.starts_with("src/")));
}

#[test]
fn a_broken_archive_is_refused_with_the_entry_and_nothing_is_written() {
    let refusal = |changes: &[(&str, &str)]| Place::with(changes).refusal(&[]);
    let start = "sidecharm: in.charm is not repacked: ";
    assert_eq!(
        refusal(&[("/etc/passwd", "")]),
        format!("{start}the entry \"/etc/passwd\" has an absolute path\n")
    );
    assert_eq!(
        refusal(&[("lib/../../x", "")]),
        format!("{start}the entry \"lib/../../x\" leads out of the charm\n")
    );
    assert_eq!(
        refusal(&[("venv/x", ""), ("venv/x", "")]),
        format!("{start}the entry \"venv/x\" comes twice\n")
    );

    let place = Place::with(&[]);
    fs::write(place.path("in.charm"), "no archive").unwrap();
    assert!(place.refusal(&[]).starts_with(&format!("{start}it is no charm: a charm is a zip archive")));
    fs::remove_file(place.path("in.charm")).unwrap();
    let output = place.repack("out.charm", &[]);
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("sidecharm: in.charm: No such file"));
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn a_charm_that_cannot_be_written_leaves_nothing_half_done() {
    let place = Place::with(&[]);
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" repack in.charm -o out.charm", BINARY])
        .current_dir(place.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "sidecharm: out.charm: File too large (os error 27)\n"
    );
    assert_eq!(place.names(), ["in.charm"]);
}

#[test]
fn what_is_no_file_is_neither_read_nor_replaced() {
    let place = Place::with(&[]);
    let pipe = Command::new("mkfifo").arg(place.path("pipe")).status().unwrap();
    assert!(pipe.success());
    fs::create_dir_all(place.path("folder/full")).unwrap();
    fs::write(place.path("mine"), "mine").unwrap();
    symlink("mine", place.path("link")).unwrap();
    symlink("nothing", place.path("dangling")).unwrap();
    let names = place.names();
    for output in ["pipe", "folder", "link", "dangling", "/dev/null"] {
        let output = (output, place.repack(output, &[]));
        let said = String::from_utf8_lossy(&output.1.stderr);
        let refused = "is not replaced: it is no file, but a link, a folder, a device or a pipe";
        assert_eq!(said, format!("sidecharm: {} {refused}\n", output.0));
        assert_eq!(place.names(), names);
    }
    for input in ["pipe", "folder", "/dev/zero"] {
        let mut command = Command::new(BINARY);
        let output =
            command.current_dir(place.path("")).args(["repack", input, "-o", "out"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, format!("sidecharm: {input} is no file, but a folder, a device or a pipe\n"));
        assert_eq!(place.names(), names);
    }
}

#[test]
fn a_file_beside_the_charm_is_left_alone_whatever_its_name() {
    let place = Place::with(&[]);
    fs::write(place.path("mine"), "mine").unwrap();
    for name in ["out.charm.new", "out.charm.new0"] {
        symlink("mine", place.path(name)).unwrap();
    }
    fs::write(place.path("out.charm.new1"), "mine too").unwrap();
    let names = [place.names(), vec!["out.charm".to_owned()]].concat();
    assert!(place.repack("out.charm", &[]).status.success());
    let (mut left, mut expected) = (place.names(), names);
    left.sort();
    expected.sort();
    assert_eq!(left, expected);
    for (name, text) in [("mine", "mine"), ("out.charm.new1", "mine too")] {
        assert_eq!(fs::read_to_string(place.path(name)).unwrap(), text);
    }
    assert!(!unpacked(&place.path("out.charm")).is_empty());
}

#[test]
fn a_repacked_charm_declares_what_the_charms_of_this_project_do_beyond_paas_charms() {
    let place = Place::with(&[]);
    assert!(place.repack("out.charm", &[]).status.success());
    let files = unpacked(&place.path("out.charm"));
    let (start, rest) = CONFIG.split_at("options:\n".len());
    for (name, before, after) in [("config.yaml", start, rest), ("actions.yaml", ACTIONS, "")] {
        let (.., content) = files.iter().find(|(other, ..)| other == name).unwrap();
        let repacked = String::from_utf8_lossy(content);
        let own = repacked.strip_prefix(before).unwrap().strip_suffix(after).unwrap();
        assert!(own.lines().count() > 4, "{name}: {repacked}");
        for framework in ["flask", "django", "fastapi", "go", "expressjs", "spring-boot"] {
            let charm = Path::new(env!("CARGO_MANIFEST_DIR")).join("charms").join(framework);
            for charm in [charm.clone(), charm.join("26.04")].iter().filter(|charm| charm.join(name).exists())
            {
                let text = fs::read_to_string(charm.join(name)).unwrap();
                assert!(text.contains(own), "{}: {name} is another", charm.display());
            }
        }
    }
}
