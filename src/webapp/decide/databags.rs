//! What is asked of others, and what they are told of the app.

use super::{Effects, migrate};
use crate::effects::{Bag, Effect};
use crate::juju::wire::Databag;
use crate::webapp::integrations::ask::ask;
use crate::webapp::migration;
use crate::webapp::observability::Observability;
use crate::webapp::observability::assets::Assets;
use crate::webapp::observability::scrape::{self, FrameworkMetrics, ScrapeConfig, StaticConfig};
use crate::webapp::paas_config::{ScrapeJob, Target};
use crate::webapp::situation::Situation;

/// Writes what differs; and what the log should say.
pub(super) fn publish(situation: &Situation<'_>) -> (Effects, Vec<String>) {
    let mut effects = asks(situation);
    effects.extend(migration(situation));
    let (told, problems) = observability(situation);
    effects.extend(told);
    (effects, problems)
}

fn asks(situation: &Situation<'_>) -> Effects {
    let observed = situation.observed;
    let app = situation.app();
    let relations = situation.charm.integrations.iter().flat_map(|integration| {
        let of = observed.relations.get(&integration.endpoint);
        of.into_iter().flatten().map(move |relation| (integration, relation))
    });
    let asks = relations.flat_map(|(integration, relation)| {
        let asked = ask(integration, relation, &app);
        let unit = Effect::publish(&relation.id, Bag::Unit, relation.own_unit.as_ref(), Some(asked.unit));
        let own_application = relation.own_application.as_ref();
        let application =
            Effect::publish(&relation.id, Bag::Application, own_application, Some(asked.application));
        unit.into_iter().chain(application)
    });
    asks.collect()
}

/// What became of the migration, for the other units.
fn migration(situation: &Situation<'_>) -> Effects {
    let observed = situation.observed;
    let Some(peer) = &observed.peer else { return Effects::new() };
    let Ok(ready) = situation.ready() else { return Effects::new() };
    let (counts, own) = migrate::publish(situation, &ready);
    let bag = |record: migration::Record| {
        record.render().ok().map(|text| Databag::from([(migration::KEY.to_owned(), text)]))
    };
    let application =
        Effect::publish(&peer.id, Bag::Application, Some(&peer.application), counts.and_then(bag));
    // Only the unit that is the first to get a new image is asked by others.
    let is_last = observed.planned_units.last() == Some(situation.unit());
    let now = peer.units.get(situation.unit()).filter(|_| is_last);
    let unit = Effect::publish(&peer.id, Bag::Unit, now, own.and_then(bag));
    application.into_iter().chain(unit).collect()
}

fn observability(situation: &Situation<'_>) -> (Effects, Vec<String>) {
    let charm = situation.charm;
    let settings = situation.settings.as_ref().and_then(|settings| settings.as_ref().ok());
    let metrics = settings.and_then(|settings| settings.metrics.as_ref());
    let own = FrameworkMetrics::new(
        metrics.map(|metrics| metrics.port),
        metrics.map(|metrics| metrics.path.as_str()),
    );
    let jobs: Vec<ScrapeConfig> = charm
        .paas_config
        .as_ref()
        .map(|file| file.scrape_jobs.iter().map(scrape_config).collect())
        .unwrap_or_default();
    let jobs = scrape::jobs(own.as_ref(), &jobs, &situation.host(situation.schedulers_unit()));
    let (assets, fault) = Assets::merge(charm.profile.framework, &charm.custom);
    let topology = situation.topology();
    let told = Observability {
        topology: &topology,
        host: &situation.host(situation.unit()),
        jobs: &jobs,
        assets: &assets,
    };
    let published = told.publish(&situation.observed.relations);
    (published.effects, published.problems.into_iter().chain(fault).collect())
}

fn scrape_config(job: &ScrapeJob) -> ScrapeConfig {
    let target = |target: &Target| match target {
        Target::Scheduler(port) => format!("@scheduler:{port}"),
        Target::At(text) => text.clone(),
    };
    let group = |group: &crate::webapp::paas_config::TargetGroup| StaticConfig {
        targets: group.targets.iter().map(target).collect(),
        labels: group.labels.clone().unwrap_or_default(),
    };
    ScrapeConfig {
        job_name: job.name.clone(),
        metrics_path: job.metrics_path.clone(),
        static_configs: job.groups.iter().map(group).collect(),
    }
}
