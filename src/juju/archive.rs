//! A `.charm` archive: a zip that may come from anywhere is read with care, and one is written that is the same bytes for
//! the same files.
//!
//! Refused, with the entry's name, are absolute paths, `..`, links, devices, a name that comes twice, a file that is also
//! a folder, encrypted or damaged files, and more than Juju's hosts should have to hold. Every entry is checked, also
//! those that nobody reads.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rawzip::path::EntryPath;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipArchiveWriter, ZipSliceArchive};

const MIB: u64 = 1024 * 1024;
/// All files of a charm together.
const MOST_BYTES: u64 = 1024 * MIB;
/// One file of those that are read.
const MOST_OF_A_FILE: u64 = 64 * MIB;
/// A Python charm with its dependencies has some thousand.
const MOST_ENTRIES: usize = 100_000;

const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Why an archive is not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not a zip, or one whose list of files is damaged.
    #[error("it is no charm: a charm is a zip archive, and this is not one that can be read")]
    NotAZip(#[source] rawzip::Error),
    /// An entry that no charm has.
    #[error("the entry {name:?} {reason}")]
    Refused {
        /// Its name in the archive.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// An archive all of whose names have been checked.
pub struct Archive<'a> {
    zip: ZipSliceArchive<&'a [u8]>,
    files: BTreeMap<String, Entry>,
    folders: BTreeSet<String>,
}

struct Entry {
    mode: u32,
    method: CompressionMethod,
    bytes: u64,
    way: ZipArchiveEntryWayfinder,
}

impl<'a> Archive<'a> {
    /// Reads the list of files.
    ///
    /// # Errors
    /// When it is no zip, or an entry is refused.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let zip = ZipArchive::from_slice(bytes).map_err(ArchiveError::NotAZip)?;
        let mut files = BTreeMap::new();
        let mut folders = BTreeSet::new();
        let mut left = MOST_BYTES;
        let mut entries = zip.entries();
        let mut count = 0_usize;
        while let Some(record) = entries.next_entry().map_err(ArchiveError::NotAZip)? {
            let raw = record.file_path();
            let refuse = |reason: &str| ArchiveError::Refused {
                name: String::from_utf8_lossy(raw.as_bytes()).into_owned(),
                reason: reason.to_owned(),
            };
            let path = safe_path(raw.as_bytes()).map_err(refuse)?.to_owned();
            count += 1;
            if count > MOST_ENTRIES {
                return Err(refuse("is one more than a charm may have"));
            }
            let mode = record.mode().value();
            let kind = match mode & KIND {
                _ if record.is_dir() => FOLDER,
                0 => FILE,
                kind => kind,
            };
            if files.contains_key(&path) || (kind == FOLDER && folders.contains(&path)) {
                return Err(refuse("comes twice"));
            }
            let bytes = record.uncompressed_size_hint();
            left = left.checked_sub(bytes).ok_or_else(|| refuse("makes the charm larger than 1 GiB"))?;
            match kind {
                FOLDER => drop(folders.insert(path)),
                FILE if record.flags().is_encrypted() => return Err(refuse("is encrypted")),
                FILE => {
                    let method = record.compression_method();
                    let _none = files.insert(path, Entry { mode, method, bytes, way: record.wayfinder() });
                }
                LINK => return Err(refuse("is a link")),
                _ => return Err(refuse("is neither a file nor a folder")),
            }
        }
        no_file_is_a_folder(&files, &folders)?;
        Ok(Self { zip, files, folders })
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The names of the folders that have an entry of their own, sorted.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// What a file may be used for, if there is one of that name: the permissions that Juju unpacks it with, which keeps
    /// them but for the bits that run a program as somebody else.
    pub fn permissions(&self, name: &str) -> Option<u32> {
        let permissions = self.files.get(name)?.mode & 0o777;
        Some(if permissions == 0 { 0o644 } else { permissions })
    }

    /// The content of a file, if there is one of that name.
    ///
    /// # Errors
    /// When it is damaged or too large.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
        let Some(entry) = self.files.get(name) else { return Ok(None) };
        let refuse = |reason: String| ArchiveError::Refused { name: name.to_owned(), reason };
        if entry.bytes > MOST_OF_A_FILE {
            return Err(refuse("is larger than 64 MiB".to_owned()));
        }
        let mut bytes = Vec::new();
        self.inflate(entry, &mut bytes).map_err(|error| refuse(format!("is damaged: {error}")))?;
        Ok(Some(bytes))
    }

    /// Writes the content of a file of any size, which may be half a file when it fails.
    ///
    /// # Errors
    /// When there is none of that name, it is damaged, or it cannot be written.
    pub fn copy(&self, name: &str, target: &mut impl Write) -> io::Result<()> {
        let entry = self.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        self.inflate(entry, target)
    }

    fn inflate(&self, entry: &Entry, target: &mut impl Write) -> io::Result<()> {
        let content = self.zip.get_entry(entry.way).map_err(io::Error::other)?;
        let _length = match entry.method {
            CompressionMethod::STORE => {
                copy_some(content.verifying_reader(content.data()), entry.bytes, target)?
            }
            CompressionMethod::DEFLATE => {
                let inflated = DeflateDecoder::new(content.data());
                copy_some(content.verifying_reader(inflated), entry.bytes, target)?
            }
            _ => return Err(io::Error::other("it is compressed in a way that no charm is")),
        };
        Ok(())
    }
}

/// Reading one byte more than is announced shows that there is more: headers may lie.
fn copy_some(reader: impl Read, announced: u64, target: &mut impl Write) -> io::Result<u64> {
    io::copy(&mut reader.take(announced.saturating_add(1)), target)
}

/// The path of an entry, if it leads to a place below the folder that it would be unpacked into.
fn safe_path(raw: &[u8]) -> Result<&str, &'static str> {
    let text = std::str::from_utf8(raw).map_err(|_| "has a name that is not UTF-8")?;
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.starts_with('/') {
        return Err("has an absolute path");
    }
    if text.contains(['\\', '\0']) {
        return Err("has a name that no charm has");
    }
    for part in text.split('/') {
        match part {
            ".." => return Err("leads out of the charm"),
            "" | "." => return Err("has a name that no charm has"),
            _ => {}
        }
    }
    Ok(text)
}

fn no_file_is_a_folder(
    files: &BTreeMap<String, Entry>,
    folders: &BTreeSet<String>,
) -> Result<(), ArchiveError> {
    for path in files.keys().chain(folders) {
        let parents = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        if let Some(file) =
            parents.chain(folders.get(path).map(String::as_str)).find(|one| files.contains_key(*one))
        {
            let reason = "is a file and a folder".to_owned();
            return Err(ArchiveError::Refused { name: file.to_owned(), reason });
        }
    }
    Ok(())
}

/// A file that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// May be run.
    pub executable: bool,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Writes an archive: in the order of the names, without times, so that the same files are the same bytes.
///
/// # Errors
/// When a file cannot be packed.
pub fn write(files: &BTreeMap<String, File>) -> Result<Vec<u8>, rawzip::Error> {
    let mut writer = ZipArchiveWriter::new(Vec::new());
    for (name, file) in files {
        let mode = if file.executable { 0o755 } else { 0o644 };
        let builder = writer.new_file(EntryPath::verbatim(name.as_bytes())).unix_permissions(FILE | mode);
        let (mut entry, config) = builder.compression_method(CompressionMethod::DEFLATE).start()?;
        let mut data = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        data.write_all(&file.content)?;
        let (encoder, output) = data.finish()?;
        let _entry = encoder.finish()?;
        let _written = entry.finish(output)?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests;
