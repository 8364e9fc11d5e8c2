//! Large files, and pushes that break off.

use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sidecharm::pebble::{Content, Error, Upload};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::daemon::{Daemon, eventually};
use crate::files::noise;

/// A file of 200 MiB that is made as it is read.
struct Endless {
    left: usize,
    chunk: Vec<u8>,
    digest: Sha256,
}

const LARGE: usize = 200 << 20;

impl AsyncRead for Endless {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.left.min(self.chunk.len()).min(buffer.remaining());
        let Self { left, chunk, digest } = &mut *self;
        buffer.put_slice(&chunk[..length]);
        digest.update(&chunk[..length]);
        *left -= length;
        Poll::Ready(Ok(()))
    }
}

/// A place that keeps nothing but a digest.
struct Digesting(Sha256);

impl AsyncWrite for Digesting {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.0.update(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The most memory that this process has held, in bytes; only other tests of this process can raise it meanwhile.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn large_files_pass_through_little_memory() {
    let daemon = Daemon::start().await;
    let client = daemon.client().with_deadline(Duration::from_mins(1));
    let path = daemon.text_path("large");
    let before = peak_memory();
    let source = Endless { left: LARGE, chunk: noise((1 << 20) + 13), digest: Sha256::new() };
    client.push(Upload::new(&path, Content::stream(source))).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), LARGE as u64);
    let mut file = std::fs::File::open(&path).unwrap();
    let mut digest = Sha256::new();
    let mut chunk = vec![0; 1 << 20];
    loop {
        let length = file.read(&mut chunk).unwrap();
        if length == 0 {
            break;
        }
        digest.update(&chunk[..length]);
    }
    let mut received = Digesting(Sha256::new());
    assert_eq!(client.pull_to(&path, &mut received).await.unwrap(), LARGE as u64);
    assert_eq!(received.0.finalize(), digest.finalize());
    // The other tests of this binary hold a few MiB each.
    assert!(peak_memory() - before < 64 << 20, "{} MiB more", (peak_memory() - before) >> 20);
    assert!(daemon.peak_memory() < 100 << 20, "the daemon has held {} MiB", daemon.peak_memory() >> 20);
}

/// A source that fails after some bytes.
struct Failing(usize);

impl AsyncRead for Failing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0 == 0 {
            return Poll::Ready(Err(io::Error::other("the disk is gone")));
        }
        let length = self.0.min(buffer.remaining());
        self.0 -= length;
        buffer.put_slice(&vec![b'x'; length]);
        Poll::Ready(Ok(()))
    }
}

/// A source that gives some bytes and then nothing, for ever.
struct Stalling(usize);

impl AsyncRead for Stalling {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.0.min(buffer.remaining());
        self.0 -= length;
        buffer.put_slice(&vec![b'x'; length]);
        if length == 0 { Poll::Pending } else { Poll::Ready(Ok(())) }
    }
}

#[tokio::test]
async fn a_push_that_breaks_off_leaves_the_old_file() {
    let daemon = Daemon::start().await;
    let client = daemon.client().with_deadline(Duration::from_mins(1));
    std::fs::create_dir(daemon.path("d")).unwrap();
    let path = daemon.text_path("d/file");
    std::fs::write(&path, "old").unwrap();
    let error = client.push(Upload::new(&path, Content::stream(Failing(1 << 20)))).await.unwrap_err();
    assert!(matches!(error, Error::Request { .. }), "{error:?}");
    let mut source: &dyn std::error::Error = &error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    assert_eq!(source.to_string(), "the disk is gone");
    let impatient = client.with_deadline(Duration::from_millis(200));
    let error = impatient.push(Upload::new(&path, Content::stream(Stalling(1 << 20)))).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    eventually("the daemon has cleaned up", async || {
        (std::fs::read_dir(daemon.path("d")).unwrap().count() == 1).then_some(())
    })
    .await;
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
}
