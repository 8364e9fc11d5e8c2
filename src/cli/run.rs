//! `sidecharm run`: becomes another program, with the variables of a file in its environment.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::secret::Secret;

/// Why it did not become the program. No value is in the text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the variables cannot be read from {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{0} is not a JSON object of variables and texts")]
    Broken(PathBuf),
    /// No environment can hold this.
    #[error("{path}: no environment can hold the variable {name:?}")]
    Variable {
        /// The file.
        path: PathBuf,
        /// The variable's name.
        name: String,
    },
    /// The program cannot be started.
    #[error("{program:?} cannot be started: {source}")]
    Program {
        /// The program.
        program: OsString,
        /// Why not.
        source: std::io::Error,
    },
}

impl Error {
    /// The code that a shell would exit with: 127 for a program that is not there, 126 for anything else.
    pub fn code(&self) -> u8 {
        match self {
            Self::Program { source, .. } if source.kind() == ErrorKind::NotFound => 127,
            _ => 126,
        }
    }
}

/// Replaces this process, with its id, its user and its open files, by the program.
///
/// # Errors
/// When that is not possible.
pub fn run(file: &Path, program: &OsString, arguments: &[OsString]) -> Result<Infallible, Error> {
    let variables = read(file)?;
    let pairs = variables.iter().map(|(name, value)| (name, value.expose()));
    let source = Command::new(program).args(arguments).envs(pairs).exec();
    Err(Error::Program { program: program.clone(), source })
}

fn read(file: &Path) -> Result<BTreeMap<String, Secret>, Error> {
    let path = || file.to_path_buf();
    let text = std::fs::read_to_string(file)
        .map(Secret::new)
        .map_err(|source| Error::Unreadable { path: path(), source })?;
    // What serde says of a wrong value may show it.
    let variables: BTreeMap<String, Secret> =
        serde_json::from_str(text.expose()).map_err(|_| Error::Broken(path()))?;
    let is_impossible = |(name, value): &(&String, &Secret)| {
        name.is_empty() || name.contains(['=', '\0']) || value.expose().contains('\0')
    };
    match variables.iter().find(is_impossible) {
        Some((name, _)) => Err(Error::Variable { path: path(), name: name.clone() }),
        None => Ok(variables),
    }
}
