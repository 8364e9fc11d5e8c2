//! The charms that are measured, as folders: ours, paas-charm's where its libraries are there, and the provider's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::model::Failure;
use crate::relations;

/// Whose charm it is: the application's name.
pub const NATIVE: &str = "native";
pub const PYTHON: &str = "paas-charm";

/// What a Flask charm of paas-charm has as its own code.
const PYTHON_CHARM: &str = "import ops
import paas_charm.flask


class BenchmarkCharm(paas_charm.flask.Charm):
    pass


ops.main(BenchmarkCharm)
";

/// A folder with the charms in it.
pub struct Charms {
    folder: tempfile::TempDir,
    libraries: Option<PathBuf>,
}

impl Charms {
    pub fn assemble() -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|error| Failure::new(error.to_string()))?;
        let libraries =
            std::env::var_os("PAAS_CHARM_LIBS").filter(|value| !value.is_empty()).map(PathBuf::from);
        let charms = Self { folder, libraries };
        let program = std::env::current_exe().map_err(|error| Failure::new(error.to_string()))?;
        let binary = program.ancestors().nth(2).map(|folder| folder.join("sidecharm")).unwrap_or_default();
        charms.run(
            "tools/assemble $1 $0/native charms/flask
            cp benches/measure $0/native/
            cp -r tests/charms/provider $0/provider",
            &binary,
        )?;
        let metadata = charms.path(NATIVE).join("metadata.yaml");
        let text = fs::read_to_string(&metadata).unwrap_or_default();
        let text = text.replace("\nrequires:\n", &format!("\nrequires:\n{}", relations::required(&text)));
        fs::write(&metadata, text).map_err(|error| Failure::new(error.to_string()))?;
        relations::write_provider(&charms.path(relations::PROVIDER))?;
        if let Some(libraries) = &charms.libraries {
            if !libraries.join("lib/charms").is_dir() {
                let folder = libraries.display();
                return Err(Failure::new(format!("PAAS_CHARM_LIBS: there is no lib/charms in {folder}")));
            }
            charms.run(
                "cp -r $0/native $0/paas-charm
                rm $0/paas-charm/dispatch $0/paas-charm/sidecharm.yaml
                cp benches/ops-charm/dispatch $0/paas-charm/
                cp -r .tools/paas-charm $0/paas-charm/venv
                cp -r \"$1/lib\" $0/paas-charm/lib
                mkdir $0/paas-charm/src",
                libraries,
            )?;
            let code = charms.path(PYTHON).join("src/charm.py");
            fs::write(code, PYTHON_CHARM).map_err(|error| Failure::new(error.to_string()))?;
        }
        for application in charms.applications() {
            charms.count_hooks(application)?;
        }
        Ok(charms)
    }

    /// The applications to measure.
    pub fn applications(&self) -> Vec<&'static str> {
        if self.libraries.is_some() { vec![NATIVE, PYTHON] } else { vec![NATIVE] }
    }

    pub fn path(&self, charm: &str) -> PathBuf {
        self.folder.path().join(charm)
    }

    /// The same charm with each of its hooks counted.
    pub fn counting(application: &str) -> String {
        format!("{application}-counting")
    }

    fn count_hooks(&self, application: &str) -> Result<(), Failure> {
        self.run(
            "cp -r $0/$1 $0/$1-counting
            mv $0/$1-counting/dispatch $0/$1-counting/charm
            printf '#!/bin/sh\\nexec ./measure hook ./charm\\n' >$0/$1-counting/dispatch
            chmod 0755 $0/$1-counting/dispatch",
            Path::new(application),
        )
    }

    /// A script at the project's top level: $0 is the folder of the charms.
    fn run(&self, script: &str, argument: &Path) -> Result<(), Failure> {
        let mut command = Command::new("sh");
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["-ec", script])
            .arg(self.folder.path())
            .arg(argument);
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(Failure::new("the charms could not be assembled: run `make bench-webapp`")),
            Err(error) => Err(Failure::new(error.to_string())),
        }
    }
}
