//! The verb for which the controller does something, and what it is told in the end.

use std::io;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::OwnedWriteHalf;

use super::protocol::Reply;

/// What an answer is done with, or the text after `ERROR `.
pub type Answer = Result<Value, String>;

/// The verb at the other end of a connection.
#[derive(Debug)]
pub struct Caller {
    writer: OwnedWriteHalf,
}

impl Caller {
    pub fn new(writer: OwnedWriteHalf) -> Self {
        Self { writer }
    }

    /// Sends a part of the answer.
    ///
    /// # Errors
    /// When the verb has gone away.
    pub async fn tell(&mut self, reply: &Reply) -> io::Result<()> {
        let mut line = serde_json::to_vec(reply)?;
        line.push(b'\n');
        self.writer.write_all(&line).await
    }
}
