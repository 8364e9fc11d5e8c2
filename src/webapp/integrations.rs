//! What an app can be related to, and what comes of it: what is asked, whether it is ready, which variables the app gets.
//!
//! An endpoint is known by its interface, whatever its name. Where a charm has one endpoint of an interface, or one that
//! has the interface's customary name, that one has the plain variables (`POSTGRESQL_DB_HOSTNAME`); any further endpoint
//! has the same with its own name before them (`REPORTING_POSTGRESQL_DB_HOSTNAME`).

pub mod ask;
mod generic;
pub mod peers;
pub mod problem;
mod python;
pub mod spring;
pub mod state;
pub mod url;
pub mod variables;

use std::collections::BTreeMap;

use crate::juju::metadata::{Endpoint, Role};
use crate::juju::names::EndpointName;

/// What an app can require.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interface {
    /// `mongodb_client`
    MongoDb,
    /// `mysql_client`
    MySql,
    /// `postgresql_client`
    PostgreSql,
    /// `rabbitmq`
    RabbitMq,
    /// `redis`
    Redis,
    /// `valkey_client`
    Valkey,
    /// `s3`
    S3,
    /// `openfga`
    OpenFga,
    /// `saml`
    Saml,
    /// `tracing`
    Tracing,
    /// `smtp`
    Smtp,
    /// `oauth`
    OAuth,
    /// `http_proxy`
    HttpProxy,
    /// `ingress`
    Ingress,
    /// `loki_push_api`
    Logging,
}

impl Interface {
    /// All of them, in the order in which they are told; databases are told by the names of their endpoints.
    pub const ALL: [Self; 15] = [
        Self::MongoDb,
        Self::MySql,
        Self::PostgreSql,
        Self::RabbitMq,
        Self::Redis,
        Self::Valkey,
        Self::S3,
        Self::OpenFga,
        Self::Saml,
        Self::Tracing,
        Self::Smtp,
        Self::OAuth,
        Self::HttpProxy,
        Self::Ingress,
        Self::Logging,
    ];

    /// Its name in the metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MongoDb => "mongodb_client",
            Self::MySql => "mysql_client",
            Self::PostgreSql => "postgresql_client",
            Self::RabbitMq => "rabbitmq",
            Self::Redis => "redis",
            Self::Valkey => "valkey_client",
            Self::S3 => "s3",
            Self::OpenFga => "openfga",
            Self::Saml => "saml",
            Self::Tracing => "tracing",
            Self::Smtp => "smtp",
            Self::OAuth => "oauth",
            Self::HttpProxy => "http_proxy",
            Self::Ingress => "ingress",
            Self::Logging => "loki_push_api",
        }
    }

    /// The interface of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interface| interface.as_str() == name)
    }

    /// The name that its endpoint has by custom.
    pub const fn customary_endpoint(self) -> &'static str {
        match self {
            Self::MongoDb => "mongodb",
            Self::MySql => "mysql",
            Self::PostgreSql => "postgresql",
            Self::Valkey => "valkey",
            Self::OAuth => "oidc",
            Self::HttpProxy => "http-proxy",
            Self::Logging => "logging",
            _ => self.as_str(),
        }
    }

    /// A database, which Django cannot do without.
    pub const fn is_database(self) -> bool {
        matches!(self, Self::MongoDb | Self::MySql | Self::PostgreSql)
    }

    /// What stands around an app, which runs without it: never missed, whatever the metadata say, as nobody marks it optional.
    pub const fn is_surrounding(self) -> bool {
        matches!(self, Self::Ingress | Self::Logging)
    }

    /// Databases first, by the names of their endpoints alone.
    fn rank(self) -> usize {
        let is_self = |interface: &Self| *interface == self;
        if self.is_database() { 0 } else { Self::ALL.iter().position(is_self).unwrap_or_default() }
    }
}

/// An endpoint of the charm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// Its name.
    pub endpoint: EndpointName,
    /// What is spoken over it.
    pub interface: Interface,
    /// The app runs without it.
    pub optional: bool,
    /// What its variables begin with: nothing, or `REPORTING_`.
    pub prefix: String,
}

/// The endpoints that an app requires, in the order in which they are told. An endpoint of an interface that is not known is
/// the charm author's own business, and not among them.
pub fn declared(endpoints: &BTreeMap<EndpointName, Endpoint>) -> Vec<Integration> {
    let required = endpoints.iter().filter(|(_, endpoint)| endpoint.role == Role::Requirer);
    let known = required
        .filter_map(|(name, endpoint)| Some((name, endpoint, Interface::parse(&endpoint.interface)?)));
    let known: Vec<_> = known.collect();
    let of_interface = |wanted: Interface| known.iter().filter(move |(_, _, interface)| *interface == wanted);
    let mut integrations: Vec<_> = known
        .iter()
        .map(|(name, endpoint, interface)| {
            let plain = name.as_str() == interface.customary_endpoint()
                || of_interface(*interface).count() == 1
                || *interface == Interface::OAuth;
            Integration {
                endpoint: (*name).clone(),
                interface: *interface,
                optional: endpoint.optional || interface.is_surrounding(),
                prefix: if plain { String::new() } else { prefix_of(name) },
            }
        })
        .collect();
    integrations.sort_by_key(|integration| integration.interface.rank());
    integrations
}

/// A variable's name cannot hold a hyphen.
fn prefix_of(endpoint: &EndpointName) -> String {
    format!("{}_", endpoint.as_str().to_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
