use std::fmt::Debug;

use proptest::prelude::*;

use super::*;
use crate::juju::names::{RelationId, SecretId};
use crate::juju::status::Status;

fn check<T: Debug + PartialEq>(read: fn(&[u8]) -> Result<T, WireError>, answer: &str, expected: T) {
    assert_eq!(read(answer.as_bytes()), Ok(expected), "of {answer}");
}

fn refused<T: Debug>(read: fn(&[u8]) -> Result<T, WireError>, answers: &[&str]) {
    for answer in answers {
        assert!(read(answer.as_bytes()).is_err(), "{answer} gave {:?}", read(answer.as_bytes()));
    }
}

fn names<T: std::str::FromStr>(texts: &[&str]) -> Vec<T>
where
    T::Err: Debug,
{
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn map<V: for<'a> From<&'a str>>(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, V> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), V::from(value))).collect()
}

#[test]
fn config_values_have_their_types() {
    let answer =
        br#"{"port":8080,"name":"x","debug":false,"ratio":0.5,"whole":1,"big":1e+21,"million":1000000.0,
        "edge":9007199254740993,"neg":-3,"unset":null,"empty":"","key":"secret:9m4e2mr0ui3e8a215n4g"}"#;
    let config = config(answer).unwrap();
    assert_eq!(config.get("port"), Some(&ConfigValue::Integer(8080)));
    assert_eq!(config.get("million"), Some(&ConfigValue::Integer(1_000_000)));
    assert_eq!(config.get("neg"), Some(&ConfigValue::Integer(-3)));
    assert_eq!(config.get("big"), Some(&ConfigValue::Float(1e21)));
    assert_eq!(config.get("ratio").and_then(ConfigValue::as_float), Some(0.5));
    assert_eq!(config.get("whole").and_then(ConfigValue::as_float), Some(1.0));
    assert_eq!(config.get("whole").and_then(ConfigValue::as_integer), Some(1));
    assert_eq!(config.get("debug").and_then(ConfigValue::as_boolean), Some(false));
    assert_eq!(config.get("empty").and_then(ConfigValue::as_text), Some(""));
    assert_eq!(config.get("name").and_then(ConfigValue::as_integer), None);
    assert_eq!(config.get("name").and_then(ConfigValue::as_secret), None);
    assert_eq!(
        config.get("key").and_then(ConfigValue::as_secret),
        Some(SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap())
    );
    assert!(!config.contains_key("unset"));
    assert_eq!(super::config(b"null"), Ok(Config::new()));
    refused(super::config, &["[]", "{\"a\":[]}", "{\"a\":{}}", "", "port: 1", "{"]);
}

#[test]
fn relations_read_with_null_for_nothing() {
    check(relation_ids, r#"["db:1","db:4"]"#, names(&["db:1", "db:4"]));
    check(relation_ids, "[]", vec![]);
    check(relation_ids, "null\n", Vec::<RelationId>::new());
    check(relation_units, r#"["mysql/0","mysql/1","mysql/10"]"#, names(&["mysql/0", "mysql/1", "mysql/10"]));
    check(relation_units, "null", vec![]);
    check(related_application, r#""mysql""#, Some("mysql".parse().unwrap()));
    check(related_application, r#""""#, None);
    check(related_application, "null", None);
    check(
        databag,
        r#"{"html":"\u003ca\u0026b\u003e","uni":"Grüße ✓","multi":"line1\nline2\n"}"#,
        map::<String>(&[("html", "<a&b>"), ("uni", "Grüße ✓"), ("multi", "line1\nline2\n")]),
    );
    check(databag, "null", Databag::new());
    check(relation_model, r#"{"uuid":"5e0a1d4c"}"#, "5e0a1d4c".to_owned());
    refused(relation_ids, &[r#"["db"]"#, "{}", "\"db:1\""]);
    refused(relation_units, &[r#"["mysql"]"#]);
    refused(related_application, &[r#""My""#, "[]"]);
    refused(databag, &[r#"{"a":1}"#, r#"{"a":null}"#, "[]"]);
}

#[test]
fn statuses_read_in_both_shapes() {
    let plain = unit_status(br#"{"status":"active"}"#).unwrap();
    assert!(plain.shows(&Status::active("")) && !plain.shows(&Status::waiting("")));
    let full = unit_status(br#"{"message":"ready","status":"active","status-data":{"k":"v"}}"#).unwrap();
    assert!(full.shows(&Status::active("ready")) && !full.shows(&Status::active("")));
    let whole = application_status(
        br#"{"application-status":{"message":"app waits","status":"waiting","status-data":{},"units":
            {"web/0":{"message":"need db","status":"blocked","status-data":{}},"web/1":{"status":"waiting"}}}}"#,
    )
    .unwrap();
    assert_eq!((whole.status.status.as_str(), whole.status.message.as_str()), ("waiting", "app waits"));
    assert_eq!(whole.units.get(&"web/0".parse().unwrap()).unwrap().message, "need db");
    refused(unit_status, &["null", "\"active\"", "{}"]);
    refused(application_status, &[r#"{"status":"active"}"#]);
}

#[test]
fn a_network_gives_its_first_addresses() {
    let pod = network(
        br#"{"bind-addresses":[{"mac-address":"","interface-name":"","addresses":[{"hostname":"","value":"10.1.0.12","cidr":""}]}],
            "egress-subnets":["10.152.183.20/32"],"ingress-addresses":["10.152.183.20"]}"#,
    )
    .unwrap();
    assert_eq!((pod.bind_address(), pod.ingress_address()), (Some("10.1.0.12"), Some("10.152.183.20")));
    assert_eq!(pod.egress_subnets, ["10.152.183.20/32"]);
    for nothing in
        ["{}", r#"{"bind-addresses":null}"#, r#"{"bind-addresses":[{"addresses":[]},{"addresses":null}]}"#]
    {
        let network = network(nothing.as_bytes()).unwrap();
        assert_eq!((network.bind_address(), network.ingress_address()), (None, None), "{nothing}");
    }
    refused(network, &["null", r#""10.1.0.12""#]);
}

#[test]
fn planned_units_are_those_that_do_not_go() {
    let goal = goal_state(
        br#"{"units":{"web/0":{"status":"active","since":"2024-05-06 07:08:09Z"},"web/10":{"status":"allocating","since":""},
            "web/2":{"status":"dying","since":"2024-05-06 07:08:09Z"}},
            "relations":{"website":{"ctrl:admin/other.haproxy":{"status":"joined","since":"2024-05-06 07:08:09Z"}}}}"#,
    )
    .unwrap();
    assert_eq!(goal.planned_units().map(ToString::to_string).collect::<Vec<_>>(), ["web/0", "web/10"]);
    assert!(goal.relations.values().all(|sides| sides.contains_key("ctrl:admin/other.haproxy")));
    check(goal_state, r#"{"units":null,"relations":null}"#, GoalState::default());
    refused(goal_state, &["null", r#"{"units":{"web":{"status":"active"}}}"#]);
}

#[test]
fn secrets_read_without_showing() {
    let content = secret_content(br#"{"password":"hunter2","num":"0123","empty":""}"#).unwrap();
    assert_eq!(content.get("password").unwrap().expose(), "hunter2");
    assert!(!format!("{content:?}").contains("hunter2"));
    check(secret_ids, "null", vec![]);
    check(
        secret_ids,
        r#"["9m4e2mr0ui3e8a215n50","9m4e2mr0ui3e8a215n4g"]"#,
        names(&["9m4e2mr0ui3e8a215n4g", "9m4e2mr0ui3e8a215n50"]),
    );
    let (id, info) = secret_info(
        br#"{"9m4e2mr0ui3e8a215n4g":{"revision":2,"label":"db-password","owner":"application","description":"the db password",
            "rotation":"never","access":[{"target":"application-mysql","scope":"relation-web.db#mysql.server","role":"view"}]}}"#,
    )
    .unwrap();
    assert_eq!(
        (id.as_str(), info.revision, &info.owner),
        ("9m4e2mr0ui3e8a215n4g", 2, &SecretOwner::Application)
    );
    assert_eq!(info.access.first().unwrap().target, "application-mysql");
    let (_, bare) =
        secret_info(br#"{"9m4e2mr0ui3e8a215n50":{"revision":1,"label":"","owner":"unit"}}"#).unwrap();
    assert_eq!((bare.label, bare.owner, bare.access.len()), (None, SecretOwner::Unit, 0));
    refused(secret_info, &["{}", "null", r#"{"x":{"revision":1,"owner":"unit"}}"#]);
    refused(secret_content, &["null", r#""old""#, r#"{"a":1}"#]);
}

#[test]
fn an_error_does_not_quote_what_it_read() {
    let broken = [br#"{"password":["hunter2"]}"#.as_slice(), br#""hunter2""#, br#"{"hunter2":"#, b"hunter2"];
    for answer in broken {
        let error = secret_content(answer).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
    }
    assert_eq!(boolean(b"yes").unwrap_err().to_string(), "not JSON (line 1, column 1)");
    assert_eq!(boolean(b"1").unwrap_err().to_string(), "not a boolean");
}

#[test]
fn ports_read_and_print() {
    check(
        opened_ports,
        r#"["icmp","80/tcp","8080-8088/udp"]"#,
        vec![
            PortRange { protocol: Protocol::Icmp, from: 0, to: 0 },
            PortRange::tcp(80),
            PortRange { protocol: Protocol::Udp, from: 8080, to: 8088 },
        ],
    );
    check(opened_ports, "null", vec![]);
    for text in ["icmp", "0/tcp", "80/tcp", "8080-8088/udp", "65535/udp"] {
        assert_eq!(text.parse::<PortRange>().unwrap().to_string(), text);
    }
    for text in
        ["", "80", "80/sctp", "90-80/tcp", "65536/tcp", "+80/tcp", "-80/tcp", "80/tcp (*)", "icmp/tcp"]
    {
        assert_eq!(text.parse::<PortRange>(), Err(InvalidPort(text.to_owned())));
    }
    assert!(PortRange { protocol: Protocol::Icmp, from: 0, to: 0 } < PortRange::tcp(1));
}

#[test]
fn the_rest_reads_as_juju_prints_it() {
    check(boolean, "true\n", true);
    check(optional_text, "\"10.1.0.12\"", Some("10.1.0.12".to_owned()));
    check(optional_text, "null", None);
    check(bare_text, "/var/lib/juju/resources/a b/x", "/var/lib/juju/resources/a b/x".to_owned());
    check(bare_text, "secret:9m4e2mr0ui3e8a215n4g\n", "secret:9m4e2mr0ui3e8a215n4g".to_owned());
    refused(bare_text, &["", "\n"]);
    check(storage_ids, r#"["cache/10","cache/2"]"#, names(&["cache/10", "cache/2"]));
    let details = StorageDetails { kind: "filesystem".to_owned(), location: "/srv".to_owned() };
    check(storage_details, r#"{"kind":"filesystem","location":"/srv"}"#, details);
    check(state, "null", std::collections::BTreeMap::new());
    check(state, r#"{"empty":"","seen":"1"}"#, map::<String>(&[("empty", ""), ("seen", "1")]));
    assert_eq!(action_parameters(br#"{"count":3,"list":[1,"two",null]}"#).unwrap().len(), 2);
    assert!(action_parameters(b"null").unwrap().is_empty());
    let cloud = cloud_spec(
        br#"{"type":"lxd","name":"localhost","region":"default","endpoint":"https://10.0.0.1:8443","credential":
            {"auth-type":"certificate","attrs":{"client-cert":"CERT","client-key":"KEY"}},"is-controller-cloud":true}"#,
    )
    .unwrap();
    assert!(cloud.is_controller_cloud && !cloud.skip_tls_verify && cloud.ca_certificates.is_empty());
    assert!(!format!("{cloud:?}").contains("KEY"));
    assert_eq!(cloud.credential.unwrap().attributes.get("client-key").unwrap().expose(), "KEY");
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), text in "[\\[\\]{}\":,a-z0-9/.\\- ]{0,40}") {
        for answer in [bytes.as_slice(), text.as_bytes()] {
            drop((config(answer), relation_ids(answer), relation_units(answer), related_application(answer)));
            drop((databag(answer), relation_model(answer), unit_status(answer), application_status(answer)));
            drop((network(answer), goal_state(answer), secret_content(answer), secret_info(answer)));
            drop((secret_ids(answer), opened_ports(answer), storage_ids(answer), storage_details(answer)));
            drop((state(answer), action_parameters(answer), cloud_spec(answer), boolean(answer)));
            drop((optional_text(answer), bare_text(answer)));
        }
    }

    #[test]
    fn what_is_rendered_is_read(bag in prop::collection::btree_map("[a-z-]{1,9}", "(?s).{0,30}", 0..5)) {
        prop_assert_eq!(databag(render(&bag).as_bytes()), Ok(bag));
    }
}
