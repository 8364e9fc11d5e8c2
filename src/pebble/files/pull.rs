//! A download, from the request to the daemon's verdict. Keeps nothing: content goes to the caller as it comes.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http_body_util::Full;

use crate::pebble::client::Client;
use crate::pebble::error::{Error, PathError};
use crate::pebble::multipart::{Boundary, Download, DownloadError, Item};
use crate::pebble::transport::Deadline;
use crate::pebble::{request, response};

/// Files on their way from the daemon.
pub(super) struct Pull<'a> {
    client: &'a Client,
    paths: &'a [&'a str],
    download: Download,
    /// The index of the path whose content comes.
    current: Option<usize>,
}

/// What comes next.
pub(super) enum Pulled {
    /// Content of the path with this index.
    Data(usize, Bytes),
    /// What the daemon says of each path. Nothing comes after it.
    Verdicts(Vec<Result<(), PathError>>),
}

impl<'a> Pull<'a> {
    pub(super) async fn start(client: &'a Client, paths: &'a [&'a str]) -> Result<Self, Error> {
        let call = request::read_files(paths)?;
        let opening = client.transport.open(call.name, call.request.map(Full::new));
        let (head, body) = Deadline::after(client.deadline).cap(call.name, opening).await?.into_parts();
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if let Some(boundary) = content_type.and_then(Boundary::of_content_type) {
            return Ok(Self { client, paths, download: Download::new(body, &boundary), current: None });
        }
        let body = client.transport.read_whole(call.name, body);
        let body = Deadline::after(client.deadline).cap(call.name, body).await?;
        response::decode_paths(call.name, head.status.as_u16(), &body)?;
        Err(malformed("no multipart where multipart belongs"))
    }

    pub(super) async fn next(&mut self) -> Result<Pulled, Error> {
        loop {
            let next = async {
                self.download.next().await.map_err(|error| match error {
                    DownloadError::Broken(source) => {
                        self.client.transport.broken(request::READ_FILES, source)
                    }
                    DownloadError::Malformed(detail) => malformed(detail),
                })
            };
            match Deadline::after(self.client.deadline).cap(request::READ_FILES, next).await? {
                Item::File(path) => {
                    // Files come in the order asked for; those that cannot be opened are left out.
                    let start = self.current.map_or(0, |index| index + 1);
                    let found = self.paths.iter().skip(start).position(|asked| *asked == path);
                    let found = found.ok_or_else(|| malformed("a file that was not asked for"))?;
                    self.current = Some(start + found);
                }
                Item::Data(data) => {
                    let index = self.current.ok_or_else(|| malformed("content of no file"))?;
                    return Ok(Pulled::Data(index, data));
                }
                Item::Verdict(verdict) => {
                    let outcomes = response::decode_paths(request::READ_FILES, 200, &verdict)?;
                    if !outcomes.iter().map(|(path, _)| path.as_str()).eq(self.paths.iter().copied()) {
                        return Err(malformed("a verdict on other files than asked for"));
                    }
                    return Ok(Pulled::Verdicts(outcomes.into_iter().map(|(_, outcome)| outcome).collect()));
                }
            }
        }
    }
}

fn malformed(detail: &str) -> Error {
    Error::Protocol { call: request::READ_FILES, detail: detail.to_owned() }
}
