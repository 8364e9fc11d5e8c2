//! The folder in which this run of a test program keeps its models. What killed runs have left there goes first.
//!
//! Pods outlive their controller, and that outlives whoever started it: of a run that was killed nobody else destroys the
//! models. A run holds a lock in its folder. However its process ends, the kernel lets go of the lock then and not
//! before, and whatever process has its number later does not hold it.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// The folder, made at the first call. `minijuju` is the program that destroys models.
pub fn folder(minijuju: &Path) -> &'static Path {
    static RUN: OnceLock<(PathBuf, File)> = OnceLock::new();
    let (folder, _held) = RUN.get_or_init(|| begin(&std::env::temp_dir().join("minijuju-tests"), minijuju));
    folder
}

fn begin(all: &Path, minijuju: &Path) -> (PathBuf, File) {
    DirBuilder::new().recursive(true).mode(0o700).create(all).unwrap();
    let own = |path: &Path| fs::metadata(path).unwrap().uid();
    assert_eq!(own(all), own(Path::new("/proc/self")), "{} is somebody else's", all.display());
    // One run begins after the other: none takes a folder for left that is just being made.
    let turn = lock_file(all);
    turn.lock().unwrap();
    for run in folders(all) {
        clear(&run, minijuju);
    }
    let prefix = format!("{}-", std::process::id());
    let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(all).unwrap().keep();
    let held = lock_file(&folder);
    held.lock().unwrap();
    (folder, held)
}

/// Removes the folder of a run that has ended, and its models. What cannot be destroyed is left to the next run.
fn clear(run: &Path, minijuju: &Path) {
    match lock_file(run).try_lock() {
        Err(TryLockError::WouldBlock) => return,
        other => other.unwrap(),
    }
    for home in folders(run).iter().flat_map(|test| folders(test)) {
        let Ok(model) = fs::read(home.join("model.json")) else { continue };
        let model: Value = serde_json::from_slice(&model).unwrap();
        let name = model["name"].as_str().unwrap();
        let mut command = Command::new(minijuju);
        command.args(["--model", name, "destroy-model", "--no-prompt"]).env("MINIJUJU_HOME", &home);
        let output = command.output().unwrap();
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            eprintln!("a killed run left a model in {} that is not destroyed: {reason}", home.display());
            return;
        }
    }
    fs::remove_dir_all(run).unwrap();
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap());
    entries.filter(|entry| entry.file_type().unwrap().is_dir()).map(|entry| entry.path()).collect()
}

fn lock_file(folder: &Path) -> File {
    File::options().create(true).append(true).open(folder.join("lock")).unwrap()
}
