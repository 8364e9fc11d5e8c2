//! The files and services of both containers, and the settings of the running server.
//!
//! Everything is compared with what is there, so a settled unit gets nothing. What a running server can take over is
//! told to it before its file is written: a charm that is killed between the two does both again.

use crate::effects::services::{Wanted, owe};
use crate::effects::{ContainerChange, Effect};
use crate::juju::names::ContainerName;
use crate::observed::Container;
use crate::pebble::types::{Layer, Owner};
use crate::redis::acl::{self, ClientAccess};
use crate::redis::effects::{Change, RedisEffect};
use crate::redis::hosts::sentinel_id;
use crate::redis::passwords::Passwords;
use crate::redis::sentinel_config::{self, Kept, SentinelConfig};
use crate::redis::server_config::{self, ServerConfig};
use crate::redis::situation::Situation;
use crate::redis::view::View;
use crate::redis::watch_config::{self, WatchConfig};
use crate::redis::{layers, membership};
use crate::relations::loki_push_api;
use crate::secret::Secret;

type Effects = Vec<Effect<RedisEffect>>;

/// What the containers need, and problems that only show here.
pub(super) fn converge(situation: &Situation<'_>) -> (Effects, Vec<String>) {
    let mut problems = Vec::new();
    let Some(passwords) = situation.usable_passwords().filter(|_| !situation.is_foreign()) else {
        return (Effects::new(), problems);
    };
    let mut effects = Effects::new();
    if let Some(container) = situation.container("redis") {
        let files = redis_files(situation, container, passwords);
        // Pebble gives up a service whose program is not there when its turn to restart comes.
        let repairs = files.iter().any(|change| matches!(change, ContainerChange::PushSelf { .. }))
            && container.is_failing(layers::WATCH);
        let mut changes: Vec<_> = repairs.then(owe).into_iter().chain(files).collect();
        let targets = log_targets(situation, container, &mut problems);
        let debian = container.present.contains_key(layers::DEBIAN_EXPORTER)
            || container.runs(layers::EXPORTER, layers::DEBIAN_EXPORTER);
        let exporter = if debian { layers::DEBIAN_EXPORTER } else { layers::ROCK_EXPORTER };
        let layer = layers::redis(&layers::program_path(&situation.own.build), exporter, targets);
        changes.extend(services(layer, repairs).changes(container));
        effects.extend(live(situation, passwords));
        effects.extend(in_container("redis", changes));
    }
    // Only the other container tells whose the storage's files are, and how old: without it nothing is started from them.
    let marked = situation.container("redis").is_some();
    let sentinel = situation.container("sentinel").filter(|one| marked || one.is_active(layers::SENTINEL));
    if let Some(container) = sentinel {
        let mut changes = Vec::new();
        let known = container.content(layers::SENTINEL_FILE);
        let application = situation.unit().application();
        let kept = known.and_then(|text| sentinel_config::parse(text, application.as_str()));
        // What the sentinel of a unit that was removed has kept must not outvote those that stayed.
        let starts = !container.is_active(layers::SENTINEL);
        let kept = kept.filter(|_| !(starts && situation.is_outdated()));
        let view = situation.own.view.as_ref();
        let announced = situation.announced_master().zip(view.and_then(View::announced_epoch));
        let master = announced.or_else(|| Some((situation.hinted_master()?, situation.known_epoch())));
        match (kept, master) {
            (Some(kept), _) if starts => changes.extend(correction(situation, known, &kept)),
            (Some(_), _) if is_misled(situation) => {
                return ([effects, in_container("sentinel", stop_misled())].concat(), problems);
            }
            (Some(_), _) => {}
            (None, Some(master)) => changes.extend(sentinel_file(situation, passwords, master)),
            // Nobody knows a master yet: a sentinel would have nothing to watch.
            (None, None) => return (effects, problems),
        }
        let targets = log_targets(situation, container, &mut problems);
        changes.extend(services(layers::sentinel(targets), false).changes(container));
        effects.extend(in_container("sentinel", changes));
    }
    (effects, problems)
}

fn is_misled(situation: &Situation<'_>) -> bool {
    let Some(view) = &situation.own.view else { return false };
    view.own_word().is_some_and(|own| view.misled_from(own, situation.confirmed_word()).is_some())
}

/// A sentinel that was misled is stopped: its last vote must be in the file before that is changed, and it would write over
/// what is changed. The next hook gives it the master that it should name.
fn stop_misled() -> Vec<ContainerChange> {
    vec![
        ContainerChange::Stop(vec![layers::SENTINEL.to_owned()]),
        ContainerChange::Notify { key: "sidecharm.dev/misled" },
    ]
}

/// The file of a sentinel that does not run, with the master that it should name, where it names another.
fn correction(situation: &Situation<'_>, text: Option<&str>, kept: &Kept) -> Option<ContainerChange> {
    let view = situation.own.view.as_ref()?;
    let own = (&kept.master, kept.config_epoch);
    let master = view.misled_from(own, situation.confirmed_word())?;
    let content = sentinel_config::renamed(text?, situation.unit().application().as_str(), master)?;
    let (path, owner) = (layers::SENTINEL_FILE.to_owned(), Owner::both(layers::REDIS_USER));
    Some(ContainerChange::Push { path, content, owner, mode: 0o600 })
}

fn redis_files(
    situation: &Situation<'_>,
    container: &Container,
    passwords: &Passwords,
) -> Vec<ContainerChange> {
    let config = server_config(situation, passwords);
    let mut files = vec![
        (layers::ACL_FILE, Some(Secret::new(acl::render(situation.access(), passwords))), layers::REDIS_USER),
        (layers::EXPORTER_FILE, layers::exporter_file(&passwords.exporter).ok(), layers::REDIS_USER),
        (layers::WATCH_FILE, watch_file(situation, passwords), "root"),
    ];
    if !container.content(layers::SERVER_FILE).is_some_and(|text| server_config::is_current(config, text)) {
        files.push((layers::SERVER_FILE, Some(server_config::render(config)), layers::REDIS_USER));
    }
    if may_mark(situation) {
        let marker = situation.ours().render().ok().map(Secret::new);
        files.push((layers::LINEAGE_FILE, marker, layers::REDIS_USER));
    }
    let differs = |path: &str, wanted: &Secret| container.content(path) != Some(wanted.expose());
    let mut changes = directories(container);
    changes.extend(files.into_iter().filter_map(|(path, wanted, owner)| {
        let content = wanted.filter(|wanted| differs(path, wanted))?;
        Some(ContainerChange::Push { path: path.to_owned(), content, owner: Owner::both(owner), mode: 0o600 })
    }));
    let program = layers::program_path(&situation.own.build);
    if !container.present.contains_key(&program) && !container.runs(layers::WATCH, &program) {
        changes.push(ContainerChange::PushSelf { path: program });
    }
    changes
}

fn directories(container: &Container) -> Vec<ContainerChange> {
    let mut changes = Vec::new();
    if container.present.get(layers::DATA_DIR).is_some_and(|owner| owner != layers::REDIS_USER) {
        changes.push(ContainerChange::Own { path: layers::DATA_DIR, owner: layers::REDIS_USER });
    }
    // Where the file is, its directory is. The common parent comes first, open to all: parents get the mode of what is
    // below them.
    let wanted = [
        (layers::SERVER_FILE, layers::BASE_DIR, "root", 0o755),
        (layers::SERVER_FILE, layers::SERVER_DIR, layers::REDIS_USER, 0o750),
        (layers::WATCH_FILE, layers::WATCH_DIR, "root", 0o700),
    ];
    let missing = wanted.into_iter().filter(|(file, ..)| container.content(file).is_none());
    changes.extend(missing.map(|(_, path, owner, mode)| ContainerChange::MakeDirectory {
        path: path.to_owned(),
        owner: Owner::both(owner),
        mode,
    }));
    changes
}

fn server_config<'a>(situation: &'a Situation<'_>, passwords: &'a Passwords) -> ServerConfig<'a> {
    ServerConfig {
        host: &situation.host,
        passwords,
        min_replicas: server_config::min_replicas(situation.unit_hosts.len()),
        durability: situation.options.durability,
    }
}

fn watch_file(situation: &Situation<'_>, passwords: &Passwords) -> Option<Secret> {
    let application = situation.unit().application();
    let config = WatchConfig {
        application: application.as_str(),
        model_uuid: &situation.observed.context.model_uuid,
        host: &situation.host,
        units: &situation.unit_hosts,
        passwords,
        bootstrapped: situation.bootstrapped,
        joined: situation.joined(),
        known_epoch: situation.known_epoch(),
        strict: situation.standing().strict,
    };
    watch_config::render(config).ok()
}

/// The storage may be marked as this application's: before there was any data, or when its server has the data.
fn may_mark(situation: &Situation<'_>) -> bool {
    let unmarked = situation.lineage.is_none() && !situation.bootstrapped;
    let behind = situation.lineage.is_none() || situation.is_outdated();
    unmarked || (behind && situation.confirmed_master().is_some())
}

fn sentinel_file(
    situation: &Situation<'_>,
    passwords: &Passwords,
    (master, epoch): (&str, u64),
) -> Vec<ContainerChange> {
    let application = situation.unit().application();
    let content = sentinel_config::render(SentinelConfig {
        application: application.as_str(),
        host: &situation.host,
        id: &sentinel_id(&situation.observed.context.model_uuid, situation.unit()),
        master,
        epoch,
        quorum: membership::quorum(situation.unit_hosts.len()),
        passwords,
    });
    let owner = Owner::both(layers::REDIS_USER);
    vec![
        ContainerChange::MakeDirectory {
            path: layers::SENTINEL_DIR.to_owned(),
            owner: owner.clone(),
            mode: 0o750,
        },
        ContainerChange::Push { path: layers::SENTINEL_FILE.to_owned(), content, owner, mode: 0o600 },
    ]
}

/// All services of the layer run. Nothing waits for them: a server that loads its data may take long.
fn services(layer: Layer, repaired: bool) -> Wanted {
    Wanted {
        label: layers::LABEL,
        services: layer.services.keys().cloned().collect(),
        layer,
        repaired,
        replan: ContainerChange::Replan,
    }
}

/// What the running server is told, where it runs with something else.
fn live(situation: &Situation<'_>, passwords: &Passwords) -> Effects {
    let Some(live) = &situation.own.live else { return Effects::new() };
    let config = server_config(situation, passwords);
    let now = |name: &str| match name {
        "min-replicas-to-write" => Some(live.min_replicas.as_str()),
        "appendfsync" => Some(live.appendfsync.as_str()),
        _ => None,
    };
    let settings = server_config::live_settings(config).into_iter();
    let mut changes: Vec<Change> = settings
        .filter(|(name, wanted)| now(name).is_some_and(|now| now != wanted.expose()))
        .map(|(name, wanted)| Change::Configure(name, wanted))
        .collect();
    let access = situation.access();
    if live.default_is_open != (access == ClientAccess::Open) {
        let rule = Secret::new(acl::default_user(access, passwords));
        changes.push(Change::DefaultUser { rule, disconnect: access == ClientAccess::Closed });
    }
    let container = ContainerName::parse("redis");
    container.map_or_else(
        |_| Effects::new(),
        |container| {
            let effect = |change| Effect::Workload(RedisEffect { container: container.clone(), change });
            changes.into_iter().map(effect).collect()
        },
    )
}

fn log_targets(
    situation: &Situation<'_>,
    container: &Container,
    problems: &mut Vec<String>,
) -> std::collections::BTreeMap<String, crate::pebble::types::LogTarget> {
    let units = situation.relations("logging").iter().flat_map(|relation| relation.units.clone()).collect();
    let (targets, unusable) = loki_push_api::log_targets(&units, &container.plan.log_targets);
    problems.extend(
        unusable.iter().map(|unit| format!("{unit} gave no usable endpoint for logs: check its charm")),
    );
    targets
}

fn in_container(name: &str, changes: Vec<ContainerChange>) -> Effects {
    let Ok(name) = ContainerName::parse(name) else { return Effects::new() };
    changes.into_iter().map(|change| Effect::Container(name.clone(), change)).collect()
}
