//! The interface `redis`, both sides. Provider: byte for byte what the client library `redis_k8s.v0.redis` reads.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | each unit | `hostname`, `port` | this unit's own address, and the server's port; always written together |
//! | each unit | `leader-host` | the master as this unit sees it, for the time when no leader can write the next row |
//! | application | `leader-host` | the master's host name; the library prefers it to `hostname` |
//!
//! The library's `url` is `redis://<leader-host>:<port>`. Nothing is published before there is a master: a client that
//! finds half of it would build a URL to nowhere. The requirer writes nothing. There is no password, unless a provider of
//! another kind writes `USER:PASSWORD@HOST` for a host, which the library takes.

use super::Databag;
use super::answer::{Answer, NotReady, Remote};
use super::bags::{broken, port, text};
use super::connection::{Connection, Host};

/// What one unit publishes.
pub fn unit_bag(own_address: &str, port: u16, master: &str) -> Databag {
    Databag::from([
        ("hostname".to_owned(), own_address.to_owned()),
        ("port".to_owned(), port.to_string()),
        ("leader-host".to_owned(), master.to_owned()),
    ])
}

/// What the leader publishes for the application.
pub fn application_bag(master: &str) -> Databag {
    Databag::from([("leader-host".to_owned(), master.to_owned())])
}

/// Reads what a Redis charm says: the master that the application names, else a unit, else a unit's own address.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote) -> Answer<Connection> {
    let units = remote.units_in_order();
    let complete =
        |(_, bag): &&(_, &Databag)| known(bag, "hostname").is_some() && known(bag, "port").is_some();
    let Some((unit, bag)) = units.iter().find(complete) else {
        return Err(NotReady::Missing(vec!["hostname".to_owned(), "port".to_owned()]));
    };
    let (name, key) = [(&remote.application, "leader-host"), (bag, "leader-host"), (bag, "hostname")]
        .into_iter()
        .find_map(|(bag, key)| Some((known(bag, key)?, key)))
        .unwrap_or_default();
    let port = port(&format!("{unit}: port"), known(bag, "port").unwrap_or_default())?;
    let (sign_on, name) = name.rsplit_once('@').map_or((None, name), |(sign_on, name)| (Some(sign_on), name));
    let host = Host::parse(name).ok().filter(|host| host.port.is_none());
    let host = Host { port: Some(port), ..host.ok_or_else(|| broken(key, "is no host name"))? };
    let sign_on = sign_on.map(|sign_on| format!("{sign_on}@")).unwrap_or_default();
    let url = Connection::parse(&format!("redis://{sign_on}{host}"), None);
    url.map_err(|_| broken(key, "is no host name"))
}

/// The Python charm writes the host before the port, and `None` for what it does not know.
fn known<'a>(bag: &'a Databag, key: &str) -> Option<&'a str> {
    text(bag, key).filter(|text| *text != "None")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, remote, with_units};

    const MASTER: &str = "redis-k8s-0.redis-k8s-endpoints.dev.svc.cluster.local";

    #[test]
    fn the_url_is_the_librarys() {
        let unit: &[_] = &[("hostname", "10.1.23.4"), ("port", "6379"), ("ingress-address", "10.1.23.4")];
        let half: &[_] = &[("hostname", "10.1.23.3")];
        let cases = [
            ("all", with_units(remote(&[("leader-host", MASTER)], &[]), &[("r/0", unit)])),
            ("no leader-host", with_units(remote(&[], &[]), &[("r/0", unit)])),
            (
                "a unit's leader-host",
                with_units(remote(&[], &[]), &[("r/0", &[("leader-host", "m"), unit[0], unit[1]])]),
            ),
            (
                "the first unit that has both",
                with_units(
                    remote(&[], &[]),
                    &[("r/10", &[("hostname", "x"), unit[1]]), ("r/9", unit), ("r/2", half)],
                ),
            ),
            ("no unit", remote(&[("leader-host", MASTER)], &[])),
            ("only Juju's keys", with_units(remote(&[("leader-host", MASTER)], &[]), &[("r/0", &[unit[2]])])),
            ("port None", with_units(remote(&[], &[]), &[("r/0", &[unit[0], ("port", "None")])])),
            ("no port", with_units(remote(&[], &[]), &[("r/0", &[unit[0], ("port", "hunter2")])])),
            ("no host", with_units(remote(&[("leader-host", "a/b")], &[]), &[("r/0", unit)])),
            ("a user", with_units(remote(&[("leader-host", "u:p/w@b")], &[]), &[("r/0", unit)])),
            (
                "an IPv6 address",
                with_units(remote(&[], &[]), &[("r/0", &[("hostname", "fe80::1"), unit[1]])]),
            ),
        ];
        let line = |(case, said): (&str, Remote)| match parse(&said) {
            Ok(connection) => format!("{case}: {}", connection.uri().expose()),
            Err(not_ready) => format!("{case}: {not_ready}"),
        };
        insta::assert_snapshot!(cases.map(line).join("\n"), @"
        all: redis://redis-k8s-0.redis-k8s-endpoints.dev.svc.cluster.local:6379
        no leader-host: redis://10.1.23.4:6379
        a unit's leader-host: redis://m:6379
        the first unit that has both: redis://10.1.23.4:6379
        no unit: not there yet: hostname, port
        only Juju's keys: not there yet: hostname, port
        port None: not there yet: hostname, port
        no port: r/0: port: is not a port number from 1 to 65535
        no host: leader-host: is no host name
        a user: redis://u:p%2Fw@b:6379
        an IPv6 address: redis://[fe80::1]:6379
        ");
    }

    #[test]
    fn the_requirer_reads_what_the_provider_writes() {
        let mut said = Remote { application: application_bag("m"), ..Remote::default() };
        said.units.insert("r/0".parse().unwrap(), unit_bag("10.0.0.1", 6379, "m"));
        assert_eq!(parse(&said).unwrap().uri().expose(), "redis://m:6379");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&["hostname", "port", "leader-host"])) {
            drop(parse(&said));
        }
    }
}
