//! The app's container: files, the migration, services.
//!
//! Everything is compared with what is there, so a settled unit gets nothing.

use super::rolling::{self, Rolling};
use super::{Effects, gunicorn, in_container, migrate};
use crate::effects::services::{OWED, REPLAN_FILE, Wanted};
use crate::effects::{ContainerChange, Effect};
use crate::juju::status::Status;
use crate::observed::Container;
use crate::pebble::types::{Check, Owner, Startup};
use crate::secret::Secret;
use crate::webapp::effects::WebEffect;
use crate::webapp::framework::Framework;
use crate::webapp::integrations::{spring, variables as integration_variables};
use crate::webapp::layer::{AppLayer, Fault, Inputs, LABEL, USER, Wrapper};
use crate::webapp::observability::{LOGGING_ENDPOINT, logs};
use crate::webapp::options::Settings;
use crate::webapp::paas_config::LoggingFormat;
use crate::webapp::situation::{Ready, Situation};
use crate::webapp::variables::Variables;
use crate::webapp::{checks, layer, process, uvicorn};

/// What the last migration said.
pub const OUTPUT_FILE: &str = "/etc/sidecharm/migration-output";
/// Where the files with the secrets are.
pub(super) const SECRETS_DIR: &str = "/etc/sidecharm/secrets";
/// And those of migrations and checks: the services may still be to run with what they had.
pub(super) const BESIDE_DIR: &str = "/etc/sidecharm/beside";

/// All files whose content matters.
pub fn contents(charm: &crate::webapp::charm::Charm) -> Vec<String> {
    let profile = charm.profile;
    let mut paths = vec![
        layer::rock_file(profile),
        crate::webapp::migration::state_file(profile),
        REPLAN_FILE.to_owned(),
        OUTPUT_FILE.to_owned(),
        rolling::PROVEN.to_owned(),
        format!("{SECRETS_DIR}/{USER}.json"),
    ];
    paths.extend(profile.gunicorn_file().map(str::to_owned));
    paths.extend(crate::webapp::gunicorn::candidate(profile));
    match profile.framework {
        Framework::FastApi => paths.extend(uvicorn::files("info").map(|file| file.path)),
        Framework::SpringBoot => paths.push(spring::certificate_path(profile).to_owned()),
        Framework::Flask | Framework::Django | Framework::Go | Framework::ExpressJs => {}
    }
    paths
}

/// Brings the container to what it should be; and what the unit shows.
pub(super) fn converge(situation: &Situation<'_>, ready: &Ready<'_>) -> (Effects, Status) {
    let charm = situation.charm;
    let program = charm.program();
    let wrapper = Wrapper { program: &program, folder: SECRETS_DIR, salt: &ready.key };
    let beside = Wrapper { folder: BESIDE_DIR, ..wrapper };
    let variables = variables(situation, ready);
    if let Some((name, why)) = variables.unfit() {
        return (Effects::new(), Status::blocked(&format!("{name}, which the app is to be given, {why}")));
    }
    let check = checks::web(ready.settings.port, ready.settings.own.check_path.as_deref());
    let inputs = inputs(situation, ready, &variables, wrapper, &check);
    let (command, app) = match (inputs.web_command(), inputs.build()) {
        (Ok(command), Ok(app)) => (command, app),
        (Err(fault), _) | (_, Err(fault)) => return (Effects::new(), unfit(&fault)),
    };
    let mut effects = in_container(situation, files(situation, ready, &program));
    let mut server = gunicorn::prepare(situation, ready, &variables, &command, &beside);
    let (migrates, unready) = match migrate::step(situation, ready, &variables, &beside) {
        migrate::Step::Go(run) => (run, None),
        migrate::Step::Wait(status) => (Effects::new(), Some(status)),
    };
    let uses_beside = !(server.before.is_empty() && migrates.is_empty());
    effects.extend(in_container(situation, file_beside(&app, &beside).filter(|_| uses_beside)));
    if let Some(status) = unready {
        effects.append(&mut server.before);
        return (effects, status);
    }
    let secrets = in_container(situation, secret_files(ready.container, &app));
    let replan = Replan::of(situation, ready.container, app);
    let restarts = replan.restarts;
    let rolling = Rolling::of(situation, ready, &variables, &command);
    let waits = rolling.as_ref().filter(|_| restarts).and_then(|rolling| rolling.waits(replan.is_new));
    let cleared = in_container(situation, uses_beside.then(|| emptied(&beside)));
    if let Some((status, says)) = waits {
        // The unit that migrates may not be the first to restart.
        let alone = migrates.is_empty();
        return (if alone { says } else { [effects, migrates, cleared, says].concat() }, status);
    }
    effects.append(&mut server.before);
    effects.extend([migrates, cleared, secrets].concat());
    let is_new = replan.is_new;
    effects.extend(replan.effects(situation, rolling.is_some()));
    effects.extend(server.after(situation, restarts));
    effects.extend(Rolling::follow_up(rolling.as_ref(), situation, is_new, restarts));
    (effects, shown(situation, ready, restarts))
}

fn inputs<'a>(
    situation: &Situation<'a>,
    ready: &Ready<'a>,
    variables: &'a Variables,
    wrapper: Wrapper<'a>,
    check: &'a Check,
) -> Inputs<'a> {
    let profile = situation.charm.profile;
    Inputs {
        profile,
        rock: ready.rock,
        variables,
        worker_class: ready.settings.webserver.worker_class,
        is_schedulers_unit: situation.schedulers_unit() == situation.unit(),
        wrapper,
        has_processes: profile.framework.is_gunicorn() || migrate::script(situation, ready).is_some(),
        check,
    }
}

/// How the services come to run as the layer has them.
struct Replan {
    changes: Vec<ContainerChange>,
    /// Something is started.
    restarts: bool,
    /// The web service is, with other settings than before.
    is_new: bool,
}

impl Replan {
    fn of(situation: &Situation<'_>, container: &Container, app: AppLayer) -> Self {
        let web = situation.charm.profile.framework.as_str();
        let is_new = app.changes(&container.plan)
            && app.service_changes(&container.plan, &container.services).restart.contains(web);
        let changes = services(container, app);
        let is_start = |change: &ContainerChange| {
            matches!(change, ContainerChange::ReplanAndWait | ContainerChange::Restart(_))
        };
        Self { restarts: changes.iter().any(is_start), changes, is_new }
    }

    fn effects(mut self, situation: &Situation<'_>, is_rolling: bool) -> Effects {
        // After the layer, so that it is once; before the start, so that a failure is told too.
        let layer = self.changes.iter().position(|change| matches!(change, ContainerChange::AddLayer { .. }));
        if let Some(layer) = layer.filter(|_| is_rolling && self.is_new) {
            self.changes.insert(layer + 1, ContainerChange::Notify { key: rolling::NOTICE });
        }
        in_container(situation, self.changes)
    }
}

fn variables(situation: &Situation<'_>, ready: &Ready<'_>) -> Variables {
    let mut variables = situation.environment(ready);
    if is_uvicorn_json(situation) {
        let web = ready.rock.web(situation.charm.profile);
        uvicorn::add_variables(&mut variables, &web.map(|web| web.environment.clone()).unwrap_or_default());
    }
    variables
}

fn unfit(fault: &Fault) -> Status {
    Status::blocked(&fault.to_string())
}

/// The web app answers, or does not, or keeps ending.
fn shown(situation: &Situation<'_>, ready: &Ready<'_>, restarts: bool) -> Status {
    let web = situation.charm.profile.framework.as_str();
    let failing = |service: &str| !restarts && ready.container.is_failing(service);
    if let Some(service) = [web].into_iter().chain(ready.rock.beside()).find(|service| failing(service)) {
        return ends(situation, service);
    }
    if !restarts && ready.container.is_down(checks::WEB) {
        return Status::waiting(&unanswered(situation, ready.settings));
    }
    Status::active("")
}

/// A service does not stay.
pub(super) fn ends(situation: &Situation<'_>, service: &str) -> Status {
    let see = logs_command(situation, service);
    Status::blocked(&format!("service {service} keeps ending: see `{see}`"))
}

/// It stays, and does not answer as its health check asks: it may only be slow to start.
pub(super) fn unanswered(situation: &Situation<'_>, settings: &Settings) -> String {
    let port = settings.port;
    let what = match &settings.own.check_path {
        Some(path) => format!("does not answer GET {path} at port {port} with 2xx"),
        None => format!("does not listen at port {port}"),
    };
    let web = situation.charm.profile.framework.as_str();
    format!("service {web} {what}: see `{}`", logs_command(situation, web))
}

fn logs_command(situation: &Situation<'_>, service: &str) -> String {
    let container = situation.charm.profile.container();
    format!("juju ssh --container {container} {} pebble logs {service}", situation.unit())
}

fn is_uvicorn_json(situation: &Situation<'_>) -> bool {
    let json = |config: &crate::webapp::paas_config::PaasConfig| config.logging == LoggingFormat::Json;
    situation.charm.profile.framework == Framework::FastApi
        && situation.charm.paas_config.as_ref().is_ok_and(json)
}

/// The file at this path where its content is to be another.
fn push(
    container: &Container,
    path: &str,
    content: Secret,
    owner: Owner,
    mode: u16,
) -> Option<ContainerChange> {
    let differs = container.content(path) != Some(content.expose());
    differs.then(|| ContainerChange::Push { path: path.to_owned(), content, owner, mode })
}

/// What the processes beside the services are to know, whose turn comes before that of the services.
fn file_beside(app: &AppLayer, wrapper: &Wrapper<'_>) -> Option<ContainerChange> {
    let owner = process::owner();
    let content = app.files.iter().find(|file| file.owner == owner)?.content.clone();
    Some(ContainerChange::Push { path: wrapper.file(&owner), content, owner, mode: 0o400 })
}

/// A password that was withdrawn must not lie about.
fn emptied(wrapper: &Wrapper<'_>) -> ContainerChange {
    let owner = process::owner();
    ContainerChange::Push { path: wrapper.file(&owner), content: Secret::new("{}"), owner, mode: 0o400 }
}

/// What the services are to know and nobody else.
fn secret_files(container: &Container, app: &AppLayer) -> Vec<ContainerChange> {
    // Which users run services only the rock tells: the file of any but the app's own is not read back. The plan has a digest
    // of its content, and comes after it.
    let own = format!("{SECRETS_DIR}/{USER}.json");
    let changes_plan = app.changes(&container.plan);
    let due = app.files.iter().filter(|file| file.path == own || changes_plan);
    due.filter_map(|file| push(container, &file.path, file.content.clone(), file.owner.clone(), 0o400))
        .collect()
}

/// Files that must be there before anything is started.
fn files(situation: &Situation<'_>, ready: &Ready<'_>, program: &str) -> Vec<ContainerChange> {
    let container = ready.container;
    let profile = situation.charm.profile;
    let mut changes = Vec::new();
    let mut push = |path: &str, content: Secret, owner: Owner, mode: u16| {
        changes.extend(push(container, path, content, owner, mode));
    };
    // What the rock runs is only to be seen before this charm's layer is on the plan.
    if container.content(&layer::rock_file(profile)).is_none() {
        let text = ready.rock.remembered().unwrap_or_default();
        push(&layer::rock_file(profile), Secret::new(text), Owner::both("root"), 0o644);
    }
    for file in integration_variables::files(&situation.seen, &situation.app()) {
        push(file.path, Secret::new(file.content), Owner::both(USER), 0o644);
    }
    if is_uvicorn_json(situation) {
        for file in uvicorn::files(ready.settings.log_level.as_deref().unwrap_or("info")) {
            push(&file.path, Secret::new(file.content), Owner::both(USER), 0o644);
        }
    }
    let web = profile.framework.as_str();
    if !container.present.contains_key(program) && !container.runs(web, program) {
        changes.push(ContainerChange::PushSelf { path: program.to_owned() });
    }
    changes
}

/// The services run as the layer has them. A scheduler that must not run here is stopped; since a replan would start it if it
/// has changed, the others are then started by their names.
fn services(container: &Container, app: AppLayer) -> Vec<ContainerChange> {
    let plan = container.plan.with(&app.layer);
    let enabled = plan.services.iter().filter(|(_, service)| service.startup == Some(Startup::Enabled));
    let enabled: Vec<String> = enabled.map(|(name, _)| name.clone()).collect();
    let changes = app.service_changes(&container.plan, &container.services);
    let owed = container.content(REPLAN_FILE) == Some(OWED);
    let replan = if app.elsewhere.is_empty() {
        ContainerChange::ReplanAndWait
    } else if owed {
        ContainerChange::Restart(enabled.clone())
    } else {
        ContainerChange::Restart(changes.restart.into_iter().collect())
    };
    let stop: Vec<String> = changes.stop.into_iter().collect();
    let stop = (!stop.is_empty()).then_some(ContainerChange::Stop(stop));
    let wanted = Wanted { label: LABEL, services: enabled, layer: app.layer, repaired: false, replan };
    stop.into_iter().chain(wanted.changes(container)).collect()
}

/// Log targets are acted on at once: no service is restarted. And what the log should say.
pub(super) fn forward_logs(
    situation: &Situation<'_>,
    container: &Container,
) -> (Vec<Effect<WebEffect>>, Vec<String>) {
    let relations = situation.observed.relations.iter();
    let logging: Vec<_> = relations
        .filter(|(endpoint, _)| endpoint.as_str() == LOGGING_ENDPOINT)
        .flat_map(|(_, relations)| relations.iter().cloned())
        .collect();
    let juju = &situation.observed.context.juju_version;
    let forwarding =
        logs::forward(situation.charm.profile, &logging, &container.plan, &situation.topology(), juju);
    (in_container(situation, forwarding.change), forwarding.problems)
}

/// What the variables are, for whoever asks what would be done.
pub(super) fn environment(situation: &Situation<'_>, ready: &Ready<'_>) -> Variables {
    situation.environment(ready)
}
