//! Keeps what charms are deployed with: files are copied into the model's folder, images are remembered by name.
//!
//! An image has no registry here. Its text is kept as the YAML that `resource-get` gives; where it names a folder, that
//! folder's files stand in for the image: they are laid over this machine's own.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sidecharm::juju::metadata::{Metadata, ResourceKind};

use crate::controller::application::Resource;

/// Why a resource is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    #[error("resource \"{name}\" not found: the charm declares {known}")]
    Unknown { name: String, known: String },
    #[error("cannot keep resource \"{name}\" from {value}")]
    Unreadable {
        name: String,
        value: String,
        #[source]
        source: io::Error,
    },
}

#[derive(Deserialize)]
struct Image {
    registrypath: String,
}

/// Takes a resource of an application: a file, or the name or folder of an image.
///
/// # Errors
/// When the charm does not declare it, or the file cannot be read.
pub fn take(
    metadata: &Metadata,
    folder: &Path,
    name: &str,
    value: &str,
    revision: u32,
) -> Result<Resource, ResourceError> {
    let Some(resource) = metadata.resources.get(name) else {
        let known = metadata.resources.keys().map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(ResourceError::Unknown { name: name.to_owned(), known });
    };
    let folder = folder.join(format!("{name}-{revision}"));
    let kept = match &resource.kind {
        ResourceKind::File { filename } => keep_file(&folder, filename, Path::new(value)),
        ResourceKind::OciImage => keep_image(&folder, value),
    };
    let unreadable =
        |source| ResourceError::Unreadable { name: name.to_owned(), value: value.to_owned(), source };
    kept.map(|path| Resource { path, revision }).map_err(unreadable)
}

/// The folders that stand in for a container's image, uppermost first.
pub fn rock(
    metadata: &Metadata,
    resources: &BTreeMap<String, Resource>,
    image: Option<&str>,
) -> Vec<PathBuf> {
    let declared = image.filter(|image| metadata.resources.contains_key(*image));
    let text = declared
        .and_then(|image| resources.get(image))
        .and_then(|resource| fs::read_to_string(&resource.path).ok());
    let image: Option<Image> = text.and_then(|text| serde_json::from_str(&text).ok());
    let folder = image.map(|image| PathBuf::from(image.registrypath));
    folder.filter(|folder| folder.is_absolute() && folder.is_dir()).into_iter().collect()
}

fn keep_file(folder: &Path, filename: &str, source: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(filename);
    fs::copy(source, &path)?;
    Ok(path)
}

/// JSON is YAML, and safe whatever the name holds.
fn keep_image(folder: &Path, value: &str) -> io::Result<PathBuf> {
    // No image is called so.
    if value.starts_with(['/', '.']) && !Path::new(value).is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such folder"));
    }
    fs::create_dir_all(folder)?;
    let path = folder.join("image.yaml");
    let image = serde_json::json!({ "registrypath": value, "username": "", "password": "" });
    fs::write(&path, image.to_string())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = "
name: small
summary: s
description: d
containers: {work: {resource: work-image}, other: {}}
resources:
  work-image: {type: oci-image}
  cert: {type: file, filename: ca.pem}
";

    #[test]
    fn files_are_copied_and_folders_stand_in_for_images() {
        let metadata = Metadata::parse(METADATA).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("mine");
        fs::write(&source, "certificate").unwrap();
        let cert = take(&metadata, folder.path(), "cert", source.to_str().unwrap(), 1).unwrap();
        assert_eq!(cert.path, folder.path().join("cert-1/ca.pem"));
        assert_eq!(fs::read_to_string(&cert.path).unwrap(), "certificate");

        let rocks = |value: &str| {
            let image = take(&metadata, folder.path(), "work-image", value, 0).unwrap();
            rock(&metadata, &[("work-image".to_owned(), image)].into(), Some("work-image"))
        };
        assert_eq!(rocks("redis:7"), Vec::<PathBuf>::new());
        assert_eq!(rocks(folder.path().to_str().unwrap()), [folder.path()]);
        assert_eq!(rock(&metadata, &BTreeMap::new(), None), Vec::<PathBuf>::new());

        let refuse =
            |name: &str, value: &str| take(&metadata, folder.path(), name, value, 0).unwrap_err().to_string();
        assert_eq!(
            refuse("key", "x"),
            r#"resource "key" not found: the charm declares "cert", "work-image""#
        );
        for (name, value) in [("cert", "/nowhere"), ("work-image", "/nowhere"), ("work-image", "./nowhere")] {
            assert_eq!(refuse(name, value), format!(r#"cannot keep resource "{name}" from {value}"#));
        }
    }
}
