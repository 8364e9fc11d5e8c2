//! The model on disk: read once, written at every change, in one step. Only root may read it: secrets are in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rand::RngExt as _;

use crate::controller::model::Model;
use crate::controller::shared::SharedModel;
use crate::pod::error::{Doing as _, PodError};
use crate::pod::folders::Folders;
use crate::pod::record::replace_file;

/// Where the model of a folder is.
pub fn path(folders: &Folders) -> PathBuf {
    folders.model.join("model.json")
}

/// Reads the model, or makes an empty one of this name.
///
/// # Errors
/// When the file cannot be read, is none of ours, or holds a model of another name.
pub fn load(path: &Path, name: &str) -> Result<Model, PodError> {
    let doing = || format!("read {}", path.display());
    let model: Model = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Model::empty(name, &random_uuid()));
        }
        other => serde_json::from_slice(&other.doing(doing)?).map_err(io::Error::other).doing(doing)?,
    };
    if model.name == name {
        return Ok(model);
    }
    Err(PodError::Missing(format!("this folder holds the model \"{}\", not \"{name}\"", model.name)))
}

/// Writes the model at every change, until this future is dropped. What fails is logged and tried again at the next.
pub async fn keep(model: &SharedModel, path: &Path) {
    let mut changes = model.subscribe();
    while changes.changed().await.is_ok() {
        if let Err(error) = save(model, path) {
            tracing::error!(%error, "cannot write the model");
        }
    }
}

/// Writes the model now.
///
/// # Errors
/// When the disk refuses; the file is then as it was.
pub fn save(model: &SharedModel, path: &Path) -> Result<(), PodError> {
    let text = model.read(serde_json::to_vec).map_err(io::Error::other);
    replace_file(path, &text.doing(|| format!("write {}", path.display()))?)
}

/// A random UUID (version 4), as Juju gives each model.
fn random_uuid() -> String {
    let random: u128 = rand::rng().random();
    let version = (random & !(0xf << 76)) | (0x4 << 76);
    let digits = format!("{:032x}", (version & !(0x3 << 62)) | (0x2 << 62));
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    groups.map(|group| digits.get(group).unwrap_or_default().to_owned()).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_reads_back_and_its_folder_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.json");
        let model = load(&path, "demo").unwrap();
        let shared = SharedModel::new(model.clone());
        save(&shared, &path).unwrap();
        assert_eq!(load(&path, "demo").unwrap(), model);
        let error = load(&path, "other").unwrap_err().to_string();
        assert_eq!(error, r#"this folder holds the model "demo", not "other""#);
        fs::write(&path, "{").unwrap();
        assert!(load(&path, "demo").is_err());
    }

    #[test]
    fn a_uuid_is_random_and_says_so() {
        let uuid = random_uuid();
        let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{uuid}");
        assert_ne!(uuid, random_uuid());
    }
}
