use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Mutex;

use serde::Deserialize;

use super::*;
use crate::juju::names::{ApplicationName, RelationId, SecretId, StorageId, StorageName, UnitName};
use crate::juju::status::Status;
use crate::juju::wire::{ConfigValue, PortRange, SecretContent};
use crate::secret::Secret;

/// Answers each tool as Juju 3.6 was recorded to, and notes what was asked.
#[derive(Default)]
struct Recorded {
    asked: Mutex<String>,
    inputs: Mutex<String>,
}

#[derive(Deserialize)]
struct Answer {
    tool: String,
    with: Option<String>,
    stdout: String,
}

impl RunTool for Recorded {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.note(call);
            Ok(Output { code: Some(0), stdout: answer(call), stderr: Vec::new() })
        })
    }
}

impl Recorded {
    fn note(&self, call: Call<'_>) {
        let mut asked = self.asked.lock().unwrap();
        let mut inputs = self.inputs.lock().unwrap();
        write!(asked, "{}", call.tool).unwrap();
        let mut after_file = false;
        for argument in call.arguments {
            if after_file && argument.starts_with('/') {
                let mode = std::fs::metadata(argument).unwrap().permissions().mode() & 0o7777;
                write!(asked, " FILE({mode:o})").unwrap();
                writeln!(inputs, "{}: {}", call.tool, std::fs::read_to_string(argument).unwrap()).unwrap();
            } else {
                write!(asked, " {argument}").unwrap();
            }
            after_file = *argument == "--file";
        }
        if let Some(input) = call.input {
            write!(asked, " < input").unwrap();
            writeln!(inputs, "{}: {}", call.tool, String::from_utf8_lossy(input)).unwrap();
        }
        asked.push('\n');
    }
}

fn answer(call: Call<'_>) -> Vec<u8> {
    let answers = include_str!("recorded/answers.jsonl").lines().map(serde_json::from_str::<Answer>);
    let given = |flag: &str| call.arguments.contains(&flag);
    answers
        .map(Result::unwrap)
        .filter(|answer| answer.tool == call.tool && answer.with.as_deref().is_none_or(given))
        .max_by_key(|answer| answer.with.is_some())
        .map_or_else(Vec::new, |answer| answer.stdout.into_bytes())
}

/// Ends every tool in the same way.
struct Always(Option<i32>, &'static str, &'static str);

impl RunTool for Always {
    fn run<'a>(&'a self, _: Call<'a>) -> Running<'a> {
        let Self(code, stdout, stderr) = *self;
        Box::pin(async move { Ok(Output { code, stdout: stdout.into(), stderr: stderr.into() }) })
    }
}

/// The tools, and the agent's folder, which a private file needs.
fn tools(runner: Arc<dyn RunTool>) -> (HookTools, tempfile::TempDir) {
    let agent = tempfile::tempdir().unwrap();
    let charm = agent.path().join("charm");
    (HookTools::new(runner, &charm, Duration::from_secs(5)), agent)
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn content() -> SecretContent {
    SecretContent::from([("password".to_owned(), Secret::new("hunter2 😀\u{7f}"))])
}

fn secret() -> SecretId {
    SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap()
}

fn relation() -> RelationId {
    RelationId::parse("db:1").unwrap()
}

#[tokio::test]
async fn relations_statuses_and_logs_are_asked_for_as_juju_wants() {
    let recorded = Arc::new(Recorded::default());
    let (tools, _agent) = tools(recorded.clone());
    let (relation, unit) = (relation(), UnitName::parse("web/0").unwrap());
    let application = ApplicationName::parse("mysql").unwrap();

    let ids = tools.relation_ids(&relation.endpoint()).await.unwrap();
    assert_eq!(ids.first().map(RelationId::as_str), Some("website:10"));
    assert_eq!(tools.relation_list(&relation).await.unwrap().len(), 3);
    assert_eq!(tools.relation_application(&relation).await.unwrap(), Some(application.clone()));
    tools.relation_get(&relation, Bag::Unit(&unit)).await.unwrap();
    tools.relation_get(&relation, Bag::Application(&application)).await.unwrap();
    tools.relation_set(&relation, Scope::Unit, &map(&[("a", ""), ("b", " yes\n")])).await.unwrap();
    tools.relation_set(&relation, Scope::Application, &map(&[("k", "v")])).await.unwrap();
    tools.relation_set(&relation, Scope::Application, &map(&[])).await.unwrap();
    assert!(tools.status_get().await.unwrap().shows(&Status::active("ready")));
    assert_eq!(tools.application_status_get().await.unwrap().units.len(), 2);
    tools.status_set(&Status::blocked("-x y")).await.unwrap();
    tools.application_status_set(&Status::active("")).await.unwrap();
    tools.application_version_set("7.2.5").await.unwrap();
    tools.juju_log(LogLevel::Warning, "one\ntwo").await.unwrap();

    insta::assert_snapshot!(recorded.asked.lock().unwrap(), @"
    relation-ids --format=json db
    relation-list --format=json -r db:1
    relation-list --format=json -r db:1 --app
    relation-get --format=json -r db:1 - web/0
    relation-get --format=json -r db:1 --app - mysql
    relation-set -r db:1 --file - < input
    relation-set -r db:1 --file - --app < input
    status-get --format=json --include-data
    status-get --format=json --include-data --application
    status-set -- blocked -x y
    status-set --application -- active 
    application-version-set -- 7.2.5
    juju-log -l WARNING -- one
    two
    ");
    insta::assert_snapshot!(recorded.inputs.lock().unwrap(), @r#"
    relation-set: {"a": "", "b": " yes\n"}
    relation-set: {"k": "v"}
    "#);
}

#[tokio::test]
async fn the_model_is_asked_for_as_juju_wants() {
    let recorded = Arc::new(Recorded::default());
    let (tools, _agent) = tools(recorded.clone());

    assert_eq!(
        tools.config_get().await.unwrap().get("big").and_then(ConfigValue::as_integer),
        Some(1_000_000)
    );
    assert!(tools.is_leader().await.unwrap());
    let network = tools.network_get("db", Some(&relation())).await.unwrap();
    assert_eq!(
        (network.bind_address(), network.ingress_address()),
        (Some("10.1.0.12"), Some("10.152.183.20"))
    );
    tools.network_get("juju-info", None).await.unwrap();
    assert_eq!(tools.goal_state().await.unwrap().planned_units().count(), 3);
    assert_eq!(tools.unit_get(UnitAddress::Public).await.unwrap().as_deref(), Some("203.0.113.7"));
    tools.unit_get(UnitAddress::Private).await.unwrap();
    assert_eq!(tools.credential_get().await.unwrap().cloud_type, "lxd");

    insta::assert_snapshot!(recorded.asked.lock().unwrap(), @"
    config-get --format=json
    is-leader --format=json
    network-get --format=json -r db:1 -- db
    network-get --format=json -- juju-info
    goal-state --format=json
    unit-get --format=json public-address
    unit-get --format=json private-address
    credential-get --format=json
    ");
}

#[tokio::test]
async fn the_unit_and_its_action_are_asked_for_as_juju_wants() {
    let recorded = Arc::new(Recorded::default());
    let (tools, _agent) = tools(recorded.clone());
    let storage = StorageName::parse("cache").unwrap();

    tools.open_port(PortRange::tcp(6379)).await.unwrap();
    tools.close_port(PortRange::tcp(26379)).await.unwrap();
    assert_eq!(tools.opened_ports().await.unwrap().first(), Some(&PortRange::tcp(80)));
    tools.storage_list(None).await.unwrap();
    assert_eq!(tools.storage_list(Some(&storage)).await.unwrap().len(), 2);
    tools.storage_get(&StorageId::parse("data/0").unwrap()).await.unwrap();
    tools.storage_add(&storage, 2).await.unwrap();
    assert_eq!(tools.resource_get("cfg").await.unwrap(), PathBuf::from("${BASE}/resources/content.yaml"));
    tools.juju_reboot(Reboot::AfterHook).await.unwrap();
    tools.juju_reboot(Reboot::Now).await.unwrap();
    assert!(tools.action_get().await.unwrap().is_empty());
    tools.action_set(&map(&[("user.name", "a b=c"), ("ok", "-1")])).await.unwrap();
    tools.action_set(&map(&[])).await.unwrap();
    tools.action_fail("--no").await.unwrap();
    tools.action_log("half way").await.unwrap();
    assert_eq!(tools.state_get().await.unwrap().len(), 4);
    tools.state_set(&map(&[("k", "v")])).await.unwrap();
    tools.state_delete("k").await.unwrap();
    tools.leader_get().await.unwrap();
    tools.leader_set(&map(&[("k", "v")])).await.unwrap();

    insta::assert_snapshot!(recorded.asked.lock().unwrap(), @"
    open-port 6379/tcp
    close-port 26379/tcp
    opened-ports --format=json
    storage-list --format=json
    storage-list --format=json cache
    storage-get --format=json -s data/0
    storage-add cache=2
    resource-get -- cfg
    juju-reboot
    juju-reboot --now
    action-get --format=json
    action-set -- ok=-1 user.name=a b=c
    action-fail -- --no
    action-log -- half way
    state-get --format=json
    state-set --file - < input
    state-delete -- k
    leader-get --format=json
    leader-set -- k=v
    ");
    insta::assert_snapshot!(recorded.inputs.lock().unwrap(), @r#"state-set: {"k": "v"}"#);
}

#[tokio::test]
async fn secrets_travel_in_a_private_file_that_is_gone_afterwards() {
    let recorded = Arc::new(Recorded::default());
    let (tools, agent) = tools(recorded.clone());
    let (secret, nothing) = (secret(), SecretDetails::default());
    let details = SecretDetails {
        label: Some("admin".to_owned()),
        description: Some("of ours".to_owned()),
        rotation: Some(Rotation::Monthly),
        expires_in: Some(Duration::from_secs(90)),
    };

    let made = tools.secret_add_for_application(&content(), &details).await.unwrap();
    assert_eq!(made.as_str(), "d0000000000000000010");
    tools.secret_add_for_unit(&content(), &nothing).await.unwrap();
    tools.secret_set(&secret, Some(&content()), &nothing).await.unwrap();
    tools.secret_set(&secret, None, &details).await.unwrap();

    insta::assert_snapshot!(recorded.asked.lock().unwrap(), @"
    secret-add --owner application --label admin --description of ours --rotate monthly --expire 90s --file FILE(600)
    secret-add --owner unit --file FILE(600)
    secret-set secret:9m4e2mr0ui3e8a215n4g --file FILE(600)
    secret-set secret:9m4e2mr0ui3e8a215n4g --label admin --description of ours --rotate monthly --expire 90s
    ");
    insta::assert_snapshot!(recorded.inputs.lock().unwrap(), @r#"
    secret-add: {"password": "hunter2 😀\u007f"}
    secret-add: {"password": "hunter2 😀\u007f"}
    secret-set: {"password": "hunter2 😀\u007f"}
    "#);
    assert_eq!(std::fs::read_dir(agent.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn secrets_are_read_granted_and_removed_by_id_or_label() {
    let recorded = Arc::new(Recorded::default());
    let (tools, _agent) = tools(recorded.clone());
    let secret = secret();

    let read = tools.secret_get(SecretKey::Id(&secret), Revision::Tracked).await.unwrap();
    assert_eq!(read.get("password").unwrap().expose(), "old");
    tools.secret_get(SecretKey::Label("admin"), Revision::Peek).await.unwrap();
    tools.secret_get(SecretKey::Labelled(&secret, "admin"), Revision::Refresh).await.unwrap();
    tools.secret_info_get(SecretKey::Id(&secret)).await.unwrap();
    tools.secret_info_get(SecretKey::Label("admin")).await.unwrap();
    tools.secret_ids().await.unwrap();
    let unit = UnitName::parse("mysql/0").unwrap();
    tools.secret_grant(&secret, &relation(), None).await.unwrap();
    tools.secret_grant(&secret, &relation(), Some(&unit)).await.unwrap();
    tools.secret_revoke(&secret, Revoke::Relation(&relation())).await.unwrap();
    tools.secret_revoke(&secret, Revoke::Application(&unit.application())).await.unwrap();
    tools.secret_revoke(&secret, Revoke::Unit(&unit)).await.unwrap();
    tools.secret_remove_revision(&secret, 3).await.unwrap();
    tools.secret_remove(&secret).await.unwrap();

    insta::assert_snapshot!(recorded.asked.lock().unwrap(), @"
    secret-get --format=json secret:9m4e2mr0ui3e8a215n4g
    secret-get --format=json --label admin --peek
    secret-get --format=json secret:9m4e2mr0ui3e8a215n4g --label admin --refresh
    secret-info-get --format=json secret:9m4e2mr0ui3e8a215n4g
    secret-info-get --format=json --label admin
    secret-ids --format=json
    secret-grant secret:9m4e2mr0ui3e8a215n4g -r db:1
    secret-grant secret:9m4e2mr0ui3e8a215n4g -r db:1 --unit mysql/0
    secret-revoke secret:9m4e2mr0ui3e8a215n4g -r db:1
    secret-revoke secret:9m4e2mr0ui3e8a215n4g --app mysql
    secret-revoke secret:9m4e2mr0ui3e8a215n4g --unit mysql/0
    secret-remove secret:9m4e2mr0ui3e8a215n4g --revision 3
    secret-remove secret:9m4e2mr0ui3e8a215n4g
    ");
}

#[tokio::test]
async fn secrets_written_together_do_not_meet() {
    let recorded = Arc::new(Recorded::default());
    let (tools, agent) = tools(recorded.clone());
    let details = SecretDetails::default();
    let (first, second) = (content(), content());
    let (a, b) = tokio::join!(
        tools.secret_add_for_unit(&first, &details),
        tools.secret_add_for_application(&second, &details)
    );
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(std::fs::read_dir(agent.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn without_a_private_file_no_secret_is_written() {
    let recorded = Arc::new(Recorded::default());
    let (tools, agent) = tools(recorded.clone());
    drop(agent);
    let error = tools.secret_add_for_unit(&content(), &SecretDetails::default()).await.unwrap_err();
    assert!(matches!(error, ToolError::PrivateFile { tool: "secret-add", .. }), "{error:?}");
    assert_eq!(recorded.asked.lock().unwrap().as_str(), "");
}

#[derive(Deserialize)]
struct Refusal {
    tool: String,
    code: i32,
    stderr: String,
    reason: String,
}

#[test]
fn what_juju_says_no_with_is_understood() {
    let refusals =
        include_str!("recorded/errors.jsonl").lines().map(|line| serde_json::from_str(line).unwrap());
    let refusals: Vec<Refusal> = refusals.collect();
    assert!(refusals.len() > 30);
    for Refusal { tool, code, stderr, reason } in refusals {
        let error = ToolError::failed("tool", code, stderr.as_bytes());
        assert_eq!(format!("{:?}", error.reason()), reason, "{tool}: {stderr}");
    }
    // Juju 4's words.
    for (text, reason) in [
        ("ERROR relation 2 not found", Reason::RelationGone),
        ("ERROR bad request: unknown hook command: leader-get", Reason::Unsupported),
        ("", Reason::Other),
    ] {
        assert_eq!(ToolError::failed("tool", 1, text.as_bytes()).reason(), reason, "{text}");
    }
    assert_eq!(ToolError::Missing { tool: "secret-get" }.reason(), Reason::Unsupported);
}

#[tokio::test]
async fn a_failure_keeps_the_first_line_and_no_argument() {
    let (failing, _agent) = tools(Arc::new(Always(Some(2), "", "\nERROR no such thing\nsecond line\n")));
    let error =
        failing.relation_set(&relation(), Scope::Unit, &map(&[("key", "hunter2")])).await.unwrap_err();
    assert_eq!(error.to_string(), "relation-set failed with exit code 2: no such thing");
    assert_eq!((error.tool(), error.reason()), ("relation-set", Reason::Other));

    let (killed, _agent) = tools(Arc::new(Always(None, "", "")));
    assert_eq!(killed.is_leader().await.unwrap_err().to_string(), "is-leader was killed");

    let (babbling, _agent) = tools(Arc::new(Always(Some(0), "{\"hunter2\"", "")));
    let error = babbling.secret_get(SecretKey::Label("x"), Revision::Tracked).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    assert!(matches!(error, ToolError::Answer { tool: "secret-get", .. }));

    let (silent, _agent) = tools(Arc::new(Always(Some(0), "", "")));
    assert!(silent.resource_get("x").await.is_err());
    assert!(silent.secret_add_for_unit(&content(), &SecretDetails::default()).await.is_err());
}

#[test]
fn nothing_secret_shows_in_debug() {
    let call = Call { tool: "t", arguments: &["hunter2"], input: Some(b"hunter2"), deadline: Duration::ZERO };
    let output = Output { code: Some(1), stdout: b"hunter2".to_vec(), stderr: b"hunter2".to_vec() };
    insta::assert_snapshot!(format!("{call:?} {output:?}"), @r#"Call { tool: "t", .. } Output { code: Some(1), .. }"#);
}
