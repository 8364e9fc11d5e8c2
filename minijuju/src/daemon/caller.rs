//! The verb for which the controller does something, and what it is told in the end.

use std::convert::Infallible;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::Mutex;

use super::protocol::Reply;

/// What an answer is done with, or the text after `ERROR `.
pub type Answer = Result<Value, String>;

/// How often a verb that waits hears that it is not forgotten.
const SIGN: Duration = Duration::from_secs(5);

/// The verb at the other end of a connection.
#[derive(Debug)]
pub struct Caller {
    writer: Rc<Mutex<OwnedWriteHalf>>,
}

impl Caller {
    pub fn new(writer: OwnedWriteHalf) -> Self {
        Self { writer: Rc::new(Mutex::new(writer)) }
    }

    /// Sends a part of the answer.
    ///
    /// # Errors
    /// When the verb has gone away.
    pub async fn tell(&mut self, reply: &Reply) -> io::Result<()> {
        let line = to_line(reply)?;
        self.writer.lock().await.write_all(&line).await
    }

    /// Tells the verb now and then that the controller is still at it, so that a longer silence means that it is not.
    pub fn signs_of_life(&self) -> impl Future<Output = Infallible> + use<> {
        let writer = Rc::clone(&self.writer);
        async move {
            let sign = to_line(&Reply::Alive).unwrap_or_default();
            loop {
                tokio::time::sleep(SIGN).await;
                // Never in the middle of a reply. A verb that does not read what it was sent needs no more.
                if let Ok(writer) = writer.try_lock() {
                    drop(writer.try_write(&sign));
                }
            }
        }
    }
}

fn to_line(reply: &Reply) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    use tokio::net::UnixStream;

    #[tokio::test(start_paused = true)]
    async fn who_waits_hears_that_it_is_not_forgotten() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut caller = Caller::new(ours.into_split().1);
        let mut lines = BufReader::new(theirs).lines();
        let begun = tokio::time::Instant::now();
        let heard = async {
            for _ in 0..3 {
                assert_eq!(lines.next_line().await.unwrap().unwrap(), "\"alive\"");
            }
        };
        tokio::select! {
            never = caller.signs_of_life() => match never {},
            () = heard => {}
        }
        assert_eq!(begun.elapsed(), 3 * SIGN);
        caller.tell(&Reply::Done(Value::Null)).await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "{\"done\":null}");
    }
}
