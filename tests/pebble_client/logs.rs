//! The output of services, read at once and followed.

use std::time::Duration;

use rustix::process::Signal;
use sidecharm::pebble::types::{LogDepth, LogEntry};
use tokio::time::timeout;

use crate::daemon::{Daemon, eventually, layer};

const LONG: Duration = Duration::from_secs(20);

async fn start(daemon: &Daemon, name: &str, command: &str) {
    let client = daemon.client();
    let service = format!("services: {{{name}: {{override: replace, command: {command:?}}}}}");
    client.add_layer(name, &layer(&service)).await.unwrap();
    let pending = client.start(&[name]).await.unwrap();
    client.wait_change(&pending, LONG).await.unwrap();
}

fn messages(entries: &[LogEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.message.as_str()).collect()
}

#[tokio::test]
async fn the_newest_lines_are_read() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    assert!(client.logs(&[], LogDepth::All).await.unwrap().is_empty());
    start(&daemon, "a", "sh -c 'seq 40; echo é >&2; sleep 1000'").await;
    start(&daemon, "b", "sh -c 'echo other; sleep 1000'").await;
    let all = client.logs(&["a"], LogDepth::All).await.unwrap();
    assert_eq!(all.len(), 41);
    assert_eq!((all[0].service.as_str(), all[0].message.as_str()), ("a", "1"));
    assert!(all.windows(2).all(|pair| pair[0].time <= pair[1].time));
    let newest = client.logs(&["a", "b", "missing"], LogDepth::Newest(3)).await.unwrap();
    assert_eq!(messages(&newest), ["40", "é", "other"], "counted over all of them together");
    assert!(client.logs(&["a"], LogDepth::Newest(0)).await.unwrap().is_empty());
    assert!(client.logs(&["missing"], LogDepth::All).await.unwrap().is_empty());
}

#[tokio::test]
async fn lines_are_followed_as_they_come() {
    let mut daemon = Daemon::start().await;
    let pipe = daemon.text_path("pipe");
    start(&daemon, "a", &format!("sh -c 'while :; do cat {pipe} 2>/dev/null || sleep 0.05; done'")).await;
    let mut stream = daemon.client().follow_logs(&["a"], LogDepth::Newest(0)).unwrap();
    let silence = timeout(Duration::from_millis(200), stream.next()).await;
    assert!(silence.is_err(), "nothing is answered before the first line, not even a head");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::from_raw_mode(0o644)).unwrap();
    let write = |text: String| {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::write(pipe, text).unwrap())
    };
    write("one\n".to_owned()).join().unwrap();
    // Given up and asked again, nothing is lost.
    let first = eventually("the first line", async || {
        timeout(Duration::from_millis(5), stream.next()).await.ok().map(|entry| entry.unwrap().unwrap())
    })
    .await;
    assert_eq!(first.message, "one");
    write((0..2000).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n") + "\n");
    for number in 0..2000 {
        let entry = timeout(LONG, stream.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(entry.message, format!("line {number}"));
    }
    daemon.signal(Signal::KILL);
    daemon.wait().await;
    let end = timeout(LONG, stream.next()).await.unwrap();
    assert!(end.is_err_and(|error| error.is_retryable()));
}

#[tokio::test]
async fn following_nobody_is_told_that_nobody_is_there() {
    let daemon = Daemon::stopped();
    let mut stream = daemon.client().follow_logs(&[], LogDepth::All).unwrap();
    assert!(stream.next().await.unwrap_err().is_not_running());
}
