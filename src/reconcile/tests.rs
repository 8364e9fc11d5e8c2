use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::effects::Effect;
use crate::juju::environment::{HookContext, Variables};
use crate::juju::event::ActionEvent;
use crate::juju::names::{ActionName, ContainerName};
use crate::juju::tools::{Call, Output, RunTool, Running};
use crate::secret::Secret;

/// Remembers what was run.
#[derive(Default)]
struct Juju(Mutex<Vec<String>>);

impl RunTool for Juju {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        self.0.lock().unwrap().push(format!("{} {}", call.tool, call.arguments.join(" ")));
        let stdout: &[u8] = match call.tool {
            "goal-state" => br#"{"units":{"app/0":{"status":"active"}}}"#,
            "status-get" => br#"{"status":"active","application-status":{"status":"active"}}"#,
            _ => b"{}",
        };
        Box::pin(async move { Ok(Output { code: Some(0), stdout: stdout.to_vec(), stderr: Vec::new() }) })
    }
}

struct Stubborn(ContainerName);

impl OwnEffect for Stubborn {
    fn container(&self) -> &ContainerName {
        &self.0
    }
}

/// A workload whose server takes a change, or does not.
struct Server {
    takes_it: bool,
}

impl Workload for Server {
    type Observed = ();
    type Effect = Stubborn;

    fn wants(&self) -> Wants {
        Wants::default()
    }

    async fn observe(&self, _basis: &Basis<'_>) {}

    fn decide(&self, _observed: &Observed, (): &()) -> Decision<Stubborn> {
        let results = Effect::ActionResults(BTreeMap::from([("result", Secret::new("done"))]));
        let change = Effect::Workload(Stubborn(ContainerName::parse("redis").unwrap()));
        Decision { effects: vec![change, results], ..Decision::nothing() }
    }

    async fn apply(
        &self,
        _observed: &Observed,
        _effect: &Stubborn,
    ) -> Result<(), Box<dyn std::error::Error>> {
        if self.takes_it { Ok(()) } else { Err("it refuses".into()) }
    }
}

/// Runs an action, and returns with which words it was failed.
async fn failed(takes_it: bool) -> Vec<String> {
    let variables = [
        ("JUJU_CONTEXT_ID", "app/0-act-1"),
        ("JUJU_UNIT_NAME", "app/0"),
        ("JUJU_MODEL_NAME", "dev"),
        ("JUJU_MODEL_UUID", "5e0a"),
        ("JUJU_VERSION", "3.6.9"),
        ("JUJU_CHARM_DIR", "/charm"),
    ];
    let variables: Variables =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let name = ActionName::parse("promote").unwrap();
    let given = Given {
        context: HookContext::parse(&variables).unwrap(),
        event: Event::Action(ActionEvent { name, task: "1".to_owned() }),
        charm_name: "app".to_owned(),
        hosts_file: String::new(),
        fresh: Secret::new(""),
        joining: BTreeMap::new(),
        may_lead: true,
    };
    let juju = Arc::new(Juju::default());
    let tools = HookTools::new(juju.clone(), Path::new("/charm"), Duration::from_mins(1));
    let outcome = run(&Server { takes_it }, given, &tools, &Pebbles::new(), &mut || 0).await;
    assert!(matches!(outcome, Outcome::Done), "{outcome:?}");
    let told = juju.0.lock().unwrap();
    told.iter().filter(|call| call.starts_with("action-fail")).cloned().collect()
}

#[tokio::test]
async fn an_action_whose_change_fails_is_a_failed_action() {
    assert_eq!(failed(true).await, [""; 0]);
    let told = failed(false).await;
    assert!(told.len() == 1 && told[0].contains("not done") && told[0].contains("it refuses"), "{told:?}");
}
