//! What the operator does to secrets, and what a unit then reads.

use super::*;
use crate::controller::removal::{remove_application, unit_gone};
use crate::controller::sample::{NOW, model, texts, unit};
use crate::controller::secret_access::{Reading, SecretName, read};

fn values(encoded: &str) -> SecretValues {
    SecretValues(texts(&[("key", encoded)]))
}

fn named(name: &str) -> SecretRef {
    SecretRef::Name(name.to_owned())
}

fn new_content(encoded: &str) -> Change {
    Change { content: Some(values(encoded)), ..Change::default() }
}

fn with_secret() -> (Model, SecretId) {
    let mut model = model();
    let id = add(&mut model, "mine", "why", values("b25l"), NOW).unwrap();
    (model, id)
}

fn granted() -> (Model, SecretId) {
    let (mut model, id) = with_secret();
    grant(&mut model, &named("mine"), &["mysql".to_owned()]).unwrap();
    (model, id)
}

fn read_as(model: &mut Model, name: &str, id: &SecretId, reading: Reading) -> Result<u32, SecretError> {
    read(model, &unit(name), SecretName::Id { id, label: "" }, reading).map(|content| content.revision)
}

#[test]
fn only_a_granted_application_reads_a_users_secret() {
    let (mut model, id) = with_secret();
    assert_eq!(read_as(&mut model, "mysql/0", &id, Reading::Tracked), Err(SecretError::Denied));
    grant(&mut model, &SecretRef::Id(id.clone()), &["mysql".to_owned()]).unwrap();
    assert_eq!(read_as(&mut model, "mysql/0", &id, Reading::Tracked), Ok(1));
    assert_eq!(read_as(&mut model, "web/0", &id, Reading::Tracked), Err(SecretError::Denied));
    revoke(&mut model, &named("mine"), &["mysql".to_owned()]).unwrap();
    assert_eq!(read_as(&mut model, "mysql/0", &id, Reading::Tracked), Err(SecretError::Denied));
}

#[test]
fn a_reader_stays_at_its_revision_until_it_refreshes() {
    let (mut model, id) = granted();
    read_as(&mut model, "mysql/0", &id, Reading::Tracked).unwrap();
    update(&mut model, &named("mine"), new_content("dHdv"), NOW).unwrap();
    assert_eq!(read_as(&mut model, "mysql/0", &id, Reading::Tracked), Ok(1));
    assert_eq!(read_as(&mut model, "mysql/0", &id, Reading::Refresh), Ok(2));
    update(&mut model, &named("mine"), new_content("dHdv"), NOW).unwrap();
    assert_eq!(model.secrets[&id].latest(), 2, "what is there already is no new revision");
}

#[test]
fn pruning_waits_for_the_last_reader() {
    let (mut model, id) = granted();
    read_as(&mut model, "mysql/0", &id, Reading::Tracked).unwrap();
    let revisions = |model: &Model| model.secrets[&id].revisions.keys().copied().collect::<Vec<_>>();
    update(&mut model, &named("mine"), new_content("dHdv"), NOW).unwrap();
    update(&mut model, &named("mine"), new_content("dGhyZWU="), NOW).unwrap();
    assert_eq!(revisions(&model), [1, 2, 3], "nothing goes that the user did not want gone");
    update(&mut model, &named("mine"), Change { auto_prune: Some(true), ..Change::default() }, NOW).unwrap();
    assert_eq!(revisions(&model), [1, 3]);
    let mut left = model.clone();
    read_as(&mut model, "mysql/0", &id, Reading::Refresh).unwrap();
    assert_eq!(revisions(&model), [3]);
    unit_gone(&mut left, &unit("mysql/0"));
    assert_eq!(revisions(&left), [3]);
}

#[test]
fn a_secret_goes_with_its_last_revision() {
    let (mut model, id) = granted();
    update(&mut model, &named("mine"), new_content("dHdv"), NOW).unwrap();
    let missing = SecretError::RevisionNotFound { secret: id.clone(), revision: 7 };
    assert_eq!(remove(&mut model, &named("mine"), Some(7)), Err(missing.into()));
    remove(&mut model, &named("mine"), Some(1)).unwrap();
    assert_eq!(model.secrets[&id].latest(), 2);
    remove(&mut model, &named("mine"), Some(2)).unwrap();
    let gone = SecretError::NotFound(id.clone());
    assert_eq!(read_as(&mut model, "mysql/0", &id, Reading::Tracked), Err(gone));
    assert_eq!(
        remove(&mut model, &named("mine"), None).unwrap_err().to_string(),
        r#"secret "mine" not found"#
    );
    let (mut model, id) = with_secret();
    remove(&mut model, &SecretRef::Id(id), None).unwrap();
    assert!(model.secrets.is_empty());
}

#[test]
fn names_are_unique_among_the_users_secrets() {
    let (mut model, id) = with_secret();
    let told = |error: UserSecretError| error.to_string();
    let again = add(&mut model, "mine", "", values("eA=="), NOW).unwrap_err();
    assert_eq!(told(again), r#"secret with name "mine" already exists"#);
    let other = add(&mut model, "other", "", values("eA=="), NOW).unwrap();
    let rename = |name: &str| Change { name: Some(name.to_owned()), ..Change::default() };
    let taken = update(&mut model, &SecretRef::Id(other), rename("mine"), NOW).unwrap_err();
    assert_eq!(told(taken), r#"secret with name "mine" already exists"#);
    update(&mut model, &SecretRef::Id(id.clone()), rename("mine"), NOW).unwrap();
    update(&mut model, &named("mine"), rename("renamed"), NOW).unwrap();
    assert_eq!(
        (model.secrets[&id].label.as_str(), model.secrets[&id].description.as_str()),
        ("renamed", "why")
    );
}

#[test]
fn what_cannot_be_is_refused_in_jujus_words() {
    let (mut model, id) = with_secret();
    let told = |outcome: Result<(), UserSecretError>| outcome.unwrap_err().to_string();
    assert_eq!(
        told(update(&mut model, &named("mine"), Change::default(), NOW)),
        "at least one attribute to update must be specified"
    );
    let both = ["none".to_owned(), "web".to_owned()];
    assert_eq!(
        told(grant(&mut model, &named("mine"), &both)),
        format!(
            "failed to grant/revoke secret: cannot change access to \"{}\" for \"none\": \
             invalid subject reference: application \"none\" not found",
            id.to_uri()
        )
    );
    assert!(read_as(&mut model, "web/0", &id, Reading::Tracked).is_ok(), "the other one has it");
    assert_eq!(
        told(add(&mut model, "empty", "", SecretValues::default(), NOW).map(drop)),
        "empty secret value not valid"
    );
    let charms = allocate(&mut model, NOW).unwrap();
    let owner = SecretOwner::Unit(unit("web/0"));
    model.secrets.insert(charms.clone(), ModelSecret::new(charms.clone(), owner, values("eA=="), NOW));
    let charms = SecretRef::Id(charms);
    assert_eq!(told(remove(&mut model, &charms, None)), "permission denied");
    assert_eq!(told(update(&mut model, &charms, new_content("eA=="), NOW)), "permission denied");
    assert_eq!(told(grant(&mut model, &charms, &["mysql".to_owned()])), "permission denied");
}

#[test]
fn a_grant_goes_with_its_application() {
    let (mut model, id) = granted();
    remove_application(&mut model, &unit("mysql/0").application()).unwrap();
    let told = grant(&mut model, &named("mine"), &["mysql".to_owned()]).unwrap_err().to_string();
    assert!(told.ends_with("cannot grant dying \"application-mysql\" access to secret"), "{told}");
    unit_gone(&mut model, &unit("mysql/0"));
    // web's units leave the relation too.
    for name in ["web/0", "web/1"] {
        crate::controller::removal::leave_scope(&mut model, 1, &unit(name));
    }
    assert!(!model.applications.contains_key(&unit("mysql/0").application()));
    assert!(model.secrets[&id].grants.is_empty());
}
