//! Whether a service that was started is well, before other units follow.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::juju::status::Status;
use crate::pebble::types::ServiceStatus;
use crate::pebble::{Client, Error};
use crate::webapp::effects::Probe;
use crate::webapp::options::CHECK_HOST;

/// How long a service must run where nobody knows how to ask it.
const STEADY: Duration = Duration::from_secs(5);
/// How often it is looked at.
const PACE: Duration = Duration::from_millis(250);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(3);

/// What was seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proof<'a> {
    /// It goes on running; and answers, where it can be asked.
    Well,
    /// It does not run any more.
    Ended,
    /// It runs and does not answer; what is to be shown.
    Unanswered(&'a Status),
}

/// Watches a service until it is known.
pub(super) async fn proves<'a>(
    client: &Client,
    service: &str,
    probe: Option<&'a Probe>,
    within: Duration,
) -> Result<Proof<'a>, Error> {
    let begun = Instant::now();
    loop {
        sleep(PACE).await;
        let services = client.services(&[service]).await?;
        if !services.iter().any(|info| info.current == ServiceStatus::Active) {
            return Ok(Proof::Ended);
        }
        match probe {
            None if begun.elapsed() >= STEADY => return Ok(Proof::Well),
            Some(Probe { port, path, .. }) if answers(*port, path).await => return Ok(Proof::Well),
            Some(Probe { unanswered, .. }) if begun.elapsed() >= within => {
                return Ok(Proof::Unanswered(unanswered));
            }
            None | Some(_) => {}
        }
    }
}

/// It answers 2xx, or says where else to look, which Pebble's check does. The containers of a pod share their network.
async fn answers(port: u16, path: &str) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect((CHECK_HOST, port)).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {CHECK_HOST}:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0; 12];
        let _length = stream.read_exact(&mut head).await?;
        // `HTTP/1.1 204`
        let is_well = matches!(head.get(8..10), Some(b" 2" | b" 3"));
        std::io::Result::Ok(head.starts_with(b"HTTP/1.") && is_well)
    };
    matches!(timeout(ANSWER, ask).await, Ok(Ok(true)))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What a server that says this to whoever asks makes of the question, and the question.
    async fn asked(said: &'static str) -> (bool, String) {
        let server = TcpListener::bind((CHECK_HOST, 0)).await.unwrap();
        let port = server.local_addr().unwrap().port();
        let serve = tokio::spawn(async move {
            let (mut stream, _) = server.accept().await.unwrap();
            let mut question = Vec::new();
            while !question.ends_with(b"\r\n\r\n") {
                question.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(said.as_bytes()).await.unwrap();
            String::from_utf8(question).unwrap().replace(&port.to_string(), "PORT")
        });
        let is_well = answers(port, "/healthz?full=1").await;
        (is_well, serve.await.unwrap())
    }

    #[tokio::test]
    async fn an_app_is_well_that_answers_2xx_or_says_where_to_look() {
        let cases = [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.0 204 No Content\r\n\r\n", true),
            ("HTTP/1.1 301 Moved Permanently\r\nLocation: /healthz/\r\n\r\n", true),
            ("HTTP/1.1 400 Bad Request\r\n\r\n", false),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("HTTP/1.1 2", false),
            ("SSH-2.0-OpenSSH 200\r\n", false),
        ];
        for (said, expected) in cases {
            let (is_well, question) = asked(said).await;
            assert_eq!(is_well, expected, "{said}");
            let expected =
                "GET /healthz?full=1 HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n";
            assert_eq!(question, expected);
        }
    }

    #[tokio::test]
    async fn one_that_does_not_listen_is_not_well() {
        let port = TcpListener::bind((CHECK_HOST, 0)).await.unwrap().local_addr().unwrap().port();
        assert!(!answers(port, "/").await);
    }
}
