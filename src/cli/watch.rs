//! `sidecharm watch`: connects the Redis workload's watch with the pod it runs in.

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
    let client = Client::new(SOCKET).with_deadline(Duration::from_secs(5));
    let notify = async |master: Option<&str>| {
        let data = [("master", master.unwrap_or_default())];
        let told = client.notify(NOTICE, &data, None).await;
        match told {
            Ok(_) => true,
            // Juju 3.1 to 3.3: there the databags follow at the next hook, whatever starts it.
            Err(error @ Error::Unsupported { .. }) => {
                tracing::info!(%error, "Juju cannot be told");
                true
            }
            Err(error) => {
                tracing::warn!(%error, "Juju could not be told, and is told again");
                false
            }
        }
    };
    let (lineage, data) = (PathBuf::from(layers::LINEAGE_FILE), PathBuf::from(layers::DATA_DIR));
    let paths = Paths { config, lineage, data };
    watch::run(&paths, notify, terminated).await;
}
