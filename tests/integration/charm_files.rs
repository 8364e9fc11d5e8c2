//! The files of the charm `redis-k8s`: an application that runs the Python charm of that name is refreshed in place, so every
//! name it knows must be there. What the names do is shown by the stories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml::Value;

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &Path) -> Value {
    serde_yaml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The keys under `path` of a document, each with its `field`.
fn names(document: &Value, path: &str, field: &str) -> BTreeMap<String, String> {
    let mapping = document[path].as_mapping().unwrap();
    mapping.iter().map(|(name, value)| (text(name), text(&value[field]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn check(document: &Value, path: &str, field: &str, expected: &[(&str, &str)]) {
    let expected = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(names(document, path, field), expected, "{path}");
}

#[test]
fn the_names_of_the_python_charm_are_kept() {
    let metadata = read(&project().join("metadata.yaml"));
    assert_eq!(metadata["name"], "redis-k8s");
    check(&metadata, "containers", "resource", &[("redis", "redis-image"), ("sentinel", "redis-image")]);
    check(&metadata, "storage", "location", &[("database", "/var/lib/redis")]);
    check(&metadata, "peers", "interface", &[("redis-peers", "redis-peers")]);
    check(&metadata, "requires", "interface", &[("logging", "loki_push_api")]);
    let provides = [
        ("grafana-dashboard", "grafana_dashboard"),
        ("metrics-endpoint", "prometheus_scrape"),
        ("redis", "redis"),
    ];
    check(&metadata, "provides", "interface", &provides);
    let resources =
        [("ca-cert-file", "file"), ("cert-file", "file"), ("key-file", "file"), ("redis-image", "oci-image")];
    check(&metadata, "resources", "type", &resources);

    let actions = read(&project().join("actions.yaml"));
    for name in ["check-service", "get-initial-admin-password", "get-sentinel-password", "promote-to-primary"]
    {
        assert!(actions[name]["description"].is_string(), "{name}");
    }
    let config = read(&project().join("config.yaml"));
    assert_eq!(config["options"]["enable-tls"]["type"], "boolean");
    assert_eq!(config["options"]["enable-tls"]["default"], false);
}

#[test]
fn both_containers_see_the_storage() {
    let metadata = read(&project().join("metadata.yaml"));
    for container in ["redis", "sentinel"] {
        let mount = &metadata["containers"][container]["mounts"][0];
        assert_eq!(
            (text(&mount["storage"]), text(&mount["location"])),
            ("database".into(), "/var/lib/redis".into())
        );
    }
}

#[test]
fn the_charm_is_built_on_the_base_that_it_is_refreshed_from() {
    let charmcraft = read(&project().join("charmcraft.yaml"));
    assert_eq!(charmcraft["base"], "ubuntu@22.04");
    // With a metadata.yaml beside it, charmcraft drops what Juju reads from charmcraft.yaml without a word.
    let known = ["type", "base", "platforms", "parts"];
    for (key, _) in charmcraft.as_mapping().unwrap() {
        assert!(known.contains(&text(key).as_str()), "charmcraft.yaml: {key:?} belongs into another file");
    }
}

#[test]
fn an_assembled_charm_has_all_its_files_and_an_executable_dispatch() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let charm = folder.path().join("redis-k8s");
    for _again in 0..2 {
        let status = Command::new(project().join("tools/assemble"))
            .args([env!("CARGO_BIN_EXE_sidecharm").as_ref(), charm.as_os_str()])
            .status()
            .unwrap();
        assert!(status.success());
    }
    for file in ["metadata.yaml", "config.yaml", "actions.yaml", "sidecharm.yaml"] {
        assert_eq!(read(&charm.join(file)), read(&project().join(file)), "{file}");
    }
    assert!(charm.join("icon.svg").is_file());
    assert_eq!(read(&charm.join("manifest.yaml"))["bases"][0]["channel"], "22.04");
    let dispatch = std::fs::metadata(charm.join("dispatch")).unwrap();
    assert!(dispatch.is_file() && dispatch.permissions().mode() & 0o111 == 0o111);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something is left beside the charm");
}
