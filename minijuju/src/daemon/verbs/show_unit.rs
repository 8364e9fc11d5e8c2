//! What `show-unit` tells: the unit, and its relations with their databags.

use serde_json::{Map, Value, json};
use sidecharm::juju::names::UnitName;

use super::find_unit;
use crate::controller::model::Model;
use crate::controller::relation::{Relation, Side};
use crate::daemon::caller::Answer;
use crate::daemon::controller::Controller;

pub fn show(controller: &Controller, unit: &str) -> Answer {
    let unit = find_unit(controller, unit)?;
    Ok(controller.model.read(|model| render(model, &unit)))
}

fn render(model: &Model, name: &UnitName) -> Value {
    let (Some(unit), Some(application)) =
        (model.units.get(name), model.applications.get(&name.application()))
    else {
        return Value::Null;
    };
    let ports: Vec<Value> =
        unit.ports.iter().map(|port| json!(format!("{}/{}", port.from, port.protocol))).collect();
    let relations: Vec<Value> =
        model.relations.values().filter_map(|relation| relation_data(relation, name)).collect();
    json!({
        "opened-ports": ports,
        "charm": application.charm_url,
        "leader": application.leadership.leader.as_ref() == Some(name),
        "life": unit.life,
        "relation-info": relations,
        "provider-id": name.pod(),
        "address": unit.address,
    })
}

/// The other side's bags, and in a peer relation the own ones too, as Juju shows them.
fn relation_data(relation: &Relation, unit: &UnitName) -> Option<Value> {
    let own = relation.sides.iter().find(|side| side.application == unit.application())?;
    let other = relation.sides.iter().find(|side| *side != own).unwrap_or(own);
    let others = other.units.iter().filter(|(name, scope)| scope.in_scope && *name != unit);
    let related: Map<String, Value> = others
        .map(|(name, scope)| (name.to_string(), json!({ "in-scope": true, "data": scope.bag.data })))
        .collect();
    let mut shown = json!({
        "relation-id": relation.number,
        "endpoint": own.endpoint,
        "related-endpoint": other.endpoint,
        "application-data": other.bag.data,
        "related-units": related,
    });
    if let (Some(shown), Some(local)) = (shown.as_object_mut(), local_unit(own, unit)) {
        shown.insert("local-unit".to_owned(), local);
    }
    Some(shown)
}

fn local_unit(own: &Side, unit: &UnitName) -> Option<Value> {
    let scope = own.units.get(unit)?;
    Some(json!({ "in-scope": scope.in_scope, "data": scope.bag.data }))
}
