use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;
use crate::juju::environment::Variables;
use crate::juju::event::ActionEvent;
use crate::juju::names::ActionName;
use crate::juju::tools::{Call, Output, RunTool, Running};
use crate::observed::OwnBags;

/// How long each tool takes here; the clock is stopped and only jumps.
const TOOL: Duration = Duration::from_secs(1);
/// What ends in the secret, one after the other.
const CHAIN: [&str; 3] =
    ["relation-ids redis-peers", "relation-get redis-peers:0 app", "secret-get secret:9m4e2mr0ui3e8a215n4g"];

/// The relations of each are asked for aside.
const ENDPOINTS: [&str; 6] = ["redis", "a", "b", "c", "d", "e"];

/// A Juju with one unit, its leader, and three relations of endpoint `redis`.
struct Juju {
    begun: Instant,
    /// What is refused, with which words.
    refused: Vec<(&'static str, &'static str)>,
    /// The goal state, where it is not the usual one.
    goal: Option<String>,
    /// Each call with the times at which it began and ended.
    calls: Mutex<Vec<(String, Duration, Duration)>>,
}

impl Juju {
    /// Its unit does not lead.
    fn new(refused: (&'static str, &'static str)) -> Arc<Self> {
        let not_leader = ("--application", "ERROR finding application status: this unit is not the leader\n");
        Self::refusing(vec![not_leader, refused])
    }

    fn refusing(refused: Vec<(&'static str, &'static str)>) -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), refused, goal: None, calls: Mutex::default() })
    }

    /// The tools that were run, but for those of the way to the secret.
    fn run(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        let mut run: Vec<String> = calls.iter().map(|(name, ..)| name.trim().to_owned()).collect();
        run.retain(|call| !CHAIN.contains(&call.as_str()));
        run.sort_unstable();
        run
    }

    /// The times of such calls.
    fn times(&self, call: &str) -> Vec<(Duration, Duration)> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(name, ..)| name.trim() == call).map(|(_, from, to)| (*from, *to)).collect()
    }
}

impl RunTool for Juju {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        let words: Vec<&str> = call.arguments.iter().filter(|word| !word.starts_with('-')).copied().collect();
        let name = format!("{} {}", call.tool, words.join(" "));
        Box::pin(async move {
            let from = self.begun.elapsed();
            sleep(TOOL).await;
            let whole = format!("{name} {}", call.arguments.join(" "));
            let refused = self.refused.iter().find(|(refused, _)| whole.contains(refused));
            let goal = self.goal.as_deref().filter(|_| name.starts_with("goal-state"));
            let (code, stdout, stderr) = refused.map_or_else(
                || (0, goal.unwrap_or_else(|| answer(&name)), ""),
                |(_, complaint)| (1, "", *complaint),
            );
            self.calls.lock().unwrap().push((name, from, self.begun.elapsed()));
            Ok(Output { code: Some(code), stdout: stdout.into(), stderr: stderr.into() })
        })
    }
}

fn answer(call: &str) -> &'static str {
    let answers = [
        (
            "goal-state",
            r#"{"units":{"app/0":{"status":"active"}},"relations":{"e":{"db":{"status":"joined"}}}}"#,
        ),
        (
            "status-get",
            r#"{"status":"active","message":"up",
            "application-status":{"status":"active","units":{"app/0":{"status":"active","message":"up"}}}}"#,
        ),
        ("relation-ids redis-peers", r#"["redis-peers:0"]"#),
        ("relation-ids redis", r#"["redis:1","redis:2","redis:3"]"#),
        ("relation-ids db", r#"["db:4"]"#),
        ("relation-ids", "[]"),
        ("relation-get redis-peers:0", r#"{"secret":"secret:9m4e2mr0ui3e8a215n4g"}"#),
        ("relation-list db:4", r#""postgresql""#),
        (
            "relation-get db:4 postgresql",
            r#"{"secret-user":"secret://0c9c5bd2-5f5c-4b9e-8a4c-1f1d7d0d9a11/9m4e2mr0ui3e8a215n5g"}"#,
        ),
        ("opened-ports", r#"["8000/tcp"]"#),
        ("action-get", r#"{"username":"ann"}"#),
        ("network-get", r#"{"bind-addresses":[{"addresses":[{"value":"10.1.0.5"}]}]}"#),
    ];
    answers.iter().find(|(beginning, _)| call.starts_with(beginning)).map_or("{}", |(_, answer)| answer)
}

fn endpoint(name: &str) -> EndpointName {
    EndpointName::parse(name).unwrap()
}

async fn look(juju: &Arc<Juju>, role: Role) -> Result<Observed, ToolError> {
    let wants = Wants {
        peer: Some(endpoint("redis-peers")),
        secret_key: Some("secret"),
        endpoints: ENDPOINTS
            .map(|name| EndpointWant {
                endpoint: endpoint(name),
                role,
                own: OwnBags::Always,
                address: true,
                reads_units: false,
                reads_application: false,
            })
            .into(),
        ..Wants::default()
    };
    look_for(juju, Event::Start, wants).await
}

async fn look_for(juju: &Arc<Juju>, event: Event, wants: Wants) -> Result<Observed, ToolError> {
    look_while_joining(juju, event, wants, BTreeMap::new()).await
}

async fn look_while_joining(
    juju: &Arc<Juju>,
    event: Event,
    wants: Wants,
    joining: BTreeMap<RelationId, ApplicationName>,
) -> Result<Observed, ToolError> {
    let variables = [
        ("JUJU_CONTEXT_ID", "app/0-start-1"),
        ("JUJU_UNIT_NAME", "app/0"),
        ("JUJU_MODEL_NAME", "dev"),
        ("JUJU_MODEL_UUID", "5e0a"),
        ("JUJU_VERSION", "3.6.9"),
        ("JUJU_CHARM_DIR", "/charm"),
    ];
    let variables: Variables =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let given = Given {
        context: HookContext::parse(&variables).unwrap(),
        event,
        charm_name: "app".to_owned(),
        hosts_file: String::new(),
        fresh: Secret::new(""),
        joining,
        may_lead: true,
    };
    let tools = HookTools::new(juju.clone(), Path::new("/charm"), Duration::from_mins(1));
    let named = |_: &Config, relations: &Relations| {
        let said =
            relations.values().flatten().filter_map(|relation| relation.application.get("secret-user"));
        said.map(|uri| (SecretId::parse(uri).unwrap(), uri.clone())).collect()
    };
    Ok(read(given, &wants, &tools, &Pebbles::new(), named, async |_| ()).await?.0)
}

#[tokio::test(start_paused = true)]
async fn the_way_to_the_secret_is_clear_and_what_does_not_lead_there_shares_the_lanes() {
    let juju = Juju::refusing(Vec::new());
    let observed = look(&juju, Role::Provider).await.unwrap();
    assert!(matches!(observed.secret, SecretState::Known(_)), "{:?}", observed.secret);
    for (place, call) in (0..).zip(CHAIN) {
        assert_eq!(juju.times(call), [(TOOL * place, TOOL * (place + 1))], "{call}");
    }
    let aside = ["status-get", "config-get", "goal-state"].map(str::to_owned).into_iter();
    let aside = aside.chain(ENDPOINTS.iter().map(|endpoint| format!("relation-ids {endpoint}")));
    let mut begun: Vec<_> = aside.map(|call| juju.times(&call)[0].0.as_secs()).collect();
    begun.sort_unstable();
    // With the secret the workload begins to look at its servers.
    assert_eq!(begun, [0, 1, 2, 3, 3, 3, 4, 4, 4]);
}

/// Has one of three relations refuse to be read; tells which are left.
async fn left_of_three(complaint: &'static str) -> Result<Vec<String>, String> {
    let observed =
        look(&Juju::new(("redis:2", complaint)), Role::Provider).await.map_err(|error| error.to_string())?;
    let relations = &observed.relations[&endpoint("redis")];
    assert!(relations.iter().all(|relation| relation.address.as_deref() == Some("10.1.0.5")));
    Ok(relations.iter().map(|relation| relation.id.to_string()).collect())
}

#[tokio::test(start_paused = true)]
async fn a_relation_that_goes_while_it_is_read_is_left_out_and_all_else_is_read() {
    for gone in ["ERROR relation 2 not found (not found)\n", "ERROR permission denied\n"] {
        let left = left_of_three(gone).await.unwrap();
        assert_eq!(left, ["redis:1", "redis:3"], "{gone}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_relation_that_cannot_be_read_for_another_reason_fails_the_read() {
    let failed = left_of_three("ERROR connection is shut down\n").await.unwrap_err();
    assert!(failed.ends_with("failed with exit code 1: connection is shut down"), "{failed}");
}

#[tokio::test(start_paused = true)]
async fn only_those_endpoints_are_asked_for_that_may_have_relations() {
    let run = async |role| {
        let juju = Juju::refusing(Vec::new());
        drop(look(&juju, role).await.unwrap());
        juju.run().into_iter().filter(|call| call.starts_with("relation-ids")).collect::<Vec<_>>()
    };
    // The goal state hides who consumes an offer.
    assert_eq!(run(Role::Provider).await.len(), ENDPOINTS.len());
    assert_eq!(run(Role::Requirer).await, ["relation-ids e"]);
}

#[tokio::test(start_paused = true)]
async fn one_call_tells_whether_a_unit_leads_and_what_is_shown_of_it_and_of_the_application() {
    let calls = async |juju: Arc<Juju>| {
        let observed = look(&juju, Role::Requirer).await.unwrap();
        assert_eq!(observed.shown_unit_status.message, "up");
        assert_eq!(observed.shown_application_status.is_some(), observed.is_leader);
        let run = juju.run();
        let status = run.into_iter().filter(|call| matches!(call.as_str(), "status-get" | "is-leader"));
        (observed.is_leader, status.collect::<Vec<_>>())
    };
    assert_eq!(calls(Juju::refusing(Vec::new())).await, (true, vec!["status-get".to_owned()]));
    assert_eq!(calls(Juju::new(("nothing", ""))).await, (false, vec!["status-get".to_owned(); 2]));
}

/// A Juju whose goal state names the other side of a database's endpoint so.
fn juju_with_database(other: &str) -> Arc<Juju> {
    let goal = format!(r#"{{"units":{{}},"relations":{{"db":{{{other}}}}}}}"#);
    let juju = Juju::refusing(Vec::new());
    Arc::new(Juju { goal: Some(goal), ..Arc::into_inner(juju).unwrap() })
}

/// What is read for an action of an application that requires a database.
async fn with_database(other: &'static str) -> (Observed, Vec<String>) {
    let juju = juju_with_database(other);
    let wants = Wants { opened_ports: true, ..wants_database() };
    let action = ActionEvent { name: ActionName::parse("create-superuser").unwrap(), task: "1".to_owned() };
    let observed = look_for(&juju, Event::Action(action), wants).await.unwrap();
    let run = juju.run();
    (observed, run)
}

fn wants_database() -> Wants {
    let database = EndpointWant {
        endpoint: endpoint("db"),
        role: Role::Requirer,
        own: OwnBags::UntilAnswered,
        address: false,
        reads_units: false,
        reads_application: true,
    };
    Wants { endpoints: vec![database], ..Wants::default() }
}

#[tokio::test(start_paused = true)]
async fn the_other_sides_bag_its_secrets_the_ports_and_the_parameters_are_read() {
    let (observed, run) =
        with_database(r#""postgresql":{"status":"joined"},"postgresql/0":{"status":"active"}"#).await;
    let relation = &observed.relations[&endpoint("db")][0];
    assert!(relation.application.contains_key("secret-user"), "{:?}", relation.application);
    let states: Vec<_> = observed.secrets.iter().map(|(id, state)| (id.to_uri(), state)).collect();
    assert!(
        matches!(&states[..], [(id, SecretState::Known(_))] if id == "secret:9m4e2mr0ui3e8a215n5g"),
        "{states:?}"
    );
    // A secret of another model is asked for by that model's name.
    assert!(run.iter().any(|call| call.starts_with("secret-get secret://0c9c5bd2")), "{run:?}");
    assert_eq!(observed.opened_ports, [PortRange::tcp(8000)]);
    assert_eq!(observed.parameters["username"], "ann");
    assert!(!run.iter().any(|call| call.starts_with("relation-list")), "the goal state has told: {run:?}");
    assert!(
        !run.iter().any(|call| call.starts_with("relation-get db:4 app")),
        "it has been answered: {run:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_offer_is_in_another_model() {
    for (other, expected) in [
        (r#""ctl:ann/dbs.postgresql":{"status":"joined"}"#, true),
        (r#""postgresql":{"status":"joined"}"#, false),
    ] {
        let (observed, _) = with_database(other).await;
        assert_eq!(observed.relations[&endpoint("db")][0].in_other_model, expected, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_no_bag_names_is_looked_for_by_its_label() {
    let wants = || Wants {
        peer: Some(endpoint("redis-peers")),
        secret_key: Some("not-named"),
        secret_label: Some("app-secret-key"),
        ..Wants::default()
    };
    let juju = Juju::refusing(Vec::new());
    let observed = look_for(&juju, Event::Start, wants()).await.unwrap();
    assert!(matches!(observed.secret, SecretState::Known(_)), "{:?}", observed.secret);
    let juju =
        Juju::refusing(vec![("app-secret-key", "ERROR secret with label \"app-secret-key\" not found\n")]);
    assert_eq!(look_for(&juju, Event::Start, wants()).await.unwrap().secret, SecretState::Unnamed);
}

#[tokio::test(start_paused = true)]
async fn a_new_relation_to_a_unit_that_is_up_is_joining() {
    let up = r#""postgresql":{"status":"joining"},"postgresql/0":{"status":"active"}"#;
    let down = r#""postgresql":{"status":"joining"},"postgresql/0":{"status":"waiting"}"#;
    let elsewhere = r#""ctl:ann/dbs.postgresql":{"status":"joined"}"#;
    for (other, relation, expected) in
        [(up, "db:4", true), (up, "db:5", false), (down, "db:4", false), (elsewhere, "db:4", false)]
    {
        let other_side = ApplicationName::parse("postgresql").unwrap();
        let joining = BTreeMap::from([(RelationId::parse(relation).unwrap(), other_side)]);
        let juju = juju_with_database(other);
        let observed = look_while_joining(&juju, Event::Start, wants_database(), joining).await.unwrap();
        let expected: &[EndpointName] = if expected { &[endpoint("db")] } else { &[] };
        assert_eq!(observed.joining, expected, "{other} {relation}");
    }
}

#[tokio::test(start_paused = true)]
async fn juju_is_asked_who_is_on_the_other_side_where_the_goal_state_does_not_tell() {
    for other in [
        r#""ctl:ann/dbs.postgresql":{"status":"joined"}"#,
        r#""a":{"status":"joined"},"b":{"status":"joined"}"#,
    ] {
        let (observed, run) = with_database(other).await;
        assert!(run.contains(&"relation-list db:4".to_owned()), "{other}: {run:?}");
        assert!(!observed.relations[&endpoint("db")][0].application.is_empty(), "{other}");
    }
}
