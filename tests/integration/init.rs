//! `sidecharm init` writes a charm folder that is a charm as it stands.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

const BINARY: &str = env!("CARGO_BIN_EXE_sidecharm");

fn init(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(BINARY).arg("init").args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_new_folder_is_a_charm_with_this_program_in_it() {
    let place = tempfile::tempdir().unwrap();
    for framework in ["flask", "django", "fastapi", "go", "expressjs", "spring-boot"] {
        let name = format!("my-{framework}");
        let output = init(place.path(), &[framework, &name]);
        assert!(output.status.success(), "{}", said(&output));
        let charm = place.path().join(&name);
        let text = |file: &str| fs::read_to_string(charm.join(file)).unwrap();
        assert!(text("metadata.yaml").contains(&format!("\nname: {name}\n")));
        assert!(text("sidecharm.yaml").ends_with(&format!("\nworkload: {framework}\n")));
        assert!(text("charmcraft.yaml").contains("\nbase: ubuntu@24.04\n"));
        let dispatch = charm.join("dispatch");
        assert_eq!(fs::metadata(&dispatch).unwrap().permissions().mode() & 0o7777, 0o755);
        assert!(fs::read(&dispatch).unwrap() == fs::read(BINARY).unwrap(), "dispatch is another program");
        for file in text("README.md")
            .split('`')
            .filter(|word| word.rsplit('.').next() == Some("yaml") && !word.contains(' '))
        {
            assert!(charm.join(file).is_file(), "{file}");
        }
    }
}

#[test]
fn charmcraft_packs_only_files_that_are_there() {
    let place = tempfile::tempdir().unwrap();
    assert!(init(place.path(), &["go", "api"]).status.success());
    let text = fs::read_to_string(place.path().join("api/charmcraft.yaml")).unwrap();
    let charmcraft: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let prime = charmcraft["parts"]["charm"]["prime"].as_sequence().unwrap();
    assert!(prime.contains(&"dispatch".into()));
    for file in prime {
        assert!(place.path().join("api").join(file.as_str().unwrap()).is_file(), "{file:?}");
    }
}

#[test]
fn the_working_directory_is_the_charm_where_no_folder_is_named() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("shop");
    fs::create_dir(&folder).unwrap();
    let output = init(&folder, &["flask", "--base", "ubuntu@26.04"]);
    assert!(output.status.success(), "{}", said(&output));
    let metadata = fs::read_to_string(folder.join("metadata.yaml")).unwrap();
    assert!(metadata.contains("\nname: shop\n") && metadata.contains("\n  app:\n    resource: app-image\n"));
}

#[test]
fn a_folder_with_files_and_a_name_that_is_none_are_refused() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("notes"), "mine").unwrap();
    let output = init(place.path(), &["flask", "--name", "shop"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output),
        "sidecharm: . is not empty: it has notes; a new charm gets a folder of its own\n"
    );
    let output = init(place.path(), &["flask", "My Shop"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).starts_with("sidecharm: \"My Shop\" is no name for a charm"));
    let output = init(place.path(), &["rails", "shop"]);
    assert!(said(&output).contains("[possible values: flask, django, fastapi, go, expressjs, spring-boot]"));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "something was written");
}

/// What Juju and the program see of a charm: names, types and defaults.
fn seen(charm: &Path, of: &str) -> Vec<String> {
    let read = |file: &str| -> serde_yaml::Value {
        serde_yaml::from_str(&fs::read_to_string(charm.join(file)).unwrap()).unwrap()
    };
    let (metadata, config, actions) = (read("metadata.yaml"), read("config.yaml"), read("actions.yaml"));
    let keys = |value: &serde_yaml::Value| -> Vec<String> {
        let mapping = value.as_mapping().into_iter().flatten();
        mapping.map(|(key, _)| key.as_str().unwrap().to_owned()).collect()
    };
    let mut lines: Vec<String> = ["containers", "resources", "peers", "provides", "requires"]
        .iter()
        .flat_map(|part| keys(&metadata[*part]).into_iter().map(move |name| format!("{part} {name}")))
        .collect();
    lines.extend(config["options"].as_mapping().unwrap().iter().map(|(name, option)| {
        format!("option {} {:?} {:?}", name.as_str().unwrap(), option["type"], option.get("default"))
    }));
    lines.extend(keys(&actions).into_iter().map(|name| format!("action {name}")));
    lines.push(format!("{:?} {:?}", metadata.get("charm-user"), read("manifest.yaml")["bases"]));
    lines.retain(|line| !line.is_empty());
    lines.sort_unstable();
    assert!(lines.len() > 8, "{of}: {lines:?}");
    lines
}

#[test]
fn a_new_folder_is_like_the_charm_of_this_project_for_the_same_base() {
    let place = tempfile::tempdir().unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for framework in ["flask", "django", "fastapi", "go", "expressjs", "spring-boot"] {
        for (base, files) in
            [("24.04", format!("charms/{framework}")), ("26.04", format!("charms/{framework}/26.04"))]
        {
            let (new, own) = (format!("new-{framework}-{base}"), format!("own-{framework}-{base}"));
            let output = init(
                place.path(),
                &[framework, &new, "--name", framework, "--base", &format!("ubuntu@{base}")],
            );
            assert!(output.status.success(), "{}", said(&output));
            let own = place.path().join(own);
            let assembled = Command::new(project.join("tools/assemble"))
                .args([Path::new(BINARY), &own, &project.join(&files)])
                .status()
                .unwrap();
            assert!(assembled.success(), "{files}");
            assert_eq!(seen(&own, &files), seen(&place.path().join(new), framework), "{files}");
        }
    }
}
