//! What the web-app charm does about what it sees. Pure: `Observed` in, `Decision` out.
//!
//! Each part is a file: `container` (files, migration, services), `key` (the generated key), `databags` (what is asked of
//! others and told to them), `patience` and `rolling` (when the container is left alone), `action`, `plan`.

mod action;
mod container;
mod databags;
mod gunicorn;
mod key;
mod migrate;
mod patience;
mod plan;
mod rolling;

pub use container::{OUTPUT_FILE, contents};

use super::charm::Charm;
use super::effects::WebEffect;
use super::situation::{Hindrance, Situation};
use crate::effects::{ContainerChange, Decision, Effect};
use crate::juju::event::Event;
use crate::juju::names::ContainerName;
use crate::juju::wire::PortRange;
use crate::observed::Observed;

type Effects = Vec<Effect<WebEffect>>;

/// Decides.
pub fn decide(charm: &Charm, observed: &Observed) -> Decision<WebEffect> {
    let situation = Situation::new(charm, observed);
    match &observed.event {
        Event::Stop | Event::Remove => return Decision::nothing(),
        Event::Action(event) => {
            let effects = match event.name.as_str() {
                plan::ACTION => vec![plan::show(charm, observed)],
                _ => action::run(&situation, event),
            };
            return Decision { effects, ..Decision::nothing() };
        }
        _ => {}
    }
    let mut effects = key::share(&situation);
    let mut notes = Vec::new();
    let status = match situation.ready() {
        Ok(ready) => {
            notes.extend(ready.settings.notes.iter().cloned());
            let (in_container, status) =
                patience::patiently(&situation, container::converge(&situation, &ready));
            effects.extend(in_container);
            let (forwarded, problems) = container::forward_logs(&situation, ready.container);
            effects.extend(forwarded);
            notes.extend(problems);
            effects.extend(ports(observed, ready.settings.port));
            status
        }
        Err(hindrance) => {
            effects.extend(stop(&situation, &hindrance));
            notes.extend(hindrance.detail);
            hindrance.status
        }
    };
    let (told, more) = databags::publish(&situation);
    effects.extend(told);
    notes.extend(more);
    let application_status = observed.is_leader.then(|| status.clone());
    Decision { effects, unit_status: Some(status), application_status, notes }
}

/// The app's port is open and no other.
fn ports(observed: &Observed, port: u16) -> Option<Effect<WebEffect>> {
    let wanted = PortRange::tcp(port);
    let close: Vec<_> = observed.opened_ports.iter().filter(|open| **open != wanted).copied().collect();
    let open: Vec<_> = (!observed.opened_ports.contains(&wanted)).then_some(wanted).into_iter().collect();
    (!open.is_empty() || !close.is_empty()).then_some(Effect::Ports { open, close })
}

/// Services that must not run without what is missing are stopped, and the next start migrates again.
fn stop(situation: &Situation<'_>, hindrance: &Hindrance) -> Effects {
    let Some(container) = situation.container().filter(|_| hindrance.stops_services) else {
        return Vec::new();
    };
    let running =
        container.plan.services.keys().filter(|name| container.is_active(name) || container.is_failing(name));
    let running: Vec<String> = running.cloned().collect();
    if running.is_empty() {
        return Vec::new();
    }
    let changes = migrate::forget(situation).into_iter().chain([ContainerChange::Stop(running)]);
    in_container(situation, changes)
}

fn in_container(situation: &Situation<'_>, changes: impl IntoIterator<Item = ContainerChange>) -> Effects {
    let Ok(name) = ContainerName::parse(situation.charm.profile.container()) else { return Vec::new() };
    changes.into_iter().map(|change| Effect::Container(name.clone(), change)).collect()
}

#[cfg(test)]
mod tests;
