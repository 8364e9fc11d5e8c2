use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;
use crate::juju::environment::Variables;
use crate::juju::tools::{Call, Output, RunTool, Running};

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
    refused: (&'static str, &'static str),
    /// Each call with the times at which it began and ended.
    calls: Mutex<Vec<(String, Duration, Duration)>>,
}

impl Juju {
    fn new(refused: (&'static str, &'static str)) -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), refused, calls: Mutex::default() })
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
            let (refused, complaint) = self.refused;
            let (code, stdout, stderr) =
                if name.contains(refused) { (1, "", complaint) } else { (0, answer(&name), "") };
            self.calls.lock().unwrap().push((name, from, self.begun.elapsed()));
            Ok(Output { code: Some(code), stdout: stdout.into(), stderr: stderr.into() })
        })
    }
}

fn answer(call: &str) -> &'static str {
    let answers = [
        ("is-leader", "false"),
        ("goal-state", r#"{"units":{"app/0":{"status":"active"}}}"#),
        ("status-get", r#"{"status":"active"}"#),
        ("relation-ids redis-peers", r#"["redis-peers:0"]"#),
        ("relation-ids redis", r#"["redis:1","redis:2","redis:3"]"#),
        ("relation-ids", "[]"),
        ("relation-get redis-peers:0", r#"{"secret":"secret:9m4e2mr0ui3e8a215n4g"}"#),
        ("network-get", r#"{"bind-addresses":[{"addresses":[{"value":"10.1.0.5"}]}]}"#),
    ];
    answers.iter().find(|(beginning, _)| call.starts_with(beginning)).map_or("{}", |(_, answer)| answer)
}

fn endpoint(name: &str) -> EndpointName {
    EndpointName::parse(name).unwrap()
}

async fn look(juju: &Arc<Juju>) -> Result<Observed, ToolError> {
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
        event: Event::Start,
        charm_name: "app".to_owned(),
        hosts_file: String::new(),
    };
    let wants = Wants {
        peer: Some(endpoint("redis-peers")),
        secret_key: Some("secret"),
        endpoints: ENDPOINTS
            .map(|name| EndpointWant { endpoint: endpoint(name), publishes: true, reads_units: false })
            .into(),
        containers: Vec::new(),
    };
    let tools = HookTools::new(juju.clone(), Path::new("/charm"), Duration::from_mins(1));
    Ok(read(given, &wants, &tools, &Pebbles::new(), async |_| ()).await?.0)
}

#[tokio::test(start_paused = true)]
async fn the_way_to_the_secret_is_clear_and_what_does_not_lead_there_shares_the_lanes() {
    let juju = Juju::new(("nothing", ""));
    let observed = look(&juju).await.unwrap();
    assert!(matches!(observed.secret, SecretState::Known(_)), "{:?}", observed.secret);
    for (place, call) in (0..).zip(CHAIN) {
        assert_eq!(juju.times(call), [(TOOL * place, TOOL * (place + 1))], "{call}");
    }
    let aside = ["is-leader", "config-get", "goal-state"].map(str::to_owned).into_iter();
    let aside = aside.chain(ENDPOINTS.iter().map(|endpoint| format!("relation-ids {endpoint}")));
    let mut begun: Vec<_> = aside.map(|call| juju.times(&call)[0].0.as_secs()).collect();
    begun.sort_unstable();
    // With the secret the workload begins to look at its servers.
    assert_eq!(begun, [0, 1, 2, 3, 3, 3, 4, 4, 4]);
}

/// Has one of three relations refuse to be read; tells which are left.
async fn left_of_three(complaint: &'static str) -> Result<Vec<String>, String> {
    let observed = look(&Juju::new(("redis:2", complaint))).await.map_err(|error| error.to_string())?;
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
