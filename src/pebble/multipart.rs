//! Files on the wire: the encoder of uploads, and the decoder of downloads over a byte stream. No socket.
//!
//! Both speak the daemon's dialect of `multipart/form-data` (canonical/pebble `internals/daemon/api_files.go`).
//! An upload's first part says what follows; a download's last part says whether what came before is good.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyDataStream;
use hyper::body::{Body, Frame, SizeHint};
use multer::Multipart;
use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::io::{AsyncRead, ReadBuf};

/// How much of a streamed file is read at once.
const CHUNK: usize = 64 << 10;

/// The line between parts: at least 32 characters, as the daemon demands, and never guessed by content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// Draws a boundary from the system's random numbers.
    ///
    /// # Errors
    /// When the system has none.
    pub fn random() -> io::Result<Self> {
        let mut seed = [0_u8; 24];
        SysRng.try_fill_bytes(&mut seed).map_err(io::Error::other)?;
        Ok(Self(seed.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })))
    }

    /// The value of the request's `Content-Type`.
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.0)
    }

    /// Finds the boundary in the value of an answer's `Content-Type`.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        multer::parse_boundary(content_type).ok().map(Self)
    }

    /// The first part of an upload: what is to be done, as JSON.
    pub fn request_part(&self, metadata: &[u8]) -> Bytes {
        let mut part = BytesMut::new();
        part.extend_from_slice(format!("--{}\r\n", self.0).as_bytes());
        part.extend_from_slice(b"Content-Type: application/json\r\n");
        part.extend_from_slice(b"Content-Disposition: form-data; name=\"request\"\r\n\r\n");
        part.extend_from_slice(metadata);
        part.freeze()
    }

    /// What stands between the part before and a file's content. `None` for a path with a line break, which no
    /// header can hold.
    pub fn file_head(&self, path: &str) -> Option<Bytes> {
        if path.contains(['\r', '\n', '\0']) {
            return None;
        }
        let escaped = path.replace('\\', "\\\\").replace('"', "\\\"");
        Some(Bytes::from(format!(
            "\r\n--{}\r\nContent-Type: application/octet-stream\r\n\
             Content-Disposition: form-data; name=\"files\"; filename=\"{escaped}\"\r\n\r\n",
            self.0
        )))
    }

    /// What stands after the last part.
    pub fn end(&self) -> Bytes {
        Bytes::from(format!("\r\n--{}--\r\n", self.0))
    }
}

/// A piece of an upload.
pub enum Segment {
    /// Bytes that are there.
    Bytes(Bytes),
    /// Bytes that are read as they are sent.
    Stream(Pin<Box<dyn AsyncRead + Send>>),
}

/// The body of an upload: its segments, one after another. It holds one chunk at a time.
pub struct UploadBody {
    segments: VecDeque<Segment>,
    moved: Arc<AtomicU64>,
}

impl UploadBody {
    /// Joins segments. `moved` counts the bytes that have been given out to be sent.
    pub fn new(segments: impl IntoIterator<Item = Segment>, moved: Arc<AtomicU64>) -> Self {
        Self { segments: segments.into_iter().collect(), moved }
    }
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            let data = match self.segments.front_mut() {
                None => return Poll::Ready(None),
                Some(Segment::Bytes(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    self.segments.pop_front();
                    bytes
                }
                Some(Segment::Stream(reader)) => {
                    let mut chunk = vec![0_u8; CHUNK];
                    let mut buffer = ReadBuf::new(&mut chunk);
                    if let Err(error) = ready!(reader.as_mut().poll_read(context, &mut buffer)) {
                        return Poll::Ready(Some(Err(error)));
                    }
                    let length = buffer.filled().len();
                    if length == 0 {
                        self.segments.pop_front();
                    }
                    chunk.truncate(length);
                    Bytes::from(chunk)
                }
            };
            if !data.is_empty() {
                self.moved.fetch_add(data.len() as u64, Ordering::Relaxed);
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.segments.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.segments.iter().try_fold(0_u64, |sum, segment| match segment {
            Segment::Bytes(bytes) => Some(sum + bytes.len() as u64),
            Segment::Stream(_) => None,
        });
        length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// A download being decoded.
pub struct Download {
    parts: Multipart<'static>,
    /// The file part that is being read.
    open: Option<multer::Field<'static>>,
}

/// What comes next in a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A file begins. Its content is not to be trusted before the verdict.
    File(String),
    /// Some content of that file.
    Data(Bytes),
    /// The daemon's verdict on all files: an envelope of JSON. Nothing comes after it.
    Verdict(Bytes),
}

/// Why a download cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The stream ended before the verdict, or failed.
    #[error("the download broke off")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The stream is not the daemon's dialect.
    #[error("{0}")]
    Malformed(&'static str),
}

/// The most that the verdict may hold: a few hundred bytes a file.
const VERDICT: usize = 4 << 20;

impl Download {
    /// Decodes a body.
    pub fn new<B>(body: B, boundary: &Boundary) -> Self
    where
        B: Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = BodyDataStream::new(Paced { body, rests: false });
        Self { parts: Multipart::new(stream, boundary.0.clone()), open: None }
    }

    /// Returns what comes next.
    ///
    /// # Errors
    /// When the stream fails, ends without a verdict, or is not the daemon's dialect.
    pub async fn next(&mut self) -> Result<Item, DownloadError> {
        if let Some(field) = &mut self.open {
            match field.chunk().await.map_err(decoding)? {
                Some(data) => return Ok(Item::Data(data)),
                None => self.open = None,
            }
        }
        let Some(mut field) = self.parts.next_field().await.map_err(decoding)? else {
            return Err(DownloadError::Malformed("a download without a verdict"));
        };
        match field.name() {
            Some("files") => {
                let path = file_name(&field).ok_or(DownloadError::Malformed("a file without a name"))?;
                self.open = Some(field);
                Ok(Item::File(path))
            }
            Some("response") => {
                let mut verdict = BytesMut::new();
                while let Some(data) = field.chunk().await.map_err(decoding)? {
                    if verdict.len() + data.len() > VERDICT {
                        return Err(DownloadError::Malformed("a verdict of more than 4 MiB"));
                    }
                    verdict.extend_from_slice(&data);
                }
                Ok(Item::Verdict(verdict.freeze()))
            }
            _ => Err(DownloadError::Malformed("a part that is neither a file nor a verdict")),
        }
    }
}

/// A body that pauses after each frame. multer takes all that is ready before it gives anything out, so that a
/// source as fast as a unix socket would otherwise end up in memory whole.
struct Paced<B> {
    body: B,
    rests: bool,
}

impl<B: Body + Unpin> Body for Paced<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        if std::mem::take(&mut self.rests) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.rests = frame.is_some();
        Poll::Ready(frame)
    }
}

fn decoding(error: multer::Error) -> DownloadError {
    match error {
        multer::Error::StreamReadFailed(source) => DownloadError::Broken(source),
        multer::Error::IncompleteStream | multer::Error::IncompleteFieldData { .. } => {
            DownloadError::Broken(error.into())
        }
        _ => DownloadError::Malformed("a download that is not multipart"),
    }
}

/// The path of a file part, with the backslashes undone that Go puts before `"` and `\`. (multer undoes only the
/// first kind and stumbles over a path that ends with a backslash.)
fn file_name(field: &multer::Field<'_>) -> Option<String> {
    let header = field.headers().get(http::header::CONTENT_DISPOSITION)?;
    let header = std::str::from_utf8(header.as_bytes()).ok()?;
    let (_, quoted) = header.split_once("filename=\"")?;
    let mut name = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some(name),
            '\\' => name.push(characters.next()?),
            character => name.push(character),
        }
    }
}

#[cfg(test)]
mod tests;
