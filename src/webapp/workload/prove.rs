//! Whether a service that was just started is well, before other units follow.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::pebble::types::ServiceStatus;
use crate::pebble::{Client, Error};

/// How long a service must run where nobody knows how to ask it.
const STEADY: Duration = Duration::from_secs(5);
/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked at.
const PACE: Duration = Duration::from_millis(250);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(3);

/// The service goes on running; and answers, where there is a port and a path to ask.
pub(super) async fn proves(
    client: &Client,
    service: &str,
    asked: Option<&(u16, String)>,
) -> Result<bool, Error> {
    let begun = Instant::now();
    loop {
        sleep(PACE).await;
        let services = client.services(&[service]).await?;
        if !services.iter().any(|info| info.current == ServiceStatus::Active) {
            return Ok(false);
        }
        match asked {
            None if begun.elapsed() >= STEADY => return Ok(true),
            Some((port, path)) if answers(*port, path).await => return Ok(true),
            Some(_) if begun.elapsed() >= PATIENCE => return Ok(false),
            None | Some(_) => {}
        }
    }
}

/// It answers 2xx. The containers of a pod share their network.
async fn answers(port: u16, path: &str) -> bool {
    let path = path.trim_start_matches('/');
    let ask = async {
        let mut stream = TcpStream::connect(("localhost", port)).await?;
        let request = format!("GET /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0; 12];
        let _length = stream.read_exact(&mut head).await?;
        // `HTTP/1.1 204`
        std::io::Result::Ok(head.starts_with(b"HTTP/1.") && head.get(8..10) == Some(b" 2"))
    };
    matches!(timeout(ANSWER, ask).await, Ok(Ok(true)))
}
