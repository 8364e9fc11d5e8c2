//! Reads what a pass must know, from the hook tools and from each Pebble, together where nothing depends on the other.
//! Decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join_all, try_join_all};
use tokio::sync::{OnceCell, Semaphore};

use super::{Basis, EndpointWant, Observed, Peer, Relations, SecretState, Wants};
use crate::juju::environment::HookContext;
use crate::juju::event::Event;
use crate::juju::metadata::Role;
use crate::juju::names::{ApplicationName, ContainerName, EndpointName, RelationId, SecretId, UnitName};
use crate::juju::tools::{Bag, HookTools, Reason, ToolError};
use crate::juju::wire::{
    ApplicationStatus, Config, GoalState, GoalStatus, Parameters, PortRange, ReportedStatus,
};
use crate::pebble::Client;
use crate::relations::answer::NamedSecrets;
use crate::secret::Secret;

mod containers;
mod relations;
mod secrets;

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
    /// Something new that nobody can guess.
    pub fresh: Secret,
    /// Relations of whose other side this unit has met nobody yet, with the application there.
    pub joining: BTreeMap<RelationId, ApplicationName>,
    /// This unit may act as the leader, if it leads.
    pub may_lead: bool,
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
    named: impl Fn(&Config, &Relations) -> NamedSecrets,
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
        tokio::try_join!(biased; first, read_rest(&given, wants, tools, &lanes, &goal, named))?;
    let Basis { planned_units, existing_units, peer, secret, containers, context: _, hosts_file: _ } = basis;
    let Rest { unit_status, application_status, .. } = rest;
    let Given { context, event, charm_name, hosts_file, fresh, joining: _, may_lead: _ } = given;
    let observed = Observed {
        context,
        event,
        charm_name,
        hosts_file,
        fresh,
        planned_units,
        existing_units,
        peer,
        secret,
        containers,
        config: rest.config,
        is_leader: rest.is_leader,
        secrets: rest.secrets,
        opened_ports: rest.opened_ports,
        parameters: rest.parameters,
        relations: rest.relations,
        joining: rest.joining,
        shown_unit_status: unit_status,
        shown_application_status: application_status,
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
        let secret = secrets::own(wants, peer.as_ref(), tools).await;
        Ok((peer, secret))
    };
    let containers =
        async { Ok(join_all(wants.containers.iter().map(|want| containers::read(want, pebbles))).await) };
    let ((peer, secret), goal, containers) = tokio::try_join!(biased; shared, goal(), containers)?;
    let mut planned_units: Vec<UnitName> = goal.planned_units().cloned().collect();
    planned_units.sort_by_key(UnitName::number);
    let peer = match peer {
        Some(peer) => {
            let asked = peers(&given.context.unit, &planned_units, wants, goal);
            let bags = asked.into_iter().map(|unit| async {
                // It may not have joined yet, or be gone.
                let bag = tools.relation_get(&peer.id, Bag::Unit(unit)).await.ok()?;
                Some((unit.clone(), bag))
            });
            let units = join_all(bags).await.into_iter().flatten().collect();
            Some(Peer { units, ..peer })
        }
        None => None,
    };
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

/// The units whose bags in the peer relation are wanted.
fn peers<'a>(
    own: &UnitName,
    planned: &'a [UnitName],
    wants: &Wants,
    goal: &GoalState,
) -> BTreeSet<&'a UnitName> {
    // Alone it knows what it has said.
    let last = planned.last().filter(|_| wants.last_unit && planned.len() > 1);
    let is_in_turn =
        planned.len() > 1 && wants.in_turn_with.iter().any(|with| goal.relations.contains_key(with));
    let up_to_own = planned.iter().rev().filter(|unit| unit.number() <= own.number());
    last.into_iter().chain(up_to_own.take(2).filter(|_| is_in_turn)).collect()
}

struct Rest {
    config: Config,
    is_leader: bool,
    relations: Relations,
    joining: Vec<EndpointName>,
    secrets: BTreeMap<SecretId, SecretState>,
    opened_ports: Vec<PortRange>,
    parameters: Parameters,
    unit_status: ReportedStatus,
    application_status: Option<ReportedStatus>,
}

async fn read_rest<'g>(
    given: &Given,
    wants: &Wants,
    tools: &HookTools,
    lanes: &Semaphore,
    goal: &impl AsyncFn() -> Result<&'g GoalState, ToolError>,
    named: impl Fn(&Config, &Relations) -> NamedSecrets,
) -> Result<Rest, ToolError> {
    let ids = wants.endpoints.iter().map(|want| async move {
        let may_have = want.role == Role::Provider || goal().await?.relations.contains_key(&want.endpoint);
        if may_have {
            aside(lanes, relations::ids(given, &want.endpoint, tools)).await
        } else {
            Ok(Vec::new())
        }
    });
    let opened_ports =
        async { if wants.opened_ports { aside(lanes, tools.opened_ports()).await } else { Ok(Vec::new()) } };
    let parameters = async {
        if matches!(given.event, Event::Action(_)) { tools.action_get().await } else { Ok(Parameters::new()) }
    };
    let ((is_leader, unit_status, application_status), ids, config, opened_ports, parameters) = tokio::try_join!(
        aside(lanes, statuses(given, tools)),
        try_join_all(ids),
        aside(lanes, tools.config_get()),
        opened_ports,
        parameters
    )?;
    let goal = goal().await?;
    let relations = read_relations(given, wants, &ids, goal, is_leader, tools).await?;
    let secrets = secrets::named(named(&config, &relations), tools).await;
    let joining = joining(given, wants, goal, &relations);
    Ok(Rest {
        config,
        is_leader,
        relations,
        joining,
        secrets,
        opened_ports,
        parameters,
        unit_status,
        application_status,
    })
}

/// The relations of all wanted endpoints, whose ids these are.
async fn read_relations(
    given: &Given,
    wants: &Wants,
    ids: &[Vec<RelationId>],
    goal: &GoalState,
    is_leader: bool,
    tools: &HookTools,
) -> Result<Relations, ToolError> {
    let relations = wants.endpoints.iter().zip(ids).map(|(want, ids)| async move {
        let told = goal.relations.get(&want.endpoint);
        let other = told.and_then(the_application);
        let mut read = relations::read(given, want, ids, other.as_ref(), is_leader, tools).await?;
        let elsewhere = told.is_some_and(is_elsewhere);
        for relation in &mut read {
            relation.in_other_model = elsewhere;
        }
        Ok((want.endpoint.clone(), read))
    });
    Ok(try_join_all(relations).await?.into_iter().collect())
}

/// The endpoints for which the hooks of a unit that is up are still to come. Cross-model relations are not among them: of
/// those nobody tells whether there is a unit.
fn joining(given: &Given, wants: &Wants, goal: &GoalState, relations: &Relations) -> Vec<EndpointName> {
    let is_joining = |want: &&EndpointWant| {
        let Some(told) = goal.relations.get(&want.endpoint) else { return false };
        let is_up = |other: &ApplicationName| {
            told.iter().any(|(name, goal)| {
                let of_other = name.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/'));
                of_other && goal.status == "active"
            })
        };
        let mut relations = relations.get(&want.endpoint).into_iter().flatten();
        want.role == Role::Requirer
            && relations.any(|relation| given.joining.get(&relation.id).is_some_and(is_up))
    };
    wants.endpoints.iter().filter(is_joining).map(|want| want.endpoint.clone()).collect()
}

/// Who is on the other side of an endpoint, where the goal state names one application of this model.
fn the_application(goal: &BTreeMap<String, GoalStatus>) -> Option<ApplicationName> {
    let mut applications = goal.keys().filter(|name| !name.contains('/'));
    let (first, more) = (applications.next()?, applications.next());
    ApplicationName::parse(first).ok().filter(|_| more.is_none())
}

/// The other side is an offer (`controller:user/model.offer`).
fn is_elsewhere(goal: &BTreeMap<String, GoalStatus>) -> bool {
    goal.keys().any(|name| name.contains('.'))
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
    let application = application.filter(|_| given.may_lead);
    Ok((application.is_some(), unit, application))
}

async fn read_peer(given: &Given, wants: &Wants, tools: &HookTools) -> Result<Option<Peer>, ToolError> {
    let Some(endpoint) = &wants.peer else { return Ok(None) };
    let Some(id) = tools.relation_ids(endpoint).await?.into_iter().next() else { return Ok(None) };
    let application = given.context.unit.application();
    let application = tools.relation_get(&id, Bag::Application(&application)).await?;
    Ok(Some(Peer { id, application, units: BTreeMap::new() }))
}

#[cfg(test)]
mod tests;
