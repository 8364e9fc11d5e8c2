//! A charm that charmcraft made for paas-charm, with an option and a relation of its author's, packed, repacked and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml::{Mapping, Value};

use crate::app::{App, Kind};

/// What the author adds to the project that `charmcraft init` makes.
const AUTHORS: &str = "
config:
  options:
    greeting-text:
      type: string
      default: salve
      description: What the page says.
requires:
  cache:
    interface: redis
    optional: true
    limit: 1
";
/// In place of the extension's part, which builds the libraries that the repacked charm has not.
const PARTS: &str = "charm: {plugin: dump, source: ., prime: [src]}";

/// The project of an author who calls the app `shop`.
struct Project(tempfile::TempDir);

impl Project {
    fn new(framework: &str) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        // Charmcraft packs on a system of the charm's base only; nothing is compiled here.
        project.write("etc/os-release", "ID=ubuntu\nNAME=Ubuntu\nVERSION_ID=\"24.04\"\n");
        fs::create_dir(project.path("shop")).unwrap();
        project.charmcraft(&["init", "--profile", &format!("{framework}-framework"), "--name", "shop"]);
        let file = project.path("shop/charmcraft.yaml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text + AUTHORS).unwrap();
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What charmcraft prints.
    fn charmcraft(&self, arguments: &[&str]) -> String {
        let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/charmcraft/bin");
        let paths = [programs.display().to_string(), std::env::var("PATH").unwrap()].join(":");
        let output = Command::new(programs.join("charmcraft"))
            .args(arguments)
            .current_dir(self.path("shop"))
            .env("HOME", self.0.path())
            .env("PATH", paths)
            .env("UNIXCONFDIR", self.path("etc"))
            .env("XDG_RUNTIME_DIR", self.0.path())
            .output()
            .expect("charmcraft is missing: run 'tools/setup test'");
        assert!(output.status.success(), "charmcraft {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Packed by charmcraft, but for Python's libraries.
    fn packed(&self) -> PathBuf {
        let expanded = self.charmcraft(&["expand-extensions"]);
        let mut expanded: Mapping = serde_yaml::from_str(&expanded).unwrap();
        assert!(expanded.remove("charm-libs").is_some() && expanded.contains_key("parts"), "{expanded:?}");
        let parts: Value = serde_yaml::from_str(PARTS).unwrap();
        drop(expanded.insert("parts".into(), parts));
        self.write("shop/charmcraft.yaml", &serde_yaml::to_string(&expanded).unwrap());
        self.charmcraft(&["pack", "--quiet", "--destructive-mode"]);
        let files = fs::read_dir(self.path("shop")).unwrap().map(|entry| entry.unwrap().path());
        files.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "charm")).unwrap()
    }
}

/// Serves over HTTP with the author's option, in the variable of this name.
fn lives(kind: Kind, variable: &str) {
    let project = Project::new(kind.framework);
    let (packed, repacked) = (project.packed(), project.path("shop.charm"));
    let output = Command::new(env!("CARGO_BIN_EXE_sidecharm"))
        .arg("repack")
        .args([packed.as_os_str(), "-o".as_ref(), repacked.as_os_str()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let app = App::deploy_packed(kind, "shop", |_model| repacked.display().to_string());
    app.serves();
    app.is_given(&[(variable, "salve")]);
    app.set(&["greeting-text=ave"]);
    app.has(variable, "ave");
    app.says("active: ");
    app.is_settled();
    // The author's relation is one that can be made.
    let provider = app.model.charm("store", "provides: {cache: {interface: redis}}");
    app.model.juju(&["deploy", &provider]);
    app.model.juju(&["integrate", "shop:cache", "store:cache"]);
}

#[test]
fn a_flask_charm_of_charmcrafts_serves_with_its_authors_option() {
    let kind = Kind { framework: "flask", container: "flask-app", resource: "flask-app-image", port: 8000 };
    lives(kind, "FLASK_GREETING_TEXT");
}

#[test]
fn a_go_charm_of_charmcrafts_serves_with_its_authors_option() {
    lives(Kind { framework: "go", container: "app", resource: "app-image", port: 8080 }, "APP_GREETING_TEXT");
}
