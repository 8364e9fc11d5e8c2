//! Unpacks a `.charm` archive, which may come from anywhere: what could reach outside its folder is refused whole.
//!
//! Refused are absolute paths, `..`, links, devices, a name that comes twice, and more than 1 GiB. Everything is checked
//! before the first file is written, but for the sizes: those are counted while writing, since headers may lie.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder};

/// All files of a charm together.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// A Python charm with its dependencies has some thousand.
const MOST_ENTRIES: usize = 100_000;
const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;

/// Why an archive is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("cannot read {0} as a charm archive", path.display())]
    NotAnArchive {
        path: PathBuf,
        #[source]
        source: rawzip::Error,
    },
    /// An entry that no charm has.
    #[error("charm archive refused: entry {name:?} {reason}")]
    Refused { name: String, reason: &'static str },
    #[error("charm archive refused: {0}")]
    TooMuch(String),
    #[error("cannot unpack {name:?}")]
    Unpack {
        name: String,
        #[source]
        source: io::Error,
    },
}

struct Entry {
    path: PathBuf,
    mode: u32,
    method: CompressionMethod,
    way: ZipArchiveEntryWayfinder,
}

/// Unpacks the archive into an empty folder.
///
/// # Errors
/// When it is no archive, or anything in it is refused; some files may then have been written.
pub fn unpack(archive: &Path, folder: &Path) -> Result<(), ArchiveError> {
    unpack_at_most(archive, folder, MOST_BYTES)
}

fn unpack_at_most(path: &Path, folder: &Path, most: u64) -> Result<(), ArchiveError> {
    let file = File::open(path)
        .map_err(|source| ArchiveError::Unpack { name: path.display().to_string(), source })?;
    let damaged = |source| ArchiveError::NotAnArchive { path: path.to_path_buf(), source };
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(file, &mut buffer).map_err(damaged)?;
    let mut entries = Vec::new();
    let mut seen = BTreeSet::new();
    let mut records = archive.entries(&mut buffer);
    while let Some(record) = records.next_entry().map_err(damaged)? {
        let raw = record.file_path();
        let name = || String::from_utf8_lossy(raw.as_bytes()).into_owned();
        let refuse = |reason| ArchiveError::Refused { name: name(), reason };
        let path = safe_path(raw.as_bytes()).map_err(refuse)?;
        if !seen.insert(path.clone()) {
            return Err(refuse("comes twice"));
        }
        let mode = record.mode().value();
        match mode & KIND {
            0 | FILE | FOLDER => {}
            0o120_000 => return Err(refuse("is a link")),
            _ => return Err(refuse("is neither a file nor a folder")),
        }
        let mode = if record.is_dir() { mode | FOLDER } else { mode };
        entries.push(Entry { path, mode, method: record.compression_method(), way: record.wayfinder() });
        if entries.len() > MOST_ENTRIES {
            return Err(ArchiveError::TooMuch(format!("it has more than {MOST_ENTRIES} entries")));
        }
    }
    let mut left = most;
    for entry in entries {
        let name = entry.path.display().to_string();
        let target = folder.join(&entry.path);
        let written = write_entry(&archive, &entry, &target, left);
        let written = written.map_err(|source| ArchiveError::Unpack { name, source })?;
        left = left
            .checked_sub(written)
            .ok_or_else(|| ArchiveError::TooMuch(format!("it unpacks to more than {most} bytes")))?;
    }
    Ok(())
}

/// The path of an entry, if it leads to a place below the folder it is unpacked into.
fn safe_path(raw: &[u8]) -> Result<PathBuf, &'static str> {
    let text = std::str::from_utf8(raw).map_err(|_| "has a name that is not UTF-8")?;
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.starts_with('/') {
        return Err("has an absolute path");
    }
    if text.contains(['\\', '\0']) {
        return Err("has a name no charm has");
    }
    for part in text.split('/') {
        match part {
            ".." => return Err("leads out of the charm"),
            "" | "." => return Err("has a name no charm has"),
            _ => {}
        }
    }
    Ok(PathBuf::from(text))
}

/// Writes one entry and says how many bytes it had; stops soon after `left`.
fn write_entry(
    archive: &ZipArchive<rawzip::FileReader>,
    entry: &Entry,
    target: &Path,
    left: u64,
) -> io::Result<u64> {
    if entry.mode & KIND == FOLDER {
        fs::create_dir_all(target)?;
        return Ok(0);
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    let content = archive.get_entry(entry.way).map_err(io::Error::other)?;
    let reader = content.reader();
    let mut file = File::create_new(target)?;
    // Reading one byte more than is left shows that there is more; only a whole file is checked against its checksum.
    let written = match entry.method {
        CompressionMethod::STORE => copy_some(content.verifying_reader(reader), &mut file, left)?,
        CompressionMethod::DEFLATE => {
            let inflated = flate2::read::DeflateDecoder::new(reader);
            copy_some(content.verifying_reader(inflated), &mut file, left)?
        }
        _ => return Err(io::Error::other("it is compressed in a way that no charm is")),
    };
    // Juju keeps the permissions, without the bits that run a program as somebody else.
    let mode = match entry.mode & 0o777 {
        0 => 0o644,
        mode => mode,
    };
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(written)
}

fn copy_some(reader: impl Read, file: &mut File, left: u64) -> io::Result<u64> {
    io::copy(&mut reader.take(left.saturating_add(1)), file)
}

#[cfg(test)]
mod tests;
