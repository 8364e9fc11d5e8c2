//! Changes in a container, through its Pebble.

use std::time::Duration;

use super::super::ContainerChange;
use super::Failure;
use crate::juju::names::ContainerName;
use crate::observed::read::Pebbles;
use crate::pebble::types::{Directory, Exec, Owner, Permissions};
use crate::pebble::{self, Client, Content, Pending, Upload};
use crate::program;

/// How long a command in a container may take, and services to start or stop.
const COMMAND: Duration = Duration::from_mins(1);

/// Makes one change in a container.
pub(super) async fn change(
    container: &ContainerName,
    change: &ContainerChange,
    pebbles: &Pebbles,
) -> Result<(), Failure> {
    let local = |reason: String| Failure::Local { container: container.clone(), reason };
    let client = pebbles.get(container).ok_or_else(|| local("its Pebble is not known".to_owned()))?;
    let outcome = match change {
        ContainerChange::MakeDirectory { path, owner, mode } => {
            make_directory(client, path, owner.clone(), *mode).await
        }
        ContainerChange::Push { path, content, owner, mode } => {
            tracing::info!(%container, path, "writing a file");
            let content = Content::from(content.expose().as_bytes().to_vec());
            push(client, path, content, owner.clone(), *mode).await
        }
        ContainerChange::Own { path, owner } => match own(client, path, owner).await {
            Ok(0) => Ok(()),
            Ok(code) => return Err(local(format!("chown of {path} to {owner} ended with {code}"))),
            Err(error) => Err(error),
        },
        ContainerChange::PushSelf { path } => {
            let file = tokio::fs::File::open(program::OWN_FILE).await;
            let file = file.map_err(|error| local(format!("this program's own file: {error}")))?;
            push(client, path, Content::stream(file), Owner::both("root"), 0o755).await
        }
        ContainerChange::AddLayer { label, layer } => {
            tracing::info!(%container, label, "changing the plan");
            client.add_layer(label, layer).await
        }
        ContainerChange::Replan => {
            tracing::info!(%container, "replanning");
            client.replan().await.map(drop)
        }
        ContainerChange::ReplanAndWait => {
            tracing::info!(%container, "replanning");
            end_of(client, client.replan().await).await
        }
        ContainerChange::Restart(services) => {
            tracing::info!(%container, ?services, "starting services");
            restart(client, services).await
        }
        ContainerChange::Stop(services) => {
            tracing::info!(%container, ?services, "stopping services");
            end_of(client, client.stop(&names(services)).await).await
        }
        ContainerChange::Notify { key } => client.notify(key, &[], None).await.map(drop),
    };
    outcome.map_err(|source| Failure::Pebble { container: container.clone(), source })
}

async fn make_directory(client: &Client, path: &str, owner: Owner, mode: u16) -> Result<(), pebble::Error> {
    let permissions = Some(Permissions::of(mode));
    client.make_dir(Directory { permissions, owner, ..Directory::with_parents(path) }).await
}

fn names(services: &[String]) -> Vec<&str> {
    services.iter().map(String::as_str).collect()
}

async fn restart(client: &Client, services: &[String]) -> Result<(), pebble::Error> {
    if services.is_empty() { Ok(()) } else { end_of(client, client.restart(&names(services)).await).await }
}

async fn end_of(client: &Client, begun: Result<Pending, pebble::Error>) -> Result<(), pebble::Error> {
    client.wait_ready(&begun?, COMMAND).await.map(drop)
}

async fn push(
    client: &Client,
    path: &str,
    content: Content,
    owner: Owner,
    mode: u16,
) -> Result<(), pebble::Error> {
    let upload = Upload {
        make_dirs: true,
        permissions: Some(Permissions::of(mode)),
        owner,
        ..Upload::new(path, content)
    };
    client.push(upload).await
}

/// Returns the exit code.
async fn own(client: &Client, path: &str, owner: &str) -> Result<i64, pebble::Error> {
    tracing::info!(path, owner, "changing the owner");
    let command = ["chown", "-R", &format!("{owner}:{owner}"), path];
    let output = client.run(&Exec::new(command), "", COMMAND).await?;
    Ok(output.exit_code)
}
