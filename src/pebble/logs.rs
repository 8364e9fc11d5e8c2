//! The output of services: what there is, and what comes.

use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use http::Response;
use http_body_util::{BodyExt as _, Full};

use super::client::Client;
use super::error::Error;
use super::request::{self, Call};
use super::response;
use super::transport::{Deadline, Received};
use super::types::{LogDepth, LogEntry};

/// The longest line of an answer. The daemon splits messages at about 4 KiB.
const LINE: usize = 1 << 20;

impl Client {
    /// Reads the newest output of services, oldest line first; of all services if none is named. Unknown names
    /// are ignored. The daemon keeps 100 KiB a service, until it ends.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn logs(&self, services: &[&str], depth: LogDepth) -> Result<Vec<LogEntry>, Error> {
        let mut stream = LogStream::new(self.clone(), request::logs(services, depth)?);
        let deadline = Deadline::after(self.deadline);
        let mut entries = Vec::new();
        while let Some(entry) = deadline.cap(stream.call, stream.next()).await? {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Follows the output of services that have been started before; those of all, if none is named. A service
    /// that is started for the first time later does not appear.
    ///
    /// Nothing is sent before [`LogStream::next`] is awaited; dropping the stream ends it.
    ///
    /// # Errors
    /// When the names do not fit a request.
    pub fn follow_logs(&self, services: &[&str], depth: LogDepth) -> Result<LogStream, Error> {
        Ok(LogStream::new(self.clone(), request::follow_logs(services, depth)?))
    }
}

type Body = Received<Full<Bytes>>;
type Opening = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

/// Log entries as they come.
pub struct LogStream {
    client: Client,
    call: &'static str,
    state: State,
    /// What came and is not a whole line yet.
    buffer: BytesMut,
}

enum State {
    /// The daemon answers with the first line, so this can take for ever.
    Opening(Opening),
    Open(Body),
    Ended,
}

impl LogStream {
    fn new(client: Client, call: Call) -> Self {
        let name = call.name;
        let transport = client.transport.clone();
        let opening = async move { transport.open(name, call.request.map(Full::new)).await };
        Self { client, call: name, state: State::Opening(Box::pin(opening)), buffer: BytesMut::new() }
    }

    /// Waits for the next entry, without a deadline of its own. `None` when there is no more.
    ///
    /// May be dropped and called again without losing an entry.
    ///
    /// # Errors
    /// When the daemon cannot be reached, refuses, or breaks off.
    pub async fn next(&mut self) -> Result<Option<LogEntry>, Error> {
        loop {
            if let Some(line) = take_line(&mut self.buffer) {
                return self.decode(&line).map(Some);
            }
            if self.buffer.len() > LINE {
                return Err(self.malformed("a log line without end"));
            }
            match &mut self.state {
                State::Opening(opening) => {
                    let (head, body) = opening.await?.into_parts();
                    if !head.status.is_success() {
                        return Err(self.refusal(head.status.as_u16(), body).await);
                    }
                    self.state = State::Open(body);
                }
                State::Open(body) => match body.frame().await {
                    Some(Ok(frame)) => {
                        if let Some(data) = frame.data_ref() {
                            self.buffer.extend_from_slice(data);
                        }
                    }
                    Some(Err(source)) => {
                        self.state = State::Ended;
                        return Err(self.client.transport.broken(self.call, source));
                    }
                    None => self.state = State::Ended,
                },
                // A line that was cut is no entry.
                State::Ended => return Ok(None),
            }
        }
    }

    async fn refusal(&mut self, status: u16, body: Body) -> Error {
        self.state = State::Ended;
        let transport = &self.client.transport;
        let reading = transport.read_whole(self.call, body);
        match Deadline::after(Duration::from_secs(5)).cap(self.call, reading).await {
            Ok(body) => match response::decode_sync::<serde_json::Value>(self.call, status, &body) {
                Ok(_) => self.malformed("a refusal that is no error"),
                Err(error) => error,
            },
            Err(error) => error,
        }
    }

    fn decode(&self, line: &[u8]) -> Result<LogEntry, Error> {
        serde_json::from_slice(line).map_err(|_| self.malformed("a log line that is not an entry"))
    }

    fn malformed(&self, detail: &str) -> Error {
        Error::Protocol { call: self.call, detail: detail.to_owned() }
    }
}

/// Takes the first whole line, without its end.
fn take_line(buffer: &mut BytesMut) -> Option<BytesMut> {
    let end = buffer.iter().position(|byte| *byte == b'\n')?;
    let line = buffer.split_to(end);
    buffer.advance(1);
    Some(line)
}
