//! Serves the tools' calls while a hook runs.
//!
//! It accepts on the listener it is given and answers from the one context it is given; what comes of effects is the
//! caller's business. When the process of the hook has ended, the caller drops the future.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use super::call::{Answer, Content, Request, Response};
use super::context::HookContext;
use super::effect::Effect;
use super::wire::{self, Bytes};
use crate::controller::shared::SharedModel;

/// Answers calls until the listener fails; several clients may be connected, one call is served at a time. `observe`
/// gets each immediate effect, in order, right after the call that had it.
pub async fn serve(
    listener: &UnixListener,
    context: &RefCell<HookContext>,
    model: &SharedModel,
    observe: &dyn Fn(Effect),
) -> io::Error {
    let mut connections: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    poll_fn(|task| {
        loop {
            match listener.poll_accept(task) {
                Poll::Ready(Ok((stream, _))) => {
                    connections.push(Box::pin(attend(stream, context, model, observe)));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(error),
                Poll::Pending => break,
            }
        }
        connections.retain_mut(|connection| connection.as_mut().poll(task).is_pending());
        Poll::Pending
    })
    .await
}

/// Serves one client. A client that vanishes or talks nonsense is left alone; it can only harm itself.
async fn attend(
    stream: UnixStream,
    context: &RefCell<HookContext>,
    model: &SharedModel,
    observe: &dyn Fn(Effect),
) {
    if let Err(error) = converse(stream, context, model, observe).await {
        tracing::debug!(%error, "a hook tool's connection ended early");
    }
}

async fn converse(
    mut stream: UnixStream,
    context: &RefCell<HookContext>,
    model: &SharedModel,
    observe: &dyn Fn(Effect),
) -> io::Result<()> {
    loop {
        let mut header = [0; 4];
        match stream.read_exact(&mut header).await {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let mut json = vec![0; wire::length(header)?];
        stream.read_exact(&mut json).await?;
        let request: Request = wire::decode(&json)?;
        let answer = load(answer(&request, context, model, observe)).await;
        stream.write_all(&wire::encode(&answer)?).await?;
    }
}

fn answer(
    request: &Request,
    context: &RefCell<HookContext>,
    model: &SharedModel,
    observe: &dyn Fn(Effect),
) -> Answer {
    let mut context = context.borrow_mut();
    let (answer, effects) = model.change_if(|model| {
        let answer = context.call(model, request, OffsetDateTime::now_utc());
        let effects = context.take_effects();
        let changed = effects.iter().any(Effect::changes_model);
        ((answer, effects), changed)
    });
    drop(context);
    effects.into_iter().for_each(observe);
    answer
}

/// Fetches the files of the controller that the answer promises.
async fn load(mut answer: Answer) -> Answer {
    let Answer::Done(response) = &mut answer else { return answer };
    for write in &mut response.writes {
        let Content::Stored(path) = &write.content else { continue };
        match tokio::fs::read(path).await {
            Ok(bytes) => write.content = Content::Bytes(Bytes(bytes)),
            Err(error) => {
                let stderr = format!("ERROR could not download resource: {error}\n");
                return Answer::Done(Response { code: 1, stderr, ..Response::default() });
            }
        }
    }
    answer
}

#[cfg(test)]
mod tests;
