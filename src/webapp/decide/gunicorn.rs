//! Gunicorn's configuration: checked before it is in force, and read by the running server.

use super::{Effects, in_container};
use crate::effects::{ContainerChange, Effect};
use crate::juju::names::ContainerName;
use crate::juju::status::Status;
use crate::pebble::types::{Exec, Owner};
use crate::secret::Secret;
use crate::webapp::command::CommandLine;
use crate::webapp::effects::{Change, Command, WebEffect};
use crate::webapp::gunicorn::{self, FileChange, Logs, Settings, WorkerClass};
use crate::webapp::integrations::Interface;
use crate::webapp::layer::{USER, Wrapper};
use crate::webapp::paas_config::LoggingFormat;
use crate::webapp::process;
use crate::webapp::situation::{Ready, Situation};
use crate::webapp::variables::Variables;

/// What is done before and after the services are replanned.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Before.
    pub before: Effects,
    /// The running server has to read a new file, and the candidate is taken away after that.
    candidate: Option<String>,
}

impl Prepared {
    /// After; a server that was restarted has read the file.
    pub(super) fn after(self, situation: &Situation<'_>, restarted: bool) -> Effects {
        let Some(candidate) = self.candidate else { return Effects::new() };
        let service = situation.charm.profile.framework.as_str();
        let runs = situation.container().is_some_and(|container| container.is_active(service));
        let reload = (runs && !restarted)
            .then(|| own(situation, Change::Reload { service: service.to_owned() }))
            .flatten();
        reload.into_iter().chain(in_container(situation, [push(&candidate, String::new())])).collect()
    }
}

/// Nothing for frameworks that gunicorn does not run, and nothing where all is as it should be.
pub(super) fn prepare(
    situation: &Situation<'_>,
    ready: &Ready<'_>,
    variables: &Variables,
    command: &CommandLine,
    wrapper: &Wrapper<'_>,
) -> Prepared {
    let profile = situation.charm.profile;
    let Some((file, candidate)) = profile.gunicorn_file().zip(gunicorn::candidate(profile)) else {
        return Prepared::default();
    };
    let web = profile.framework.as_str();
    let in_plan = ready.container.plan.services.get(web).map(|service| service.command.as_str());
    let mut before = Effects::new();
    let class = ready.settings.webserver.worker_class.filter(|class| class.is_to_be_checked(in_plan));
    if class == Some(WorkerClass::Gevent) {
        let problem = Status::blocked(&WorkerClass::missing_gevent(profile.framework));
        let command = Command { exec: Exec::new(gunicorn::GEVENT_CHECK), hidden: Vec::new() };
        before.extend(own(situation, Change::Check { command: Box::new(command), problem }));
    }
    let wanted = settings(situation, ready).render(profile);
    let installed = ready.container.content(file);
    // A candidate that is still there was not read by the running server for certain.
    let is_owed = ready.container.content(&candidate).is_some_and(|text| !text.is_empty());
    let change = FileChange::between(installed.map(str::as_bytes), &wanted, true);
    if change == FileChange::Nothing && !is_owed {
        return Prepared { before, candidate: None };
    }
    let logs = Logs::of(profile, &situation.observed.context.juju_version);
    let directory = logs.directory(profile).map(|path| ContainerChange::MakeDirectory {
        path,
        owner: Owner::both(USER),
        mode: 0o755,
    });
    let check = gunicorn::check_command(command, &candidate);
    let check = Box::new(process::exec(profile, ready.rock, variables, wrapper, check));
    before.extend(in_container(situation, directory.into_iter().chain([push(&candidate, wanted.clone())])));
    before.extend(own(
        situation,
        Change::Check { command: check, problem: Status::blocked(gunicorn::REFUSED) },
    ));
    before.extend(in_container(situation, [push(file, wanted)]));
    Prepared { before, candidate: Some(candidate) }
}

fn settings(situation: &Situation<'_>, ready: &Ready<'_>) -> Settings {
    let profile = situation.charm.profile;
    let webserver = &ready.settings.webserver;
    let traced = situation
        .seen
        .iter()
        .any(|one| one.integration.interface == Interface::Tracing && one.data().is_some());
    let json = situation.charm.paas_config.as_ref().is_ok_and(|file| file.logging == LoggingFormat::Json);
    Settings {
        port: ready.settings.port,
        workers: webserver.workers,
        threads: webserver.threads,
        keepalive: webserver.keepalive,
        timeout: webserver.timeout,
        is_traced: traced,
        is_json: json,
        logs: Logs::of(profile, &situation.observed.context.juju_version),
    }
}

fn push(path: &str, content: String) -> ContainerChange {
    ContainerChange::Push {
        path: path.to_owned(),
        content: Secret::new(content),
        owner: Owner::both(USER),
        mode: 0o644,
    }
}

fn own(situation: &Situation<'_>, change: Change) -> Option<Effect<WebEffect>> {
    let container = ContainerName::parse(situation.charm.profile.container()).ok()?;
    Some(Effect::Workload(WebEffect { container, change }))
}
