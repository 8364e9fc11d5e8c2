//! A daemon that follows a script, for the faults that the real one cannot be made to show. Each connection must bring
//! the request that the script expects next; unexpected and missing ones both fail the test.

use std::time::Duration;

use sidecharm::pebble::Client;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// What is done with a request.
pub enum Reply {
    /// These bytes, then the end.
    Raw(Vec<u8>),
    /// Nothing, then the end.
    Drop,
    /// These bytes, then nothing until the client goes.
    Stall(Vec<u8>),
}

/// A daemon with a script.
pub struct Fake {
    directory: TempDir,
    server: JoinHandle<()>,
}

impl Fake {
    /// Starts a daemon that answers these requests, given by the beginning of their first line, in this order.
    pub fn start(script: Vec<(&'static str, Reply)>) -> Self {
        let directory = tempfile::Builder::new().prefix("pb").tempdir_in("/tmp").unwrap();
        let listener = UnixListener::bind(directory.path().join("s")).unwrap();
        let server = tokio::spawn(async move {
            for (expected, reply) in script {
                serve(&listener, expected, reply).await;
            }
            // Nothing more is expected.
            let more = timeout(Duration::from_millis(20), listener.accept()).await;
            assert!(more.is_err(), "a request after the last that was expected");
        });
        Self { directory, server }
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::new(self.directory.path().join("s")).with_deadline(Duration::from_secs(10))
    }

    /// Waits until the script is at its end.
    pub async fn finish(self) {
        timeout(Duration::from_secs(10), self.server).await.expect("a request is missing").unwrap();
    }
}

/// Takes the next connection, which must bring this request, and answers it.
pub async fn serve(listener: &UnixListener, expected: &str, reply: Reply) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let line = read_request(&mut stream).await;
    assert!(line.starts_with(expected), "expected {expected}, got {line}");
    answer(&mut stream, reply).await;
}

/// Reads a whole request, as far as it comes, and returns its first line.
async fn read_request(stream: &mut UnixStream) -> String {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lengths = head.lines().filter_map(|line| line.strip_prefix("content-length: "));
            let length = lengths.next().map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return head.lines().next().unwrap_or_default().to_owned();
            }
        }
        let length = stream.read(&mut chunk).await.unwrap();
        assert!(length > 0, "the client went away in the middle of {text}");
        request.extend_from_slice(&chunk[..length]);
    }
}

async fn answer(stream: &mut UnixStream, reply: Reply) {
    match reply {
        Reply::Raw(bytes) => {
            stream.write_all(&bytes).await.unwrap();
            stream.shutdown().await.unwrap();
        }
        Reply::Drop => {}
        Reply::Stall(bytes) => {
            stream.write_all(&bytes).await.unwrap();
            while stream.read(&mut [0; 64]).await.is_ok_and(|length| length > 0) {}
        }
    }
}

/// An HTTP answer.
pub fn http(status: u16, content_type: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Raw(
        format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes(),
    )
}

/// A JSON answer.
pub fn json(status: u16, body: &str) -> Reply {
    http(status, "application/json", body)
}

/// A good answer with this result.
pub fn sync(result: &str) -> Reply {
    json(200, &format!(r#"{{"type":"sync","status-code":200,"status":"OK","result":{result}}}"#))
}

/// What a daemon of this version and boot says of itself.
pub fn about(version: &str, boot_id: &str) -> Reply {
    sync(&format!(r#"{{"version":"{version}","boot-id":"{boot_id}"}}"#))
}
