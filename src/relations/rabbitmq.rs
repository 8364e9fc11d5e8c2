//! The interface `rabbitmq`, from the side that sends messages (its requirer).
//!
//! Sources: the charms `rabbitmq-k8s` (application bag) and `rabbitmq-server` (unit bags).
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application and unit | `username`, `vhost` | who asks, and the virtual host wanted |
//! | theirs, application | `hostname`, `password` | the k8s charm's answer |
//! | theirs, each unit | `hostname`, `password` | the machine charm's answer |
//!
//! The machine charm reads our unit's bag in most of its hooks, so the ask is written twice.

use super::answer::{Answer, NotReady, Remote};
use super::bags::{bag_of, broken, text};
use super::connection::{Connection, Credentials, Host};
use super::{Databag, percent};
use crate::secret::Secret;

const PORT: u16 = 5672;

/// A broker that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RabbitMq {
    /// How to reach it.
    pub connection: Connection,
    /// Every host of the cluster, in the order of the units; the same in every hook.
    pub hosts: Vec<Host>,
    /// The virtual host.
    pub vhost: String,
}

impl RabbitMq {
    /// A URI for each host, comma-separated.
    pub fn uris(&self) -> Secret {
        let uri = |host: &Host| self.connection.at(host.clone()).uri().expose().to_owned();
        Secret::new(self.hosts.iter().map(uri).collect::<Vec<_>>().join(","))
    }
}

/// What the leader writes in the application bag and in its unit bag.
pub fn ask(user: &str, vhost: &str) -> Databag {
    bag_of([("username", user.to_owned()), ("vhost", vhost.to_owned())])
}

/// Reads what a RabbitMQ charm says to who asked for this user and virtual host.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote, user: &str, vhost: &str) -> Answer<RabbitMq> {
    let units = remote.units_in_order();
    let both = |bag| text(bag, "hostname").zip(text(bag, "password"));
    let bags = std::iter::once(&remote.application).chain(units.iter().map(|(_, bag)| *bag));
    let Some((name, password)) = bags.clone().find_map(both) else {
        let absent = |key: &&str| bags.clone().all(|bag| text(bag, key).is_none());
        let mut keys: Vec<_> =
            ["hostname", "password"].into_iter().filter(absent).map(str::to_owned).collect();
        if keys.is_empty() {
            // Both are there, and not together.
            keys.push("hostname and password in one bag".to_owned());
        }
        return Err(NotReady::Missing(keys));
    };
    let host = host("hostname", name)?;
    let mut hosts = Vec::new();
    for (unit, bag) in &units {
        if let Some(name) = text(bag, "hostname") {
            let one = self::host(&format!("{unit}: hostname"), name)?;
            if !hosts.contains(&one) {
                hosts.push(one);
            }
        }
    }
    if hosts.is_empty() {
        hosts.push(host.clone());
    }
    let credentials = Credentials { user: user.to_owned(), password: Secret::new(password) };
    let path = format!("/{}", percent::encode(vhost));
    let connection = Connection::new("amqp", Some(&credentials), vec![host], path);
    Ok(RabbitMq { connection, hosts, vhost: vhost.to_owned() })
}

fn host(key: &str, name: &str) -> Answer<Host> {
    let host = Host::parse(name).ok().filter(|host| host.port.is_none());
    let host = host.ok_or_else(|| broken(key, "is no host name"))?;
    Ok(Host { port: Some(PORT), ..host })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, remote, with_units};

    fn shown(said: &Remote) -> String {
        match parse(said, "flask-app", "/") {
            Ok(rabbit) => format!("{} | {}", rabbit.connection.uri().expose(), rabbit.uris().expose()),
            Err(not_ready) => not_ready.to_string(),
        }
    }

    #[test]
    fn both_charms_are_understood() {
        let k8s = remote(
            &[("hostname", "rabbitmq-k8s-endpoints.dev.svc.cluster.local"), ("password", "s3cr3t")],
            &[],
        );
        let machine = |host| [("hostname", host), ("private-address", host), ("password", "s/3")];
        let (a, b, c) = (machine("10.0.0.5"), machine("10.0.0.4"), machine("10.0.0.5"));
        let machines =
            with_units(Remote::default(), &[("rabbit/10", &a), ("rabbit/9", &b), ("rabbit/11", &c)]);
        let address: &[_] = &[("ingress-address", "10.0.0.1")];
        let cases = [
            ("k8s", with_units(k8s, &[("rabbitmq/0", address)])),
            ("machines", machines),
            ("one not ready", with_units(Remote::default(), &[("rabbit/0", &a[..2]), ("rabbit/1", &b)])),
            ("IPv6", remote(&[("hostname", "fe80::1"), ("password", "p")], &[])),
            ("nothing", with_units(Remote::default(), &[("rabbit/0", address)])),
            ("no password", with_units(Remote::default(), &[("rabbit/0", &a[..2])])),
            ("apart", with_units(Remote::default(), &[("rabbit/0", &a[..2]), ("rabbit/1", &a[2..])])),
            ("no host", remote(&[("hostname", "hunter2:x"), ("password", "p")], &[])),
        ];
        let lines = cases.map(|(case, said)| format!("{case}: {}", shown(&said)));
        insta::assert_snapshot!(lines.join("\n"), @"
        k8s: amqp://flask-app:s3cr3t@rabbitmq-k8s-endpoints.dev.svc.cluster.local:5672/%2F | amqp://flask-app:s3cr3t@rabbitmq-k8s-endpoints.dev.svc.cluster.local:5672/%2F
        machines: amqp://flask-app:s%2F3@10.0.0.4:5672/%2F | amqp://flask-app:s%2F3@10.0.0.4:5672/%2F,amqp://flask-app:s%2F3@10.0.0.5:5672/%2F
        one not ready: amqp://flask-app:s%2F3@10.0.0.4:5672/%2F | amqp://flask-app:s%2F3@10.0.0.5:5672/%2F,amqp://flask-app:s%2F3@10.0.0.4:5672/%2F
        IPv6: amqp://flask-app:p@[fe80::1]:5672/%2F | amqp://flask-app:p@[fe80::1]:5672/%2F
        nothing: not there yet: hostname, password
        no password: not there yet: password
        apart: not there yet: hostname and password in one bag
        no host: hostname: is no host name
        ");
        assert_eq!(
            ask("flask-app", "/"),
            crate::relations::testing::bag(&[("username", "flask-app"), ("vhost", "/")])
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&["hostname", "password", "username"])) {
            drop(parse(&said, "u", "/"));
        }
    }
}
