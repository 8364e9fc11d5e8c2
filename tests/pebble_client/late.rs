//! A command whose change is ready before its output has come: the order that the real daemon avoids, but does not
//! promise.

use std::time::{Duration, Instant};

use futures_util::SinkExt as _;
use sidecharm::pebble::types::Exec;
use sidecharm::pebble::{Client, Output};
use tokio::net::UnixListener;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::fake::{about, json, serve, sync};

/// Runs a command whose standard output sends these frames once the change has been told to be ready.
async fn run(frames: &[&'static str]) -> Output {
    let directory = tempfile::Builder::new().prefix("pb").tempdir_in("/tmp").unwrap();
    let listener = UnixListener::bind(directory.path().join("s")).unwrap();
    let daemon = async {
        serve(&listener, "GET /v1/system-info", about("1.32.1", "one")).await;
        let started =
            r#"{"type":"async","change":"7","result":{"task-id":"9","environment":{"TOKEN":"hunter2"}}}"#;
        serve(&listener, "POST /v1/exec", json(202, started)).await;
        let mut sockets = Vec::new();
        for _ in ["control", "stdio", "stderr"] {
            sockets.push(accept_async(listener.accept().await.unwrap().0).await.unwrap());
        }
        sockets[2].send(Message::text(r#"{"command":"end"}"#)).await.unwrap();
        let done = r#"{"id":"7","kind":"exec","status":"Done","ready":true,
            "tasks":[{"id":"9","kind":"exec","status":"Done","data":{"exit-code":5}}]}"#;
        serve(&listener, "GET /v1/changes/7/wait", sync(done)).await;
        // Long enough for a client that does not wait for the output to be seen not to.
        tokio::time::sleep(Duration::from_millis(100)).await;
        for frame in frames {
            let message = match frame.strip_prefix("text ") {
                Some(text) => Message::text(text),
                None => Message::binary(*frame),
            };
            sockets[1].send(message).await.unwrap();
        }
        // Nothing more is said, and nothing is closed, as the real one does.
        sockets
    };
    let client = Client::new(directory.path().join("s"));
    let exec = Exec::new(["a"]);
    let (_sockets, output) = tokio::join!(daemon, client.run(&exec, "", Duration::from_secs(20)));
    output.unwrap()
}

#[tokio::test]
async fn output_that_comes_after_the_end_is_kept() {
    let start = Instant::now();
    let output =
        run(&["late", "text {\"command\":\"odd\"}", "text no json", " too", "text {\"command\":\"end\"}"])
            .await;
    assert_eq!((output.exit_code, &output.stdout[..]), (5, &b"late too"[..]));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn output_that_is_never_ended_is_not_waited_for() {
    let start = Instant::now();
    let output = run(&["late"]).await;
    assert_eq!((output.exit_code, &output.stdout[..]), (5, &b"late"[..]));
    assert!(start.elapsed() < Duration::from_secs(10));
}
