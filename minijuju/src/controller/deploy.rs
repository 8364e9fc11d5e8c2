//! Applications and units come to be: deploy, more units, another revision of the charm. Makes no pod and no folder.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use sidecharm::juju::metadata::{self, CharmFiles, OptionValue, StorageKind};
use sidecharm::juju::names::{ApplicationName, StorageId, UnitName};
use time::OffsetDateTime;

use super::application::{Application, Declared, DeclaredEndpoint, DeclaredStorage, Leadership, Resource};
use super::life::Life;
use super::model::Model;
use super::operate::{OptionError, parse_options};
use super::relation::{Databag, Relation, Role, Side};
use super::status::StatusInfo;
use super::storage::StorageInstance;
use super::unit::{AgentRecord, Unit};

/// What the operator wants deployed.
#[derive(Debug)]
pub struct Deployment<'a> {
    pub name: ApplicationName,
    pub charm: &'a CharmFiles,
    /// The unpacked charm, in the model folder.
    pub charm_dir: PathBuf,
    /// `local:redis-k8s-0`
    pub charm_url: String,
    pub units: u32,
    pub trust: bool,
    /// As the operator wrote them.
    pub options: BTreeMap<String, String>,
    pub resources: BTreeMap<String, Resource>,
    pub service_address: Ipv4Addr,
    /// The folder that holds the model's volumes.
    pub volumes: &'a Path,
}

/// Each unit is a pod of several processes, with an address of its own.
const MOST_UNITS: usize = 200;

/// Why a deployment is refused, in Juju's words where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeployError {
    #[error("cannot add application \"{0}\": application already exists")]
    Exists(ApplicationName),
    #[error("application \"{0}\" not found")]
    NotFound(ApplicationName),
    #[error("application \"{0}\" is being removed")]
    Dying(ApplicationName),
    #[error(
        "a model on one machine has at most {MOST_UNITS} units: there are {there}, and {more} more were asked for"
    )]
    TooMany { there: usize, more: u32 },
    #[error("resource \"{0}\" is not declared by the charm")]
    UnknownResource(String),
    #[error(transparent)]
    Option(#[from] OptionError),
}

/// Adds an application with its units and its peer relations.
///
/// # Errors
/// When the name is taken, or an option or resource does not fit the charm; the model is as before.
pub fn deploy(
    model: &mut Model,
    wanted: Deployment<'_>,
    now: OffsetDateTime,
) -> Result<Vec<UnitName>, DeployError> {
    let Deployment {
        name,
        charm,
        charm_dir,
        charm_url,
        units,
        trust,
        options,
        resources,
        service_address,
        volumes,
    } = wanted;
    if model.applications.contains_key(&name) {
        return Err(DeployError::Exists(name));
    }
    check_room(model.units.len(), units)?;
    if let Some(unknown) = resources.keys().find(|resource| !charm.metadata.resources.contains_key(*resource))
    {
        return Err(DeployError::UnknownResource(unknown.clone()));
    }
    let application = Application {
        name: name.clone(),
        life: Life::Alive,
        charm_dir,
        charm_url,
        charm_modified_version: 0,
        scale: 0,
        trust,
        options: parse_options(&charm.config, &options)?,
        option_defaults: option_defaults(charm),
        bindings: bindings(charm),
        declared: declared(charm),
        status: None,
        workload_version: None,
        leader_settings: BTreeMap::new(),
        leadership: Leadership::default(),
        service_address: Some(service_address),
        resources,
    };
    drop(model.applications.insert(name.clone(), application));
    add_peer_relations(model, &name, now);
    add_units(model, &name, units, volumes, now)
}

/// Refuses more units than a model has room for.
///
/// # Errors
/// When they do not fit.
pub fn check_room(there: usize, more: u32) -> Result<(), DeployError> {
    let fits = usize::try_from(more).is_ok_and(|more| more <= MOST_UNITS.saturating_sub(there));
    if fits { Ok(()) } else { Err(DeployError::TooMany { there, more }) }
}

/// Adds units with the next ordinals, as a `StatefulSet` does; a unit that existed before finds its storage again.
///
/// # Errors
/// When there is no such application, or it is being removed.
pub fn add_units(
    model: &mut Model,
    name: &ApplicationName,
    count: u32,
    volumes: &Path,
    now: OffsetDateTime,
) -> Result<Vec<UnitName>, DeployError> {
    let application = model.applications.get_mut(name).ok_or_else(|| DeployError::NotFound(name.clone()))?;
    if application.life != Life::Alive {
        return Err(DeployError::Dying(name.clone()));
    }
    check_room(model.units.len(), count)?;
    application.scale += count;
    let first = next_ordinal(model, name);
    let added: Vec<UnitName> = (first..first + count).map(|number| UnitName::new(name, number)).collect();
    for unit in &added {
        // A unit of the same ordinal may have left its bags behind. Their versions go on: whoever has not yet noticed
        // that it left must see that this is another one.
        let sides = model.relations.values_mut().filter_map(|relation| relation.side_mut(name));
        for left in sides.filter_map(|side| side.units.get_mut(unit)) {
            left.in_scope = false;
            left.bag.data.clear();
            left.bag.version += 1;
        }
        drop(model.units.insert(unit.clone(), new_unit(unit, now)));
        attach_storage(model, unit, volumes);
    }
    Ok(added)
}

/// Puts another revision of the charm in place: each unit's pod must be replaced.
///
/// # Errors
/// When there is no such application, or an option that is set does not fit the new charm.
pub fn refresh(
    model: &mut Model,
    name: &ApplicationName,
    charm: &CharmFiles,
    charm_dir: PathBuf,
    charm_url: String,
    now: OffsetDateTime,
) -> Result<(), DeployError> {
    let application = model.applications.get_mut(name).ok_or_else(|| DeployError::NotFound(name.clone()))?;
    // Juju drops what the new charm does not know any more.
    application.options.retain(|option, _| charm.config.options.contains_key(option));
    application.charm_dir = charm_dir;
    application.charm_url = charm_url;
    application.charm_modified_version += 1;
    application.option_defaults = option_defaults(charm);
    application.bindings = bindings(charm);
    application.declared = declared(charm);
    add_peer_relations(model, name, now);
    Ok(())
}

/// Attaches a new revision of a resource: each unit's pod must be replaced.
///
/// # Errors
/// When there is no such application.
pub fn attach_resource(
    model: &mut Model,
    name: &ApplicationName,
    resource: &str,
    path: PathBuf,
) -> Result<(), DeployError> {
    let application = model.applications.get_mut(name).ok_or_else(|| DeployError::NotFound(name.clone()))?;
    let revision = application.resources.get(resource).map_or(1, |known| known.revision + 1);
    drop(application.resources.insert(resource.to_owned(), Resource { path, revision }));
    application.charm_modified_version += 1;
    Ok(())
}

fn next_ordinal(model: &Model, name: &ApplicationName) -> u32 {
    let numbers = model.units.keys().filter(|unit| unit.application() == *name).map(UnitName::number);
    numbers.max().map_or(0, |highest| highest + 1)
}

fn new_unit(name: &UnitName, now: OffsetDateTime) -> Unit {
    Unit {
        name: name.clone(),
        life: Life::Alive,
        address: None,
        workload_status: StatusInfo::new("waiting", "installing agent", now),
        agent_status: StatusInfo::new("allocating", "", now),
        agent_gone: false,
        workload_version: None,
        ports: BTreeSet::new(),
        charm_state: None,
        agent: AgentRecord::default(),
    }
}

fn attach_storage(model: &mut Model, unit: &UnitName, volumes: &Path) {
    let Some(application) = model.applications.get(&unit.application()) else { return };
    for (name, storage) in application.declared.storage.clone() {
        let owned = model
            .storage
            .values()
            .filter(|instance| instance.unit == *unit && instance.id.name() == name.as_str());
        let missing = storage.count.saturating_sub(u32::try_from(owned.count()).unwrap_or(u32::MAX));
        for _ in 0..missing {
            let number = model.next.storage;
            model.next.storage += 1;
            let Ok(id) = StorageId::parse(&format!("{name}/{number}")) else { continue };
            let location = storage.location.clone();
            let instance = StorageInstance {
                id: id.clone(),
                unit: unit.clone(),
                kind: storage.kind.clone(),
                location: location.unwrap_or_else(|| format!("/var/lib/juju/storage/{name}/{number}")),
                source: volumes.join(format!("{name}-{number}")),
                life: Life::Alive,
                provisioned: true,
            };
            drop(model.storage.insert(id, instance));
        }
    }
}

fn add_peer_relations(model: &mut Model, name: &ApplicationName, now: OffsetDateTime) {
    let Some(application) = model.applications.get(name) else { return };
    let peers = application
        .declared
        .endpoints
        .clone()
        .into_iter()
        .filter(|(_, endpoint)| endpoint.role == Role::Peer);
    for (endpoint, declared) in peers {
        let exists = |relation: &Relation| {
            relation.is_peer()
                && relation.sides.iter().any(|side| side.application == *name && side.endpoint == endpoint)
        };
        if model.relations.values().any(exists) {
            continue;
        }
        let number = model.next.relation;
        model.next.relation += 1;
        let side = Side {
            application: name.clone(),
            endpoint,
            role: Role::Peer,
            bag: Databag::default(),
            units: BTreeMap::new(),
        };
        let relation = Relation {
            number,
            interface: declared.interface,
            life: Life::Alive,
            suspended: false,
            status: StatusInfo::new("joining", "", now),
            sides: vec![side],
        };
        drop(model.relations.insert(number, relation));
    }
}

fn option_defaults(charm: &CharmFiles) -> BTreeMap<String, serde_json::Value> {
    let default =
        |value: &Option<OptionValue>| value.as_ref().map_or(serde_json::Value::Null, super::operate::to_json);
    charm.config.options.iter().map(|(name, option)| (name.clone(), default(&option.default))).collect()
}

fn bindings(charm: &CharmFiles) -> BTreeSet<String> {
    let endpoints = charm.metadata.endpoints.keys().map(ToString::to_string);
    let extra = charm.metadata.extra_bindings.iter().map(ToString::to_string);
    endpoints.chain(extra).chain(["juju-info".to_owned()]).collect()
}

fn declared(charm: &CharmFiles) -> Declared {
    let endpoint = |endpoint: &metadata::Endpoint| DeclaredEndpoint {
        role: match endpoint.role {
            metadata::Role::Provider => Role::Provider,
            metadata::Role::Requirer => Role::Requirer,
            metadata::Role::Peer => Role::Peer,
        },
        interface: endpoint.interface.clone(),
        limit: endpoint.limit,
    };
    let storage = |storage: &metadata::Storage| DeclaredStorage {
        kind: match storage.kind {
            StorageKind::Filesystem => "filesystem".to_owned(),
            StorageKind::Block => "block".to_owned(),
        },
        location: storage.location.clone(),
        count: storage.count.minimum,
    };
    let metadata = &charm.metadata;
    Declared {
        endpoints: metadata.endpoints.iter().map(|(name, found)| (name.clone(), endpoint(found))).collect(),
        storage: metadata.storage.iter().map(|(name, found)| (name.clone(), storage(found))).collect(),
        containers: metadata.containers.keys().cloned().collect(),
    }
}
