//! Files of the container: push, pull, list, make and remove. What goes over the wire is in `multipart.rs`.
//!
//! A transfer has no deadline as a whole, since it may be of any size: the client's deadline is the longest time
//! in which nothing moves. The daemon syncs a file to disk before it answers, which counts as such a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Uri};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use super::client::Client;
use super::error::{Error, PathError};
use super::multipart::{Boundary, Segment, UploadBody};
use super::transport::{Attempts, Deadline};
use super::types::{Directory, FileInfo, Listing, Owner, Permissions, Removal};
use super::{request, response};

mod pull;

use pull::{Pull, Pulled};

const PUSH: &str = "POST /v1/files (write)";

/// What a pushed file holds. `Debug` shows no content.
pub enum Content {
    /// Bytes that are there.
    Bytes(Bytes),
    /// Bytes that are read as they are sent, in bounded memory.
    Stream(Box<dyn AsyncRead + Send + Unpin>),
}

impl Content {
    /// Content that is read as it is sent.
    pub fn stream(reader: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self::Stream(Box::new(reader))
    }
}

impl<T: Into<Bytes>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(formatter, "{} bytes", bytes.len()),
            Self::Stream(_) => formatter.write_str("a stream"),
        }
    }
}

/// A file to push. It replaces what is there, links included, as a whole or not at all.
#[derive(Debug)]
pub struct Upload {
    /// Its absolute path.
    pub path: String,
    /// What it holds.
    pub content: Content,
    /// Whether to make missing parents, with mode 755 and the file's owner.
    pub make_dirs: bool,
    /// Its permissions; 644 if not set, whatever an existing file has.
    pub permissions: Option<Permissions>,
    /// Its owner; not set is root, whoever owns an existing file.
    pub owner: Owner,
}

impl Upload {
    /// A file with the default permissions and owner whose directory exists.
    pub fn new(path: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            path: path.into(),
            content: content.into(),
            make_dirs: false,
            permissions: None,
            owner: Owner::default(),
        }
    }
}

impl Client {
    /// Writes one file.
    ///
    /// # Errors
    /// When the daemon cannot be reached or cannot write the file; when nothing moved for the deadline.
    pub async fn push(&self, upload: Upload) -> Result<(), Error> {
        let failed = self.push_all(vec![upload]).await?;
        first_path_error(PUSH, failed)
    }

    /// Writes files with one request, and returns those that the daemon could not write; the others are written.
    ///
    /// # Errors
    /// When the daemon cannot be reached, or refuses the request as a whole; when nothing moved for the deadline.
    /// Some of the files may be written then.
    pub async fn push_all(&self, uploads: Vec<Upload>) -> Result<Vec<PathError>, Error> {
        if uploads.is_empty() {
            return Ok(Vec::new());
        }
        let boundary =
            Boundary::random().map_err(|source| Error::Request { call: PUSH, source: source.into() })?;
        let metadata = render_metadata(&uploads)?;
        let mut segments = vec![Segment::Bytes(boundary.request_part(&metadata))];
        for Upload { path, content, .. } in uploads {
            let head = boundary.file_head(&path).ok_or_else(|| Error::Request {
                call: PUSH,
                source: "a path with a line break cannot be pushed".into(),
            })?;
            segments.push(Segment::Bytes(head));
            segments.push(match content {
                Content::Bytes(bytes) => Segment::Bytes(bytes),
                Content::Stream(reader) => Segment::Stream(Box::into_pin(reader)),
            });
        }
        segments.push(Segment::Bytes(boundary.end()));
        self.send_upload(&boundary, segments).await
    }

    /// Reads one file of at most `limit` bytes.
    ///
    /// # Errors
    /// When the daemon cannot be reached or cannot read the file; when it is larger; when nothing came for the
    /// deadline.
    pub async fn pull(&self, path: &str, limit: usize) -> Result<Bytes, Error> {
        let mut pulled = self.pull_all(&[path], limit).await?;
        let only = pulled.pop().unwrap_or(Ok(Bytes::new()));
        only.map_err(|source| Error::Path { call: request::READ_FILES, source })
    }

    /// Reads files of together at most `limit` bytes with one request: content or error, in the order asked.
    ///
    /// # Errors
    /// When the daemon cannot be reached; when they are larger; when nothing came for the deadline.
    pub async fn pull_all(
        &self,
        paths: &[&str],
        limit: usize,
    ) -> Result<Vec<Result<Bytes, PathError>>, Error> {
        let mut attempts = Attempts::new(request::READ_FILES, true, Deadline::after(self.deadline));
        loop {
            match self.pull_once(paths, limit).await {
                Ok(contents) => return Ok(contents),
                Err(error) => attempts.again(error).await?,
            }
        }
    }

    /// Reads one file of any size into a writer, in bounded memory, and returns its length.
    ///
    /// Only when this returns without an error is what was written the whole file.
    ///
    /// # Errors
    /// When the daemon cannot be reached or cannot read the file, also half-way; when writing fails; when nothing
    /// came for the deadline.
    pub async fn pull_to(&self, path: &str, writer: &mut (impl AsyncWrite + Unpin)) -> Result<u64, Error> {
        let mut length = 0;
        let sunk = |source| Error::Sink { call: request::READ_FILES, source };
        let paths = [path];
        let mut pull = Pull::start(self, &paths).await?;
        loop {
            match pull.next().await? {
                Pulled::Data(_, data) => {
                    length += data.len() as u64;
                    writer.write_all(&data).await.map_err(sunk)?;
                }
                Pulled::Verdicts(mut verdicts) => {
                    let verdict = verdicts.pop().unwrap_or(Ok(()));
                    verdict.map_err(|source| Error::Path { call: request::READ_FILES, source })?;
                    writer.flush().await.map_err(sunk)?;
                    return Ok(length);
                }
            }
        }
    }

    /// Lists a directory, sorted by name and not recursively; or one path itself.
    ///
    /// # Errors
    /// When the daemon cannot be reached or the path does not exist ([`Error::is_not_found`]) or may not be read.
    pub async fn list_files(&self, path: &str, listing: Listing<'_>) -> Result<Vec<FileInfo>, Error> {
        self.list(request::list_files(path, listing)?).await
    }

    /// Asks for one path itself, links followed; `None` if it does not exist.
    ///
    /// # Errors
    /// When the daemon cannot be reached or the path may not be read.
    pub async fn file(&self, path: &str) -> Result<Option<FileInfo>, Error> {
        match self.list_files(path, Listing::Itself).await {
            Ok(files) => Ok(files.into_iter().next()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes one directory.
    ///
    /// # Errors
    /// When the daemon cannot be reached or cannot make it.
    pub async fn make_dir(&self, directory: Directory) -> Result<(), Error> {
        let failed = self.make_dirs(&[directory]).await?;
        first_path_error("POST /v1/files (make-dirs)", failed)
    }

    /// Makes directories, in this order, and returns those that the daemon could not make; the others are made.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn make_dirs(&self, directories: &[Directory]) -> Result<Vec<PathError>, Error> {
        self.act_on_paths(request::make_dirs(directories)?).await
    }

    /// Removes one path.
    ///
    /// # Errors
    /// When the daemon cannot be reached or cannot remove it.
    pub async fn remove(&self, path: &str, removal: Removal) -> Result<(), Error> {
        let failed = self.remove_all(&[path], removal).await?;
        first_path_error("POST /v1/files (remove)", failed)
    }

    /// Removes paths, in this order, and returns those that the daemon could not remove; the others are removed.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn remove_all(&self, paths: &[&str], removal: Removal) -> Result<Vec<PathError>, Error> {
        self.act_on_paths(request::remove(paths, removal)?).await
    }

    async fn act_on_paths(&self, call: request::Call) -> Result<Vec<PathError>, Error> {
        let answer = self.fetch(&call).await?;
        let outcomes = response::decode_paths(call.name, answer.status().as_u16(), answer.body())?;
        Ok(outcomes.into_iter().filter_map(|(_, outcome)| outcome.err()).collect())
    }

    /// Sends an upload; again if the connection broke and its content is still there.
    async fn send_upload(
        &self,
        boundary: &Boundary,
        segments: Vec<Segment>,
    ) -> Result<Vec<PathError>, Error> {
        let mut attempts =
            Attempts::new(PUSH, copy_segments(&segments).is_some(), Deadline::after(self.deadline));
        let mut segments = Some(segments);
        loop {
            let copy = segments.as_deref().and_then(copy_segments);
            let sent = copy.or_else(|| segments.take()).unwrap_or_default();
            match self.send_upload_once(boundary, sent).await {
                Ok(failed) => return Ok(failed),
                Err(error) => attempts.again(error).await?,
            }
        }
    }

    async fn send_upload_once(
        &self,
        boundary: &Boundary,
        segments: Vec<Segment>,
    ) -> Result<Vec<PathError>, Error> {
        let moved = Arc::new(AtomicU64::new(0));
        let mut request = Request::new(UploadBody::new(segments, Arc::clone(&moved)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_static("/v1/files");
        let content_type = HeaderValue::try_from(boundary.content_type());
        let content_type =
            content_type.map_err(|source| Error::Request { call: PUSH, source: source.into() })?;
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        request.headers_mut().insert(HOST, HeaderValue::from_static("localhost"));
        let exchange = async {
            let (head, body) = self.transport.open(PUSH, request).await?.into_parts();
            let body = self.transport.read_whole(PUSH, body).await?;
            response::decode_paths(PUSH, head.status.as_u16(), &body)
        };
        let mut exchange = Box::pin(exchange);
        let mut seen = 0;
        let outcomes = loop {
            if let Ok(outcomes) = timeout(self.deadline, &mut exchange).await {
                break outcomes?;
            }
            let now = moved.load(Ordering::Relaxed);
            if now == seen {
                return Err(Error::TimedOut { call: PUSH, after: self.deadline });
            }
            seen = now;
        };
        Ok(outcomes.into_iter().filter_map(|(_, outcome)| outcome.err()).collect())
    }

    async fn pull_once(&self, paths: &[&str], limit: usize) -> Result<Vec<Result<Bytes, PathError>>, Error> {
        let mut contents = vec![BytesMut::new(); paths.len()];
        let mut left = limit;
        let mut pull = Pull::start(self, paths).await?;
        loop {
            match pull.next().await? {
                Pulled::Data(index, data) => {
                    let too_large = Error::TooLarge { call: request::READ_FILES, limit };
                    left = left.checked_sub(data.len()).ok_or(too_large)?;
                    if let Some(content) = contents.get_mut(index) {
                        content.extend_from_slice(&data);
                    }
                }
                Pulled::Verdicts(verdicts) => {
                    let both = verdicts.into_iter().zip(contents);
                    return Ok(both.map(|(verdict, content)| verdict.map(|()| content.freeze())).collect());
                }
            }
        }
    }
}

/// The description of an upload that goes before its files.
fn render_metadata(uploads: &[Upload]) -> Result<Vec<u8>, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct File<'a> {
        path: &'a str,
        make_dirs: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        permissions: Option<Permissions>,
        #[serde(flatten)]
        owner: &'a Owner,
    }
    #[derive(Serialize)]
    struct Metadata<'a> {
        action: &'static str,
        files: Vec<File<'a>>,
    }
    let files = uploads.iter().map(|upload| {
        let Upload { path, content: _, make_dirs, permissions, owner } = upload;
        File { path, make_dirs: *make_dirs, permissions: *permissions, owner }
    });
    let metadata = Metadata { action: "write", files: files.collect() };
    serde_json::to_vec(&metadata).map_err(|source| Error::Request { call: PUSH, source: source.into() })
}

/// A second copy of the segments, which share their bytes. `None` if one can be read only once.
fn copy_segments(segments: &[Segment]) -> Option<Vec<Segment>> {
    let copies = segments.iter().map(|segment| match segment {
        Segment::Bytes(bytes) => Some(Segment::Bytes(bytes.clone())),
        Segment::Stream(_) => None,
    });
    copies.collect()
}

fn first_path_error(call: &'static str, failed: Vec<PathError>) -> Result<(), Error> {
    match failed.into_iter().next() {
        None => Ok(()),
        Some(source) => Err(Error::Path { call, source }),
    }
}
