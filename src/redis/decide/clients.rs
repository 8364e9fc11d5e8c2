//! What other applications are told.

use crate::effects::{Bag, Effect};
use crate::juju::wire::Databag;
use crate::observed::Relation;
use crate::redis::effects::RedisEffect;
use crate::redis::situation::Situation;
use crate::redis::{EXPORTER_PORT, SERVER_PORT};
use crate::relations::topology::Topology;
use crate::relations::{prometheus_scrape, redis};

/// The databags of `redis` and `metrics-endpoint`.
pub(super) fn publish(situation: &Situation<'_>) -> Vec<Effect<RedisEffect>> {
    let mut effects = Vec::new();
    // A master that nobody announces is not told to clients: they keep what they have.
    if let Some(master) = situation.announced_master() {
        for relation in situation.relations("redis") {
            let unit =
                relation.address.as_deref().map(|address| redis::unit_bag(address, SERVER_PORT, master));
            write(&mut effects, relation, unit, Some(redis::application_bag(master)));
        }
    }
    let topology = topology(situation);
    for relation in situation.relations("metrics-endpoint") {
        let bag = |address| prometheus_scrape::unit_bag(address, &situation.host, &topology);
        let application = prometheus_scrape::application_bag(EXPORTER_PORT, &topology).ok();
        write(&mut effects, relation, relation.address.as_deref().map(bag), application);
    }
    effects
}

/// Only what differs is written, and the application's bag only by the leader, who alone could read it.
fn write(
    effects: &mut Vec<Effect<RedisEffect>>,
    relation: &Relation,
    unit: Option<Databag>,
    application: Option<Databag>,
) {
    let unit = Effect::publish(&relation.id, Bag::Unit, relation.own_unit.as_ref(), unit);
    let own_application = relation.own_application.as_ref();
    effects.extend(unit);
    effects.extend(Effect::publish(&relation.id, Bag::Application, own_application, application));
}

fn topology(situation: &Situation<'_>) -> Topology {
    let context = &situation.observed.context;
    Topology {
        model: context.model_name.clone(),
        model_uuid: context.model_uuid.clone(),
        application: context.unit.application(),
        unit: context.unit.clone(),
        charm_name: situation.observed.charm_name.clone(),
    }
}
