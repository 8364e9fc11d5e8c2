use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::*;
use crate::juju::event::{PebbleEvent, PebbleKind, RelationEvent};
use crate::juju::names::{ContainerName, EndpointName, SecretId, UnitName};
use crate::juju::tools::{Bag, HookTools, Revision, Scope, SecretKey};
use crate::juju::wire::PortRange;

const BUILD: &str = "5a1e";
const SECRET: &str = "secret:9m4e2mr0ui3e8a215n4g";

/// Notes which tools run; whatever is asked holds `hunter2`.
#[derive(Default)]
struct Juju {
    ran: Mutex<Vec<String>>,
    refuses: bool,
}

impl RunTool for Juju {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        self.ran.lock().unwrap().push(call.tool.to_owned());
        let stdout = match call.tool {
            "relation-ids" => r#"["db:1","db:2"]"#,
            "relation-list" | "opened-ports" => "[]",
            "goal-state" => r#"{"units":{},"relations":{}}"#,
            "network-get" => r#"{"bind-addresses":[],"ingress-addresses":[]}"#,
            _ => r#"{"password":"hunter2"}"#,
        };
        let code = Some(i32::from(self.refuses));
        Box::pin(async move { Ok(Output { code, stdout: stdout.into(), stderr: Vec::new() }) })
    }
}

struct Agent {
    folder: tempfile::TempDir,
}

impl Agent {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(FILE)
    }

    /// One hook: what it does, and which tools it started. It ends well, and leaves what it knew.
    async fn hook(&self, event: &Event, does: impl AsyncFn(&HookTools)) -> Vec<String> {
        let (memory, ran) = self.begin(event, does).await;
        memory.keep(true).unwrap();
        ran
    }

    /// One hook up to where it would end.
    async fn begin(&self, event: &Event, does: impl AsyncFn(&HookTools)) -> (Arc<Memory>, Vec<String>) {
        let juju = Arc::new(Juju::default());
        let charm = self.folder.path().join("charm");
        let memory = Arc::new(Memory::take(juju.clone(), &charm, BUILD));
        memory.hear(event, true);
        does(&HookTools::new(memory.clone(), &charm, Duration::from_secs(5))).await;
        let ran = juju.ran.lock().unwrap().clone();
        (memory, ran)
    }
}

fn relation(kind: RelationKind, id: &str) -> Event {
    Event::Relation(RelationEvent {
        kind,
        relation: RelationId::parse(id).unwrap(),
        remote_application: None,
        remote_unit: None,
        departing_unit: None,
    })
}

fn ready() -> Event {
    let container = ContainerName::parse("app").unwrap();
    Event::Pebble(PebbleEvent { container, kind: PebbleKind::Ready })
}

/// All that a pass may ask.
async fn ask_all(tools: &HookTools) {
    let unit = UnitName::parse("db/0").unwrap();
    tools.config_get().await.unwrap();
    tools.goal_state().await.unwrap();
    tools.opened_ports().await.unwrap();
    tools.relation_ids(&EndpointName::parse("db").unwrap()).await.unwrap();
    for id in ["db:1", "db:2"] {
        let id = RelationId::parse(id).unwrap();
        tools.relation_list(&id).await.unwrap();
        let bag = tools.relation_get(&id, Bag::Unit(&unit)).await.unwrap();
        assert_eq!(bag["password"], "hunter2");
    }
    let one = RelationId::parse("db:1").unwrap();
    tools.network_get("db", Some(&one)).await.unwrap();
    let secret = tools.secret_get(SecretKey::Uri(SECRET), Revision::Refresh).await.unwrap();
    assert_eq!(secret["password"].expose(), "hunter2");
}

const ALL: [&str; 10] = [
    "config-get",
    "goal-state",
    "opened-ports",
    "relation-ids",
    "relation-list",
    "relation-get",
    "relation-list",
    "relation-get",
    "network-get",
    "secret-get",
];

#[tokio::test]
async fn a_hook_that_tells_of_one_relation_asks_for_that_one_and_for_what_nothing_announces() {
    let agent = Agent::new();
    assert_eq!(agent.hook(&Event::ConfigChanged, ask_all).await, ALL);
    for kind in [RelationKind::Joined, RelationKind::Changed, RelationKind::Departed] {
        let ran = agent.hook(&relation(kind, "db:2"), ask_all).await;
        assert_eq!(ran, ["goal-state", "relation-list", "relation-get"], "{kind:?}");
    }
    for kind in [RelationKind::Created, RelationKind::Broken] {
        let ran = agent.hook(&relation(kind, "db:2"), ask_all).await;
        assert_eq!(ran, ["goal-state", "relation-ids", "relation-list", "relation-get"], "{kind:?}");
    }
    // What -broken lists may be gone.
    assert_eq!(
        agent.hook(&Event::ConfigChanged, ask_all).await,
        ["config-get", "goal-state", "relation-ids", "network-get"]
    );
    assert_eq!(agent.hook(&ready(), ask_all).await, ["goal-state"]);
}

#[tokio::test]
async fn any_other_hook_asks_everything() {
    let agent = Agent::new();
    for event in [Event::Install, Event::UpdateStatus, Event::LeaderElected, Event::UpgradeCharm] {
        assert_eq!(agent.hook(&event, ask_all).await, ALL, "{event}");
    }
}

#[tokio::test]
async fn what_a_hook_has_written_the_next_asks_for() {
    let agent = Agent::new();
    let one = RelationId::parse("db:1").unwrap();
    agent
        .hook(&Event::ConfigChanged, async |tools| {
            ask_all(tools).await;
            let bag = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
            tools.relation_set(&one, Scope::Unit, &bag).await.unwrap();
            tools.open_port(PortRange::tcp(80)).await.unwrap();
            tools.secret_remove(&SecretId::parse(SECRET).unwrap()).await.unwrap();
            // Juju may yet refuse what was written: how it reads now is not for the next hook.
            ask_all(tools).await;
        })
        .await;
    let ran = agent.hook(&ready(), ask_all).await;
    assert_eq!(
        ran,
        ["goal-state", "opened-ports", "relation-list", "relation-get", "network-get", "secret-get"]
    );
}

#[tokio::test]
async fn a_hook_that_does_not_end_well_leaves_nothing() {
    let agent = Agent::new();
    agent.hook(&Event::ConfigChanged, ask_all).await;
    let (killed, _) = agent.begin(&relation(RelationKind::Changed, "db:1"), ask_all).await;
    drop(killed);
    assert_eq!(agent.hook(&relation(RelationKind::Changed, "db:2"), ask_all).await, ALL);
}

#[tokio::test]
async fn what_juju_refused_is_asked_again() {
    let agent = Agent::new();
    let charm = agent.folder.path().join("charm");
    let memory = Arc::new(Memory::take(Arc::new(Juju { refuses: true, ..Juju::default() }), &charm, BUILD));
    let tools = HookTools::new(memory.clone(), &charm, Duration::from_secs(5));
    assert!(tools.secret_get(SecretKey::Uri(SECRET), Revision::Refresh).await.is_err());
    memory.keep(true).unwrap();
    assert_eq!(agent.hook(&relation(RelationKind::Changed, "db:3"), ask_all).await, ALL);
}

/// What a hook with this build finds, after one that asked for the relations and ended so.
async fn after(agent: &Agent, build: &str, settled: bool, read: &str) -> Memory {
    let charm = agent.folder.path().join("charm");
    let take = |build: &str| Memory::take(Arc::new(Juju::default()), &charm, build);
    let memory = Arc::new(take(build));
    let tools = HookTools::new(memory.clone(), &charm, Duration::from_secs(5));
    tools.relation_ids(&EndpointName::parse("db").unwrap()).await.unwrap();
    memory.keep(settled).unwrap();
    take(read)
}

#[tokio::test]
async fn a_pass_is_left_out_where_the_last_found_nothing_to_do_and_the_event_tells_nothing() {
    let agent = Agent::new();
    let charm = agent.folder.path().join("charm");
    let joined = relation(RelationKind::Joined, "db:1");
    let unfilled = || Memory::take(Arc::new(Juju::default()), &charm, BUILD);
    assert!(unfilled().hear(&joined, false), "there is nothing to go by");
    for (stored, settled, read, is_read, expected) in [
        (BUILD, true, BUILD, false, false),
        (BUILD, true, BUILD, true, true),
        (BUILD, false, BUILD, false, true),
        ("0000", true, BUILD, false, true),
    ] {
        let memory = after(&agent, stored, settled, read).await;
        assert_eq!(memory.hear(&joined, is_read), expected, "{stored} {settled} {is_read}");
        assert!(!agent.file().exists());
    }
    std::fs::write(agent.file(), "{").unwrap();
    assert!(unfilled().hear(&joined, false));
    assert!(!agent.file().exists());
}

#[tokio::test]
async fn a_relation_that_was_not_listed_is_news_whatever_the_event() {
    let agent = Agent::new();
    // One that was suspended comes back without a -created.
    let memory = after(&agent, BUILD, true, BUILD).await;
    assert!(memory.hear(&relation(RelationKind::Joined, "db:3"), false));
    let memory = after(&agent, BUILD, true, BUILD).await;
    assert!(!memory.hear(&relation(RelationKind::Joined, "db:2"), false));
    agent.hook(&Event::ConfigChanged, ask_all).await;
    let ran = agent.hook(&relation(RelationKind::Joined, "db:3"), ask_all).await;
    assert_eq!(ran, ["goal-state", "relation-ids"]);
}

#[tokio::test]
async fn a_unit_that_did_not_lead_waits_for_its_leader_elected() {
    let agent = Agent::new();
    let may_lead = async |event: &Event, leads: bool| {
        let charm = agent.folder.path().join("charm");
        let juju = Arc::new(Juju { refuses: !leads, ..Juju::default() });
        let memory = Arc::new(Memory::take(juju, &charm, BUILD));
        assert!(memory.hear(event, true));
        let tools = HookTools::new(memory.clone(), &charm, Duration::from_secs(5));
        // Only that it was asked counts; and something is kept.
        drop(tools.application_status_get().await);
        let text = ("config-get --format=json".to_owned(), Secret::new("{}"));
        memory.kept().answers.entry(CONFIG.to_owned()).or_default().extend([text]);
        memory.keep(true).unwrap();
        memory.may_lead()
    };
    let changed = relation(RelationKind::Changed, "db:1");
    assert!(may_lead(&Event::Install, false).await, "all is asked anew");
    assert!(!may_lead(&changed, true).await, "what is kept was read by a unit that does not lead");
    assert!(!may_lead(&changed, true).await, "and still is");
    assert!(may_lead(&Event::LeaderElected, true).await);
    assert!(may_lead(&changed, true).await);
}

#[tokio::test]
async fn a_hook_that_is_over_at_once_leaves_the_lead_as_it_was() {
    let agent = Agent::new();
    agent
        .hook(&Event::LeaderElected, async |tools| {
            ask_all(tools).await;
            drop(tools.application_status_get().await);
        })
        .await;
    let charm = agent.folder.path().join("charm");
    let take = || Memory::take(Arc::new(Juju::default()), &charm, BUILD);
    let over = take();
    assert!(!over.hear(&relation(RelationKind::Joined, "db:1"), false));
    over.keep(true).unwrap();
    let next = take();
    assert!(next.hear(&relation(RelationKind::Changed, "db:1"), true) && next.may_lead());
}

#[tokio::test]
async fn a_relation_is_joining_from_its_first_hook_until_a_unit_of_the_other_side_was_met() {
    let agent = Agent::new();
    let of = |kind: RelationKind, id: &str, unit: Option<&str>| {
        let Event::Relation(event) = relation(kind, id) else { unreachable!() };
        let remote_unit = unit.map(|unit| UnitName::parse(unit).unwrap());
        let remote_application = ApplicationName::parse("x").ok();
        Event::Relation(RelationEvent { remote_application, remote_unit, ..event })
    };
    let steps = [
        (of(RelationKind::Created, "db:1", None), true, true, &["db:1"][..]),
        (of(RelationKind::Created, "db:2", None), true, true, &["db:1", "db:2"]),
        (Event::ConfigChanged, true, true, &["db:1", "db:2"]),
        (of(RelationKind::Joined, "db:1", Some("x/0")), false, false, &["db:1", "db:2"]),
        (of(RelationKind::Changed, "db:1", None), false, false, &["db:1", "db:2"]),
        // Nothing that is read; but it was waited for.
        (of(RelationKind::Changed, "db:1", Some("x/0")), false, true, &["db:2"]),
        (of(RelationKind::Changed, "db:1", Some("x/1")), false, false, &["db:2"]),
        (of(RelationKind::Broken, "db:2", None), true, true, &[]),
        (of(RelationKind::Created, "db:2", None), true, true, &["db:2"]),
        (Event::UpdateStatus, true, true, &[]),
    ];
    for (event, is_read, has_pass, joining) in steps {
        let memory = after(&agent, BUILD, true, BUILD).await;
        assert_eq!(memory.hear(&event, is_read), has_pass, "{event:?}");
        let now: Vec<String> = memory.joining().keys().map(ToString::to_string).collect();
        assert_eq!(now, joining, "{event:?}");
        memory.keep(true).unwrap();
    }
}

#[tokio::test]
async fn only_its_owner_reads_the_file() {
    let agent = Agent::new();
    std::fs::write(agent.file().with_extension("new"), "of a killed hook").unwrap();
    agent.hook(&Event::ConfigChanged, ask_all).await;
    assert!(std::fs::read_to_string(agent.file()).unwrap().contains("hunter2"));
    assert_eq!(std::fs::metadata(agent.file()).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(std::fs::read_dir(agent.folder.path()).unwrap().count(), 1);
}
