use super::*;

const METADATA: &str = "\
name: shop
summary: A shop.
description: It sells.
containers: {CONTAINER: {resource: CONTAINER-image}}
resources: {CONTAINER-image: {type: oci-image}}
peers: {secret-storage: {interface: secret-storage}}
";
const MANIFEST: &str = "bases: [{name: ubuntu, channel: '24.04', architectures: [amd64]}]\n";
const DISPATCH: &str = "#!/bin/sh\nexec \"${python_path}\" \"${dispatch_path}/src/charm.py\"\n";
const PROGRAM: Program<'static> = Program { file: b"\x7fELF", architecture: "amd64" };

/// A charm as charmcraft packs one, with these files changed; an empty one is left out.
fn packed(module: &str, container: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let charm = format!(
        "import ops\nimport paas_charm.{module}\n\nclass C(paas_charm.{module}.Charm):\n    pass\n\nops.main(C)\n"
    );
    let metadata = METADATA.replace("CONTAINER", container);
    let mut files = BTreeMap::from([
        ("metadata.yaml", metadata.as_str()),
        ("manifest.yaml", MANIFEST),
        ("dispatch", DISPATCH),
        ("src/charm.py", &charm),
        ("lib/charms/redis_k8s/v0/redis.py", "x = 1\n"),
    ]);
    files.extend(changes.iter().copied());
    let file = |content: &str| File { executable: false, content: content.as_bytes().to_vec() };
    let files = files.into_iter().filter(|(_, content)| !content.is_empty());
    archive::write(&files.map(|(name, content)| (name.to_owned(), file(content))).collect()).unwrap()
}

fn chain(error: &Refusal) -> String {
    crate::reconcile::chain(error)
}

fn refusal(bytes: &[u8], wish: Wish) -> String {
    chain(&repack(bytes, PROGRAM, wish).unwrap_err())
}

fn refused(changes: &[(&str, &str)]) -> String {
    refusal(&packed("flask", "flask-app", changes), Wish::default())
}

fn framework(bytes: &[u8], framework: Option<Framework>) -> Framework {
    repack(bytes, PROGRAM, Wish { framework, drop_code: false }).unwrap().profile.framework
}

#[test]
fn the_framework_is_what_the_python_program_was() {
    for (module, container, expected) in [
        ("flask", "flask-app", Framework::Flask),
        ("django", "django-app", Framework::Django),
        ("fastapi", "app", Framework::FastApi),
        ("go", "app", Framework::Go),
        ("expressjs", "app", Framework::ExpressJs),
        ("springboot", "app", Framework::SpringBoot),
    ] {
        let repacked = repack(&packed(module, container, &[]), PROGRAM, Wish::default()).unwrap();
        assert_eq!(repacked.profile.framework, expected);
        assert_eq!((repacked.name.as_str(), repacked.resource), ("shop", format!("{container}-image")));
        let archive = Archive::open(&repacked.bytes).unwrap();
        let workload = read(&archive, "sidecharm.yaml").unwrap().unwrap();
        assert!(workload.ends_with(&format!("\nworkload: {expected}\n")), "{workload}");
    }
    assert_eq!(framework(&packed("go", "app", &[]), Some(Framework::ExpressJs)), Framework::ExpressJs);
}

#[test]
fn where_the_program_does_not_tell_the_metadata_do_and_else_the_operator() {
    let own = [("src/charm.py", "from mine import C\nC.start()\n")];
    let wish = |framework| Wish { framework, drop_code: true };
    let of = |bytes: &[u8], wish| repack(bytes, PROGRAM, wish).map(|repacked| repacked.profile.framework);
    assert_eq!(of(&packed("go", "django-app", &own), wish(None)).unwrap(), Framework::Django);
    let unknown = packed("go", "app", &own);
    assert_eq!(
        refusal(&unknown, wish(None)),
        "nothing in it says which framework the app is written with; say it: --framework with one of flask, django, fastapi, go, expressjs, spring-boot"
    );
    assert_eq!(of(&unknown, wish(Some(Framework::Go))).unwrap(), Framework::Go);
    assert_eq!(
        refusal(&unknown, wish(Some(Framework::Flask))),
        "the charms of flask have a container flask-app, and this one has not; is it flask? --framework says it"
    );
}

#[test]
fn code_of_its_own_is_refused_and_left_out_on_demand() {
    let code = [
        (
            "src/charm.py",
            "import paas_charm.flask\nimport requests\n\nclass C(paas_charm.flask.Charm):\n    def port(self): return 1\n",
        ),
        ("src/helpers.py", "x = 1\n"),
        ("src/__init__.py", "# Nothing.\n"),
        ("src/templates/page.html", "<p>"),
    ];
    insta::assert_snapshot!(refused(&code), @"
    it has code of its own, which this program would not run:
      src/charm.py, line 2: import requests
      src/charm.py, line 5: def port(self): return 1
      src/helpers.py: a module of its own
    With --drop-code it is repacked without that
    ");
    let wish = Wish { drop_code: true, ..Wish::default() };
    let repacked = repack(&packed("flask", "flask-app", &code), PROGRAM, wish).unwrap();
    assert_eq!(repacked.notes.len(), 3, "{:?}", repacked.notes);
    assert_eq!(repacked.left_out, "dispatch, lib/ (1 file), src/ (4 files)");

    let many = "x = 1\n".repeat(20);
    assert!(refused(&[("src/charm.py", &many)]).contains("… and 12 more"));
    assert!(refused(&[("dispatch", "#!/bin/sh\nexec ./run\n")]).contains("dispatch: it does not end with"));
    assert!(refused(&[("dispatch", ""), ("hooks/install", "x")]).contains("there is no dispatch"));
    assert!(refused(&[("src/charm.py", "")]).contains("there is no src/charm.py"));
}

#[test]
fn what_is_no_whole_charm_is_refused() {
    assert_eq!(
        refused(&[("metadata.yaml", "")]),
        "it is no charm that charmcraft packed: there is no metadata.yaml"
    );
    assert_eq!(
        refused(&[("manifest.yaml", "")]),
        "it is no charm that charmcraft packed: there is no manifest.yaml"
    );
    assert_eq!(
        refused(&[("metadata.yaml", "{name: x, summary: s}")]),
        "Juju would refuse the charm as it is: metadata.yaml: description: is required"
    );
    assert!(
        refused(&[("config.yaml", "[")]).starts_with("Juju would refuse the charm as it is: config.yaml")
    );
    let arm = MANIFEST.replace("amd64", "arm64");
    assert_eq!(
        refused(&[("manifest.yaml", &arm)]),
        "the charm is for arm64, and this program for amd64: take the sidecharm of that architecture"
    );
}

#[test]
fn a_charm_that_has_this_program_gets_the_newer_one() {
    let old = repack(&packed("go", "app", &[]), Program { file: b"\x7fELF old", ..PROGRAM }, Wish::default())
        .unwrap();
    let again = repack(&old.bytes, PROGRAM, Wish::default()).unwrap();
    assert_eq!(again.profile.framework, Framework::Go);
    assert_eq!(again.bytes, repack(&packed("go", "app", &[]), PROGRAM, Wish::default()).unwrap().bytes);
    assert_eq!(again.left_out, "dispatch, sidecharm.yaml");
    let ours = [("sidecharm.yaml", "workload: flask\n"), ("src/charm.py", "x = 1\n")];
    assert!(refused(&ours).contains("src/charm.py, line 1: x = 1"));
    let redis = [("sidecharm.yaml", "workload: redis\n")];
    assert_eq!(refused(&redis), "it is the Redis charm, not a web app's");
    assert!(
        refused(&[("sidecharm.yaml", "workload: rails\n")])
            .starts_with("it is not a web app's charm: workload")
    );
}

#[test]
fn what_changes_or_will_not_work_is_noted() {
    let both = MANIFEST.replace("[amd64]", "[amd64, arm64]");
    let changes = [("manifest.yaml", both.as_str()), ("paas-config.yaml", "port: 99999\n")];
    let repacked = repack(&packed("flask", "flask-app", &changes), PROGRAM, Wish::default()).unwrap();
    insta::assert_snapshot!(repacked.notes.join("\n"), @"
    manifest.yaml: the charm is now for amd64 alone, as the program is
    the charm will be Blocked until this is mended: Invalid paas-config.yaml: port: must be a number from 1 to 65535
    ");
    let archive = Archive::open(&repacked.bytes).unwrap();
    assert!(read(&archive, "manifest.yaml").unwrap().unwrap().contains(r#""architectures":["amd64"]"#));
}
