//! One hook: from Juju's environment to an exit code. It knows which workload gets the pass, and nothing of any.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::juju::environment::{EnvironmentError, HookContext};
use crate::juju::event::Event;
use crate::juju::metadata::{CharmFiles, ConfigSchema, Metadata, Sources};
use crate::juju::status::Status;
use crate::juju::tools::memory::Memory;
use crate::juju::tools::process::Processes;
use crate::juju::tools::{HookTools, ToolError};
use crate::observed::read::{Given, Pebbles};
use crate::pebble::Client;
use crate::program;
use crate::reconcile::{self, Outcome, Workload};
use crate::redis::workload::Redis;
use crate::secret::Secret;
use crate::telemetry::{DebugLines, Telemetry};
use crate::tenant::Tenant;
use crate::webapp::charm::{Charm, Texts};
use crate::webapp::observability::assets::FOLDER;
use crate::webapp::workload::WebApp;

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
    let memory = Arc::new(Memory::take(processes.clone(), &context.charm_dir, &program::build()));
    let tools = HookTools::new(memory.clone(), &context.charm_dir, TOOL);
    let must_exit_zero = event.must_exit_zero();
    // Also of a command (`juju exec`), which runs as an action: what it prints becomes part of the result.
    let in_action = context.task.is_some();
    let telemetry = Telemetry::start(if in_action { DebugLines::Dropped } else { DebugLines::Printed });
    let outcome = pass(context, event, &memory, &tools, random).await;
    tracing::debug!(processes = processes.processes_started(), "hook tools started");
    if matches!(outcome, Outcome::Settled | Outcome::Done)
        && let Err(error) = memory.keep(matches!(outcome, Outcome::Settled))
    {
        tracing::debug!(%error, "the next hook asks Juju everything");
    }
    let code = match outcome {
        Outcome::Settled | Outcome::Done | Outcome::Unread => ExitCode::SUCCESS,
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

async fn pass(
    context: HookContext,
    event: Event,
    memory: &Memory,
    tools: &HookTools,
    mut random: impl FnMut() -> u8,
) -> Outcome {
    let (metadata, schema, tenant) = match identify(&context.charm_dir) {
        Ok(found) => found,
        Err(problem) => return blocked(tools, &problem).await,
    };
    let pebbles = pebbles(&metadata);
    let hosts_file = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let fresh = Secret::generate(&mut random);
    let charm_dir = context.charm_dir.clone();
    let given = Given {
        context,
        event,
        charm_name: metadata.name.to_string(),
        hosts_file,
        fresh,
        joining: BTreeMap::new(),
        may_lead: true,
    };
    match tenant {
        Tenant::WebApp(profile) => {
            let charm = Charm::new(profile, metadata, schema, web_texts(&charm_dir), program::build());
            match WebApp::new(charm, pebbles.clone()) {
                Ok(app) => Box::pin(run_pass(&app, given, memory, tools, &pebbles, random)).await,
                Err(error) => blocked(tools, &error.to_string()).await,
            }
        }
        Tenant::Redis => match Redis::new(program::build()) {
            Ok(redis) => Box::pin(run_pass(&redis, given, memory, tools, &pebbles, random)).await,
            Err(error) => blocked(tools, &error.to_string()).await,
        },
    }
}

async fn run_pass<W: Workload>(
    workload: &W,
    given: Given,
    memory: &Memory,
    tools: &HookTools,
    pebbles: &Pebbles,
    mut random: impl FnMut() -> u8,
) -> Outcome {
    if !memory.hear(&given.event, workload.wants().hears(&given.event)) {
        tracing::debug!(event = %given.event, "nothing that is read has changed");
        return Outcome::Settled;
    }
    let given = Given { joining: memory.joining(), may_lead: memory.may_lead(), ..given };
    reconcile::run(workload, given, tools, pebbles, &mut random).await
}

/// Which charm this is: its metadata, and the workload in it. Nothing else is under way yet that reading could hold up.
fn identify(charm_dir: &Path) -> Result<(Metadata, ConfigSchema, Tenant), String> {
    let read = |name: &str| std::fs::read_to_string(charm_dir.join(name));
    let text = read("metadata.yaml").map_err(|error| format!("metadata.yaml: {error}"))?;
    let config = read("config.yaml").ok();
    let sources = Sources { metadata: Some(&text), config: config.as_deref(), ..Sources::default() };
    let files = CharmFiles::parse(&sources).map_err(|error| reconcile::chain(&error))?;
    let file = read("sidecharm.yaml").ok();
    let options: Vec<&str> = files.config.options.keys().map(String::as_str).collect();
    let tenant =
        Tenant::find(file.as_deref(), &files.metadata, &options).map_err(|error| error.to_string())?;
    Ok((files.metadata, files.config, tenant))
}

/// The files that only charms of web apps have.
fn web_texts(charm_dir: &Path) -> Texts {
    let paas_config = match std::fs::read_to_string(charm_dir.join("paas-config.yaml")) {
        Ok(text) => Some(Ok(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(error.to_string())),
    };
    Texts { paas_config, custom: texts_below(&charm_dir.join(FOLDER)) }
}

/// The texts in a folder and in the folders in it, by their paths in it.
fn texts_below(folder: &Path) -> BTreeMap<String, String> {
    let entries = |folder: &Path| {
        let read = std::fs::read_dir(folder).into_iter().flatten().flatten();
        read.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect::<Vec<_>>()
    };
    let mut texts = BTreeMap::new();
    let mut take = |name: String, path: &Path| {
        let text = std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        texts.extend(text.ok().map(|text| (name, text)));
    };
    for (name, path) in entries(folder) {
        if path.is_dir() {
            for (file, path) in entries(&path) {
                take(format!("{name}/{file}"), &path);
            }
        } else {
            take(name, &path);
        }
    }
    texts
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
    shown.map_or_else(Outcome::Retry, |()| Outcome::Unread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authors_file_is_the_one_in_the_charms_folder() {
        let folder = tempfile::tempdir().unwrap();
        let read = || web_texts(folder.path()).paas_config;
        assert_eq!(read(), None);
        let file = folder.path().join("paas-config.yaml");
        std::fs::write(&file, "port: 1\n").unwrap();
        assert_eq!(read(), Some(Ok("port: 1\n".to_owned())));
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(matches!(read(), Some(Err(_))), "it is there and no file");
    }
}
