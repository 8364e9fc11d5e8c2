//! Keeps the logs of a model from filling the disk, as Kubernetes does with those of containers.
//!
//! Whoever writes has the file open for as long as a container lives, and pods outlive the controller, so a file is never
//! replaced: its end is copied beside it, and it goes on empty. All write at the file's end, wherever that is.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

/// Kubernetes' `containerLogMaxSize`.
const LARGEST: u64 = 10 * 1024 * 1024;
/// Kubernetes' `containerLogMonitorInterval`.
const INTERVAL: Duration = Duration::from_secs(10);

/// Looks at the logs in a folder from time to time, until this future is dropped.
pub async fn keep(folder: PathBuf) {
    loop {
        if let Err(error) = shorten_all(&folder, LARGEST) {
            tracing::warn!(%error, "a log that has grown too large cannot be shortened");
        }
        sleep(INTERVAL).await;
    }
}

/// Where the older part of a log is: `model.log.1`.
pub fn older(log: &Path) -> PathBuf {
    let mut name = OsString::from(log);
    name.push(".1");
    PathBuf::from(name)
}

fn shorten_all(folder: &Path, largest: u64) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log")
            && fs::metadata(&path)?.len() > largest
        {
            shorten(&path, largest)?;
        }
    }
    Ok(())
}

/// What is written between the copy and the cut is lost.
fn shorten(path: &Path, largest: u64) -> io::Result<()> {
    let mut log = File::options().read(true).write(true).open(path)?;
    let length = log.metadata()?.len();
    log.seek(SeekFrom::Start(length.saturating_sub(largest)))?;
    let mut kept = File::options().write(true).create(true).truncate(true).mode(0o600).open(older(path))?;
    io::copy(&mut log, &mut kept)?;
    log.set_len(0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_log_that_is_too_large_goes_on_empty_with_its_end_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let text = |name: &str| fs::read_to_string(path(name)).unwrap();
        let mut writer = File::options().create(true).append(true).open(path("web-0.one.log")).unwrap();
        let mut write = |text: &str| writer.write_all(text.as_bytes()).unwrap();
        fs::write(path("small.log"), "1234567890").unwrap();
        fs::write(path("other"), "12345678901").unwrap();
        write("lost\nkept\nnew\n");
        shorten_all(folder.path(), 10).unwrap();
        write("newer\n");
        assert_eq!(
            (text("web-0.one.log"), text("web-0.one.log.1")),
            ("newer\n".into(), "\nkept\nnew\n".into())
        );
        shorten_all(folder.path(), 10).unwrap();
        assert_eq!(text("web-0.one.log"), "newer\n");
        write("newest\n");
        shorten_all(folder.path(), 10).unwrap();
        assert_eq!((text("web-0.one.log"), text("web-0.one.log.1")), (String::new(), "er\nnewest\n".into()));
        assert_eq!((text("small.log"), text("other")), ("1234567890".into(), "12345678901".into()));
        assert!(!path("small.log.1").exists());
    }
}
