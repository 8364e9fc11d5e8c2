//! What `postgresql_client`, `mysql_client` and `mongodb_client` share: the protocol of `data_platform_libs.v0.data_interfaces`.
//! Its successor, which `valkey_client` speaks, is [`v1`].
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application and unit | `requested-secrets` | JSON list of the fields that shall come in Juju secrets |
//! | ours, application and unit | `provided-secrets` | `["mtls-cert"]`; not where the other side is in another model |
//! | ours, application | `database` | the database wanted; until it is there the other side says nothing |
//! | theirs, application | `secret-user` | secret: `username`, `password`, `uris`; half of it may come first |
//! | theirs, application | `secret-tls` | secret: `tls` (`True` or `False`), `tls-ca` |
//! | theirs, application | `endpoints`, `read-only-endpoints` | comma-separated `host:port` |
//! | theirs, application | `database`, `version`, `replset` | as they are |
//! | theirs, application | `subordinated` | `true`: not before a unit's bag says `state` = `ready` |
//!
//! An older charm writes the fields of the secrets in plain text instead. The requirer's copy of the answer, `data`, is
//! not written: nobody but the Python library reads it, and each write starts a hook on the other side.

pub mod v1;

use super::answer::{Answer, NamedSecrets, NotReady, Remote};
use super::bags::{bag_of, broken, content, hosts, in_secret, missing, named_secrets, owned, text, truth};
use super::connection::{Connection, Credentials, Host};
use super::{Databag, percent};
use crate::juju::wire::SecretContent;
use crate::secret::Secret;

const REQUESTED: &str =
    r#"["username","password","tls","tls-ca","uris","read-only-uris","entity-name","entity-password"]"#;

/// A database that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// How to reach it; its password is in it.
    pub connection: Connection,
    /// The further URIs, where the other side gave a list of them.
    pub more: Vec<Connection>,
    /// The database's name.
    pub name: String,
    /// Where it can be reached, as the other side lists it.
    pub endpoints: Vec<Host>,
    /// Where it can only be read.
    pub read_only_endpoints: Vec<Host>,
    /// The replica set of a `MongoDB`.
    pub replica_set: Option<String>,
    /// It wants TLS; absent if nothing was said.
    pub tls: Option<bool>,
    /// The certificate of who signed the server's, in PEM.
    pub tls_ca: Option<String>,
    /// The server's version.
    pub version: Option<String>,
}

/// What the leader writes in the application bag.
pub fn ask(database: &str, in_other_model: bool) -> Databag {
    let mut bag = ask_of_unit(in_other_model);
    bag.extend(bag_of([("database", database.to_owned())]));
    bag
}

/// What the leader writes in its unit bag.
pub fn ask_of_unit(in_other_model: bool) -> Databag {
    let provided = if in_other_model { "" } else { r#"["mtls-cert"]"# };
    bag_of([("requested-secrets", REQUESTED.to_owned()), ("provided-secrets", provided.to_owned())])
}

/// The secrets to read before `parse`.
pub fn secrets(remote: &Remote) -> NamedSecrets {
    named_secrets(&remote.application, &["secret-user", "secret-tls"])
}

/// What is peculiar to one kind of database.
pub(super) struct Kind {
    /// The scheme of its URIs, where the other side gives none.
    pub(super) scheme: &'static str,
    /// Its URIs name every host, and the replica set.
    pub(super) replica_set: bool,
}

pub(super) fn parse(remote: &Remote, kind: &Kind, requested: &str) -> Answer<Database> {
    let bag = &remote.application;
    let user = Fields { bag, group: "secret-user", content: content(remote, bag, "secret-user")? };
    // Who cannot read this secret does without: that TLS is there was never a condition.
    let tls = Fields { bag, group: "secret-tls", content: content(remote, bag, "secret-tls").ok().flatten() };
    let ready = |bag: &Databag| text(bag, "state") == Some("ready");
    if text(bag, "subordinated") == Some("true") && !remote.units.values().any(ready) {
        return Err(missing("state"));
    }
    let endpoints = hosts(bag, "endpoints")?;
    let replica_set = owned(bag, "replset");
    let name = text(bag, "database").unwrap_or(requested).to_owned();
    let credentials = user.get("username").zip(user.get("password"));
    let credentials = credentials
        .map(|(user, password)| Credentials { user: user.to_owned(), password: Secret::new(password) });
    let (connection, more) = if let Some(uris) = user.get("uris") {
        let list = Connection::parse_list(uris, credentials.as_ref());
        let mut list = list.map_err(|why| broken(user.spelling("uris"), why.to_string()))?.into_iter();
        (list.next().ok_or_else(|| missing(user.spelling("uris")))?, list.collect())
    } else {
        let (Some(credentials), [_, ..]) = (credentials, endpoints.as_slice()) else {
            return Err(gaps(&user, endpoints.is_empty()));
        };
        (assemble(kind, &credentials, &endpoints, &name, replica_set.as_deref()), Vec::new())
    };
    Ok(Database {
        connection,
        more,
        name,
        endpoints,
        read_only_endpoints: hosts(bag, "read-only-endpoints")?,
        replica_set,
        tls: tls.get("tls").and_then(truth),
        tls_ca: tls.get("tls-ca").map(str::to_owned),
        version: owned(bag, "version"),
    })
}

/// The URI of a database whose charm gives none.
fn assemble(
    kind: &Kind,
    credentials: &Credentials,
    endpoints: &[Host],
    name: &str,
    replica_set: Option<&str>,
) -> Connection {
    let used = if kind.replica_set { endpoints.len() } else { 1 };
    let used = endpoints.iter().take(used).cloned().collect();
    let path = format!("/{}", percent::encode(name));
    let mut connection = Connection::new(kind.scheme, Some(credentials), used, path);
    if let Some(replica_set) = replica_set.filter(|_| kind.replica_set) {
        connection.query = format!("replicaSet={}&authSource=admin", percent::encode(replica_set));
    }
    connection
}

fn gaps(user: &Fields<'_>, no_endpoints: bool) -> NotReady {
    let fields = ["username", "password"];
    let mut absent: Vec<_> =
        fields.into_iter().filter(|key| user.get(key).is_none()).map(|key| user.spelling(key)).collect();
    if user.content.is_none() && absent.len() == fields.len() {
        absent = vec![user.group.to_owned()];
    }
    absent.extend(no_endpoints.then(|| "endpoints".to_owned()));
    NotReady::Missing(absent)
}

/// Fields that come in a secret, or in plain text in the bag.
struct Fields<'a> {
    bag: &'a Databag,
    group: &'static str,
    content: Option<&'a SecretContent>,
}

impl<'a> Fields<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        let secret = self.content.and_then(|content| in_secret(content, key)).map(Secret::expose);
        secret.or_else(|| text(self.bag, key))
    }

    fn spelling(&self, key: &str) -> String {
        if self.content.is_some() && text(self.bag, key).is_none() {
            format!("{}/{key}", self.group)
        } else {
            key.to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
