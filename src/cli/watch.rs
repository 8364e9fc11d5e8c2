//! `sidecharm watch`: connects the Redis workload's watch with the pod it runs in.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use crate::pebble::{Client, Error};
use crate::redis::layers;
use crate::redis::watch::{self, Paths};

/// The notice that makes Juju run a hook.
const NOTICE: &str = "sidecharm.dev/topology";
/// Where Juju puts the container's own Pebble.
const SOCKET: &str = "/charm/container/pebble.socket";

/// Watches until `terminated`.
pub async fn run(config: PathBuf, terminated: impl Future<Output = ()>) {
    let juju = Juju::reached_by(Client::new(SOCKET).with_deadline(Duration::from_secs(5)));
    let (lineage, data) = (PathBuf::from(layers::LINEAGE_FILE), PathBuf::from(layers::DATA_DIR));
    let paths = Paths { config, lineage, data };
    watch::run(&paths, async |master: Option<&str>| juju.is_told(master).await, terminated).await;
}

/// Juju, which hears of a notice and runs a hook.
struct Juju {
    pebble: Client,
    /// It was said that this Pebble knows no notices.
    is_deaf: Cell<bool>,
}

impl Juju {
    fn reached_by(pebble: Client) -> Self {
        Self { pebble, is_deaf: Cell::new(false) }
    }

    /// Raises the notice; whether there is nothing more to be done about it.
    async fn is_told(&self, master: Option<&str>) -> bool {
        let data = [("master", master.unwrap_or_default())];
        match self.pebble.notify(NOTICE, &data, None).await {
            Ok(_) => true,
            // Juju 3.1 to 3.3: there the databags follow at the next hook, whatever starts it.
            Err(error @ Error::Unsupported { .. }) => {
                if !self.is_deaf.replace(true) {
                    tracing::info!(%error, "Juju cannot be told");
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, "Juju could not be told, and is told again");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _};
    use std::sync::Mutex;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixListener;

    use super::*;

    /// A Pebble of this version that answers whatever it is asked with what it is; and its client.
    fn pebble(version: &str) -> (tempfile::TempDir, Client) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let body = format!(
            r#"{{"type":"sync","status-code":200,"result":{{"version":"{version}","boot-id":"b"}}}}"#
        );
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        (folder, Client::new(socket))
    }

    #[tokio::test]
    async fn a_pebble_that_knows_no_notices_is_complained_of_once_and_nothing_is_owed_to_it() {
        let mut log = tempfile::tempfile().unwrap();
        let writer = Mutex::new(log.try_clone().unwrap());
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let (_folder, client) = pebble("v1.4.0");
        let juju = Juju::reached_by(client);
        for master in [None, Some("app-0"), Some("app-1")] {
            assert!(juju.is_told(master).await, "it would be told again and again");
        }
        let mut text = String::new();
        log.rewind().unwrap();
        log.read_to_string(&mut text).unwrap();
        assert_eq!(text.matches("Juju cannot be told").count(), 1, "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }

    #[tokio::test]
    async fn juju_is_told_again_where_pebble_was_not_there() {
        let juju = Juju::reached_by(Client::new("/nowhere/pebble.socket"));
        assert!(!juju.is_told(Some("app-0")).await);
    }
}
