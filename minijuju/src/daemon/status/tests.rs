use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use sidecharm::juju::names::{EndpointName, StorageId};
use time::macros::datetime;

use super::*;
use crate::controller::application::{Declared, Leadership};
use crate::controller::relation::Databag;
use crate::controller::storage::StorageInstance;
use crate::controller::unit::AgentRecord;

const SINCE_THEN: OffsetDateTime = datetime!(2026-11-25 10:19:00 UTC);

fn info(status: &str, message: &str) -> StatusInfo {
    StatusInfo::new(status, message, SINCE_THEN)
}

fn app(name: &str) -> ApplicationName {
    ApplicationName::parse(name).unwrap()
}

pub fn empty_model() -> Model {
    Model::empty("demo", "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11")
}

fn application(name: &str, scale: u32) -> Application {
    Application {
        name: app(name),
        life: Life::Alive,
        charm_dir: "/charms/0".into(),
        charm_url: format!("local:{name}-0"),
        charm_modified_version: 0,
        scale,
        trust: false,
        options: BTreeMap::new(),
        option_defaults: BTreeMap::new(),
        bindings: BTreeSet::new(),
        declared: Declared::default(),
        status: None,
        workload_version: None,
        leader_settings: BTreeMap::new(),
        leadership: Leadership::default(),
        service_address: None,
        resources: BTreeMap::new(),
    }
}

fn unit(name: &str, last: u8, workload: StatusInfo, agent: StatusInfo) -> Unit {
    Unit {
        name: UnitName::parse(name).unwrap(),
        life: Life::Alive,
        address: Some(Ipv4Addr::new(10, 87, 0, last)),
        workload_status: workload,
        agent_status: agent,
        agent_gone: false,
        workload_version: None,
        ports: std::collections::BTreeSet::new(),
        charm_state: None,
        agent: AgentRecord::default(),
    }
}

fn relations() -> BTreeMap<u32, Relation> {
    let side = |name: &str, endpoint: &str, role| Side {
        application: app(name),
        endpoint: EndpointName::parse(endpoint).unwrap(),
        role,
        bag: Databag::default(),
        units: BTreeMap::new(),
    };
    let relation = |number, interface: &str, sides| Relation {
        number,
        interface: interface.to_owned(),
        life: Life::Alive,
        suspended: false,
        status: StatusInfo::new("joined", "", SINCE_THEN),
        sides,
    };
    [
        relation(0, "redis-peers", vec![side("redis-k8s", "redis-peers", Role::Peer)]),
        relation(
            1,
            "redis",
            vec![side("redis-k8s", "redis", Role::Provider), side("web", "cache", Role::Requirer)],
        ),
    ]
    .into_iter()
    .map(|relation| (relation.number, relation))
    .collect()
}

/// Two applications, one with a failed hook, a relation, a peer relation and a storage.
pub fn example() -> Model {
    let mut model = empty_model();
    let mut redis = application("redis-k8s", 3);
    redis.workload_version = Some("7.0.15".to_owned());
    redis.service_address = Some(Ipv4Addr::new(10, 87, 12, 1));
    redis.leadership.leader = UnitName::parse("redis-k8s/0").ok();
    let mut first = unit("redis-k8s/0", 2, info("active", "master"), info("idle", ""));
    first.ports.insert(OpenedPort {
        endpoint: String::new(),
        protocol: "tcp".to_owned(),
        from: 6379,
        to: 6379,
    });
    let busy = info("executing", "running config-changed hook");
    let second = unit("redis-k8s/10", 3, info("waiting", "Waiting for the master"), busy);
    let failed = unit("web/0", 4, info("active", ""), info("error", "hook failed: \"install\""));
    model.relations = relations();
    let storage = StorageInstance {
        id: StorageId::parse("database/0").unwrap(),
        unit: first.name.clone(),
        kind: "filesystem".to_owned(),
        location: "/var/lib/juju/storage/database/0".to_owned(),
        source: "/model/storage/database-0".into(),
        life: Life::Alive,
        provisioned: true,
    };
    model.storage.insert(storage.id.clone(), storage);
    model.units = [first, second, failed].into_iter().map(|unit| (unit.name.clone(), unit)).collect();
    model.applications = [redis, application("web", 1)]
        .into_iter()
        .map(|application| (application.name.clone(), application))
        .collect();
    model
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn a_status_has_the_shape_of_jujus_json() {
    let status = FullStatus::of(&example(), datetime!(2026-11-25 10:20:30 UTC));
    insta::assert_snapshot!(pretty(&status.model), @r#"
    {
      "name": "demo",
      "type": "caas",
      "controller": "minijuju",
      "cloud": "localhost",
      "version": "3.6.9",
      "model-status": {
        "current": "available"
      },
      "sla": "unsupported"
    }
    "#);
    insta::assert_snapshot!(pretty(&status.controller), @r#"
    {
      "timestamp": "10:20:30Z"
    }
    "#);
    let text = serde_json::to_string(&status).unwrap();
    assert_eq!(serde_json::from_str::<FullStatus>(&text).unwrap(), status);
}

#[test]
fn an_application_has_the_shape_of_jujus_json() {
    let status = FullStatus::of(&example(), datetime!(2026-11-25 10:20:30 UTC));
    insta::assert_snapshot!(pretty(&status.applications["redis-k8s"]), @r#"
    {
      "charm": "local:redis-k8s-0",
      "charm-origin": "local",
      "charm-name": "redis-k8s",
      "charm-rev": 0,
      "scale": 3,
      "address": "10.87.12.1",
      "exposed": false,
      "application-status": {
        "current": "waiting",
        "message": "Waiting for the master",
        "since": "25 Nov 2026 10:19:00Z"
      },
      "relations": {
        "redis": [
          {
            "related-application": "web",
            "interface": "redis",
            "scope": "global"
          }
        ],
        "redis-peers": [
          {
            "related-application": "redis-k8s",
            "interface": "redis-peers",
            "scope": "global"
          }
        ]
      },
      "units": {
        "redis-k8s/0": {
          "workload-status": {
            "current": "active",
            "message": "master",
            "since": "25 Nov 2026 10:19:00Z"
          },
          "juju-status": {
            "current": "idle",
            "since": "25 Nov 2026 10:19:00Z",
            "version": "3.6.9"
          },
          "leader": true,
          "open-ports": [
            "6379/tcp"
          ],
          "address": "10.87.0.2",
          "provider-id": "redis-k8s-0"
        },
        "redis-k8s/10": {
          "workload-status": {
            "current": "waiting",
            "message": "Waiting for the master",
            "since": "25 Nov 2026 10:19:00Z"
          },
          "juju-status": {
            "current": "executing",
            "message": "running config-changed hook",
            "since": "25 Nov 2026 10:19:00Z",
            "version": "3.6.9"
          },
          "address": "10.87.0.3",
          "provider-id": "redis-k8s-10"
        }
      },
      "version": "7.0.15"
    }
    "#);
}

#[test]
fn an_application_shows_the_gravest_status_of_its_units() {
    let check = |words: &[&str], expected: &str| {
        let mut model = empty_model();
        model.applications.insert(app("a"), application("a", 1));
        for (number, word) in (0..).zip(words) {
            let name = UnitName::new(&app("a"), number);
            model.units.insert(name.clone(), unit(name.as_str(), 2, info(word, "why"), info("idle", "")));
        }
        let status = FullStatus::of(&model, SINCE_THEN);
        assert_eq!(status.applications["a"].application_status.current, expected, "{words:?}");
    };
    check(&[], "unknown");
    check(&["active", "active"], "active");
    check(&["active", "waiting"], "waiting");
    check(&["blocked", "waiting", "active"], "blocked");
    check(&["unknown", "active"], "active");
    check(&["something", "unknown"], "unknown");
    check(&["waiting", "maintenance"], "maintenance");
    check(&["terminated", "active"], "active");
}

#[test]
fn an_application_without_units_keeps_its_leaders_word_and_has_no_version() {
    let mut model = example();
    model.units.clear();
    let shown = |model: &Model| {
        let status = FullStatus::of(model, SINCE_THEN);
        let shown = &status.applications["redis-k8s"];
        (shown.application_status.current.clone(), shown.version.clone())
    };
    assert_eq!(shown(&model), ("unknown".to_owned(), String::new()));
    model.applications.get_mut(&app("redis-k8s")).unwrap().status = Some(info("blocked", "no units"));
    assert_eq!(shown(&model), ("blocked".to_owned(), String::new()));
}

#[test]
fn a_unit_whose_agent_is_gone_is_lost() {
    let check = |workload: StatusInfo, agent: StatusInfo, removed: bool, expected: [&str; 3]| {
        let mut model = example();
        let name = UnitName::parse("redis-k8s/0").unwrap();
        let unit = model.units.get_mut(&name).unwrap();
        (unit.workload_status, unit.agent_status) = (workload, agent);
        (unit.agent_gone, unit.agent.removed) = (true, removed);
        let status = FullStatus::of(&model, SINCE_THEN);
        let unit = &status.applications["redis-k8s"].units["redis-k8s/0"];
        let (workload, agent) = (&unit.workload_status, &unit.juju_status);
        let shown = [&workload.current, &workload.message, &agent.current];
        assert_eq!(shown.map(String::as_str), expected);
    };
    let lost = "agent lost, see 'juju show-status-log redis-k8s/0'";
    check(info("active", "master"), info("idle", ""), false, ["unknown", lost, "lost"]);
    check(info("active", "master"), info("executing", "running x hook"), false, ["unknown", lost, "lost"]);
    // What went wrong is not hidden.
    let failed = || info("error", "hook failed: \"start\"");
    check(info("active", ""), failed(), false, ["error", "hook failed: \"start\"", "lost"]);
    // One that has not begun cannot be lost.
    let begins = || info("waiting", "installing agent");
    check(begins(), info("allocating", ""), false, ["waiting", "installing agent", "allocating"]);
    check(begins(), info("idle", ""), false, ["waiting", "installing agent", "idle"]);
    let installs = || info("maintenance", "installing charm software");
    check(
        installs(),
        info("executing", "running install hook"),
        false,
        ["maintenance", "installing charm software", "executing"],
    );
    // One that has run its last hook is not missed.
    check(info("terminated", ""), info("executing", ""), true, ["terminated", "", "executing"]);
}
