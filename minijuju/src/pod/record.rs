//! What has been made on this machine for a model, kept on disk before it is made, so that the next controller finds it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::{ApplicationName, UnitName};

use super::error::{Doing as _, PodError};
use super::network::Bridge;

/// Everything of a model that outlives its controller, but for the containers' first processes: those record themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub bridge: Option<Bridge>,
    pub pods: BTreeMap<UnitName, PodRecord>,
    pub services: BTreeMap<ApplicationName, Ipv4Addr>,
    /// Numbers and addresses are handed out in order.
    pub next_serial: u32,
    pub next_pod: u32,
    pub next_service: u32,
}

/// One pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodRecord {
    /// Names its folders and its link; never used again in this model.
    pub serial: u32,
    pub address: Ipv4Addr,
    /// The charm container first, then the workload containers.
    pub containers: Vec<String>,
}

impl Record {
    /// Reads what an earlier controller left; nothing yet is an empty record.
    ///
    /// # Errors
    /// When the file cannot be read or is none of ours.
    pub fn load(path: &Path) -> Result<Self, PodError> {
        let doing = || format!("read {}", path.display());
        match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            other => serde_json::from_slice(&other.doing(doing)?).map_err(io::Error::other).doing(doing),
        }
    }

    /// Replaces the file in one step.
    ///
    /// # Errors
    /// When the disk refuses; the file is then as it was.
    pub fn save(&self, path: &Path) -> Result<(), PodError> {
        let text = serde_json::to_vec(self).map_err(io::Error::other);
        let text = text.doing(|| format!("write {}", path.display()))?;
        replace_file(path, &text)
    }
}

/// Replaces a file that only root may read, in one step.
///
/// # Errors
/// When the disk refuses; the file is then as it was.
pub fn replace_file(path: &Path, content: &[u8]) -> Result<(), PodError> {
    let doing = || format!("write {}", path.display());
    let new = path.with_extension("new");
    let mut file =
        File::options().create(true).truncate(true).write(true).mode(0o600).open(&new).doing(doing)?;
    file.write_all(content).doing(doing)?;
    fs::rename(&new, path).doing(doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_a_missing_one_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pods.json");
        assert_eq!(Record::load(&path).unwrap(), Record::default());
        let pod = PodRecord {
            serial: 3,
            address: Ipv4Addr::new(10, 0, 0, 2),
            containers: vec!["charm".to_owned()],
        };
        let record = Record {
            pods: [(UnitName::parse("redis-k8s/0").unwrap(), pod)].into(),
            next_serial: 4,
            ..Record::default()
        };
        record.save(&path).unwrap();
        assert_eq!(Record::load(&path).unwrap(), record);
        fs::write(&path, "{").unwrap();
        assert!(Record::load(&path).is_err());
    }
}
