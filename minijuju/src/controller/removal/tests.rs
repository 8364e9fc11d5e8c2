//! Whole lives of applications, units and relations, by the controller's rules alone.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use sidecharm::juju::metadata::{CharmFiles, Sources};
use time::OffsetDateTime;

use super::super::deploy::{DeployError, Deployment, add_units, deploy};
use super::super::endpoints::{EndpointRef, RelateError, find, integrate};
use super::super::operate::{ActionError, OptionError, queue_action, set_options};
use super::*;

const SERVER: &str = "{name: server, summary: s, description: d, provides: {db: {interface: kv}, log: {interface: log}}, \
                      peers: {pals: {interface: p}}, storage: {data: {type: filesystem, location: /srv}}}";
const CLIENT: &str = "{name: client, summary: s, description: d, requires: {db: {interface: kv, limit: 1}, \
                      other: {interface: kv}, log: {interface: log}}}";
const OPTIONS: &str = "{options: {port: {type: int, default: 80}, name: {type: string}}}";
const ACTIONS: &str = "{back-up: {params: {mode: {type: string}}, required: [mode]},
    restore: {params: {from: {type: string}}, additionalProperties: false}}";

fn charm(metadata: &str) -> CharmFiles {
    let sources = Sources {
        metadata: Some(metadata),
        charmcraft: None,
        config: Some(OPTIONS),
        actions: Some(ACTIONS),
        manifest: None,
    };
    CharmFiles::parse(&sources).unwrap()
}

fn empty() -> Model {
    Model::empty("dev", "5e0a")
}

fn name(text: &str) -> ApplicationName {
    ApplicationName::parse(text).unwrap()
}

fn unit(text: &str) -> UnitName {
    UnitName::parse(text).unwrap()
}

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
}

fn put(
    model: &mut Model,
    metadata: &str,
    units: u32,
    options: &[(&str, &str)],
) -> Result<Vec<UnitName>, DeployError> {
    let charm = charm(metadata);
    let wanted = Deployment {
        name: charm.metadata.name.clone(),
        charm: &charm,
        charm_dir: PathBuf::from("/charms/0"),
        charm_url: "local:x-0".to_owned(),
        units,
        trust: false,
        options: options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        resources: BTreeMap::new(),
        service_address: Ipv4Addr::new(10, 152, 183, 50),
        volumes: Path::new("/volumes"),
    };
    deploy(model, wanted, now())
}

fn relate(model: &mut Model, first: &str, second: &str) -> Result<u32, RelateError> {
    integrate(model, &EndpointRef::parse(first)?, &EndpointRef::parse(second)?, now())
}

fn pair() -> Model {
    let mut model = empty();
    put(&mut model, SERVER, 2, &[]).unwrap();
    put(&mut model, CLIENT, 1, &[]).unwrap();
    model
}

#[test]
fn a_deployment_has_its_units_its_peers_and_its_storage() {
    let model = pair();
    assert_eq!(
        model.units.keys().map(UnitName::as_str).collect::<Vec<_>>(),
        ["client/0", "server/0", "server/1"]
    );
    assert_eq!(
        model.relations.values().map(super::super::relation::Relation::key).collect::<Vec<_>>(),
        ["server:pals"]
    );
    let storage: Vec<_> = model.storage.values().map(|one| (one.id.as_str(), one.unit.as_str())).collect();
    assert_eq!(storage, [("data/0", "server/0"), ("data/1", "server/1")]);
}

#[test]
fn what_does_not_fit_the_charm_is_refused_whole() {
    let mut model = empty();
    let unknown = DeployError::Option(OptionError::Unknown("colour".to_owned()));
    assert_eq!(put(&mut model, SERVER, 1, &[("colour", "red")]), Err(unknown));
    let error = put(&mut model, SERVER, 1, &[("port", "many")]).unwrap_err();
    assert_eq!(error.to_string(), "option \"port\" expected int, got \"many\"");
    assert!(model.applications.is_empty() && model.units.is_empty() && model.relations.is_empty());
    put(&mut model, SERVER, 1, &[("port", "81")]).unwrap();
    assert_eq!(put(&mut model, SERVER, 1, &[]), Err(DeployError::Exists(name("server"))));
}

#[test]
fn options_are_set_and_given_back_together() {
    let mut model = pair();
    let schema = charm(SERVER).config;
    let texts = BTreeMap::from([("port".to_owned(), "90".to_owned()), ("name".to_owned(), "x".to_owned())]);
    set_options(&mut model, &name("server"), &schema, &texts, &[]).unwrap();
    set_options(&mut model, &name("server"), &schema, &BTreeMap::new(), &["name".to_owned()]).unwrap();
    let options = &model.applications[&name("server")].options;
    assert_eq!(*options, BTreeMap::from([("port".to_owned(), serde_json::json!(90))]));
    let wrong = set_options(&mut model, &name("server"), &schema, &BTreeMap::new(), &["x".to_owned()]);
    assert_eq!(wrong, Err(OptionError::Unknown("x".to_owned())));
}

#[test]
fn endpoints_are_found_by_interface_and_role() {
    let check = |first: &str, second: &str, expected: &str| {
        let mut model = pair();
        let found = relate(&mut model, first, second);
        let text = match found {
            Ok(number) => model.relations[&number].key(),
            Err(error) => error.to_string(),
        };
        assert_eq!(text, expected, "{first} {second}");
    };
    check("client:db", "server", "client:db server:db");
    check("server:db", "client:other", "client:other server:db");
    check("client:log", "server", "client:log server:log");
    check("server:db", "server", "no relations found");
    check("client", "nobody", "application \"nobody\" not found");
    check("client:x", "server", "application \"client\" has no \"x\" relation");
    check("client:", "server", "\"client:\" is not a valid endpoint");
    let ambiguous = "ambiguous relation: \"client server:db\" could refer to \
                     \"client:db server:db\"; \"client:other server:db\"";
    check("client", "server:db", ambiguous);
}

#[test]
fn a_relation_is_made_once_and_within_its_limit() {
    let mut model = pair();
    relate(&mut model, "client:db", "server:db").unwrap();
    let again = relate(&mut model, "client:db", "server:db").unwrap_err().to_string();
    assert_eq!(
        again,
        "cannot add relation \"client:db server:db\": relation client:db server:db already exists"
    );
    model.applications.get_mut(&name("server")).unwrap().name = name("server");
    let second = SERVER.replace("name: server", "name: second");
    put(&mut model, &second, 1, &[]).unwrap();
    let over = relate(&mut model, "client:db", "second:db").unwrap_err().to_string();
    assert!(over.ends_with("for client:db would exceed its maximum relation limit of 1"), "{over}");
}

#[test]
fn a_relation_goes_when_its_last_unit_has_left() {
    let mut model = pair();
    let number = relate(&mut model, "client:db", "server:db").unwrap();
    let units = ["client/0", "server/0"].map(unit);
    for unit in &units {
        model.relations.get_mut(&number).unwrap().enter_scope(unit, &BTreeMap::new(), true, now());
    }
    let wanted = ["client", "server"].map(|text| EndpointRef::parse(text).unwrap());
    assert_eq!(find(&model, &wanted[0], &wanted[1]), Ok(number));
    remove_relation(&mut model, number);
    leave_scope(&mut model, number, &units[0]);
    assert!(model.relations.contains_key(&number));
    leave_scope(&mut model, number, &units[1]);
    assert!(!model.relations.contains_key(&number));
    assert!(find(&model, &wanted[0], &wanted[1]).is_err());
}

#[test]
fn the_highest_units_go_first_and_come_back_to_their_storage() {
    let mut model = pair();
    add_units(&mut model, &name("server"), 1, Path::new("/volumes"), now()).unwrap();
    assert_eq!(remove_units(&mut model, &name("server"), 2), Ok(vec![unit("server/2"), unit("server/1")]));
    assert!(remove_units(&mut model, &name("server"), 2).is_err());
    model.applications.get_mut(&name("server")).unwrap().leadership.leader = Some(unit("server/1"));
    unit_gone(&mut model, &unit("server/1"));
    unit_gone(&mut model, &unit("server/2"));
    assert_eq!(model.applications[&name("server")].leadership.leader, None);
    let added = add_units(&mut model, &name("server"), 1, Path::new("/volumes"), now()).unwrap();
    assert_eq!(added, [unit("server/1")]);
    assert_eq!(model.storage.len(), 3);
}

#[test]
fn an_application_goes_with_all_that_is_its_own() {
    let mut model = pair();
    let number = relate(&mut model, "client:db", "server:db").unwrap();
    let units = remove_application(&mut model, &name("server")).unwrap();
    assert!(!model.relations.contains_key(&number), "nobody was in it yet");
    for unit in &units {
        unit_gone(&mut model, unit);
    }
    assert!(!model.applications.contains_key(&name("server")));
    assert!(model.relations.is_empty() && model.storage.is_empty());
    assert_eq!(model.units.len(), 1);
}

#[test]
fn what_a_removed_application_left_in_a_relation_is_there_until_the_others_have_left() {
    let mut model = pair();
    let number = relate(&mut model, "client:db", "server:db").unwrap();
    for unit in ["client/0", "server/0", "server/1"].map(unit) {
        model.relations.get_mut(&number).unwrap().enter_scope(&unit, &BTreeMap::new(), true, now());
    }
    let units = remove_application(&mut model, &name("server")).unwrap();
    for unit in &units {
        leave_scope(&mut model, number, unit);
        unit_gone(&mut model, unit);
    }
    assert!(model.relations.contains_key(&number), "client/0 has yet to be told");
    assert!(model.applications.contains_key(&name("server")));
    leave_scope(&mut model, number, &unit("client/0"));
    assert!(model.relations.is_empty() && model.storage.is_empty());
    assert_eq!(model.applications.keys().map(ApplicationName::as_str).collect::<Vec<_>>(), ["client"]);
}

#[test]
fn a_unit_that_comes_again_has_an_empty_bag_of_a_newer_version() {
    let mut model = pair();
    let server = unit("server/1");
    let bag = |model: &Model| model.relations[&0].side(&name("server")).unwrap().units[&server].clone();
    let address = BTreeMap::from([("private-address".to_owned(), "10.0.0.1".to_owned())]);
    model.relations.get_mut(&0).unwrap().enter_scope(&server, &address, true, now());
    let before = bag(&model).bag.version;
    remove_units(&mut model, &name("server"), 1).unwrap();
    unit_gone(&mut model, &server);
    add_units(&mut model, &name("server"), 1, Path::new("/volumes"), now()).unwrap();
    let after = bag(&model);
    assert!(after.bag.data.is_empty() && !after.in_scope && after.bag.version > before);
}

#[test]
fn an_action_is_checked_against_its_schema() {
    let mut model = pair();
    let actions = charm(SERVER).actions;
    let mut queue = |action: &str, parameters: serde_json::Value| {
        queue_action(&mut model, &unit("server/0"), action, &actions, parameters.as_object().unwrap().clone())
    };
    assert_eq!(queue("back-up", serde_json::json!({"mode": "full"})), Ok(1));
    assert!(matches!(queue("back-up", serde_json::json!({})), Err(ActionError::Missing { .. })));
    assert!(matches!(queue("back-up", serde_json::json!({"mode": 1})), Err(ActionError::Type { .. })));
    let others = serde_json::json!({"mode": "full", "beyond": 1});
    assert_eq!(queue("back-up", others.clone()), Ok(2));
    let refused = queue("restore", others).unwrap_err().to_string();
    let expected = r#"validation failed: (root) : additional property "beyond" is not allowed, given {"beyond":1,"mode":"full"}"#;
    assert_eq!(refused, expected);
    assert_eq!(queue("restore", serde_json::json!({"from": "s3"})), Ok(3));
    assert!(matches!(queue("other", serde_json::json!({})), Err(ActionError::Undefined { .. })));
}
