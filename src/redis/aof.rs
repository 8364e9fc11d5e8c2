//! Reads a server's append-only file. Decides nothing.

use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::age;

/// When the data in this folder were last written to, in seconds since 1970; `None` when nobody knows.
pub async fn last_write(data: &Path) -> Option<u64> {
    let folder = data.join("appendonlydir");
    tokio::task::spawn_blocking(move || read(&folder)).await.ok()?
}

fn read(folder: &Path) -> Option<u64> {
    let manifest = std::fs::read_to_string(folder.join("appendonly.aof.manifest")).ok()?;
    let increment = age::increment(&manifest)
        .and_then(|name| age::last_timestamp(BufReader::new(File::open(folder.join(name)).ok()?)));
    // Nothing was written since the base was. It is written once, and never cut.
    let base = || {
        let written = std::fs::metadata(folder.join(age::base(&manifest)?)).ok()?.mtime();
        u64::try_from(written).ok()
    };
    increment.or_else(base)
}
