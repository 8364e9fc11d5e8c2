//! `sidecharm repack`: a charm that charmcraft packed for paas-charm, with this program in place of the Python one.

use std::fs;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use crate::program;
use charm::{Program, Refusal, Repacked, Wish, repack};

pub mod charm;
pub mod contents;
pub mod manifest;
pub mod own;
pub mod python;

/// A charm is packed in memory.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Why no charm was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The charm is not one that can be repacked.
    #[error("{} is not repacked", path.display())]
    Refused {
        /// The charm.
        path: PathBuf,
        /// Why not.
        source: Refusal,
    },
    /// A charm is read from files only.
    #[error("{} is no file, but a folder, a device or a pipe", .0.display())]
    NoFile(PathBuf),
    /// Only a file is replaced by another.
    #[error("{} is not replaced: it is no file, but a link, a folder, a device or a pipe", .0.display())]
    NotReplaced(PathBuf),
    /// It is too much for this program's memory.
    #[error("{} is not repacked: no charm is larger than 512 MiB", .0.display())]
    TooLarge(PathBuf),
}

/// Reads the charm at `input`, and writes it with this program in it to `output`, whole or not at all.
///
/// # Errors
/// With the reason, when nothing was written.
pub fn run(input: &Path, output: &Path, wish: Wish, stdout: &mut impl Write) -> Result<(), Error> {
    let fail = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::File { path, source }
    };
    let packed = read(input)?;
    match fs::symlink_metadata(output) {
        Ok(metadata) if !metadata.is_file() => return Err(Error::NotReplaced(output.to_path_buf())),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(output)(error)),
        _ => {}
    }
    let own = Path::new(program::OWN_FILE);
    let file = fs::read(own).map_err(fail(own))?;
    let program = Program { file: &file, architecture: program::ARCHITECTURE };
    let repacked = repack(&packed, program, wish)
        .map_err(|source| Error::Refused { path: input.to_path_buf(), source })?;
    replace(output, &repacked.bytes).map_err(fail(output))?;
    stdout.write_all(report(&repacked, output).as_bytes()).map_err(fail(Path::new("standard output")))
}

/// The whole file.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let fail = |source| Error::File { path: path.to_path_buf(), source };
    // Opening a pipe would wait for somebody to write.
    let metadata = fs::metadata(path).map_err(fail)?;
    if !metadata.is_file() {
        return Err(Error::NoFile(path.to_path_buf()));
    }
    if metadata.len() > LARGEST {
        return Err(Error::TooLarge(path.to_path_buf()));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(fail)?;
    // It may grow meanwhile.
    let _length = file.take(LARGEST).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// Writes beside the file and renames: nobody finds half a charm.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (beside, mut file) = beside(path)?;
    let written = file.write_all(bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What went wrong first is told.
        drop(fs::remove_file(&beside));
    }
    written
}

/// So many files of that name may have been left behind by programs that were killed.
const LEFT_BEHIND: u32 = 1000;

/// A new file beside this one: it never writes to one that is there, nor through a link.
fn beside(path: &Path) -> io::Result<(PathBuf, fs::File)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut number = 0;
    loop {
        let mut new = name.to_owned();
        new.push(format!(".new{number}"));
        let new = path.with_file_name(new);
        match fs::File::create_new(&new) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < LEFT_BEHIND => number += 1,
            made => return Ok((new, made?)),
        }
    }
}

fn report(repacked: &Repacked, output: &Path) -> String {
    let Repacked { name, profile, resource, kept, left_out, added, notes, bytes: _ } = repacked;
    let output = output.display();
    let dotted = if output.to_string().contains('/') { output.to_string() } else { format!("./{output}") };
    let mut lines = vec![
        format!(
            "{output}: the charm {name} ({}, {}), with sidecharm in it",
            profile.framework,
            program::ARCHITECTURE
        ),
        format!("kept:     {kept}"),
        format!("written:  dispatch (this program), sidecharm.yaml (workload: {})", profile.framework),
        format!("left out: {left_out}"),
    ];
    if !added.is_empty() {
        lines.push(format!("added:    {}", added.join(", ")));
    }
    lines.extend(notes.iter().map(|note| format!("note:     {note}")));
    lines.extend([
        String::new(),
        "Next, with the image that the charm had, refresh the application or deploy a new one:".to_owned(),
        format!("  juju refresh {name} --path {dotted} --resource {resource}=IMAGE"),
        format!("  juju deploy {dotted} {name} --resource {resource}=IMAGE"),
        String::new(),
    ]);
    lines.join("\n")
}
