//! What clients are told, key by key: `redis_k8s.v0.redis` reads it, and hears only of changes to the bags of units.

use super::world::{World, host, sentinel, written};
use crate::effects::{Bag, Effect};
use crate::juju::wire::Databag;
use crate::redis::effects::RedisEffect;
use crate::redis::view::Sentinel;

/// The URL as that library makes it.
fn url(unit: &Databag, application: &Databag) -> String {
    let host = application.get("leader-host").unwrap_or_else(|| &unit["hostname"]);
    format!("redis://{host}:{}", unit["port"])
}

fn bag(pairs: &[(&str, &str)]) -> Databag {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_client_reads_all_at_once_what_makes_a_url() {
    let mut world = World::settled(3);
    world.observed.is_leader = true;
    world.relate("redis");
    let decision = world.decide();
    let (unit, application) = (written(&decision, Bag::Unit), written(&decision, Bag::Application));
    let master = host(1);
    assert_eq!(unit, bag(&[("hostname", "10.1.0.5"), ("port", "6379"), ("leader-host", &master)]));
    assert_eq!(application, bag(&[("leader-host", &master)]));
    assert_eq!(url(&unit, &application), format!("redis://{master}:6379"));
    assert_eq!(url(&unit, &Databag::new()), "redis://10.1.0.5:6379");
}

#[test]
fn after_a_failover_every_unit_changes_its_own_bag_so_that_each_client_hears_of_it() {
    for leads in [true, false] {
        let mut world = World::settled(3);
        world.observed.is_leader = leads;
        world.relate("redis");
        let old = host(1);
        let relations = world.observed.relations.values_mut().flatten();
        for relation in relations {
            relation.own_unit =
                Some(bag(&[("hostname", "10.1.0.5"), ("port", "6379"), ("leader-host", &old)]));
            relation.own_application = leads.then(|| bag(&[("leader-host", &old)]));
        }
        for answer in &mut world.own.view.as_mut().unwrap().sentinels {
            answer.sentinel = Some(Sentinel { config_epoch: 2, ..sentinel(&host(2), 2) });
        }
        let decision = world.decide();
        let news = bag(&[("leader-host", &host(2))]);
        assert_eq!(written(&decision, Bag::Unit), news);
        if leads {
            let to_client = |effect: &Effect<RedisEffect>| match effect {
                Effect::Databag(relation, Bag::Application, changes) => {
                    (relation.endpoint().as_str() == "redis").then(|| changes.clone())
                }
                _ => None,
            };
            assert_eq!(decision.effects.iter().filter_map(to_client).collect::<Vec<_>>(), [news]);
        }
    }
}

#[test]
fn before_there_is_a_master_a_client_is_told_nothing() {
    let mut world = World::settled(3);
    world.observed.is_leader = true;
    world.relate("redis");
    world.own.view = None;
    let told = |effect: &Effect<RedisEffect>| match effect {
        Effect::Databag(relation, ..) => relation.endpoint().as_str() == "redis",
        _ => false,
    };
    assert!(!world.decide().effects.iter().any(told));
}
