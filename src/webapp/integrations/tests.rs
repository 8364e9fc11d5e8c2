use super::testing::requires;
use super::*;
use crate::juju::metadata::Metadata;

fn names(integrations: &[Integration]) -> Vec<&str> {
    integrations.iter().map(|one| one.endpoint.as_str()).collect()
}

#[test]
fn integrations_are_told_in_the_order_of_the_python_charm() {
    let endpoints = [
        ("http-proxy", "http_proxy"),
        ("ingress", "ingress"),
        ("logging", "loki_push_api"),
        ("mongodb", "mongodb_client"),
        ("mysql", "mysql_client"),
        ("oidc", "oauth"),
        ("openfga", "openfga"),
        ("postgresql", "postgresql_client"),
        ("rabbitmq", "rabbitmq"),
        ("redis", "redis"),
        ("s3", "s3"),
        ("saml", "saml"),
        ("smtp", "smtp"),
        ("tracing", "tracing"),
        ("valkey", "valkey_client"),
    ];
    let all = requires(&endpoints.map(|(name, interface)| (name, interface, false)));
    assert_eq!(
        names(&all).join(", "),
        "mongodb, mysql, postgresql, rabbitmq, redis, valkey, s3, openfga, saml, tracing, smtp, oidc, http-proxy, ingress, logging"
    );
    assert!(all.iter().all(|one| one.prefix.is_empty()), "{all:?}");
    let optional: Vec<_> = all.iter().filter(|one| one.optional).map(|one| one.interface).collect();
    assert_eq!(optional, [Interface::Ingress, Interface::Logging]);
}

#[test]
fn databases_are_told_by_the_names_of_their_endpoints() {
    let all = requires(&[
        ("z", "mongodb_client", true),
        ("a", "redis", true),
        ("m", "postgresql_client", true),
        ("b", "mysql_client", true),
    ]);
    assert_eq!(names(&all), ["b", "m", "z", "a"]);
    assert!(all.iter().all(|one| one.optional));
}

#[test]
fn an_endpoint_is_found_by_its_interface_alone() {
    let metadata = "{name: x, summary: s, description: d, containers: {app: {resource: i}}, resources: {i: {type: oci-image}}, \
                    requires: {main-db: {interface: postgresql_client, optional: true}, own: {interface: own}}, \
                    provides: {s3: {interface: s3}}, peers: {redis: {interface: redis}}}";
    let found = declared(&Metadata::parse(metadata).unwrap().endpoints);
    assert_eq!(names(&found), ["main-db"]);
    assert_eq!((found[0].interface, found[0].prefix.as_str()), (Interface::PostgreSql, ""));
    assert_eq!(declared(&BTreeMap::new()), []);
    assert_eq!(names(&requires(&[("a", "redis", true), ("b", "redis", true)])), ["a", "b"]);
}

#[test]
fn an_integration_is_there_only_where_the_charm_declares_it() {
    for interface in Interface::ALL {
        let endpoint = interface.customary_endpoint();
        let alone = requires(&[(endpoint, interface.as_str(), true)]);
        assert_eq!(names(&alone), [endpoint]);
        let wanted = state::wants(&alone);
        assert_eq!(wanted.iter().map(|want| want.endpoint.as_str()).collect::<Vec<_>>(), [endpoint]);
        let others = Interface::ALL.into_iter().filter(|other| *other != interface);
        let others: Vec<_> = others.map(|other| (other.customary_endpoint(), other.as_str(), true)).collect();
        let others = requires(&others);
        assert!(!others.iter().any(|other| other.interface == interface), "{interface:?}");
    }
}

#[test]
fn of_several_endpoints_the_one_with_the_customary_name_has_the_plain_variables() {
    let prefixes = |endpoints: &[(&str, &str, bool)]| {
        let all = requires(endpoints);
        all.iter().map(|one| format!("{}: {}", one.endpoint, one.prefix)).collect::<Vec<_>>().join("\n")
    };
    let both = [("postgresql", "postgresql_client", true), ("old-reports", "postgresql_client", true)];
    assert_eq!(prefixes(&both), "old-reports: OLD_REPORTS_\npostgresql: ");
    let neither = [("orders", "mysql_client", true), ("users_db", "mysql_client", true), ("s3", "s3", true)];
    assert_eq!(prefixes(&neither), "orders: ORDERS_\nusers_db: USERS_DB_\ns3: ");
    let identities = [("a", "oauth", true), ("b", "oauth", true)];
    assert_eq!(prefixes(&identities), "a: \nb: ", "their variables are named after them anyway");
}

#[test]
fn every_interface_has_a_name_and_an_endpoint() {
    for interface in Interface::ALL {
        assert_eq!(Interface::parse(interface.as_str()), Some(interface));
        assert!(EndpointName::parse(interface.customary_endpoint()).is_ok());
    }
    assert_eq!(Interface::parse("redis_client"), None);
}
