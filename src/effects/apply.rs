//! Makes the changes that were decided, in order. The only writer to Juju and Pebble. Decides nothing.

use std::collections::BTreeSet;

use tokio::sync::OnceCell;

mod container;
mod juju;

use super::{Decision, Effect, Group, OwnEffect, Problem};
use crate::juju::names::ContainerName;
use crate::juju::tools::{HookTools, ToolError};
use crate::observed::read::Pebbles;
use crate::pebble;

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
    /// What the operator can mend, where that is the cause.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Workload { source, .. } => source.downcast_ref(),
            Self::Pebble { .. } | Self::Local { .. } | Self::Tool(_) => None,
        }
    }

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
        // An action reports what it has done.
        let untrue = matches!(effect, Effect::ActionResults(_)) && !failures.is_empty();
        if failed.contains(&group) || untrue {
            continue;
        }
        let outcome = match effect {
            Effect::Container(container, change) => container::change(container, change, pebbles).await,
            Effect::Workload(own) => workload(own)
                .await
                .map_err(|source| Failure::Workload { container: own.container().clone(), source }),
            Effect::Databag(..)
            | Effect::CreateSecret { .. }
            | Effect::RenewSecret { .. }
            | Effect::Ports { .. }
            | Effect::WorkloadVersion(_)
            | Effect::ActionResults(_)
            | Effect::ActionFailure(_) => {
                juju::change(effect, tools, &leads, random).await.map_err(Failure::Tool)
            }
        };
        if let Err(failure) = outcome {
            let _new = failed.insert(group);
            failures.push(failure);
        }
    }
    failures
}

#[cfg(test)]
mod tests;
