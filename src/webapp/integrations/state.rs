//! What an endpoint's relations amount to.

use std::collections::BTreeMap;

use super::{Integration, Interface};
use crate::juju::metadata::Role;
use crate::juju::names::{ApplicationName, SecretId};
use crate::observed::{EndpointWant, OwnBags, Relation, Relations, SecretState};
use crate::relations::answer::{Answer, NamedSecrets, NotReady, Remote};
use crate::relations::connection::Connection;
use crate::relations::data_interfaces::Database;
use crate::relations::http_proxy::{self, HttpProxy};
use crate::relations::http_url::HttpUrl;
use crate::relations::oauth::{self, OAuth};
use crate::relations::openfga::{self, OpenFga};
use crate::relations::rabbitmq::{self, RabbitMq};
use crate::relations::s3::{self, S3};
use crate::relations::saml::{self, Saml};
use crate::relations::smtp::{self, Smtp};
use crate::relations::valkey_client::{self, Valkey};
use crate::relations::{
    Databag, ingress, loki_push_api, mongodb_client, mysql_client, postgresql_client, redis as redis_server,
    tracing,
};

/// What an integration gives the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// Any of the three kinds.
    Database(Box<Database>),
    /// A message broker.
    RabbitMq(Box<RabbitMq>),
    /// A Redis.
    Redis(Box<Connection>),
    /// A Valkey.
    Valkey(Box<Valkey>),
    /// A bucket.
    S3(Box<S3>),
    /// A store of who may do what.
    OpenFga(OpenFga),
    /// An identity provider, of the one kind.
    Saml(Box<Saml>),
    /// Where traces go.
    Tracing(HttpUrl),
    /// A mail server.
    Smtp(Box<Smtp>),
    /// An identity provider, of the other kind.
    OAuth(Box<OAuth>),
    /// The way out.
    HttpProxy(Box<HttpProxy>),
    /// The URL that the app is reached by.
    Ingress(HttpUrl),
    /// Somebody takes logs; whom they go to is `loki_push_api`'s matter.
    Logging,
}

/// How far an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There is no relation.
    Unrelated,
    /// There is one, and the other side has said nothing yet.
    Silent,
    /// Half of it was said: the keys that are missing.
    Waiting(Vec<String>),
    /// What was said cannot be used: the key, and why.
    Broken(String),
    /// It can be used.
    Ready(Data),
}

/// An endpoint and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The endpoint.
    pub integration: Integration,
    /// The other side, if it has units.
    pub application: Option<ApplicationName>,
    /// How far it is.
    pub state: State,
}

impl Seen {
    /// What can be used.
    pub fn data(&self) -> Option<&Data> {
        match &self.state {
            State::Ready(data) => Some(data),
            State::Unrelated | State::Silent | State::Waiting(_) | State::Broken(_) => None,
        }
    }
}

/// What is to be read of the relations of each endpoint.
pub fn wants(integrations: &[Integration]) -> Vec<EndpointWant> {
    let one = |integration: &Integration| {
        let interface = integration.interface;
        EndpointWant {
            endpoint: integration.endpoint.clone(),
            role: Role::Requirer,
            own: own_bags(interface),
            address: interface == Interface::Ingress,
            // A database may be there in parts; of an identity provider the name is told.
            reads_units: interface.is_database()
                || matches!(
                    interface,
                    Interface::Redis | Interface::RabbitMq | Interface::OAuth | Interface::Logging
                ),
            reads_application: interface != Interface::Logging,
        }
    };
    integrations.iter().map(one).collect()
}

/// What is asked of a server is asked once; what it is told of the app changes with the app.
const fn own_bags(interface: Interface) -> OwnBags {
    match interface {
        Interface::Redis | Interface::Saml | Interface::Smtp => OwnBags::Never,
        Interface::Ingress | Interface::OAuth | Interface::Logging => OwnBags::Always,
        _ => OwnBags::UntilAnswered,
    }
}

/// The secrets to read before [`look`].
pub fn named_secrets(integrations: &[Integration], relations: &Relations) -> NamedSecrets {
    let used =
        integrations.iter().filter_map(|integration| Some((integration, used(integration, relations)?)));
    let named = used.flat_map(|(integration, relation)| {
        secrets(integration.interface, &said(integration.interface, relation, &BTreeMap::new()))
    });
    named.collect()
}

/// Looks at all of an application's endpoints, in their order.
pub fn look(
    integrations: &[Integration],
    relations: &Relations,
    secrets: &BTreeMap<SecretId, SecretState>,
    own: &ApplicationName,
) -> Vec<Seen> {
    let one = |integration: &Integration| {
        let interface = integration.interface;
        let used = used(integration, relations);
        let several = relations.get(&integration.endpoint).is_some_and(|all| all.len() > 1);
        Seen {
            integration: integration.clone(),
            application: used.and_then(|relation| Some(relation.units.keys().next()?.application())),
            state: match used {
                None => State::Unrelated,
                Some(_) if several && interface == Interface::Valkey => {
                    State::Broken("several relations: only one can be used".to_owned())
                }
                Some(relation) => state_of(interface, &said(interface, relation, secrets), own),
            },
        }
    };
    integrations.iter().map(one).collect()
}

/// Of several relations of an endpoint the oldest, as long as it is there.
fn used<'a>(integration: &Integration, relations: &'a Relations) -> Option<&'a Relation> {
    relations.get(&integration.endpoint)?.iter().min_by_key(|relation| relation.id.number())
}

/// All that a relation says, with the secrets that it names.
fn said(interface: Interface, relation: &Relation, known: &BTreeMap<SecretId, SecretState>) -> Remote {
    let mut said = Remote {
        application: relation.application.clone(),
        units: relation.units.clone(),
        secrets: BTreeMap::new(),
    };
    for id in secrets(interface, &said).into_keys() {
        if let Some(SecretState::Known(content)) = known.get(&id) {
            let _before = said.secrets.insert(id, content.clone());
        }
    }
    said
}

fn secrets(interface: Interface, said: &Remote) -> NamedSecrets {
    match interface {
        Interface::MongoDb | Interface::MySql | Interface::PostgreSql => postgresql_client::secrets(said),
        Interface::Valkey => valkey_client::secrets(said),
        Interface::S3 => s3::secrets(said),
        Interface::OpenFga => openfga::secrets(said),
        Interface::Smtp => smtp::secrets(said),
        Interface::OAuth => oauth::secrets(said),
        Interface::HttpProxy => http_proxy::secrets(said),
        Interface::RabbitMq
        | Interface::Redis
        | Interface::Saml
        | Interface::Tracing
        | Interface::Ingress
        | Interface::Logging => NamedSecrets::new(),
    }
}

fn state_of(interface: Interface, said: &Remote, own: &ApplicationName) -> State {
    match parse(interface, said, own.as_str()) {
        Ok(data) => State::Ready(data),
        Err(NotReady::Missing(_)) if is_silent(said) => State::Silent,
        Err(NotReady::Missing(keys)) => State::Waiting(keys),
        Err(broken @ NotReady::Broken { .. }) => State::Broken(broken.to_string()),
    }
}

fn parse(interface: Interface, said: &Remote, own: &str) -> Answer<Data> {
    Ok(match interface {
        Interface::MongoDb => Data::Database(Box::new(mongodb_client::parse(said, own)?)),
        Interface::MySql => Data::Database(Box::new(mysql_client::parse(said, own)?)),
        Interface::PostgreSql => Data::Database(Box::new(postgresql_client::parse(said, own)?)),
        Interface::RabbitMq => Data::RabbitMq(Box::new(rabbitmq::parse(said, own, super::ask::VHOST)?)),
        Interface::Redis => Data::Redis(Box::new(redis_server::parse(said)?)),
        Interface::Valkey => Data::Valkey(Box::new(valkey_client::parse(said)?)),
        Interface::S3 => Data::S3(Box::new(s3::parse(said)?)),
        Interface::OpenFga => Data::OpenFga(openfga::parse(said)?),
        Interface::Saml => Data::Saml(Box::new(saml::parse(said)?)),
        Interface::Tracing => Data::Tracing(tracing::parse(said)?),
        Interface::Smtp => Data::Smtp(Box::new(smtp::parse(said)?)),
        Interface::OAuth => Data::OAuth(Box::new(oauth::parse(said)?)),
        Interface::HttpProxy => Data::HttpProxy(Box::new(http_proxy::parse(said)?)),
        Interface::Ingress => Data::Ingress(ingress::parse(said)?),
        Interface::Logging => logging(said)?,
    })
}

fn logging(said: &Remote) -> Answer<Data> {
    let mut answers = said.units.values().map(loki_push_api::parse);
    if answers.any(|answer| matches!(answer, Ok(Some(_)))) {
        Ok(Data::Logging)
    } else {
        Err(NotReady::Missing(vec!["endpoint".to_owned()]))
    }
}

/// What Juju and the other side's library write by themselves, before the charm says anything.
const BOOKKEEPING: &[&str] =
    &["data", "lib-version", "version", "egress-subnets", "ingress-address", "private-address"];

fn is_silent(said: &Remote) -> bool {
    let says = |bag: &Databag| {
        bag.iter().any(|(key, text)| !text.is_empty() && !BOOKKEEPING.contains(&key.as_str()))
    };
    !says(&said.application) && !said.units.values().any(says)
}

#[cfg(test)]
mod tests;
