//! `sidecharm repack`: a charm that charmcraft packed for paas-charm, with this program in place of the Python one.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::program;
use charm::{Program, Refusal, Repacked, Wish, repack};

pub mod charm;
pub mod contents;
pub mod manifest;
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
    if fs::metadata(input).map_err(fail(input))?.len() > LARGEST {
        return Err(Error::TooLarge(input.to_path_buf()));
    }
    let packed = fs::read(input).map_err(fail(input))?;
    let own = Path::new(program::OWN_FILE);
    let file = fs::read(own).map_err(fail(own))?;
    let program = Program { file: &file, architecture: program::ARCHITECTURE };
    let repacked = repack(&packed, program, wish)
        .map_err(|source| Error::Refused { path: input.to_path_buf(), source })?;
    replace(output, &repacked.bytes).map_err(fail(output))?;
    stdout.write_all(report(&repacked, output).as_bytes()).map_err(fail(Path::new("standard output")))
}

/// Writes beside the file and renames: nobody finds half a charm.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let written = fs::File::create(&beside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What went wrong first is told.
        drop(fs::remove_file(&beside));
    }
    written
}

fn report(repacked: &Repacked, output: &Path) -> String {
    let Repacked { name, profile, resource, kept, left_out, notes, bytes: _ } = repacked;
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
