//! The relations of an endpoint: own bags, the other side's, the own address.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};

use super::Given;
use crate::juju::event::Event;
use crate::juju::names::{ApplicationName, EndpointName, RelationId, UnitName};
use crate::juju::tools::{Bag, HookTools, Reason, ToolError};
use crate::juju::wire::Databag;
use crate::observed::{EndpointWant, OwnBags, Relation};

/// The relations of an endpoint, without the one that is being broken: Juju may still list it.
pub(super) async fn ids(
    given: &Given,
    endpoint: &EndpointName,
    tools: &HookTools,
) -> Result<Vec<RelationId>, ToolError> {
    let mut ids = tools.relation_ids(endpoint).await?;
    ids.retain(|id| given.event.breaking_relation() != Some(id));
    Ok(ids)
}

/// Reads the relations of an endpoint. One that went while it was read is as good as absent. `other` is who is on the other
/// side, where that is known already.
pub(super) async fn read(
    given: &Given,
    want: &EndpointWant,
    ids: &[RelationId],
    other: Option<&ApplicationName>,
    is_leader: bool,
    tools: &HookTools,
) -> Result<Vec<Relation>, ToolError> {
    let other = other.filter(|_| ids.len() == 1);
    let relations = ids.iter().map(|id| read_one(given, want, id, other, is_leader, tools));
    let relations: Result<Vec<Option<Relation>>, ToolError> =
        join_all(relations).await.into_iter().map(or_gone).collect();
    Ok(relations?.into_iter().flatten().collect())
}

async fn read_one(
    given: &Given,
    want: &EndpointWant,
    id: &RelationId,
    other: Option<&ApplicationName>,
    is_leader: bool,
    tools: &HookTools,
) -> Result<Relation, ToolError> {
    let application = async {
        if want.reads_application { application(id, other, tools).await } else { Ok(Databag::new()) }
    };
    let units = async { if want.reads_units { units(id, tools).await } else { Ok(BTreeMap::new()) } };
    let address = async {
        if !want.address {
            return Ok(None);
        }
        let network = tools.network_get(want.endpoint.as_str(), Some(id)).await?;
        Ok(network.bind_address().map(str::to_owned))
    };
    let own = async |asked: bool| {
        if asked { own(given, id, is_leader, tools).await } else { Ok((None, None)) }
    };
    let (application, units, address, (own_unit, own_application)) =
        tokio::try_join!(application, units, address, own(want.own == OwnBags::Always))?;
    let (own_unit, own_application) = if want.own == OwnBags::UntilAnswered {
        own(application.is_empty() || may_be_unasked(&given.event, id)).await?
    } else {
        (own_unit, own_application)
    };
    let id = id.clone();
    Ok(Relation { id, own_unit, own_application, address, application, units, in_other_model: false })
}

async fn application(
    id: &RelationId,
    other: Option<&ApplicationName>,
    tools: &HookTools,
) -> Result<Databag, ToolError> {
    let asked = if other.is_none() { tools.relation_application(id).await? } else { None };
    match other.or(asked.as_ref()) {
        Some(name) => tools.relation_get(id, Bag::Application(name)).await,
        None => Ok(Databag::new()),
    }
}

async fn units(id: &RelationId, tools: &HookTools) -> Result<BTreeMap<UnitName, Databag>, ToolError> {
    let units = tools.relation_list(id).await?;
    let bags = units.into_iter().map(|unit| async move {
        let bag = tools.relation_get(id, Bag::Unit(&unit)).await?;
        Ok((unit, bag))
    });
    try_join_all(bags).await.map(|bags| bags.into_iter().collect())
}

/// The own unit's bag, and the application's, which only a leader may read.
async fn own(
    given: &Given,
    id: &RelationId,
    is_leader: bool,
    tools: &HookTools,
) -> Result<(Option<Databag>, Option<Databag>), ToolError> {
    let unit = &given.context.unit;
    let name = unit.application();
    let application = async {
        let bag = Bag::Application(&name);
        if is_leader { tools.relation_get(id, bag).await.map(Some) } else { Ok(None) }
    };
    let (unit, application) = tokio::try_join!(tools.relation_get(id, Bag::Unit(unit)), application)?;
    Ok((Some(unit), application))
}

/// The other side may have spoken before it was asked: a question is looked after where it is due.
fn may_be_unasked(event: &Event, id: &RelationId) -> bool {
    matches!(event, Event::LeaderElected | Event::UpgradeCharm)
        || event.relation().is_some_and(|event| event.relation == *id)
}

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
