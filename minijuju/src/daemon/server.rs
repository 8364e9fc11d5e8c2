//! Takes requests on the controller's socket and sends the answers. What a verb does is in [`super::verbs`].

use std::convert::Infallible;
use std::io;
use std::rc::Rc;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::caller::Caller;
use super::controller::Controller;
use super::protocol::{Reply, Request};
use super::verbs;

/// The longest request: a deployment with many options.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Serves as long as the listener can.
///
/// # Errors
/// When the listener fails.
pub async fn serve(controller: &Rc<Controller>, listener: &UnixListener) -> io::Result<Infallible> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                connections.spawn_local(attend(Rc::clone(controller), stream));
            }
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a verb panicked");
                }
            }
        }
    }
}

/// One connection is one request. When the verb goes away, what is done for it stops.
async fn attend(controller: Rc<Controller>, stream: UnixStream) {
    let (reader, writer) = stream.into_split();
    let mut caller = Caller::new(writer);
    let mut reader = BufReader::new(reader);
    let request = match read_request(&mut reader).await {
        Ok(Some(request)) => request,
        Ok(None) => return,
        Err(error) => {
            drop(caller.tell(&Reply::Failed(format!("cannot read the request: {error}"))).await);
            return;
        }
    };
    let signs = caller.signs_of_life();
    let outcome = tokio::select! {
        outcome = verbs::answer(&controller, request, &mut caller) => outcome,
        never = signs => match never {},
        () = gone(&mut reader) => return controller.end_if_destroyed().await,
    };
    let last = match outcome {
        Ok(value) => Reply::Done(value),
        Err(text) => Reply::Failed(text),
    };
    // A verb that went away does not want to know.
    drop(caller.tell(&last).await);
    controller.end_if_destroyed().await;
}

async fn read_request(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<Request>> {
    use tokio::io::AsyncReadExt as _;
    let mut line = Vec::new();
    if reader.take(LONGEST).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Ends when the other side does.
async fn gone(reader: &mut BufReader<OwnedReadHalf>) {
    let mut rest = Vec::new();
    while reader.read_until(b'\n', &mut rest).await.is_ok_and(|count| count > 0) {
        rest.clear();
    }
}
