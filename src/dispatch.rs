//! One hook: from Juju's environment to an exit code. It knows which workload gets the pass, and nothing of any.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::juju::environment::{EnvironmentError, HookContext};
use crate::juju::event::Event;
use crate::juju::metadata::Metadata;
use crate::juju::status::Status;
use crate::juju::tools::process::Processes;
use crate::juju::tools::{HookTools, ToolError};
use crate::observed::read::{Given, Pebbles};
use crate::pebble::Client;
use crate::program;
use crate::reconcile::{self, Outcome, Workload};
use crate::redis::workload::Redis;
use crate::telemetry::{DebugLines, Telemetry};
use crate::tenant::Tenant;

/// How long one hook tool may take: Juju's own calls to its controller may be slow, and are retried by itself.
const TOOL: Duration = Duration::from_mins(1);
/// How long one call to a Pebble may take.
const PEBBLE: Duration = Duration::from_secs(10);

/// Why there is no hook to run.
#[derive(Debug, thiserror::Error)]
#[error("this program is a charm: Juju starts it")]
pub struct NotInHook(#[source] EnvironmentError);

/// Runs the hook that the environment tells of.
///
/// # Errors
/// When the environment is not a hook's.
pub async fn run(
    variables: &BTreeMap<String, String>,
    program: &str,
    random: impl FnMut() -> u8,
) -> Result<ExitCode, NotInHook> {
    let context = match HookContext::parse(variables) {
        Ok(context) => context,
        Err(error @ EnvironmentError::NotInHook) => return Err(NotInHook(error)),
        Err(error) => return Ok(misunderstood(variables, &error).await),
    };
    // `juju exec` runs commands, not the charm; whoever starts it by hand there gets a pass.
    let event = Event::parse(variables, program).unwrap_or(Event::UpdateStatus);
    let processes = Arc::new(Processes::new(&context.path));
    let tools = HookTools::new(processes.clone(), &context.charm_dir, TOOL);
    let must_exit_zero = event.must_exit_zero();
    // Also of a command (`juju exec`), which runs as an action: what it prints becomes part of the result.
    let in_action = context.task.is_some();
    let telemetry = Telemetry::start(if in_action { DebugLines::Dropped } else { DebugLines::Printed });
    let outcome = pass(context, event, &tools, random).await;
    tracing::debug!(processes = processes.processes_started(), "hook tools started");
    let code = match outcome {
        Outcome::Done => ExitCode::SUCCESS,
        Outcome::Retry(error) => {
            tracing::error!(error = reconcile::chain(&error), "Juju did not do its part");
            if must_exit_zero {
                // Juju would repeat it without end, or lose it; so the operator is told.
                let problem = format!("the last hook was cut short: {}", reconcile::chain(&error));
                let _told = blocked(&tools, &problem).await;
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
    };
    telemetry.flush(&tools).await;
    Ok(code)
}

/// In a hook whose environment cannot be read. To fail it would help nobody, and Juju repeats some hooks without end.
async fn misunderstood(variables: &BTreeMap<String, String>, error: &EnvironmentError) -> ExitCode {
    let get = |name: &str| variables.get(name).map_or("", String::as_str);
    let processes = Arc::new(Processes::new(get("PATH")));
    let tools = HookTools::new(processes, Path::new(get("JUJU_CHARM_DIR")), TOOL);
    let _told = blocked(&tools, &reconcile::chain(error)).await;
    ExitCode::SUCCESS
}

async fn pass(context: HookContext, event: Event, tools: &HookTools, random: impl FnMut() -> u8) -> Outcome {
    let (metadata, tenant) = match identify(&context.charm_dir) {
        Ok(found) => found,
        Err(problem) => return blocked(tools, &problem).await,
    };
    let pebbles = pebbles(&metadata);
    let hosts_file = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let given = Given { context, event, charm_name: metadata.name.to_string(), hosts_file };
    match tenant {
        Tenant::Redis => match Redis::new(program::build()) {
            Ok(redis) => run_pass(&redis, given, tools, &pebbles, random).await,
            Err(error) => blocked(tools, &error.to_string()).await,
        },
    }
}

async fn run_pass<W: Workload>(
    workload: &W,
    given: Given,
    tools: &HookTools,
    pebbles: &Pebbles,
    mut random: impl FnMut() -> u8,
) -> Outcome {
    reconcile::run(workload, given, tools, pebbles, &mut random).await
}

/// Which charm this is: its metadata, and the workload in it. Nothing else is under way yet that reading could hold up.
fn identify(charm_dir: &Path) -> Result<(Metadata, Tenant), String> {
    let text = std::fs::read_to_string(charm_dir.join("metadata.yaml"));
    let text = text.map_err(|error| format!("metadata.yaml: {error}"))?;
    let metadata = Metadata::parse(&text).map_err(|error| reconcile::chain(&error))?;
    let file = std::fs::read_to_string(charm_dir.join("sidecharm.yaml")).ok();
    let tenant = Tenant::find(file.as_deref(), &metadata).map_err(|error| error.to_string())?;
    Ok((metadata, tenant))
}

/// Juju puts each container's socket where the charm container sees it.
fn pebbles(metadata: &Metadata) -> Pebbles {
    let client = |name: &crate::juju::names::ContainerName| {
        Client::new(format!("/charm/containers/{name}/pebble.socket")).with_deadline(PEBBLE)
    };
    metadata.containers.keys().map(|name| (name.clone(), client(name))).collect()
}

async fn blocked(tools: &HookTools, problem: &str) -> Outcome {
    let shown: Result<(), ToolError> = tools.status_set(&Status::blocked(problem)).await;
    shown.map_or_else(Outcome::Retry, |()| Outcome::Done)
}
