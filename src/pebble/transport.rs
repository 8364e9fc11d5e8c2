//! The socket: the only place of the client that opens one. It carries requests and knows none of them.
//!
//! Each request has a connection of its own, so there is no pool to go stale when the daemon restarts, and
//! dropping an answer drops its connection. Nothing runs in the background: the connection is driven by whoever
//! awaits the answer.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout_at};

use super::error::Error;
use super::request::Call;

/// The most that an answer which is read whole may hold. The largest real ones, a full list of changes, are some
/// hundred kilobytes.
const WHOLE_ANSWER: usize = 64 << 20;

/// Waits between attempts to send a request again, or to connect to a socket whose queue is full.
const BACKOFF: [Duration; 3] =
    [Duration::from_millis(20), Duration::from_millis(100), Duration::from_millis(400)];

/// A connection, for those who speak something else than HTTP on it.
pub(super) type Stream = UnixStream;

/// The way to one daemon.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    socket: PathBuf,
}

/// A moment by which something must be done, and the time that was given for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    after: Duration,
}

impl Deadline {
    pub(super) fn after(after: Duration) -> Self {
        // A year is for ever here, and the addition cannot overflow.
        let at = Instant::now() + after.min(Duration::from_hours(24 * 365));
        Self { at, after }
    }

    pub(super) fn remaining(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    pub(super) const fn given(self) -> Duration {
        self.after
    }

    /// Awaits a future until the deadline.
    pub(super) async fn cap<T>(
        self,
        call: &'static str,
        future: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        timeout_at(self.at, future).await.unwrap_or(Err(Error::TimedOut { call, after: self.after }))
    }
}

/// The attempts at one call.
pub(super) struct Attempts {
    call: &'static str,
    repeatable: bool,
    deadline: Deadline,
    waits: std::slice::Iter<'static, Duration>,
}

impl Attempts {
    pub(super) fn new(call: &'static str, repeatable: bool, deadline: Deadline) -> Self {
        Self { call, repeatable, deadline, waits: BACKOFF.iter() }
    }

    /// Waits before the next attempt, if the last one's connection broke, there may be another, and there is time
    /// for it. Otherwise gives the error back.
    pub(super) async fn again(&mut self, error: Error) -> Result<(), Error> {
        match (&error, self.waits.next()) {
            (Error::Disconnected { .. }, Some(wait))
                if self.repeatable && *wait < self.deadline.remaining() =>
            {
                tracing::debug!(call = self.call, "the connection broke, asking again");
                sleep(*wait).await;
                Ok(())
            }
            _ => Err(error),
        }
    }
}

impl Transport {
    pub(super) const fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Sends a request and reads its whole answer; again if the connection broke and the request may be repeated.
    pub(super) async fn fetch(&self, call: &Call, deadline: Deadline) -> Result<Response<Bytes>, Error> {
        let mut attempts = Attempts::new(call.name, call.repeatable, deadline);
        loop {
            match deadline.cap(call.name, self.fetch_once(call)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => attempts.again(error).await?,
            }
        }
    }

    /// Sends a request and returns the head of its answer, with the body still to come. No deadline.
    pub(super) async fn open<B>(
        &self,
        call: &'static str,
        request: Request<B>,
    ) -> Result<Response<Received<B>>, Error>
    where
        B: Body<Data = Bytes> + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = self.connect(call).await?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|source| self.broken(call, source))?;
        let mut driver: Driver<B> = Some(Box::pin(connection));
        let sending = sender.send_request(request);
        let answer = Driven { driver: &mut driver, future: Box::pin(sending) }.await;
        let answer = answer.map_err(|source| self.broken(call, source))?;
        Ok(answer.map(|incoming| Received { driver, incoming }))
    }

    /// Connects, waiting a little when the daemon's queue of connections is full.
    pub(super) async fn connect(&self, call: &'static str) -> Result<Stream, Error> {
        let mut waits = BACKOFF.iter();
        loop {
            let source = match UnixStream::connect(&self.socket).await {
                Ok(stream) => return Ok(stream),
                Err(source) => source,
            };
            match (source.kind(), waits.next()) {
                (io::ErrorKind::WouldBlock, Some(wait)) => sleep(*wait).await,
                _ => return Err(self.unreachable(call, source)),
            }
        }
    }

    /// The error for a connection that broke.
    pub(super) fn broken(
        &self,
        call: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        let source = source.into();
        if let Some(error) = source.downcast_ref::<hyper::Error>() {
            if error.is_parse() {
                return Error::Protocol { call, detail: "something that is not HTTP".to_owned() };
            }
            if error.is_user() {
                return Error::Request { call, source };
            }
        }
        Error::Disconnected { socket: self.socket.clone(), call, source }
    }

    async fn fetch_once(&self, call: &Call) -> Result<Response<Bytes>, Error> {
        let request = call.request.clone().map(Full::new);
        let (head, body) = self.open(call.name, request).await?.into_parts();
        let body = self.read_whole(call.name, body).await?;
        Ok(Response::from_parts(head, body))
    }

    /// Reads a body to its end.
    pub(super) async fn read_whole<B>(
        &self,
        call: &'static str,
        mut body: Received<B>,
    ) -> Result<Bytes, Error>
    where
        B: Body<Data = Bytes> + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|source| self.broken(call, source))?;
            if let Some(data) = frame.data_ref() {
                if whole.len() + data.len() > WHOLE_ANSWER {
                    return Err(Error::TooLarge { call, limit: WHOLE_ANSWER });
                }
                whole.extend_from_slice(data);
            }
        }
        Ok(whole.freeze())
    }

    fn unreachable(&self, call: &'static str, source: io::Error) -> Error {
        let socket = self.socket.clone();
        match source.kind() {
            // Never started or cleanly ended; killed, and the file left behind.
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                Error::NotRunning { socket, source }
            }
            io::ErrorKind::PermissionDenied => Error::Denied { socket, source },
            io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionReset => {
                Error::Disconnected { socket, call, source: source.into() }
            }
            // A path too long for a socket, for example.
            _ => Error::Request { call, source: source.into() },
        }
    }
}

/// A connection until it has ended.
type Driver<B> = Option<Pin<Box<http1::Connection<TokioIo<UnixStream>, B>>>>;

/// Lets the connection work. How it ended shows in what was asked of it.
fn drive<B>(driver: &mut Driver<B>, context: &mut Context<'_>)
where
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if let Some(connection) = driver
        && connection.as_mut().poll(context).is_ready()
    {
        *driver = None;
    }
}

/// A future that needs its connection driven.
struct Driven<'a, B: Body + 'static, F> {
    driver: &'a mut Driver<B>,
    future: Pin<Box<F>>,
}

impl<B, F> Future for Driven<'_, B, F>
where
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    F: Future,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        drive(self.driver, context);
        self.future.as_mut().poll(context)
    }
}

/// The body of an answer as it comes. It owns its connection.
pub(super) struct Received<B: Body + 'static> {
    driver: Driver<B>,
    incoming: Incoming,
}

impl<B> Body for Received<B>
where
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        drive(&mut self.driver, context);
        Pin::new(&mut self.incoming).poll_frame(context)
    }
}
