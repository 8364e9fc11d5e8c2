//! Whether a service that was started is well, before other units follow.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::pebble::types::ServiceStatus;
use crate::pebble::{Client, Error};
use crate::webapp::effects::Probe;
use crate::webapp::options::CHECK_HOST;

/// How long a service must run where nobody knows what to ask it.
const STEADY: Duration = Duration::from_secs(5);
/// How often it is looked at.
const PACE: Duration = Duration::from_millis(250);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(3);
/// The most of an answer that is read.
const HEAD: u64 = 8 << 10;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It goes on running, and answers.
    Well,
    /// It does not run any more.
    Ended,
    /// It runs and does not answer.
    Unanswered,
}

/// Watches a service until it is known.
pub(super) async fn proves(client: &Client, probe: &Probe) -> Result<Proof, Error> {
    let begun = Instant::now();
    loop {
        sleep(PACE).await;
        let services = client.services(&[&probe.service]).await?;
        if !services.iter().any(|info| info.current == ServiceStatus::Active) {
            return Ok(Proof::Ended);
        }
        let is_well = match &probe.path {
            Some(path) => within(ANSWER, answers(probe.port, path)).await,
            None => begun.elapsed() >= STEADY && within(ANSWER, listens(probe.port)).await,
        };
        if is_well {
            return Ok(Proof::Well);
        }
        if begun.elapsed() >= probe.within {
            return Ok(Proof::Unanswered);
        }
    }
}

async fn within(time: Duration, asked: impl Future<Output = std::io::Result<bool>>) -> bool {
    matches!(timeout(time, asked).await, Ok(Ok(true)))
}

/// The containers of a pod share their network.
async fn listens(port: u16) -> std::io::Result<bool> {
    TcpStream::connect((CHECK_HOST, port)).await.map(|_| true)
}

/// It answers 2xx, or names another page of its own, where Pebble's check goes on to.
async fn answers(port: u16, path: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((CHECK_HOST, port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {CHECK_HOST}:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let mut rest = stream.take(HEAD);
    while !answer.ends_with(b"\r\n\r\n") && rest.read_buf(&mut answer).await? > 0 {}
    let answer = String::from_utf8_lossy(&answer);
    // `HTTP/1.1 204`
    let code = answer.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    let lines = answer.lines().filter_map(|line| line.split_once(':'));
    let location = lines.clone().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    let own = format!("http://{CHECK_HOST}:{port}/");
    let is_own = |place: &str| place.starts_with(&own) || place.starts_with('/') && !place.starts_with("//");
    Ok(match code.and_then(|code| code.chars().next()) {
        Some('2') => true,
        Some('3') => location.is_some_and(|(_, place)| is_own(place.trim())),
        _ => false,
    })
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
        let is_well = within(ANSWER, answers(port, "/healthz?full=1")).await;
        (is_well, serve.await.unwrap())
    }

    #[tokio::test]
    async fn an_app_is_well_that_answers_2xx_or_names_another_page_of_its_own() {
        let cases = [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.0 204 No Content\r\n\r\n", true),
            ("HTTP/1.1 301 Moved Permanently\r\nLocation: /healthz/\r\n\r\n", true),
            ("HTTP/1.1 301 Moved Permanently\r\nlocation: https://localhost/healthz\r\n\r\n", false),
            ("HTTP/1.1 302 Found\r\n\r\n", false),
            ("HTTP/1.1 400 Bad Request\r\n\r\n", false),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("HTTP/1.1", false),
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
        assert!(!within(ANSWER, answers(port, "/")).await && !within(ANSWER, listens(port)).await);
    }
}
