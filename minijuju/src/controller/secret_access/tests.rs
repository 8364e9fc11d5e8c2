//! Who may read which secret, and what a read leaves behind.

use std::collections::BTreeSet;

use super::*;
use crate::controller::sample::{NOW, model, texts, unit};

fn values(encoded: &str) -> SecretValues {
    SecretValues(texts(&[("key", encoded)]))
}

/// A secret of web with two revisions, granted to mysql over db:1.
fn shared(model: &mut Model) -> SecretId {
    let id = allocate(model, NOW).unwrap();
    let secret = ModelSecret {
        id: id.clone(),
        owner: SecretOwner::Application(unit("web/0").application()),
        label: "own".to_owned(),
        description: String::new(),
        rotate: String::new(),
        next_rotate: None,
        expire: None,
        revisions: BTreeMap::from([(1, values("b25l")), (2, values("dHdv"))]),
        grants: BTreeSet::from([Grant { target: "mysql".to_owned(), relation: Some(1) }]),
        consumers: BTreeMap::new(),
        auto_prune: false,
        created: None,
        updated: None,
    };
    model.secrets.insert(id.clone(), secret);
    id
}

fn read_as(
    model: &mut Model,
    name: &str,
    id: &SecretId,
    label: &str,
    reading: Reading,
) -> Result<u32, SecretError> {
    read(model, &unit(name), SecretName::Id { id, label }, reading).map(|content| content.revision)
}

#[test]
fn the_first_read_pins_the_latest_revision() {
    let mut model = model();
    let id = shared(&mut model);
    assert_eq!(read_as(&mut model, "mysql/0", &id, "", Reading::Peek), Ok(2));
    model.secrets.get_mut(&id).unwrap().revisions.insert(3, SecretValues::default());
    assert_eq!(read_as(&mut model, "mysql/0", &id, "", Reading::Tracked), Ok(2));
    assert_eq!(read_as(&mut model, "mysql/0", &id, "", Reading::Peek), Ok(3));
    assert_eq!(read_as(&mut model, "mysql/0", &id, "", Reading::Tracked), Ok(2));
    assert_eq!(read_as(&mut model, "mysql/0", &id, "", Reading::Refresh), Ok(3));
    assert_eq!(read_as(&mut model, "mysql/0", &id, "", Reading::Tracked), Ok(3));
}

#[test]
fn a_grant_ends_with_its_relation() {
    let mut model = model();
    let id = shared(&mut model);
    assert!(read_as(&mut model, "mysql/0", &id, "", Reading::Tracked).is_ok());
    model.relations.remove(&1);
    assert_eq!(read_as(&mut model, "mysql/0", &id, "", Reading::Tracked), Err(SecretError::Denied));
    assert!(
        read_as(&mut model, "web/1", &id, "", Reading::Tracked).is_ok(),
        "the owner's units need no grant"
    );
}

#[test]
fn owners_and_consumers_have_labels_of_their_own() {
    let mut model = model();
    let id = shared(&mut model);
    read_as(&mut model, "mysql/0", &id, "theirs", Reading::Tracked).unwrap();
    read_as(&mut model, "web/1", &id, "ignored", Reading::Tracked).unwrap();
    assert_eq!(model.secrets[&id].label, "own");
    read_as(&mut model, "web/0", &id, "renamed", Reading::Tracked).unwrap();
    assert_eq!(model.secrets[&id].label, "renamed");
    let by_label = |model: &mut Model, name: &str, label: &str| {
        read(model, &unit(name), SecretName::Label(label), Reading::Tracked).map(|content| content.id)
    };
    assert_eq!(by_label(&mut model, "mysql/0", "theirs"), Ok(id.clone()));
    assert_eq!(by_label(&mut model, "web/1", "renamed"), Ok(id));
    assert_eq!(
        by_label(&mut model, "mysql/0", "renamed"),
        Err(SecretError::LabelNotFound("renamed".to_owned()))
    );
}

#[test]
fn only_the_leader_manages_its_applications_secrets() {
    let mut model = model();
    let id = shared(&mut model);
    assert!(managed(&model, &unit("web/0")).contains_key(&id));
    assert!(managed(&model, &unit("web/1")).is_empty());
    assert!(managed(&model, &unit("mysql/0")).is_empty());
}

#[test]
fn ids_differ_and_are_valid() {
    let mut model = model();
    let ids: BTreeSet<SecretId> = (0..100).map(|_| allocate(&mut model, NOW).unwrap()).collect();
    assert_eq!(ids.len(), 100);
}
