use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::*;

const MANIFEST: &str = "\
charmcraft-version: 4.5.0
charmcraft-started-at: '2026-11-01T10:00:00.000000'
bases:
- name: ubuntu
  channel: '24.04'
  architectures:
  - amd64
";
const CONFIG: &str = "options:\n  flask-env:\n    type: string\n";

fn made() -> Sources {
    Sources::made("flask", CONFIG)
}

/// What charmcraft would put into the charm.
fn files() -> BTreeMap<String, File> {
    let sources = made();
    let copied = COPIED.iter().map(|name| ((*name).to_owned(), sources.file(name).unwrap().text.clone()));
    let texts = copied.chain([("manifest.yaml".to_owned(), MANIFEST.to_owned())]);
    let file =
        |(name, text): (String, String)| (name, File { executable: false, content: text.into_bytes() });
    let mut files: BTreeMap<_, _> = texts.map(file).collect();
    files.insert(PROGRAM.to_owned(), File { executable: true, content: elf::made(62, &[1]) });
    files
}

fn found_in(bytes: &[u8]) -> String {
    let (findings, _) = check(&made(), "x.charm", bytes, BUDGET);
    findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n")
}

fn found(change: impl Fn(&mut BTreeMap<String, File>)) -> String {
    let mut files = files();
    change(&mut files);
    found_in(&archive::write(&files).unwrap())
}

/// With one file's text changed.
fn found_with(name: &str, from: &str, to: &str) -> String {
    found(|files| {
        let file = files.get_mut(name).unwrap();
        let text = String::from_utf8(file.content.clone()).unwrap();
        assert!(text.contains(from), "{from}");
        file.content = text.replace(from, to).into_bytes();
    })
}

fn found_with_program(content: &[u8]) -> String {
    found(|files| files.get_mut(PROGRAM).unwrap().content = content.to_vec())
}

#[test]
fn a_good_charm_is_written_without_its_times() {
    let bytes = archive::write(&files()).unwrap();
    let (findings, normal) = check(&made(), "x.charm", &bytes, BUDGET);
    assert_eq!(findings, []);
    let later = found_bytes(&MANIFEST.replace("2026-11-01", "2026-11-02"));
    assert!(normal == later, "the same files give other bytes");
    let archive = Archive::open(&normal).unwrap();
    let manifest = String::from_utf8(archive.read("manifest.yaml").unwrap().unwrap()).unwrap();
    assert_eq!(manifest, MANIFEST.replace("charmcraft-started-at: '2026-11-01T10:00:00.000000'\n", ""));
    assert_eq!(archive.permissions(PROGRAM), Some(0o755));
    assert_eq!(archive.permissions("metadata.yaml"), Some(0o644));
}

fn found_bytes(manifest: &str) -> Vec<u8> {
    let mut files = files();
    files.get_mut("manifest.yaml").unwrap().content = manifest.as_bytes().to_vec();
    let (findings, normal) = check(&made(), "x.charm", &archive::write(&files).unwrap(), BUDGET);
    assert_eq!(findings, []);
    normal
}

#[test]
fn a_broken_archive_is_no_charm() {
    insta::assert_snapshot!(found_in(b"no archive"), @"x.charm: it is no charm: a charm is a zip archive, and this is not one that can be read");
    let good = archive::write(&files()).unwrap();
    insta::assert_snapshot!(found_in(&good[..good.len() / 2]), @"x.charm: it is no charm: a charm is a zip archive, and this is not one that can be read");
    let mut damaged = good.clone();
    let at = damaged.windows(4).position(|window| window == b"yaml").unwrap() + 6;
    damaged[at] ^= 0x55;
    let said = found_in(&damaged);
    assert!(said.contains("x.charm: the entry \"actions.yaml\" is damaged"), "{said}");
}

#[test]
fn a_lost_or_wrong_program_is_named() {
    insta::assert_snapshot!(found(|files| drop(files.remove(PROGRAM))), @"x.charm: has no dispatch: Juju would run nothing, and call it well");
    insta::assert_snapshot!(found(|files| files.get_mut(PROGRAM).unwrap().executable = false), @"x.charm: dispatch is not executable for all: every hook would fail");
    insta::assert_snapshot!(found_with_program(b"#!/bin/sh\nexec src/charm.py\n"), @"x.charm: dispatch is not a 64-bit ELF program");
    insta::assert_snapshot!(found_with_program(&elf::made(183, &[1])), @"x.charm: dispatch is for arm64, and manifest.yaml says amd64");
    let dynamic = [elf::made(62, &[1, 3]), b"GLIBC_2.36\0".to_vec()].concat();
    insta::assert_snapshot!(found_with_program(&dynamic), @"x.charm: dispatch needs glibc 2.36 of the machine, and must be static");
}

#[test]
fn what_does_not_belong_into_a_charm_is_named() {
    let with = |name: &str, content: &[u8]| {
        let file = File { executable: false, content: content.to_vec() };
        found(|files| drop(files.insert(name.to_owned(), file.clone())))
    };
    insta::assert_snapshot!(with("target/release/sidecharm", &elf::made(62, &[])), @r#"
    x.charm: target/release/sidecharm does not belong into the charm
    x.charm: target/release/sidecharm is a second program
    "#);
    insta::assert_snapshot!(with(".git/HEAD", b"x"), @"x.charm: .git/HEAD does not belong into the charm");
    insta::assert_snapshot!(with("LICENSE", &elf::made(62, &[])), @"x.charm: LICENSE is a second program");
    assert_eq!(with("LICENSE", b"Apache"), "");
}

#[test]
fn what_is_lost_or_refused_is_named_with_its_line() {
    insta::assert_snapshot!(found_with("metadata.yaml", "    resource: i\n", ""), @"made/metadata.yaml:5: containers.flask-app is lost or changed in x.charm");
    insta::assert_snapshot!(found_with("metadata.yaml", "name: made\n", ""), @r#"
    made/metadata.yaml:1: name is lost or changed in x.charm
    x.charm: metadata.yaml:1: Juju would refuse it: name: is required
    "#);
    insta::assert_snapshot!(found_with("config.yaml", "type: string", "type: str"), @r#"
    made/config.yaml:3: options.flask-env.type is lost or changed in x.charm
    x.charm: config.yaml:3: Juju would refuse it: options.flask-env.type: must be string, int, float, boolean or secret, got "str"
    "#);
    insta::assert_snapshot!(found(|files| drop(files.remove("actions.yaml"))), @"made/actions.yaml: is not in x.charm");
    insta::assert_snapshot!(found_with("sidecharm.yaml", "flask", "redis"), @"made/sidecharm.yaml:1: workload is lost or changed in x.charm");
    insta::assert_snapshot!(found(|files| drop(files.remove("manifest.yaml"))), @"x.charm: has no manifest.yaml: Juju would refuse it");
    insta::assert_snapshot!(found_with("manifest.yaml", "24.04", "22.04"), @"made/charmcraft.yaml:2: the base is ubuntu@24.04, and ubuntu@22.04 in x.charm");
    insta::assert_snapshot!(found_with("manifest.yaml", "  - amd64", "  - amd64\n  - arm64"), @"x.charm: manifest.yaml names the architectures amd64, arm64, not one");
    insta::assert_snapshot!(found_with("manifest.yaml", "bases:\n- name: ubuntu\n  channel: '24.04'\n  architectures:\n  - amd64", "bases: []"), @"x.charm: manifest.yaml:3: Juju would refuse it: bases: at least one base is required");
}

#[test]
fn more_bytes_than_a_charm_may_have_are_counted() {
    // Noise: it does not get smaller.
    let noise = std::iter::successors(Some(1_u32), |last| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    });
    let noise: Vec<u8> = noise.take(BUDGET).map(|number| number.to_be_bytes()[0]).collect();
    let program = [elf::made(62, &[1]), noise].concat();
    let said = found_with_program(&program);
    assert!(said.ends_with(&format!(" bytes, and {BUDGET} is the most")), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let mut files = files();
    files.get_mut(PROGRAM).unwrap().content = program;
    let (findings, _) = check(&made(), "x.charm", &archive::write(&files).unwrap(), usize::MAX);
    assert_eq!(findings, []);
}

#[test]
fn what_charmcraft_packs_is_good_and_the_same_bytes_whenever_it_was_packed() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = tempfile::tempdir().unwrap();
    let (binary, checker) = (place.path().join("binary"), place.path().join("checker"));
    fs::write(&binary, elf::made(if cfg!(target_arch = "aarch64") { 183 } else { 62 }, &[1])).unwrap();
    // The charm as it comes from charmcraft.
    fs::write(&checker, "#!/bin/sh\ncp \"$2\" \"$3\"\n").unwrap();
    fs::set_permissions(&checker, fs::Permissions::from_mode(0o755)).unwrap();
    let files = project.join("charms/go");
    let sources = Sources::read(&files).unwrap();
    let mut packed = Vec::new();
    for folder in ["first", "second"] {
        let folder = place.path().join(folder);
        let mut pack = Command::new(project.join("tools/pack"));
        let done = pack.args([&binary, &checker, &folder, &files]).output().unwrap();
        assert!(done.status.success(), "is charmcraft there? 'tools/setup test' installs it: {done:?}");
        let charm = fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
        assert!(charm.file_name().to_str().unwrap().starts_with("go-k8s_"), "{charm:?}");
        let bytes = fs::read(charm.path()).unwrap();
        let (findings, normal) = check(&sources, "go.charm", &bytes, BUDGET);
        assert_eq!(findings, []);
        packed.push((bytes, normal));
    }
    assert!(packed[0].0 != packed[1].0, "charmcraft has written no time: nothing needs to be left out");
    assert!(packed[0].1 == packed[1].1, "the same files gave other bytes");
}
