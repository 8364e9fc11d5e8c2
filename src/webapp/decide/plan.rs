//! The action `plan`: what the next pass would change, in words, and nothing of it is done. No value is told, only names.

use std::collections::{BTreeMap, BTreeSet};

use super::container::BESIDE_DIR;
use super::{decide, rolling};
use crate::effects::services::REPLAN_FILE;
use crate::effects::{Bag, ContainerChange, Effect};
use crate::juju::event::Event;
use crate::observed::{Container, Observed};
use crate::pebble::types::{Environment, Layer, Startup};
use crate::secret::Secret;
use crate::webapp::charm::Charm;
use crate::webapp::effects::{Change, Probe, WebEffect};

/// Its name.
pub(super) const ACTION: &str = "plan";

/// What an update-status would do now.
pub(super) fn show(charm: &Charm, observed: &Observed) -> Effect<WebEffect> {
    let as_if = Observed { event: Event::UpdateStatus, ..observed.clone() };
    let decision = decide(charm, &as_if);
    let container = as_if.containers.values().next();
    let changes: Vec<String> =
        decision.effects.iter().flat_map(|effect| in_words(effect, container)).collect();
    let changes = if changes.is_empty() { "nothing".to_owned() } else { changes.join("\n") };
    let status = decision.unit_status.map(|status| status.to_string()).unwrap_or_default();
    Effect::ActionResults(BTreeMap::from([
        ("changes", Secret::new(changes)),
        ("status", Secret::new(status)),
    ]))
}

fn in_words(effect: &Effect<WebEffect>, container: Option<&Container>) -> Vec<String> {
    match effect {
        Effect::Container(_, change) => in_container(change, container),
        Effect::Databag(relation, bag, changes) => {
            let bag = match bag {
                Bag::Unit => "unit",
                Bag::Application => "application",
            };
            let keys: Vec<&str> = changes.keys().map(String::as_str).collect();
            vec![format!("relation {relation}: write {} in the {bag}'s databag", keys.join(", "))]
        }
        Effect::CreateSecret { description, .. } => vec![format!("create a secret: {description}")],
        Effect::RenewSecret { .. } => vec!["renew the secret key".to_owned()],
        Effect::Ports { open, close } => {
            let open = open.iter().map(|port| format!("open port {port}"));
            open.chain(close.iter().map(|port| format!("close port {port}"))).collect()
        }
        Effect::WorkloadVersion(version) => vec![format!("set the workload's version: {version}")],
        Effect::ActionResults(_) | Effect::ActionFailure(_) => Vec::new(),
        Effect::Workload(WebEffect { change, .. }) => vec![match change {
            Change::Check { .. } => "check the web server's settings".to_owned(),
            Change::Migrate { command, .. } => {
                let words: Vec<&str> = command.exec.command.iter().map(String::as_str).collect();
                let words = words.rsplit(|word| *word == "--").next().unwrap_or_default().join(" ");
                format!("migrate the database: {words}")
            }
            Change::Act { .. } => "run a command".to_owned(),
            Change::Prove(Probe { service, .. }) => format!("wait until {service} proves to be well"),
            Change::Reload { service } => format!("reload {service}"),
        }],
    }
}

fn in_container(change: &ContainerChange, container: Option<&Container>) -> Vec<String> {
    match change {
        ContainerChange::MakeDirectory { path, .. } => vec![format!("make directory {path}")],
        // Its own notes change nothing for anybody.
        ContainerChange::Push { path, .. }
            if [REPLAN_FILE, rolling::PROVEN].contains(&path.as_str()) || path.starts_with(BESIDE_DIR) =>
        {
            Vec::new()
        }
        ContainerChange::Push { path, .. } => vec![format!("write {path}")],
        ContainerChange::PushSelf { path } => vec![format!("write {path} (this program)")],
        ContainerChange::Own { path, owner } => vec![format!("give {path} to {owner}")],
        ContainerChange::AddLayer { layer, .. } => {
            container.map(|container| differences(layer, container)).unwrap_or_default()
        }
        ContainerChange::Replan | ContainerChange::ReplanAndWait => {
            vec!["restart services that have changed, start those that are stopped".to_owned()]
        }
        ContainerChange::Restart(names) => vec![format!("restart {}", names.join(", "))],
        ContainerChange::Stop(names) => vec![format!("stop {}", names.join(", "))],
        // It changes nothing: a further hook follows.
        ContainerChange::Notify { .. } => Vec::new(),
    }
}

/// What a layer changes of the plan: services, with the variables whose values differ, and checks.
fn differences(layer: &Layer, container: &Container) -> Vec<String> {
    let (now, then) = (&container.plan, container.plan.with(layer));
    let services = then.services.iter().filter(|(name, service)| now.services.get(*name) != Some(*service));
    let mut lines: Vec<String> = services
        .map(|(name, service)| {
            let Some(before) = now.services.get(name) else { return format!("add service {name}") };
            let mut parts: Vec<String> = Vec::new();
            if before.command != service.command {
                parts.push("its command".to_owned());
            }
            if before.startup != service.startup {
                let enabled = service.startup == Some(Startup::Enabled);
                parts.push(if enabled { "it runs" } else { "it does not run" }.to_owned());
            }
            let names = names_that_differ(&before.environment, &service.environment);
            if !names.is_empty() {
                let names: Vec<&str> = names.into_iter().collect();
                parts.push(format!("its environment ({})", names.join(", ")));
            }
            if parts.is_empty() {
                parts.push("its settings".to_owned());
            }
            format!("change service {name}: {}", parts.join(", "))
        })
        .collect();
    let checks = then.checks.iter().filter(|(name, check)| now.checks.get(*name) != Some(*check));
    lines.extend(checks.map(|(name, _)| format!("change check {name}")));
    let targets = then.log_targets.iter();
    let targets = targets.filter(|(name, target)| now.log_targets.get(*name) != Some(*target));
    lines.extend(targets.map(|(name, _)| format!("change log target {name}")));
    lines
}

fn names_that_differ<'a>(before: &'a Environment, after: &'a Environment) -> BTreeSet<&'a str> {
    let names = before.keys().chain(after.keys()).map(String::as_str);
    names.filter(|name| before.get(*name) != after.get(*name)).collect()
}
