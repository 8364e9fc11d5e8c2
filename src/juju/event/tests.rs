use proptest::prelude::*;
use serde::Deserialize;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn hook(name: &str, pairs: &[(&str, &str)]) -> Event {
    let mut variables = variables(pairs);
    variables.insert("JUJU_DISPATCH_PATH".to_owned(), format!("hooks/{name}"));
    Event::parse(&variables, "/charm/dispatch").unwrap()
}

fn is_unknown(name: &str, pairs: &[(&str, &str)]) {
    assert_eq!(hook(name, pairs), Event::Unknown(name.to_owned()), "with {pairs:?}");
}

const DB: (&str, &str) = ("JUJU_RELATION_ID", "db:1");

#[derive(Deserialize)]
struct Recorded {
    hook: String,
    env: Variables,
}

#[test]
fn every_recorded_hook_is_known_by_its_name() {
    let lines = include_str!("recorded.jsonl").lines();
    let recorded: Vec<Recorded> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(recorded.len() > 30);
    for Recorded { hook, env } in recorded {
        let event = Event::parse(&env, "dispatch");
        if hook == "juju-exec" {
            assert_eq!(event, Err(NoEvent));
            continue;
        }
        let event = event.unwrap();
        assert!(!matches!(event, Event::Unknown(_)), "{hook} with {env:?}");
        assert_eq!(event.to_string(), hook.replace("action:", "action "));
    }
}

#[test]
fn the_variables_of_each_event_are_read() {
    let departed = hook(
        "db-relation-departed",
        &[
            DB,
            ("JUJU_RELATION", "db"),
            ("JUJU_REMOTE_APP", "mysql"),
            ("JUJU_REMOTE_UNIT", "mysql/1"),
            ("JUJU_DEPARTING_UNIT", "web/0"),
        ],
    );
    assert_eq!(departed.departing_unit().map(UnitName::as_str), Some("web/0"));
    assert_eq!(departed.relation().unwrap().remote_unit.as_ref().map(UnitName::as_str), Some("mysql/1"));
    assert_eq!(departed.breaking_relation(), None);

    let broken = hook("db-relation-broken", &[DB, ("JUJU_REMOTE_APP", ""), ("JUJU_REMOTE_UNIT", "")]);
    assert_eq!(broken.breaking_relation().map(RelationId::as_str), Some("db:1"));
    assert_eq!(broken.relation().unwrap().remote_application, None);

    let attached = hook(
        "my-data-storage-attached",
        &[("JUJU_STORAGE_ID", "my-data/3"), ("JUJU_STORAGE_LOCATION", "/srv/data")],
    );
    let storage = attached.storage().unwrap();
    assert_eq!((storage.storage.as_str(), storage.location.as_path()), ("my-data/3", Path::new("/srv/data")));

    let notice = hook(
        "app-pebble-custom-notice",
        &[("JUJU_WORKLOAD_NAME", "app"), ("JUJU_NOTICE_ID", "7"), ("JUJU_NOTICE_KEY", "a.b/c")],
    );
    let (id, notice_type, key) = ("7".to_owned(), "custom".to_owned(), "a.b/c".to_owned());
    let kind = PebbleKind::CustomNotice { id, notice_type, key };
    assert_eq!(notice, Event::Pebble(PebbleEvent { container: "app".parse().unwrap(), kind }));

    let bare = ("JUJU_SECRET_ID", "9m4e2mr0ui3e8a215n4g");
    let long = ("JUJU_SECRET_ID", "secret://5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11/9m4e2mr0ui3e8a215n4g");
    let secret = |event: &Event| event.secret().map(|event| (event.secret.to_string(), event.kind));
    let id = "9m4e2mr0ui3e8a215n4g".to_owned();
    let expired = hook("secret-expired", &[bare, ("JUJU_SECRET_LABEL", "")]);
    assert_eq!(secret(&expired), Some((id.clone(), SecretKind::Expired { revision: None })));
    assert_eq!(expired.secret().unwrap().label, None);
    let remove = hook("secret-remove", &[long, ("JUJU_SECRET_REVISION", "12")]);
    assert_eq!(secret(&remove), Some((id, SecretKind::Remove { revision: 12 })));

    let run = variables(&[("JUJU_DISPATCH_PATH", "actions/get-password"), ("JUJU_ACTION_UUID", "12")]);
    let action = Event::parse(&run, "dispatch").unwrap();
    assert_eq!(
        action.action().map(|action| (action.name.as_str(), action.task.as_str())),
        Some(("get-password", "12"))
    );
}

#[test]
fn names_within_hook_names_are_taken_verbatim() {
    let event = hook("my_db-x-relation-created", &[("JUJU_RELATION_ID", "my_db-x:12")]);
    assert_eq!(event.to_string(), "my_db-x-relation-created");
    let event = hook("a-pebble-ready-pebble-ready", &[]);
    assert_eq!(event.container().map(ContainerName::as_str), Some("a-pebble-ready"));
    let event = hook("config-changed-relation-changed", &[("JUJU_RELATION_ID", "config-changed:1")]);
    assert!(event.relation().is_some());
    let event = hook("secret-changed-relation-joined", &[("JUJU_RELATION_ID", "secret-changed:1")]);
    assert!(event.relation().is_some());
    let event = hook("a-pebble-ready-relation-broken", &[("JUJU_RELATION_ID", "a-pebble-ready:1")]);
    assert!(event.relation().is_some() && event.container().is_none());
}

#[test]
fn what_is_not_understood_is_unknown_and_harmless() {
    is_unknown("something-new", &[]);
    is_unknown("leader-deposed", &[]);
    is_unknown("db-relation-changed", &[]);
    is_unknown("db-relation-changed", &[("JUJU_RELATION_ID", "db")]);
    is_unknown("db-relation-changed", &[("JUJU_RELATION_ID", "other:1")]);
    is_unknown("data-storage-attached", &[("JUJU_STORAGE_ID", "data")]);
    is_unknown("-pebble-ready", &[]);
    is_unknown("app-pebble-custom-notice", &[("JUJU_NOTICE_ID", "1")]);
    is_unknown("app-pebble-check-failed", &[]);
    is_unknown("secret-remove", &[("JUJU_SECRET_ID", "9m4e2mr0ui3e8a215n4g")]);
    is_unknown("secret-changed", &[("JUJU_SECRET_ID", "?")]);
    is_unknown("", &[]);
    assert!(hook("something-new", &[]).must_exit_zero());
    let run = variables(&[("JUJU_DISPATCH_PATH", "actions/Not_an_action")]);
    assert_eq!(Event::parse(&run, ""), Ok(Event::Unknown("Not_an_action".to_owned())));
}

#[test]
fn the_dispatch_path_counts_before_the_hook_name_before_the_program() {
    let check = |pairs: &[(&str, &str)], program: &str, expected: Result<Event, NoEvent>| {
        assert_eq!(Event::parse(&variables(pairs), program), expected, "{pairs:?} {program}");
    };
    let (path, name) = (("JUJU_DISPATCH_PATH", "hooks/install"), ("JUJU_HOOK_NAME", "start"));
    check(&[path, name], "/charm/hooks/stop", Ok(Event::Install));
    check(&[("JUJU_DISPATCH_PATH", ""), name], "/charm/hooks/stop", Ok(Event::Start));
    check(&[("JUJU_HOOK_NAME", "")], "/charm/hooks/stop", Ok(Event::Stop));
    check(&[], "hooks/upgrade-charm", Ok(Event::UpgradeCharm));
    check(&[("JUJU_DISPATCH_PATH", "install")], "", Ok(Event::Install));
    let backup = ActionEvent { name: "backup".parse().unwrap(), task: String::new() };
    check(&[], "/charm/actions/backup", Ok(Event::Action(backup)));
    for program in ["/charm/dispatch", "dispatch", "", "/", "hooks", "hooks/", "/charm/src/install"] {
        check(&[], program, Err(NoEvent));
    }
}

#[test]
fn only_harmless_failures_are_allowed() {
    let container = [("JUJU_PEBBLE_CHECK_NAME", "up"), ("JUJU_NOTICE_ID", "1"), ("JUJU_NOTICE_KEY", "a/b")];
    for name in [
        "stop",
        "remove",
        "a-pebble-ready",
        "a-pebble-custom-notice",
        "a-pebble-check-failed",
        "a-pebble-check-recovered",
    ] {
        assert!(hook(name, &container).must_exit_zero(), "{name}");
    }
    for name in ["install", "start", "config-changed", "upgrade-charm", "update-status", "leader-elected"] {
        assert!(!hook(name, &[]).must_exit_zero(), "{name}");
    }
    assert!(!hook("db-relation-broken", &[DB]).must_exit_zero());
}

proptest! {
    #[test]
    fn no_path_and_no_variable_make_it_panic(
        path in "(hooks|actions)?/?[a-z_-]{0,12}(-relation|-storage|-pebble|secret)?-(changed|attached|ready|remove|custom-notice)?|\\PC{0,30}",
        values in prop::collection::vec("[a-z]{1,4}[:/][0-9]{1,12}|\\PC{0,12}", 13),
        program in "\\PC{0,20}|(/[a-z]{0,5}){0,3}",
    ) {
        let names = [
            "JUJU_RELATION", "JUJU_RELATION_ID", "JUJU_REMOTE_APP", "JUJU_REMOTE_UNIT", "JUJU_DEPARTING_UNIT",
            "JUJU_STORAGE_ID", "JUJU_STORAGE_LOCATION", "JUJU_WORKLOAD_NAME", "JUJU_NOTICE_ID", "JUJU_NOTICE_KEY",
            "JUJU_SECRET_ID", "JUJU_SECRET_REVISION", "JUJU_ACTION_NAME",
        ];
        let mut variables: Variables = names.iter().map(|name| (*name).to_owned()).zip(values).collect();
        variables.insert("JUJU_DISPATCH_PATH".to_owned(), path);
        drop(Event::parse(&variables, &program).map(|event| event.to_string()));
        variables.remove("JUJU_DISPATCH_PATH");
        drop(Event::parse(&variables, &program));
    }

    #[test]
    fn a_relation_hook_prints_its_own_name(endpoint in "[a-z][a-z0-9]{0,5}([_-][a-z0-9]{1,5}){0,3}", number in 0..999_u32) {
        let id = format!("{endpoint}:{number}");
        for kind in ["created", "joined", "changed", "departed", "broken"] {
            let name = format!("{endpoint}-relation-{kind}");
            prop_assert_eq!(hook(&name, &[("JUJU_RELATION_ID", &id)]).to_string(), name);
        }
    }
}
