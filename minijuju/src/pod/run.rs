//! Asks the init of a charm container to run a process, and follows it.

use std::io;
use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

pub use super::init::frame::{Ending, Event, Output, RefusedKind, RunRequest};
use super::init::frame::{HEADER, Request, parse_header};

/// Where the events of a process come from. Dropped together with its [`Signals`], the process is killed.
#[derive(Debug)]
pub struct Events(OwnedReadHalf);

/// Sends signals to a process.
#[derive(Debug)]
pub struct Signals(OwnedWriteHalf);

/// Starts a process in the charm container behind this socket.
///
/// # Errors
/// When the container is gone.
pub async fn run(init_socket: &Path, request: RunRequest) -> io::Result<(Events, Signals)> {
    let (reader, mut writer) = UnixStream::connect(init_socket).await?.into_split();
    writer.write_all(&Request::Run(request).encode()).await?;
    Ok((Events(reader), Signals(writer)))
}

impl Events {
    /// The next event. After [`Event::Ended`] come only the outputs of processes it left behind; `None` when the
    /// last of them closed its output, or the container went away. Dropping it in between loses the event.
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

impl Signals {
    /// Sends a signal to the process alone, not to its children. One that has ended is no error.
    ///
    /// # Errors
    /// When the container is gone.
    pub async fn send(&mut self, signal: i32) -> io::Result<()> {
        match self.0.write_all(&Request::Signal(signal).encode()).await {
            Err(error) if is_end(&error) => Ok(()),
            other => other,
        }
    }
}

/// How a killed container looks from here.
fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}
