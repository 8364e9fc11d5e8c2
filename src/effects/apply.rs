//! Makes the changes that were decided, in order. The only writer to Juju and Pebble. Decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::{Bag, ContainerChange, Decision, Effect, Group, OwnEffect};
use crate::juju::names::ContainerName;
use crate::juju::tools::{HookTools, Reason, Scope, SecretDetails, ToolError};
use crate::juju::wire::{Databag, SecretContent};
use crate::observed::read::Pebbles;
use crate::pebble::types::{Directory, Exec, Owner, Permissions};
use crate::pebble::{self, Client, Content, Upload};
use crate::program;
use crate::secret::Secret;

/// How long a command in a container may take.
const COMMAND: Duration = Duration::from_mins(1);

/// A change that failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// In a container.
    #[error("container {container}")]
    Pebble {
        /// Which.
        container: ContainerName,
        /// What Pebble said.
        #[source]
        source: pebble::Error,
    },
    /// The container's Pebble is not known, or this program's own file cannot be read.
    #[error("container {container}: {reason}")]
    Local {
        /// Which.
        container: ContainerName,
        /// What is wrong.
        reason: String,
    },
    /// A hook tool.
    #[error("Juju")]
    Tool(#[source] ToolError),
    /// A server of the workload's.
    #[error("container {container}")]
    Workload {
        /// In which container it runs.
        container: ContainerName,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error>,
    },
}

impl Failure {
    /// The group whose later effects are skipped.
    pub fn group(&self) -> Group {
        match self {
            Self::Tool(_) => Group::Juju,
            Self::Pebble { container, .. }
            | Self::Local { container, .. }
            | Self::Workload { container, .. } => Group::Container(container.clone()),
        }
    }
}

/// Makes all changes; what fails skips the rest of its group.
pub async fn apply<W: OwnEffect>(
    decision: &Decision<W>,
    tools: &HookTools,
    pebbles: &Pebbles,
    random: &mut impl FnMut() -> u8,
    workload: impl AsyncFn(&W) -> Result<(), Box<dyn std::error::Error>>,
) -> Vec<Failure> {
    let mut failures: Vec<Failure> = Vec::new();
    let lead = OnceCell::new();
    let leads = async || lead.get_or_try_init(|| tools.is_leader()).await.copied();
    let mut failed: BTreeSet<Group> = BTreeSet::new();
    for effect in &decision.effects {
        let group = effect.group();
        if failed.contains(&group) {
            continue;
        }
        let outcome = match effect {
            Effect::Container(container, change) => in_container(container, change, pebbles).await,
            Effect::Workload(own) => workload(own)
                .await
                .map_err(|source| Failure::Workload { container: own.container().clone(), source }),
            Effect::Databag(..)
            | Effect::CreateSecret { .. }
            | Effect::WorkloadVersion(_)
            | Effect::ActionResults(_)
            | Effect::ActionFailure(_) => in_juju(effect, tools, &leads, random).await.map_err(Failure::Tool),
        };
        if let Err(failure) = outcome {
            let _new = failed.insert(group);
            failures.push(failure);
        }
    }
    failures
}

async fn in_juju<W>(
    effect: &Effect<W>,
    tools: &HookTools,
    leads: &impl AsyncFn() -> Result<bool, ToolError>,
    random: &mut impl FnMut() -> u8,
) -> Result<(), ToolError> {
    // A "yes" holds for half a minute. Without it Juju may take the write and refuse it when the hook ends, with all others.
    if is_the_leaders(effect) && !leads().await? {
        tracing::info!("another unit leads by now: what the leader writes is left to it");
        return Ok(());
    }
    match effect {
        Effect::Databag(relation, bag, changes) => {
            tracing::info!(%relation, ?bag, keys = ?changes.keys().collect::<Vec<_>>(), "writing a databag");
            let scope = match bag {
                Bag::Unit => Scope::Unit,
                Bag::Application => Scope::Application,
            };
            match tools.relation_set(relation, scope, changes).await {
                // It went while this pass ran. What all others are told must not be lost with it.
                Err(error) if matches!(error.reason(), Reason::RelationGone | Reason::PermissionDenied) => {
                    tracing::warn!(%relation, %error, "a relation is gone and is told nothing");
                    Ok(())
                }
                done => done,
            }
        }
        Effect::CreateSecret { description, keys, named_in, under } => {
            let password = |key: &&str| ((*key).to_owned(), Secret::generate(&mut *random));
            let content: SecretContent = keys.iter().map(password).collect();
            let details =
                SecretDetails { description: Some((*description).to_owned()), ..SecretDetails::default() };
            let id = tools.secret_add_for_application(&content, &details).await?;
            tracing::info!(secret = %id, "created a secret");
            let named = Databag::from([((*under).to_owned(), id.to_uri())]);
            tools.relation_set(named_in, Scope::Application, &named).await
        }
        Effect::WorkloadVersion(version) => tools.application_version_set(version).await,
        Effect::ActionResults(results) => {
            let results: BTreeMap<String, String> =
                results.iter().map(|(key, value)| ((*key).to_owned(), value.expose().to_owned())).collect();
            tools.action_set(&results).await
        }
        Effect::ActionFailure(reason) => tools.action_fail(reason).await,
        Effect::Container(..) | Effect::Workload(_) => Ok(()),
    }
}

fn is_the_leaders<W>(effect: &Effect<W>) -> bool {
    matches!(effect, Effect::Databag(_, Bag::Application, _) | Effect::CreateSecret { .. })
}

async fn in_container(
    container: &ContainerName,
    change: &ContainerChange,
    pebbles: &Pebbles,
) -> Result<(), Failure> {
    let local = |reason: String| Failure::Local { container: container.clone(), reason };
    let client = pebbles.get(container).ok_or_else(|| local("its Pebble is not known".to_owned()))?;
    let outcome = match change {
        ContainerChange::MakeDirectory { path, owner, mode } => {
            let permissions = Some(Permissions::of(*mode));
            let directory =
                Directory { permissions, owner: owned_by(owner), ..Directory::with_parents(*path) };
            client.make_dir(directory).await
        }
        ContainerChange::Push { path, content, owner, mode } => {
            tracing::info!(%container, path, "writing a file");
            let content = Content::from(content.expose().as_bytes().to_vec());
            push(client, path, content, owner, *mode).await
        }
        ContainerChange::Own { path, owner } => match own(client, path, owner).await {
            Ok(0) => Ok(()),
            Ok(code) => return Err(local(format!("chown of {path} to {owner} ended with {code}"))),
            Err(error) => Err(error),
        },
        ContainerChange::PushSelf { path } => {
            let file = tokio::fs::File::open(program::OWN_FILE).await;
            let file = file.map_err(|error| local(format!("this program's own file: {error}")))?;
            push(client, path, Content::stream(file), "root", 0o755).await
        }
        ContainerChange::AddLayer { label, layer } => {
            tracing::info!(%container, label, "changing the plan");
            client.add_layer(label, layer).await
        }
        ContainerChange::Replan => {
            tracing::info!(%container, "replanning");
            client.replan().await.map(drop)
        }
    };
    outcome.map_err(|source| Failure::Pebble { container: container.clone(), source })
}

async fn push(
    client: &Client,
    path: &str,
    content: Content,
    owner: &str,
    mode: u16,
) -> Result<(), pebble::Error> {
    let upload = Upload {
        make_dirs: true,
        permissions: Some(Permissions::of(mode)),
        owner: owned_by(owner),
        ..Upload::new(path, content)
    };
    client.push(upload).await
}

fn owned_by(name: &str) -> Owner {
    Owner { group: name.to_owned(), ..Owner::user(name) }
}

/// Returns the exit code.
async fn own(client: &Client, path: &str, owner: &str) -> Result<i64, pebble::Error> {
    tracing::info!(path, owner, "changing the owner");
    let command = ["chown", "-R", &format!("{owner}:{owner}"), path];
    let output = client.run(&Exec::new(command), "", COMMAND).await?;
    Ok(output.exit_code)
}

#[cfg(test)]
mod tests;
