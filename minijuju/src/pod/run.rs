//! Asks the init of a charm container to run a process, and follows it.

use std::io;
use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::init::frame::{HEADER, parse_header};

pub use super::init::frame::{Ending, Event, Output, RunRequest};

/// A process that was asked for, and what comes of it. Dropped before its end, the process is killed.
#[derive(Debug)]
pub struct Running(UnixStream);

/// Asks for a process in the charm container behind this socket.
///
/// # Errors
/// When the container is gone.
pub async fn run(init_socket: &Path, request: &RunRequest) -> io::Result<Running> {
    let mut stream = UnixStream::connect(init_socket).await?;
    stream.write_all(&request.encode()).await?;
    Ok(Running(stream))
}

impl Running {
    /// The next event. After [`Event::Ended`] come only the outputs of processes it left behind; `None` when the
    /// last of them closed its output, or the container went away. Dropping the future loses the event.
    ///
    /// # Errors
    /// When what comes is not the init's.
    pub async fn next(&mut self) -> io::Result<Option<Event>> {
        let mut header = [0; HEADER];
        match self.0.read_exact(&mut header).await {
            Err(error) if is_end(&error) => return Ok(None),
            other => other?,
        };
        let (kind, length) = parse_header(header)?;
        let mut content = vec![0; length];
        match self.0.read_exact(&mut content).await {
            Err(error) if is_end(&error) => Ok(None),
            other => {
                other?;
                Event::decode(kind, &content).map(Some)
            }
        }
    }
}

/// How a killed container looks from here.
fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
}
