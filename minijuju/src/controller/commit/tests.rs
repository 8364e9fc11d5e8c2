//! Commits: what they write, what they refuse, and that a refusal leaves nothing.

use super::*;
use crate::controller::sample::{NOW, model, texts, unit};
use crate::controller::secret::{SecretOwner, SecretValues};
use crate::controller::secret_access::allocate;

fn bag(id: &str, unit: Option<&[(&str, &str)]>, application: Option<&[(&str, &str)]>) -> (u32, BagChanges) {
    let id = RelationId::parse(id).unwrap();
    (id.number(), BagChanges { unit: unit.map(texts), application: application.map(texts), id })
}

fn bag_version(model: &Model, relation: u32, name: &str) -> u64 {
    let unit = unit(name);
    model.relations[&relation].side(&unit.application()).unwrap().units[&unit].bag.version
}

#[test]
fn a_write_that_changes_nothing_bumps_no_version() {
    let mut model = model();
    let mut changes = HookChanges {
        relations: BTreeMap::from([bag("db:1", Some(&[("a", "b")]), None)]),
        ..HookChanges::default()
    };
    commit(&mut model, &unit("web/1"), &changes, NOW).unwrap();
    assert_eq!(bag_version(&model, 1, "web/1"), 2);
    commit(&mut model, &unit("web/1"), &changes, NOW).unwrap();
    assert_eq!(bag_version(&model, 1, "web/1"), 2);
    changes.relations = BTreeMap::from([bag("db:1", Some(&[("a", "")]), None)]);
    commit(&mut model, &unit("web/1"), &changes, NOW).unwrap();
    assert_eq!(bag_version(&model, 1, "web/1"), 3);
    let data = &model.relations[&1].sides[1].units[&unit("web/1")].bag.data;
    assert!(!data.contains_key("a"), "an empty value deletes: {data:?}");
}

#[test]
fn config_changed_brings_the_addresses_up_to_date() {
    let mut model = model();
    model.applications.get_mut(&unit("web/0").application()).unwrap().service_address =
        Some([10, 9, 9, 9].into());
    let changes = HookChanges { network_info: true, ..HookChanges::default() };
    commit(&mut model, &unit("web/0"), &changes, NOW).unwrap();
    for relation in [0, 1] {
        let side = model.relations[&relation].side(&unit("web/0").application()).unwrap();
        assert_eq!(side.units[&unit("web/0")].bag.data["ingress-address"], "10.9.9.9");
        assert_eq!(side.units[&unit("web/1")].bag.data["ingress-address"], "10.0.0.1");
    }
}

/// A commit that carries something good beside this is refused with this text and changes nothing.
fn check_refused(name: &str, mut changes: HookChanges, expected: &str) {
    let mut model = model();
    let (number, good) = bag("cluster:0", Some(&[("good", "1")]), None);
    changes.relations.insert(number, good);
    changes.charm_state = Some(texts(&[("good", "1")]));
    let id = allocate(&mut model, NOW).unwrap();
    let create = SecretCreate {
        owner: SecretOwner::Unit(unit(name)),
        content: SecretValues(texts(&[("abc", "eA==")])),
        details: SecretDetails::default(),
    };
    changes.secret_creates.insert(id, create);
    let before = model.clone();
    let error = commit(&mut model, &unit(name), &changes, NOW).unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(model, before, "a refused commit leaves nothing");
}

#[test]
fn a_refusal_leaves_nothing_behind() {
    let application = HookChanges {
        relations: BTreeMap::from([bag("db:1", None, Some(&[("a", "b")]))]),
        ..HookChanges::default()
    };
    check_refused("web/1", application, "checking leadership continuity: \"web/1\" is not leader of \"web\"");

    let icmp = OpenedPort { endpoint: String::new(), protocol: "icmp".to_owned(), from: 0, to: 0 };
    let ports = HookChanges { open_ports: BTreeSet::from([icmp]), ..HookChanges::default() };
    check_refused("web/0", ports, "protocol icmp on caas models not supported");

    let gone = HookChanges {
        relations: BTreeMap::from([bag("db:9", Some(&[("a", "b")]), None)]),
        ..HookChanges::default()
    };
    check_refused("web/0", gone, "permission denied");

    let unknown = SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap();
    let delete = HookChanges { secret_deletes: BTreeMap::from([(unknown, None)]), ..HookChanges::default() };
    check_refused("web/0", delete, "removing secrets: secret \"secret:9m4e2mr0ui3e8a215n4g\" not found");
}

#[test]
fn ports_and_state_are_written() {
    let mut model = model();
    let port = OpenedPort { endpoint: String::new(), protocol: "tcp".to_owned(), from: 80, to: 80 };
    let open = HookChanges {
        open_ports: BTreeSet::from([port.clone()]),
        charm_state: Some(texts(&[("seen", "1")])),
        ..HookChanges::default()
    };
    commit(&mut model, &unit("web/0"), &open, NOW).unwrap();
    assert_eq!(model.units[&unit("web/0")].ports, BTreeSet::from([port.clone()]));
    assert_eq!(model.units[&unit("web/0")].charm_state, Some(texts(&[("seen", "1")])));
    let close = HookChanges { close_ports: BTreeSet::from([port]), ..HookChanges::default() };
    commit(&mut model, &unit("web/0"), &close, NOW).unwrap();
    assert_eq!(model.units[&unit("web/0")].ports, BTreeSet::new());
}
