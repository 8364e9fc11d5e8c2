//! Relating applications: which endpoints fit, and the relation that follows. Removing one is in `removal.rs`.

use std::collections::BTreeMap;
use std::fmt;

use sidecharm::juju::names::{ApplicationName, EndpointName};
use time::OffsetDateTime;

use super::life::Life;
use super::model::Model;
use super::relation::{Databag, Relation, Role, Side};
use super::status::StatusInfo;

/// An application, and perhaps an endpoint, as the operator names them: `redis-k8s:redis`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRef {
    pub application: ApplicationName,
    pub endpoint: Option<EndpointName>,
}

/// Why applications cannot be related, or are not; in Juju's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelateError {
    #[error("\"{0}\" is not a valid endpoint")]
    Invalid(String),
    #[error("application \"{0}\" not found")]
    NoApplication(ApplicationName),
    #[error("application \"{application}\" has no \"{endpoint}\" relation")]
    NoEndpoint { application: ApplicationName, endpoint: EndpointName },
    #[error("no relations found")]
    NoneFits,
    #[error("ambiguous relation: \"{asked}\" could refer to {found}")]
    Ambiguous { asked: String, found: String },
    #[error("cannot add relation \"{0}\": relation {0} already exists")]
    Exists(String),
    #[error(
        "cannot add relation \"{key}\": establishing a new relation for {endpoint} would exceed its maximum relation limit of {limit}"
    )]
    Limit { key: String, endpoint: String, limit: u32 },
    #[error("relation \"{0}\" not found")]
    NotFound(String),
}

impl EndpointRef {
    /// Reads `application` or `application:endpoint`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, RelateError> {
        let invalid = || RelateError::Invalid(text.to_owned());
        let (application, endpoint) = match text.split_once(':') {
            Some((application, endpoint)) => (application, Some(endpoint)),
            None => (text, None),
        };
        Ok(Self {
            application: ApplicationName::parse(application).map_err(|_| invalid())?,
            endpoint: endpoint.map(EndpointName::parse).transpose().map_err(|_| invalid())?,
        })
    }
}

impl fmt::Display for EndpointRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Some(endpoint) => write!(formatter, "{}:{endpoint}", self.application),
            None => self.application.fmt(formatter),
        }
    }
}

/// A side that a reference could mean.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    application: ApplicationName,
    endpoint: EndpointName,
    role: Role,
    interface: String,
    limit: Option<u32>,
}

impl fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.application, self.endpoint)
    }
}

/// Relates two applications and returns the relation's number.
///
/// # Errors
/// When an application or endpoint is not known, no endpoints fit or several do, or the relation exists or would be one
/// too many.
pub fn integrate(
    model: &mut Model,
    first: &EndpointRef,
    second: &EndpointRef,
    now: OffsetDateTime,
) -> Result<u32, RelateError> {
    let fitting = fitting(model, first, second)?;
    let [(requirer, provider)] = fitting.as_slice() else {
        return Err(not_one(&fitting, first, second));
    };
    let key = format!("{requirer} {provider}");
    let taken = |side: &Candidate| {
        let uses = |relation: &&Relation| relation.sides.iter().any(|other| is_side(other, side));
        model.relations.values().filter(|relation| !relation.is_peer()).filter(uses).count()
    };
    if model.relations.values().any(|relation| [requirer, provider].iter().all(|side| has(relation, side))) {
        return Err(RelateError::Exists(key));
    }
    for side in [requirer, provider] {
        let limit = side.limit.filter(|limit| taken(side) >= usize::try_from(*limit).unwrap_or(usize::MAX));
        if let Some(limit) = limit {
            return Err(RelateError::Limit { key, endpoint: side.to_string(), limit });
        }
    }
    let number = model.next.relation;
    model.next.relation += 1;
    let relation = Relation {
        number,
        interface: provider.interface.clone(),
        life: Life::Alive,
        suspended: false,
        status: StatusInfo::new("joining", "", now),
        sides: vec![new_side(provider), new_side(requirer)],
    };
    drop(model.relations.insert(number, relation));
    Ok(number)
}

/// The relation between two applications that the operator means.
///
/// # Errors
/// When there is none, or there are several.
pub fn find(model: &Model, first: &EndpointRef, second: &EndpointRef) -> Result<u32, RelateError> {
    let named = |side: &Side, wanted: &EndpointRef| {
        side.application == wanted.application
            && wanted.endpoint.as_ref().is_none_or(|name| *name == side.endpoint)
    };
    let between = |relation: &&Relation| {
        !relation.is_peer()
            && [first, second].iter().all(|wanted| relation.sides.iter().any(|side| named(side, wanted)))
    };
    let found: Vec<&Relation> = model.relations.values().filter(between).collect();
    match found.as_slice() {
        [relation] => Ok(relation.number),
        [] => Err(RelateError::NotFound(format!("{first} {second}"))),
        several => {
            let found = several
                .iter()
                .map(|relation| format!("\"{}\"", relation.key()))
                .collect::<Vec<_>>()
                .join("; ");
            Err(RelateError::Ambiguous { asked: format!("{first} {second}"), found })
        }
    }
}

/// All pairs of a requirer and a provider that fit.
fn fitting(
    model: &Model,
    first: &EndpointRef,
    second: &EndpointRef,
) -> Result<Vec<(Candidate, Candidate)>, RelateError> {
    let (first, second) = (candidates(model, first)?, candidates(model, second)?);
    let mut fitting = Vec::new();
    for one in &first {
        for other in &second {
            if one.interface != other.interface || one.application == other.application {
                continue;
            }
            match (one.role, other.role) {
                (Role::Requirer, Role::Provider) => fitting.push((one.clone(), other.clone())),
                (Role::Provider, Role::Requirer) => fitting.push((other.clone(), one.clone())),
                _ => {}
            }
        }
    }
    Ok(fitting)
}

fn candidates(model: &Model, wanted: &EndpointRef) -> Result<Vec<Candidate>, RelateError> {
    let no_application = || RelateError::NoApplication(wanted.application.clone());
    let application = model.applications.get(&wanted.application).ok_or_else(no_application)?;
    let chosen = application
        .declared
        .endpoints
        .iter()
        .filter(|(name, _)| wanted.endpoint.as_ref().is_none_or(|endpoint| endpoint == *name));
    let found: Vec<Candidate> = chosen
        .map(|(name, declared)| Candidate {
            application: application.name.clone(),
            endpoint: name.clone(),
            role: declared.role,
            interface: declared.interface.clone(),
            limit: declared.limit,
        })
        .collect();
    match (&wanted.endpoint, found.is_empty()) {
        (Some(endpoint), true) => Err(RelateError::NoEndpoint {
            application: wanted.application.clone(),
            endpoint: endpoint.clone(),
        }),
        _ => Ok(found),
    }
}

fn not_one(fitting: &[(Candidate, Candidate)], first: &EndpointRef, second: &EndpointRef) -> RelateError {
    if fitting.is_empty() {
        return RelateError::NoneFits;
    }
    let pair = |(requirer, provider): &(Candidate, Candidate)| format!("\"{requirer} {provider}\"");
    let found = fitting.iter().map(pair).collect::<Vec<_>>().join("; ");
    RelateError::Ambiguous { asked: format!("{first} {second}"), found }
}

fn has(relation: &Relation, side: &Candidate) -> bool {
    relation.sides.iter().any(|other| is_side(other, side))
}

fn is_side(side: &Side, candidate: &Candidate) -> bool {
    side.application == candidate.application && side.endpoint == candidate.endpoint
}

fn new_side(side: &Candidate) -> Side {
    Side {
        application: side.application.clone(),
        endpoint: side.endpoint.clone(),
        role: side.role,
        bag: Databag::default(),
        units: BTreeMap::new(),
    }
}
