//! The websockets of a command: raw bytes both ways, and small JSON texts that say where they end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Sink as _, SinkExt as _, Stream as _};
use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::Error as WebSocketError;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::pebble::error::Error;
use crate::pebble::request;
use crate::pebble::response;
use crate::pebble::transport::{Stream, Transport};
use crate::pebble::types::{Signal, TaskId};

const CONNECT: &str = "GET /v1/tasks/{id}/websocket";

/// The size of a frame of input.
const FRAME: usize = 64 << 10;

/// One websocket of a command.
pub(super) struct Socket {
    stream: WebSocketStream<Stream>,
    /// What is to be sent, in frames.
    outgoing: VecDeque<Message>,
    /// How many bytes of input those frames hold.
    unsent: usize,
    /// Whether something was sent that may not have left.
    unflushed: bool,
    /// Whether no more will come.
    ended: bool,
}

/// What is said at the end of a stream, either way.
const END: &str = r#"{"command":"end"}"#;

/// What is said on the control socket.
#[derive(Serialize)]
#[serde(tag = "command", rename_all = "lowercase")]
pub(super) enum Command {
    /// Send the command a signal.
    Signal { signal: SignalName },
    /// Tell its terminal another size.
    Resize { resize: Size },
}

#[derive(Serialize)]
pub(super) struct SignalName {
    pub(super) name: Signal,
}

#[derive(Serialize)]
pub(super) struct Size {
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Socket {
    /// Connects to `control`, `stdio` or `stderr` of a task.
    pub(super) async fn connect(transport: &Transport, task: &TaskId, name: &str) -> Result<Self, Error> {
        let uri = format!("ws://localhost{}", request::websocket_path(task, name));
        let stream = transport.connect(CONNECT).await?;
        let (stream, _) = client_async(uri, stream).await.map_err(|error| refusal(transport, error))?;
        Ok(Self { stream, outgoing: VecDeque::new(), unsent: 0, unflushed: false, ended: false })
    }

    /// Queues bytes, which leave as the socket is polled.
    pub(super) fn queue_bytes(&mut self, mut bytes: Bytes) {
        self.unsent += bytes.len();
        while !bytes.is_empty() {
            let frame = bytes.split_to(bytes.len().min(FRAME));
            self.outgoing.push_back(Message::Binary(frame));
        }
    }

    /// Queues the end of what is sent.
    pub(super) fn queue_end(&mut self) {
        self.outgoing.push_back(Message::text(END));
    }

    /// How many bytes of input have not left.
    pub(super) const fn unsent(&self) -> usize {
        self.unsent
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Sends a command.
    pub(super) async fn command(&mut self, transport: &Transport, command: &Command) -> Result<(), Error> {
        let text = serde_json::to_string(command);
        let text = text.map_err(|source| Error::Request { call: CONNECT, source: source.into() })?;
        self.stream.send(Message::text(text)).await.map_err(|source| transport.broken(CONNECT, source))
    }

    /// Lets what is queued leave, as far as the daemon takes it.
    ///
    /// A daemon that takes no more means that the command does not read its input: no error, and what is queued
    /// is dropped.
    pub(super) fn poll_send(&mut self, context: &mut Context<'_>) {
        while !self.outgoing.is_empty() {
            match Pin::new(&mut self.stream).poll_ready(context) {
                Poll::Pending => return,
                Poll::Ready(Err(_)) => return self.drop_queue(),
                Poll::Ready(Ok(())) => {}
            }
            let Some(message) = self.outgoing.pop_front() else { break };
            if matches!(message, Message::Binary(_)) {
                self.unsent = self.unsent.saturating_sub(message.len());
            }
            if Pin::new(&mut self.stream).start_send(message).is_err() {
                return self.drop_queue();
            }
            self.unflushed = true;
        }
        if self.unflushed {
            match Pin::new(&mut self.stream).poll_flush(context) {
                Poll::Pending => {}
                Poll::Ready(_) => self.unflushed = false,
            }
        }
    }

    /// Returns the next bytes; `None` when no more will come.
    pub(super) fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        while !self.ended {
            match Pin::new(&mut self.stream).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(Message::Binary(bytes)))) if bytes.is_empty() => {}
                Poll::Ready(Some(Ok(Message::Binary(bytes)))) => return Poll::Ready(Some(bytes)),
                Poll::Ready(Some(Ok(Message::Text(text)))) => self.ended = is_end(text.as_str()),
                Poll::Ready(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => {}
                // The daemon never says more than that it closes: how the command ended is told by its change.
                Poll::Ready(Some(Ok(Message::Close(_)) | Err(_)) | None) => self.ended = true,
            }
        }
        Poll::Ready(None)
    }

    fn drop_queue(&mut self) {
        self.outgoing.clear();
        self.unsent = 0;
        self.unflushed = false;
    }
}

/// Whether a text frame ends its stream. Other texts are ignored, as the daemon ignores ours.
fn is_end(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Said {
        command: String,
    }
    serde_json::from_str::<Said>(text).is_ok_and(|said| said.command == "end")
}

/// Why the daemon did not open a websocket. What it says is an ordinary error answer.
fn refusal(transport: &Transport, error: WebSocketError) -> Error {
    let WebSocketError::Http(answer) = error else {
        return transport.broken(CONNECT, error);
    };
    let status = answer.status().as_u16();
    let body = answer.body().as_deref().unwrap_or_default();
    match response::decode_sync::<serde_json::Value>(CONNECT, status, body) {
        Ok(_) | Err(Error::Protocol { .. }) => {
            Error::Protocol { call: CONNECT, detail: format!("status {status} instead of a websocket") }
        }
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn commands_are_written_as_the_daemon_reads_them() {
        let render = |command: &Command| serde_json::to_string(command).unwrap();
        assert_snapshot!(
            render(&Command::Signal { signal: SignalName { name: Signal::Terminate } }),
            @r#"{"command":"signal","signal":{"name":"SIGTERM"}}"#
        );
        assert_snapshot!(
            render(&Command::Resize { resize: Size { width: 80, height: 25 } }),
            @r#"{"command":"resize","resize":{"width":80,"height":25}}"#
        );
    }

    #[test]
    fn only_the_end_ends_a_stream() {
        assert!(is_end(END) && is_end(r#"{"command":"end","more":1}"#));
        for text in ["", "end", "{}", r#"{"command":"x"}"#, r#"{"command":1}"#] {
            assert!(!is_end(text), "{text:?}");
        }
    }
}
