//! Reads what a pass must know, from the hook tools and from each Pebble, together where nothing depends on the other.
//! Decides nothing.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};
use tokio::sync::{OnceCell, Semaphore};

use super::{
    Basis, Container, ContainerWant, EndpointWant, Observed, Peer, PresenceWant, Relation, SecretState, Wants,
};
use crate::juju::environment::HookContext;
use crate::juju::event::Event;
use crate::juju::metadata::Role;
use crate::juju::names::{ContainerName, EndpointName, RelationId, SecretId, UnitName};
use crate::juju::tools::{Bag, HookTools, Reason, Revision, SecretKey, ToolError};
use crate::juju::wire::{ApplicationStatus, Config, Databag, GoalState, ReportedStatus};
use crate::pebble::{self, Client};
use crate::secret::Secret;

/// The most bytes that the wanted files of a container may have together.
const FILES_LIMIT: usize = 1 << 20;

/// How many hook tools run beside the chain that ends in the secret. Starting a process holds this one up, and the chain with
/// it: with three, a pass took 7 % longer.
const LANES: usize = 1;
/// How many more run while the workload looks at its servers.
const MORE_LANES: usize = 2;

/// The Pebbles of the pod, by container.
pub type Pebbles = BTreeMap<ContainerName, Client>;

/// What does not come from a tool or a Pebble.
#[derive(Debug, Clone)]
pub struct Given {
    /// Who and where this unit is.
    pub context: HookContext,
    /// Why the pass runs.
    pub event: Event,
    /// The charm's name in its metadata.
    pub charm_name: String,
    /// The charm container's `/etc/hosts`.
    pub hosts_file: String,
}

/// Reads all that is wanted, and lets the workload look at its own servers as soon as it can.
///
/// # Errors
/// When a hook tool fails for a reason that concerns the whole hook. A relation that has gone meanwhile is left out, a
/// Pebble that does not answer likewise.
pub async fn read<O>(
    given: Given,
    wants: &Wants,
    tools: &HookTools,
    pebbles: &Pebbles,
    observe: impl AsyncFnOnce(&Basis<'_>) -> O,
) -> Result<(Observed, O), ToolError> {
    let lanes = Semaphore::new(LANES);
    let goal = OnceCell::new();
    let goal = async || goal.get_or_try_init(|| aside(&lanes, tools.goal_state())).await;
    let first = async {
        let basis = read_basis(&given, wants, tools, pebbles, &goal).await?;
        lanes.add_permits(MORE_LANES);
        let own = observe(&basis).await;
        Ok((basis, own))
    };
    // In this order: what others wait for comes first.
    let ((basis, own), rest) =
        tokio::try_join!(biased; first, read_rest(&given, wants, tools, &lanes, &goal))?;
    let Basis { planned_units, existing_units, peer, secret, containers, context: _, hosts_file: _ } = basis;
    let Rest { config, is_leader, relations, unit_status, application_status } = rest;
    let Given { context, event, charm_name, hosts_file } = given;
    let observed = Observed {
        context,
        event,
        charm_name,
        hosts_file,
        config,
        is_leader,
        planned_units,
        existing_units,
        peer,
        secret,
        relations,
        shown_unit_status: unit_status,
        shown_application_status: application_status,
        containers,
    };
    Ok((observed, own))
}

/// The secret comes last of a chain of three calls, and the workload's own servers wait for it. So that chain has the way
/// clear.
async fn read_basis<'a, 'g>(
    given: &'a Given,
    wants: &Wants,
    tools: &HookTools,
    pebbles: &Pebbles,
    goal: &impl AsyncFn() -> Result<&'g GoalState, ToolError>,
) -> Result<Basis<'a>, ToolError> {
    let shared = async {
        let peer = read_peer(given, wants, tools).await?;
        let secret = read_secret(wants, peer.as_ref(), tools).await?;
        Ok((peer, secret))
    };
    let containers =
        async { Ok(join_all(wants.containers.iter().map(|want| read_container(want, pebbles))).await) };
    let ((peer, secret), goal, containers) = tokio::try_join!(biased; shared, goal(), containers)?;
    let mut planned_units: Vec<UnitName> = goal.planned_units().cloned().collect();
    planned_units.sort_by_key(UnitName::number);
    Ok(Basis {
        context: &given.context,
        hosts_file: &given.hosts_file,
        planned_units,
        existing_units: goal.units.len(),
        peer,
        secret,
        containers: containers.into_iter().flatten().collect(),
    })
}

struct Rest {
    config: Config,
    is_leader: bool,
    relations: BTreeMap<EndpointName, Vec<Relation>>,
    unit_status: ReportedStatus,
    application_status: Option<ReportedStatus>,
}

async fn read_rest<'g>(
    given: &Given,
    wants: &Wants,
    tools: &HookTools,
    lanes: &Semaphore,
    goal: &impl AsyncFn() -> Result<&'g GoalState, ToolError>,
) -> Result<Rest, ToolError> {
    let ids = wants.endpoints.iter().map(|want| async move {
        let may_have = want.role == Role::Provider || goal().await?.relations.contains_key(&want.endpoint);
        if may_have { aside(lanes, relation_ids(given, &want.endpoint, tools)).await } else { Ok(Vec::new()) }
    });
    let ((is_leader, unit_status, application_status), ids, config) = tokio::try_join!(
        aside(lanes, statuses(given, tools)),
        try_join_all(ids),
        aside(lanes, tools.config_get())
    )?;
    let relations = wants.endpoints.iter().zip(&ids).map(|(want, ids)| async move {
        let relations = join_all(ids.iter().map(|id| read_relation(given, want, id, is_leader, tools))).await;
        let relations: Result<Vec<Option<Relation>>, ToolError> =
            relations.into_iter().map(or_gone).collect();
        Ok((want.endpoint.clone(), relations?.into_iter().flatten().collect()))
    });
    let relations = try_join_all(relations).await?.into_iter().collect();
    Ok(Rest { config, is_leader, relations, unit_status, application_status })
}

/// Runs a call when a lane is free.
async fn aside<T>(lanes: &Semaphore, call: impl Future<Output = T>) -> T {
    // The semaphore is never closed; without a permit the call would be made all the same.
    let _permit = lanes.acquire().await.ok();
    call.await
}

/// Whether this unit leads, what Juju shows of it, and of the application. Only a leader is told its application's status,
/// with its own: one call for all three. It does not hold the lead as `is-leader` does, which is asked before a write.
async fn statuses(
    given: &Given,
    tools: &HookTools,
) -> Result<(bool, ReportedStatus, Option<ReportedStatus>), ToolError> {
    let (application, unit) = match tools.application_status_get().await {
        Ok(ApplicationStatus { status, mut units }) => (Some(status), units.remove(&given.context.unit)),
        Err(error) if error.reason() == Reason::NotLeader => (None, None),
        Err(error) => return Err(error),
    };
    let unit = match unit {
        Some(unit) => unit,
        None => tools.status_get().await?,
    };
    Ok((application.is_some(), unit, application))
}

async fn read_peer(given: &Given, wants: &Wants, tools: &HookTools) -> Result<Option<Peer>, ToolError> {
    let Some(endpoint) = &wants.peer else { return Ok(None) };
    let Some(id) = tools.relation_ids(endpoint).await?.into_iter().next() else { return Ok(None) };
    let application = given.context.unit.application();
    let application = tools.relation_get(&id, Bag::Application(&application)).await?;
    Ok(Some(Peer { id, application }))
}

async fn read_secret(
    wants: &Wants,
    peer: Option<&Peer>,
    tools: &HookTools,
) -> Result<SecretState, ToolError> {
    let named = wants.secret_key.zip(peer).and_then(|(key, peer)| peer.application.get(key));
    let Some(id) = named.and_then(|text| SecretId::parse(text).ok()) else { return Ok(SecretState::Unnamed) };
    match tools.secret_get(SecretKey::Id(&id), Revision::Refresh).await {
        Ok(content) => Ok(SecretState::Known(content)),
        Err(error) => match error.reason() {
            Reason::NotFound => Ok(SecretState::Vanished(id)),
            Reason::Unsupported => Ok(SecretState::Unnamed),
            Reason::PermissionDenied
            | Reason::NotLeader
            | Reason::RelationGone
            | Reason::NotRunningAction
            | Reason::TimedOut
            | Reason::Other => Ok(SecretState::Unreadable(id, error.to_string())),
        },
    }
}

/// The relations of an endpoint, without the one that is being broken: Juju may still list it.
async fn relation_ids(
    given: &Given,
    endpoint: &EndpointName,
    tools: &HookTools,
) -> Result<Vec<RelationId>, ToolError> {
    let mut ids = tools.relation_ids(endpoint).await?;
    ids.retain(|id| given.event.breaking_relation() != Some(id));
    Ok(ids)
}

async fn read_relation(
    given: &Given,
    want: &EndpointWant,
    id: &RelationId,
    is_leader: bool,
    tools: &HookTools,
) -> Result<Relation, ToolError> {
    let unit = &given.context.unit;
    let own_unit = async {
        if want.publishes { tools.relation_get(id, Bag::Unit(unit)).await } else { Ok(Databag::new()) }
    };
    let own_application = async {
        let application = unit.application();
        let readable = want.publishes && is_leader;
        if readable {
            tools.relation_get(id, Bag::Application(&application)).await.map(Some)
        } else {
            Ok(None)
        }
    };
    let address = async {
        if !want.publishes {
            return Ok(None);
        }
        let network = tools.network_get(want.endpoint.as_str(), Some(id)).await?;
        Ok(network.bind_address().map(str::to_owned))
    };
    let units = async {
        if !want.reads_units {
            return Ok(BTreeMap::new());
        }
        let units = tools.relation_list(id).await?;
        let bags = units.into_iter().map(|unit| async move {
            let bag = tools.relation_get(id, Bag::Unit(&unit)).await?;
            Ok((unit, bag))
        });
        try_join_all(bags).await.map(|bags| bags.into_iter().collect())
    };
    let (own_unit, own_application, address, units) =
        tokio::try_join!(own_unit, own_application, address, units)?;
    Ok(Relation { id: id.clone(), own_unit, own_application, address, units })
}

/// A relation that went while it was read is as good as absent.
fn or_gone(relation: Result<Relation, ToolError>) -> Result<Option<Relation>, ToolError> {
    match relation {
        Ok(relation) => Ok(Some(relation)),
        Err(error) if matches!(error.reason(), Reason::RelationGone | Reason::PermissionDenied) => {
            tracing::debug!(%error, "a relation is gone and is left out");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn read_container(want: &ContainerWant, pebbles: &Pebbles) -> Option<(ContainerName, Container)> {
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
    let (plan, services, contents) =
        tokio::try_join!(client.plan(), client.services(&[]), client.pull_all(&paths, FILES_LIMIT))?;
    let text = |(path, content): (&String, Result<bytes::Bytes, pebble::PathError>)| {
        let content = content.ok()?;
        Some((path.clone(), Secret::new(String::from_utf8_lossy(&content))))
    };
    let container = Container {
        plan,
        services,
        contents: want.contents.iter().zip(contents).filter_map(text).collect(),
        present: BTreeMap::new(),
    };
    let asked = want.presence.iter().filter(|one| !container.is_active(one.unless_active));
    let present = try_join_all(asked.map(|PresenceWant { path, .. }| async move {
        let info = client.file(path).await?;
        Ok::<_, pebble::Error>(info.map(|info| (path.clone(), info.user.unwrap_or_default())))
    }));
    Ok(Container { present: present.await?.into_iter().flatten().collect(), ..container })
}

#[cfg(test)]
mod tests;
