//! A place in which the commands of a page run: the programs of this build, assembled charms, and a home of minijuju's own.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::blocks::{Step, unseen};

/// `juju` is minijuju, which goes into a container by `exec`.
const JUJU: &str = "#!/bin/sh\nif [ \"$1 $2\" = 'ssh --container' ]; then\n    container=$3 unit=$4\n    shift 4\n    \
    set -- exec --container \"$container\" --unit \"$unit\" -- \"$@\"\nfi\nexec minijuju \"$@\"\n";
/// How long all commands of a page may take, in seconds.
const PATIENCE: &str = "150";
/// Comes before the output of each command.
const MARK: char = '\u{1e}';
/// Puts all files of the working directory into an archive, as they are.
const ZIP: &str = "import os, sys, zipfile\narchive = zipfile.ZipFile(sys.argv[1], \"w\")\n\
    for folder, _, names in os.walk(\".\"):\n    for name in names:\n        archive.write(os.path.join(folder, name))\n\
    archive.close()\n";
/// What charmcraft writes as `dispatch`.
const PYTHON_DISPATCH: &str = "#!/bin/sh\ndispatch_path=\"$(dirname $(realpath $0))\"\n\
    python_path=\"${dispatch_path}/venv/bin/python\"\nexport PYTHONPATH=\"${dispatch_path}/lib:${dispatch_path}/src\"\n\n\
    exec \"${python_path}\" \"${dispatch_path}/src/charm.py\"\n";
/// The program of a charm that charmcraft has packed for paas-charm.
const PYTHON_CHARM: &str = "import ops\nimport paas_charm.flask\n\n\nclass ShopCharm(paas_charm.flask.Charm):\n    \
    def __init__(self, *args):\n        super().__init__(*args)\n\n\nif __name__ == \"__main__\":\n    ops.main(ShopCharm)\n";

/// What a page takes for granted.
#[derive(Debug, Clone, Copy)]
pub enum Given {
    /// The project, built.
    Project,
    /// An application `redis-k8s` of three units, of which 0 is master and leader.
    Redis,
    /// The same of the Python charm, with `greeting` in its data.
    PythonRedis,
    /// An application `my-app` of the Flask app of the tests.
    Flask,
    /// A charm that was packed for paas-charm, `my-shop_amd64.charm`.
    Packed,
}

/// The folder of a page's run. Its model goes with it.
pub struct Place {
    folder: TempDir,
    programs: PathBuf,
}

impl Place {
    pub fn new(given: Given) -> Self {
        let here = std::env::current_exe().unwrap();
        let programs = here.ancestors().nth(2).unwrap().to_owned();
        let folder = tempfile::tempdir_in(crate::runs::folder(&programs.join("minijuju"))).unwrap();
        let place = Self { folder, programs };
        for name in ["bin", "project/dist"] {
            fs::create_dir_all(place.path(name)).unwrap();
        }
        for program in ["minijuju", "sidecharm"] {
            symlink(place.programs.join(program), place.path("bin").join(program)).unwrap();
        }
        for name in ["demo", "charms", "tests", "tools", ".tools"] {
            symlink(project().join(name), place.path("project").join(name)).unwrap();
        }
        fs::write(place.path("bin/juju"), JUJU).unwrap();
        fs::set_permissions(place.path("bin/juju"), fs::Permissions::from_mode(0o755)).unwrap();
        place.assemble("redis-k8s", ".");
        place.shell("minijuju add-model demo && minijuju model-config pebble-poll-interval=0.2");
        place.give(given);
        place
    }

    fn give(&self, given: Given) {
        match given {
            Given::Project => {}
            // The first unit alone is leader and master for sure, and stays both.
            Given::Redis => self.shell(
                "minijuju deploy ./dist/redis-k8s --wait && minijuju add-unit redis-k8s -n 2 && \
                 minijuju wait-for redis-k8s --units 3 --agent idle",
            ),
            Given::PythonRedis => {
                self.python_redis();
                self.zip("redis-k8s", "redis-k8s_amd64.charm");
                self.shell(
                    "minijuju deploy ./dist/python redis-k8s --wait && minijuju add-unit redis-k8s -n 2 && \
                     minijuju wait-for redis-k8s --units 3 --agent idle",
                );
            }
            Given::Flask => {
                self.assemble("flask-k8s", "charms/flask");
                self.shell(
                    "minijuju deploy ./dist/flask-k8s my-app --resource flask-app-image=.tools/rocks/flask --wait",
                );
            }
            Given::Packed => self.pack(),
        }
    }

    fn pack(&self) {
        self.assemble("shop", "charms/flask");
        let charm = self.path("project/dist/shop");
        let metadata = fs::read_to_string(charm.join("metadata.yaml")).unwrap();
        fs::write(charm.join("metadata.yaml"), metadata.replace("name: flask-k8s", "name: my-shop")).unwrap();
        fs::remove_file(charm.join("sidecharm.yaml")).unwrap();
        fs::write(charm.join("dispatch"), PYTHON_DISPATCH).unwrap();
        fs::create_dir(charm.join("src")).unwrap();
        fs::write(charm.join("src/charm.py"), PYTHON_CHARM).unwrap();
        self.zip("shop", "../my-shop_amd64.charm");
    }

    /// The stand-in for the Python charm, with this charm's files: their names are the same.
    fn python_redis(&self) {
        self.assemble("python", ".");
        let charm = self.path("project/dist/python");
        fs::copy(project().join("tests/docs/python-redis/dispatch"), charm.join("dispatch")).unwrap();
        let metadata = fs::read_to_string(charm.join("metadata.yaml")).unwrap();
        let as_root: String =
            metadata.split_inclusive('\n').filter(|line| !line.starts_with("charm-user")).collect();
        fs::write(charm.join("metadata.yaml"), as_root).unwrap();
    }

    /// Packs a folder of `dist` into a file there.
    fn zip(&self, folder: &str, file: &str) {
        self.shell(&format!("cd dist/{folder} && /usr/bin/python3 -c '{ZIP}' ../{file}"));
    }

    /// Runs the commands in one shell, and compares what they print with what the page shows.
    pub fn run(&self, page: &str, steps: &[&Step]) {
        let mut script = "exec 2>&1\n".to_owned();
        for step in steps {
            writeln!(script, "printf '\\036'\n{}", step.command).unwrap();
        }
        let output = self.command(&script);
        let text = String::from_utf8_lossy(&output.stdout);
        let parts: Vec<&str> = text.split(MARK).skip(1).collect();
        for (step, printed) in steps.iter().zip(&parts) {
            let missing = unseen(&step.shown, printed);
            let (line, command) = (step.line, &step.command);
            assert_eq!(missing, None, "{page}:{line}: `{command}` printed:\n{printed}");
        }
        let last = parts.len().checked_sub(1).and_then(|last| steps.get(last).zip(parts.get(last)));
        let (step, printed) = last.expect("there are commands");
        let (line, command, code) = (step.line, &step.command, output.status);
        assert!(
            output.status.success(),
            "{page}:{line}: `{command}` ended with {code}:\n{printed}\n{}",
            self.story()
        );
    }

    /// A charm of this project with the program of this build.
    fn assemble(&self, name: &str, files: &str) {
        let assembled = Command::new(project().join("tools/assemble"))
            .args([
                &self.programs.join("sidecharm"),
                &self.path("project/dist").join(name),
                &project().join(files),
            ])
            .status();
        assert!(assembled.unwrap().success(), "tools/assemble failed");
    }

    fn shell(&self, script: &str) {
        let output = self.command(script);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self, script: &str) -> Output {
        let path = std::env::var_os("PATH").unwrap();
        let bin = self.path("bin");
        let all = [bin].into_iter().chain(std::env::split_paths(&path));
        Command::new("timeout")
            .args([PATIENCE, "sh", "-euc", script])
            .current_dir(self.path("project"))
            .env("PATH", std::env::join_paths(all).unwrap())
            .env("MINIJUJU_HOME", self.path("home"))
            .env_remove("JUJU_MODEL")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the model says of itself when a command failed.
    fn story(&self) -> String {
        let output = self.command("minijuju status; minijuju debug-log --replay | tail -n 40");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.path("home/model.json").exists() {
            let destroyed = self.command("minijuju destroy-model --no-prompt");
            let said = String::from_utf8_lossy(&destroyed.stderr).into_owned();
            assert!(
                destroyed.status.success() || std::thread::panicking(),
                "the model is not destroyed: {said}"
            );
        }
    }
}

pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
