//! What a container's Pebble says, and the wanted files in it.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::Pebbles;
use crate::juju::names::ContainerName;
use crate::observed::{Container, ContainerWant, PresenceWant};
use crate::pebble::types::Listing;
use crate::pebble::{self, Client};
use crate::secret::Secret;

/// The most bytes that the wanted files of a container may have together.
const FILES_LIMIT: usize = 1 << 20;

pub(super) async fn read(want: &ContainerWant, pebbles: &Pebbles) -> Option<(ContainerName, Container)> {
    let client = pebbles.get(&want.name)?;
    match ask_pebble(want, client).await {
        Ok(container) => Some((want.name.clone(), container)),
        Err(error) if error.is_not_running() => {
            tracing::debug!(container = %want.name, "Pebble is not running yet");
            None
        }
        Err(error) => {
            tracing::debug!(container = %want.name, %error, "Pebble does not answer");
            None
        }
    }
}

async fn ask_pebble(want: &ContainerWant, client: &Client) -> Result<Container, pebble::Error> {
    let paths: Vec<&str> = want.contents.iter().map(String::as_str).collect();
    let listed = async {
        let Some((directory, pattern)) = &want.listing else { return Ok(Vec::new()) };
        match client.list_files(directory, Listing::Matching(pattern)).await {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            listed => listed,
        }
    };
    let checks = async { if want.checks { client.checks(None, &[]).await } else { Ok(Vec::new()) } };
    let (plan, services, contents, listed, checks) = tokio::try_join!(
        client.plan(),
        client.services(&[]),
        client.pull_all(&paths, FILES_LIMIT),
        listed,
        checks
    )?;
    let text = |(path, content): (&String, Result<bytes::Bytes, pebble::PathError>)| {
        let content = content.ok()?;
        Some((path.clone(), Secret::new(String::from_utf8_lossy(&content))))
    };
    let container = Container {
        plan,
        services,
        contents: want.contents.iter().zip(contents).filter_map(text).collect(),
        present: BTreeMap::new(),
        listed,
        checks,
    };
    let asked = want.presence.iter().filter(|one| !container.is_active(one.unless_active));
    let present = try_join_all(asked.map(|PresenceWant { path, .. }| async move {
        let info = client.file(path).await?;
        Ok::<_, pebble::Error>(info.map(|info| (path.clone(), info.user.unwrap_or_default())))
    }));
    Ok(Container { present: present.await?.into_iter().flatten().collect(), ..container })
}
