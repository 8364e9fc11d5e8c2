//! `relation-ids`, `relation-list`, `relation-get`, `relation-model-get`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{WireError, decode, decode_or_empty};
use crate::juju::names::{ApplicationName, RelationId, UnitName};

/// What one side of a relation says: texts by name. An empty value does not exist: writing one deletes the key.
pub type Databag = BTreeMap<String, String>;

/// Reads `relation-ids --format=json`.
///
/// # Errors
/// When it is no list of relation ids.
pub fn relation_ids(answer: &[u8]) -> Result<Vec<RelationId>, WireError> {
    decode_or_empty(answer, "a list of relation ids")
}

/// Reads `relation-list --format=json`.
///
/// # Errors
/// When it is no list of units.
pub fn relation_units(answer: &[u8]) -> Result<Vec<UnitName>, WireError> {
    decode_or_empty(answer, "a list of units")
}

/// Reads `relation-list --app --format=json`; nothing where Juju does not know.
///
/// # Errors
/// When it is no application.
pub fn related_application(answer: &[u8]) -> Result<Option<ApplicationName>, WireError> {
    let name: Option<String> = decode(answer, "an application")?;
    let name = name.filter(|name| !name.is_empty());
    name.map(|name| {
        ApplicationName::parse(&name).map_err(|_| WireError::Shape { expected: "an application" })
    })
    .transpose()
}

/// Reads `relation-get --format=json` of a whole bag.
///
/// # Errors
/// When it is no map of texts.
pub fn databag(answer: &[u8]) -> Result<Databag, WireError> {
    decode_or_empty(answer, "a map of texts")
}

/// Reads `relation-model-get --format=json`: the uuid of the model at the other end.
///
/// # Errors
/// When there is no uuid in it.
pub fn relation_model(answer: &[u8]) -> Result<String, WireError> {
    #[derive(Deserialize)]
    struct Model {
        uuid: String,
    }
    decode(answer, "a model").map(|model: Model| model.uuid)
}
