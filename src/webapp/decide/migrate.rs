//! The migration of the database, before the services run with what they are given now.

use crate::effects::{ContainerChange, Effect};
use crate::juju::names::ContainerName;
use crate::juju::status::Status;
use crate::pebble::types::Owner;
use crate::secret::Secret;
use crate::webapp::effects::{Change, WebEffect};
use crate::webapp::layer::Wrapper;
use crate::webapp::migration::{self, Next, Record, Script, Subject};
use crate::webapp::situation::{Ready, Situation};
use crate::webapp::variables::Variables;
use crate::webapp::{layer, process};

/// What a pass does about it.
pub(super) enum Step {
    /// The services may run.
    Go(Vec<Effect<WebEffect>>),
    /// Not yet; what is shown.
    Wait(Status),
}

/// Decides.
pub(super) fn step(
    situation: &Situation<'_>,
    ready: &Ready<'_>,
    variables: &Variables,
    wrapper: &Wrapper<'_>,
) -> Step {
    let profile = situation.charm.profile;
    let Some(script) = script(situation, ready) else { return Step::Go(Vec::new()) };
    let subject = subject(situation, ready);
    let own = own_record(situation, ready);
    let records = records(situation);
    let observed = situation.observed;
    let published = published(situation);
    let others = observed
        .planned_units
        .iter()
        .filter(|unit| *unit != situation.unit())
        .map(crate::juju::names::UnitName::number);
    let turn = migration::is_this_units_turn(
        &subject,
        published.as_ref(),
        observed.is_leader,
        situation.unit().number(),
        others,
    );
    let facts =
        migration::Situation { subject: &subject, is_own_turn: turn, own: own.as_ref(), others: &records };
    match facts.next() {
        Next::Done => Step::Go(Vec::new()),
        Next::Wait => Step::Wait(Status::waiting(migration::WAITING)),
        Next::Run => {
            let Ok(container) = ContainerName::parse(profile.container()) else {
                return Step::Go(Vec::new());
            };
            let command = process::exec(profile, ready.rock, variables, wrapper, script.command());
            let change = Change::Migrate {
                command: Box::new(command),
                file: migration::state_file(profile),
                completed: subject.ended(true).render_file(),
                failed: subject.ended(false).render_file(),
                problem: Status::blocked(&script.failed()),
            };
            let run = Effect::Workload(WebEffect { container: container.clone(), change });
            // Others wait for what the next hook publishes.
            let tell = Effect::Container(container, ContainerChange::Notify { key: NOTICE });
            Step::Go(vec![run, tell])
        }
    }
}

/// The notice that makes Juju run a hook after a migration.
const NOTICE: &str = "sidecharm.dev/migrated";

/// Whether the app has a script that migrates.
pub(super) fn script(situation: &Situation<'_>, ready: &Ready<'_>) -> Option<Script> {
    let names = ready.container.listed.iter().map(|file| file.name.as_str());
    Script::among(situation.charm.profile, names)
}

/// What a migration would be for now.
fn subject(situation: &Situation<'_>, ready: &Ready<'_>) -> Subject {
    let mut image = ready.rock.remembered().unwrap_or_default();
    for file in &ready.container.listed {
        image.push_str(&format!("\n{} {:?} {}", file.name, file.size, file.last_modified));
    }
    let relations = situation.observed.relations.iter();
    let required = relations.filter(|(endpoint, _)| situation.is_migrated(endpoint));
    let relations: Vec<_> =
        required.flat_map(|(_, all)| all.iter().map(|relation| relation.id.clone())).collect();
    Subject::new(&image, &relations, &situation.migrated_integrations())
}

fn own_record(situation: &Situation<'_>, ready: &Ready<'_>) -> Option<Record> {
    ready.container.content(&migration::state_file(situation.charm.profile)).and_then(Record::parse_file)
}

fn published(situation: &Situation<'_>) -> Option<Record> {
    let peer = situation.observed.peer.as_ref()?;
    peer.application.get(migration::KEY).and_then(|text| Record::parse(text))
}

fn records(situation: &Situation<'_>) -> Vec<Record> {
    let peer = situation.observed.peer.as_ref();
    let last = situation.observed.planned_units.last();
    let last = peer.and_then(|peer| Record::parse(peer.units.get(last?)?.get(migration::KEY)?));
    published(situation).into_iter().chain(last).collect()
}

/// What is to stand in the peer bags: of the leader what counts, of the last unit its own.
pub(super) fn publish(situation: &Situation<'_>, ready: &Ready<'_>) -> (Option<Record>, Option<Record>) {
    if script(situation, ready).is_none() {
        return (None, None);
    }
    let subject = subject(situation, ready);
    let own = own_record(situation, ready);
    let records = records(situation);
    let published = published(situation);
    let facts =
        migration::Situation { subject: &subject, is_own_turn: false, own: own.as_ref(), others: &records };
    let counts = facts.to_publish(published.as_ref());
    (counts.filter(|_| situation.observed.is_leader), own)
}

/// The next start migrates again.
pub(super) fn forget(situation: &Situation<'_>) -> Option<ContainerChange> {
    let path = migration::state_file(situation.charm.profile);
    let container = situation.container()?;
    let known = container.content(&path).is_some_and(|text| text != FORGOTTEN);
    known.then(|| ContainerChange::Push {
        path,
        content: Secret::new(FORGOTTEN),
        owner: Owner::both(layer::USER),
        mode: 0o644,
    })
}

/// paas-charm's word for a migration that is due.
const FORGOTTEN: &str = "PENDING";
