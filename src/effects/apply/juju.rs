//! Changes that Juju keeps.

use std::collections::BTreeMap;

use super::super::{Bag, Effect, OwnSecret};
use crate::juju::names::RelationId;
use crate::juju::tools::{HookTools, Reason, Scope, SecretDetails, SecretKey, ToolError};
use crate::juju::wire::{Databag, PortRange, SecretContent};
use crate::secret::Secret;

/// Makes one change in Juju.
pub(super) async fn change<W>(
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
        Effect::Databag(relation, bag, changes) => databag(tools, relation, *bag, changes).await,
        Effect::CreateSecret { description, keys, named_in, under } => {
            let details =
                SecretDetails { description: Some((*description).to_owned()), ..SecretDetails::default() };
            let id = tools.secret_add_for_application(&passwords(keys, random), &details).await?;
            tracing::info!(secret = %id, "created a secret");
            let named = Databag::from([((*under).to_owned(), id.to_uri())]);
            tools.relation_set(named_in, Scope::Application, &named).await
        }
        Effect::RenewSecret { which, keys } => {
            let id = match which {
                OwnSecret::Id(id) => id.clone(),
                OwnSecret::Label(label) => tools.secret_info_get(SecretKey::Label(label)).await?.0,
            };
            tracing::info!(secret = %id, "renewing a secret");
            tools.secret_set(&id, Some(&passwords(keys, random)), &SecretDetails::default()).await
        }
        Effect::Ports { open, close } => ports(tools, open, close).await,
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

async fn databag(
    tools: &HookTools,
    relation: &RelationId,
    bag: Bag,
    changes: &Databag,
) -> Result<(), ToolError> {
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

async fn ports(tools: &HookTools, open: &[PortRange], close: &[PortRange]) -> Result<(), ToolError> {
    for port in close {
        tracing::info!(%port, "closing a port");
        tools.close_port(*port).await?;
    }
    for port in open {
        tracing::info!(%port, "opening a port");
        tools.open_port(*port).await?;
    }
    Ok(())
}

fn passwords(keys: &[&str], random: &mut impl FnMut() -> u8) -> SecretContent {
    keys.iter().map(|key| ((*key).to_owned(), Secret::generate(&mut *random))).collect()
}

fn is_the_leaders<W>(effect: &Effect<W>) -> bool {
    matches!(
        effect,
        Effect::Databag(_, Bag::Application, _) | Effect::CreateSecret { .. } | Effect::RenewSecret { .. }
    )
}
