//! What this binary does when it is started under a hook tool's name: it takes the call to the agent and prints the
//! answer.
//!
//! It is started several times in each hook, so it does nothing that takes time: no runtime, no argument parsing. Files
//! that a tool reads or writes are read and written here, in the charm's container and as its user.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::{Path, PathBuf};

use super::call::{Answer, Content, FileWrite, Request, Response};
use super::wire::{self, Bytes};

/// What the client needs of its process.
pub struct Process<'p> {
    /// The name it was started under, without folders.
    pub name: String,
    /// The arguments behind the name.
    pub args: Vec<OsString>,
    pub dir: PathBuf,
    /// Looks a variable up.
    pub variable: &'p dyn Fn(&str) -> Option<String>,
    pub stdin: &'p mut dyn Read,
    pub stdout: &'p mut dyn Write,
    pub stderr: &'p mut dyn Write,
}

/// Makes the call, prints its answer and returns the exit code.
pub fn run(process: &mut Process<'_>) -> u8 {
    let response = call(process).unwrap_or_else(|message| Response {
        code: 1,
        stderr: format!("ERROR {message}\n"),
        ..Response::default()
    });
    // Whoever closed our outputs does not want to know.
    drop(print(process.stdout, &response.stdout));
    drop(print(process.stderr, &response.stderr));
    response.code
}

fn print(out: &mut dyn Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn call(process: &mut Process<'_>) -> Result<Response, String> {
    let context_id = required(process, "JUJU_CONTEXT_ID")?;
    let mut stream = connect(process)?;
    let mut request = Request {
        token: (process.variable)("JUJU_AGENT_TOKEN").unwrap_or_default(),
        context_id,
        dir: process.dir.clone(),
        tool: process.name.clone(),
        args: process.args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        stdin: None,
        files: BTreeMap::new(),
    };
    loop {
        match exchange(&mut stream, &request).map_err(|error| go_error(&error))? {
            Answer::NeedsStdin if request.stdin.is_none() => {
                let mut bytes = Vec::new();
                process
                    .stdin
                    .read_to_end(&mut bytes)
                    .map_err(|error| format!("cannot read stdin: {error}"))?;
                request.stdin = Some(Bytes(bytes));
            }
            Answer::NeedsFile(path) if !request.files.contains_key(&path) => {
                let content = read_file(&path);
                request.files.insert(path, content);
            }
            Answer::Done(response) => return write_files(&response.writes).map(|()| response),
            Answer::NeedsStdin | Answer::NeedsFile(_) => {
                return Err("the agent asks for the same again".to_owned());
            }
        }
    }
}

fn required(process: &Process<'_>, name: &str) -> Result<String, String> {
    (process.variable)(name).filter(|value| !value.is_empty()).ok_or_else(|| format!("{name} not set"))
}

fn connect(process: &Process<'_>) -> Result<UnixStream, String> {
    let address = required(process, "JUJU_AGENT_SOCKET_ADDRESS")?;
    let network = required(process, "JUJU_AGENT_SOCKET_NETWORK")?;
    if network != "unix" {
        return Err(format!("dial {network}: unknown network {network}"));
    }
    let dialled = match address.strip_prefix('@') {
        Some(name) => {
            SocketAddr::from_abstract_name(name).and_then(|address| UnixStream::connect_addr(&address))
        }
        None => UnixStream::connect(&address),
    };
    dialled.map_err(|error| format!("dial unix {address}: connect: {}", go_error(&error)))
}

fn exchange(stream: &mut UnixStream, request: &Request) -> io::Result<Answer> {
    stream.write_all(&wire::encode(request)?)?;
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let mut json = vec![0; wire::length(header)?];
    stream.read_exact(&mut json)?;
    wire::decode(&json)
}

/// A file's content.
///
/// # Errors
/// When it cannot be read, in Go's words.
pub fn read_file(path: &Path) -> Result<Bytes, String> {
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(path)
        .map_err(|error| format!("open {}: {}", path.display(), go_error(&error)))?;
    match file.read_to_end(&mut bytes) {
        Ok(_) => Ok(Bytes(bytes)),
        Err(error) => Err(format!("read {}: {}", path.display(), go_error(&error))),
    }
}

/// Writes the files of an answer.
///
/// # Errors
/// At the first that cannot be written, in Go's words.
pub fn write_files(writes: &[FileWrite]) -> Result<(), String> {
    for write in writes {
        let Content::Bytes(Bytes(bytes)) = &write.content else { continue };
        if let Some(folder) = write.path.parent().filter(|_| write.make_folders) {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("mkdir {}: {}", folder.display(), go_error(&error)))?;
        }
        std::fs::write(&write.path, bytes)
            .map_err(|error| format!("open {}: {}", write.path.display(), go_error(&error)))?;
    }
    Ok(())
}

/// An error as Go words it: `no such file or directory`.
fn go_error(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
