//! What a charm container's init and the unit agent say to each other, as bytes. Pure but for reading a stream.
//!
//! A frame is one byte of kind, four bytes of length (big endian), and as many bytes of content: JSON, or raw output.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// No frame is longer: an environment and arguments may have 2 MiB on Linux, and JSON escapes some of it.
const LONGEST: u32 = 16 * 1024 * 1024;
pub const HEADER: usize = 5;

/// A process to run, asked for by the agent. Its standard input is the null device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
    /// The program, as an absolute path, and its arguments.
    pub arguments: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// The working directory.
    pub folder: PathBuf,
    /// User and group; `None` stays root.
    pub user: Option<(u32, u32)>,
}

/// From the init.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Output(Output, Vec<u8>),
    Ended(Ending),
    /// It could not be started: the kernel's words, `permission denied`.
    Refused(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    Standard,
    Error,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    Exited(i32),
    Signalled(i32),
}

impl RunRequest {
    pub fn encode(&self) -> Vec<u8> {
        frame(b'R', &serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a request; `None` at the end of the stream.
    ///
    /// # Errors
    /// When the stream fails or holds something else.
    pub fn read_from(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut header = [0; HEADER];
        match stream.read_exact(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let (kind, length) = parse_header(header)?;
        if kind != b'R' {
            return Err(unknown(kind));
        }
        let mut content = vec![0; length];
        stream.read_exact(&mut content)?;
        Ok(Some(serde_json::from_slice(&content)?))
    }
}

impl Event {
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Output(Output::Standard, bytes) => frame(b'O', bytes),
            Self::Output(Output::Error, bytes) => frame(b'E', bytes),
            Self::Ended(ending) => frame(b'X', &serde_json::to_vec(ending).unwrap_or_default()),
            Self::Refused(text) => frame(b'F', text.as_bytes()),
        }
    }

    /// Reads the content of a frame.
    ///
    /// # Errors
    /// When the content is not what the kind says.
    pub fn decode(kind: u8, content: &[u8]) -> io::Result<Self> {
        match kind {
            b'O' => Ok(Self::Output(Output::Standard, content.to_vec())),
            b'E' => Ok(Self::Output(Output::Error, content.to_vec())),
            b'X' => Ok(Self::Ended(serde_json::from_slice(content)?)),
            b'F' => Ok(Self::Refused(String::from_utf8_lossy(content).into_owned())),
            _ => Err(unknown(kind)),
        }
    }
}

/// Kind and length of the frame that follows.
///
/// # Errors
/// When it would be longer than any frame is.
pub fn parse_header(header: [u8; HEADER]) -> io::Result<(u8, usize)> {
    let [kind, length @ ..] = header;
    let length = u32::from_be_bytes(length);
    if length > LONGEST {
        return Err(io::Error::other(format!("a frame of {length} bytes is too long")));
    }
    Ok((kind, usize::try_from(length).map_err(io::Error::other)?))
}

fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(HEADER + content.len());
    frame.push(kind);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(content);
    frame
}

fn unknown(kind: u8) -> io::Error {
    io::Error::other(format!("a frame of unknown kind {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(bytes: &[u8]) -> (u8, &[u8]) {
        let (kind, length) = parse_header(bytes[..HEADER].try_into().unwrap()).unwrap();
        assert_eq!(bytes.len(), HEADER + length);
        (kind, &bytes[HEADER..])
    }

    proptest! {
        #[test]
        fn requests_read_back_as_they_were_written(
            arguments in proptest::collection::vec(".*", 0..4),
            environment in proptest::collection::btree_map("[A-Z]+", ".*", 0..4),
            folder in "/[a-z/]*",
            user: Option<(u32, u32)>,
        ) {
            let run = RunRequest { arguments, environment, folder: folder.into(), user };
            let bytes = run.encode();
            let mut stream = bytes.as_slice();
            prop_assert_eq!(RunRequest::read_from(&mut stream).unwrap(), Some(run));
            prop_assert_eq!(RunRequest::read_from(&mut stream).unwrap(), None);
        }

        #[test]
        fn events_read_back_as_they_were_written(bytes: Vec<u8>, code: i32, text in ".*") {
            for event in [
                Event::Output(Output::Standard, bytes.clone()),
                Event::Output(Output::Error, bytes.clone()),
                Event::Ended(Ending::Exited(code)),
                Event::Ended(Ending::Signalled(code)),
                Event::Refused(text.clone()),
            ] {
                let encoded = event.encode();
                let (kind, content) = split(&encoded);
                prop_assert_eq!(Event::decode(kind, content).unwrap(), event);
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            drop(RunRequest::read_from(&mut bytes.as_slice()));
            if let Some((kind, content)) = bytes.split_first() {
                drop(Event::decode(*kind, content));
            }
        }
    }
}
