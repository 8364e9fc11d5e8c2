//! The app's container: files, the migration, services.
//!
//! Everything is compared with what is there, so a settled unit gets nothing.

use super::{Effects, gunicorn, in_container, migrate, rolling};
use crate::effects::services::{OWED, REPLAN_FILE, Wanted};
use crate::effects::{ContainerChange, Effect};
use crate::juju::status::Status;
use crate::observed::Container;
use crate::pebble::types::{Owner, Startup};
use crate::secret::Secret;
use crate::webapp::effects::WebEffect;
use crate::webapp::framework::Framework;
use crate::webapp::integrations::{spring, variables as integration_variables};
use crate::webapp::layer::{AppLayer, Fault, Inputs, LABEL, USER, Wrapper};
use crate::webapp::observability::{LOGGING_ENDPOINT, logs};
use crate::webapp::paas_config::LoggingFormat;
use crate::webapp::situation::{Ready, Situation};
use crate::webapp::variables::Variables;
use crate::webapp::{checks, layer, uvicorn};

/// What the last migration said.
pub const OUTPUT_FILE: &str = "/etc/sidecharm/migration-output";
/// Where the files with the secrets are.
pub(super) const SECRETS_DIR: &str = "/etc/sidecharm/secrets";

/// All files whose content matters.
pub fn contents(charm: &crate::webapp::charm::Charm) -> Vec<String> {
    let profile = charm.profile;
    let mut paths = vec![
        layer::rock_file(profile),
        crate::webapp::migration::state_file(profile),
        REPLAN_FILE.to_owned(),
        OUTPUT_FILE.to_owned(),
        rolling::SAID.to_owned(),
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
    let variables = variables(situation, ready);
    let check = checks::web(ready.settings.port, ready.settings.own.check_path.as_deref());
    let inputs = Inputs {
        profile: charm.profile,
        rock: ready.rock,
        variables: &variables,
        worker_class: ready.settings.webserver.worker_class,
        is_schedulers_unit: situation.schedulers_unit() == situation.unit(),
        wrapper,
        has_processes: charm.profile.framework.is_gunicorn() || migrate::script(situation, ready).is_some(),
        check: &check,
    };
    let (command, app) = match (inputs.web_command(), inputs.build()) {
        (Ok(command), Ok(app)) => (command, app),
        (Err(fault), _) | (_, Err(fault)) => return (Effects::new(), unfit(&fault)),
    };
    let mut effects = in_container(situation, files(situation, ready, &app, &program));
    let mut server = gunicorn::prepare(situation, ready, &variables, &command, &wrapper);
    let migrates = match migrate::step(situation, ready, &variables, &wrapper) {
        migrate::Step::Go(run) => run,
        migrate::Step::Wait(status) => {
            effects.append(&mut server.before);
            return (effects, status);
        }
    };
    let is_new = app.changes(&ready.container.plan);
    let replans = services(ready.container, app);
    let restarts = replans
        .iter()
        .any(|change| matches!(change, ContainerChange::ReplanAndWait | ContainerChange::Restart(_)));
    let rolling = rolling::Rolling::of(situation, ready, &variables, &command);
    if let Some(status) = rolling.as_ref().filter(|_| restarts).and_then(rolling::Rolling::waits) {
        // The unit that migrates may not be the first to restart.
        let migrates = if migrates.is_empty() { migrates } else { [effects, migrates].concat() };
        return (migrates, status);
    }
    effects.append(&mut server.before);
    effects.extend(migrates);
    effects.extend(rolling.iter().flat_map(|rolling| rolling.tells(is_new)));
    effects.extend(in_container(situation, replans));
    effects.extend(rolling.iter().filter(|_| restarts).flat_map(|rolling| rolling.proves(is_new)));
    effects.extend(server.after(situation, restarts));
    effects.extend(forward_logs(situation, ready.container));
    (effects, shown(situation, ready.container, restarts))
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

/// The web app answers, or keeps ending.
fn shown(situation: &Situation<'_>, container: &Container, restarts: bool) -> Status {
    let web = situation.charm.profile.framework.as_str();
    if !restarts && container.is_failing(web) {
        return ends(situation);
    }
    Status::active("")
}

/// The service does not stay.
pub(super) fn ends(situation: &Situation<'_>) -> Status {
    let web = situation.charm.profile.framework.as_str();
    let name = situation.charm.profile.container();
    Status::blocked(&format!(
        "service {web} keeps ending: see `juju ssh --container {name} {} pebble logs {web}`",
        situation.unit()
    ))
}

fn is_uvicorn_json(situation: &Situation<'_>) -> bool {
    let json = |config: &crate::webapp::paas_config::PaasConfig| config.logging == LoggingFormat::Json;
    situation.charm.profile.framework == Framework::FastApi
        && situation.charm.paas_config.as_ref().is_ok_and(json)
}

/// Files that must be there before anything is started.
fn files(
    situation: &Situation<'_>,
    ready: &Ready<'_>,
    app: &AppLayer,
    program: &str,
) -> Vec<ContainerChange> {
    let container = ready.container;
    let profile = situation.charm.profile;
    let mut changes = Vec::new();
    let mut push = |path: &str, content: Secret, owner: Owner, mode: u16| {
        if container.content(path) != Some(content.expose()) {
            changes.push(ContainerChange::Push { path: path.to_owned(), content, owner, mode });
        }
    };
    // What the rock runs is only to be seen before this charm's layer is on the plan.
    if container.content(&layer::rock_file(profile)).is_none() {
        let text = ready.rock.remembered().unwrap_or_default();
        push(&layer::rock_file(profile), Secret::new(text), Owner::both("root"), 0o644);
    }
    // Which users run services only the rock tells: the file of any but the app's own is not read back. The plan has a digest
    // of its content, and comes after it.
    let own = format!("{SECRETS_DIR}/{USER}.json");
    let changes_plan = app.changes(&container.plan);
    for file in app.files.iter().filter(|file| file.path == own || changes_plan) {
        push(&file.path, file.content.clone(), file.owner.clone(), 0o400);
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

fn forward_logs(situation: &Situation<'_>, container: &Container) -> Vec<Effect<WebEffect>> {
    let relations = situation.observed.relations.iter();
    let logging: Vec<_> = relations
        .filter(|(endpoint, _)| endpoint.as_str() == LOGGING_ENDPOINT)
        .flat_map(|(_, relations)| relations.iter().cloned())
        .collect();
    let juju = &situation.observed.context.juju_version;
    let forwarding =
        logs::forward(situation.charm.profile, &logging, &container.plan, &situation.topology(), juju);
    in_container(situation, forwarding.change)
}

/// What the variables are, for whoever asks what would be done.
pub(super) fn environment(situation: &Situation<'_>, ready: &Ready<'_>) -> Variables {
    situation.environment(ready)
}
