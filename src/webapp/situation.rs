//! One pass's view of the app: what was observed, in this workload's words.

use std::collections::BTreeMap;

use super::base_url::Site;
use super::charm::Charm;
use super::integrations::ask::App;
use super::integrations::state::{self, Seen};
use super::integrations::variables::ingress_url;
use super::integrations::{Integration, Interface, peers, problem, variables as integration_variables};
use super::layer::{self, Rock};
use super::options::{self, OptionFaults, Settings};
use super::proxies;
use super::variables::Variables;
use crate::juju::names::{ApplicationName, ContainerName, EndpointName, SecretId, UnitName};
use crate::juju::status::Status;
use crate::juju::wire::{PortRange, SecretContent};
use crate::observed::{Container, Observed, SecretState};
use crate::relations::secret_storage;
use crate::relations::topology::{Topology, unit_host};
use crate::secret::Secret;

/// The key in the peer application bag that names the secret with the generated key.
pub const SECRET_NAME: &str = "secret-key-id";
/// The key in that secret.
pub const SECRET_VALUE: &str = "value";

/// What was observed, and what follows at once.
#[derive(Debug)]
pub struct Situation<'a> {
    /// The charm's files.
    pub charm: &'a Charm,
    /// What was observed.
    pub observed: &'a Observed,
    /// The application.
    pub application: ApplicationName,
    /// How far each integration is.
    pub seen: Vec<Seen>,
    /// What the options say; absent where paas-config.yaml cannot be used.
    pub settings: Option<Result<Settings, OptionFaults>>,
    /// The URL that the app is reached by.
    pub base_url: String,
    /// The rock's own services, where the container is reachable.
    pub rock: Option<Rock>,
}

/// What keeps the app from being started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hindrance {
    /// What is shown.
    pub status: Status,
    /// The services must not run meanwhile.
    pub stops_services: bool,
    /// What the status does not tell, for the log.
    pub detail: Option<String>,
}

impl Hindrance {
    fn of(status: Status) -> Self {
        Self { status, stops_services: false, detail: None }
    }
}

/// All that is needed to start the app.
#[derive(Debug)]
pub struct Ready<'a> {
    /// The container.
    pub container: &'a Container,
    /// What the options say.
    pub settings: &'a Settings,
    /// The generated key.
    pub key: Secret,
    /// The rock's own services.
    pub rock: &'a Rock,
}

impl<'a> Situation<'a> {
    /// Looks.
    pub fn new(charm: &'a Charm, observed: &'a Observed) -> Self {
        let context = &observed.context;
        let application = context.unit.application();
        let seen = state::look(&charm.integrations, &observed.relations, &observed.secrets, &application);
        let site = Site::of(ingress_url(&seen), &application, &context.model_name);
        let host = site.host();
        let known: BTreeMap<SecretId, SecretContent> = observed
            .secrets
            .iter()
            .filter_map(|(id, state)| match state {
                SecretState::Known(known) => Some((id.clone(), known.clone())),
                SecretState::Unnamed | SecretState::Vanished(_) | SecretState::Unreadable(..) => None,
            })
            .collect();
        let settings = charm.paas_config.as_ref().ok().map(|paas_config| {
            options::settings(&options::Given {
                profile: charm.profile,
                application: &application,
                schema: &charm.schema,
                config: &observed.config,
                secrets: &known,
                paas_config,
                host: &host,
            })
        });
        let port = settings.as_ref().and_then(|settings| Some(settings.as_ref().ok()?.port));
        let base_url = site.url(port.unwrap_or_else(|| charm.profile.default_port()));
        let rock = container(charm, observed).map(|container| rock(charm, container));
        Self { charm, observed, application, seen, settings, base_url, rock }
    }

    /// This unit.
    pub fn unit(&self) -> &'a UnitName {
        &self.observed.context.unit
    }

    /// The app's container, where it is reachable.
    pub fn container(&self) -> Option<&'a Container> {
        container(self.charm, self.observed)
    }

    /// Who the app is, for what it asks of others.
    pub fn app(&self) -> App<'_> {
        let context = &self.observed.context;
        let port = self.settings.as_ref().and_then(|settings| Some(settings.as_ref().ok()?.port));
        App {
            profile: self.charm.profile,
            unit: &context.unit,
            name: &self.application,
            model: &context.model_name,
            model_uuid: &context.model_uuid,
            base_url: &self.base_url,
            port,
            port_is_open: port.is_some_and(|port| self.observed.opened_ports.contains(&PortRange::tcp(port))),
            config: &self.observed.config,
        }
    }

    /// Where things come from.
    pub fn topology(&self) -> Topology {
        let context = &self.observed.context;
        Topology {
            model: context.model_name.clone(),
            model_uuid: context.model_uuid.clone(),
            application: self.application.clone(),
            unit: context.unit.clone(),
            charm_name: self.observed.charm_name.clone(),
        }
    }

    /// The key that a Python charm has left in the peer bag, in plain text.
    pub fn adopted_key(&self) -> Option<Secret> {
        let peer = self.observed.peer.as_ref()?;
        secret_storage::parse(&peer.application, self.charm.profile.framework.as_str()).ok()
    }

    /// The generated key.
    ///
    /// # Errors
    /// When there is none, what is shown.
    pub fn key(&self) -> Result<Secret, Status> {
        if let Some(key) = self.adopted_key() {
            return Ok(key);
        }
        let lost = |id: &SecretId, why: &str| {
            Status::blocked(&format!(
                "the secret key cannot be read ({}: {why}): see `juju secrets`",
                id.to_uri()
            ))
        };
        match &self.observed.secret {
            SecretState::Known(content) => content.get(SECRET_VALUE).cloned().ok_or_else(|| {
                Status::blocked("the secret key's secret holds no `value`: see `juju secrets`")
            }),
            SecretState::Unnamed => Err(Status::waiting("Waiting for peer integration")),
            SecretState::Vanished(id) => Err(lost(id, "it was removed")),
            SecretState::Unreadable(id, why) => Err(lost(id, why)),
        }
    }

    /// The unit that runs the schedulers: the one with the lowest number among those that are to stay.
    pub fn schedulers_unit(&self) -> &UnitName {
        self.observed.planned_units.first().unwrap_or(&self.observed.context.unit)
    }

    /// All that is needed, or what is in the way.
    ///
    /// # Errors
    /// When the app cannot be started now.
    pub fn ready(&self) -> Result<Ready<'_>, Hindrance> {
        let blocked = |text: String| Hindrance::of(Status::blocked(&text));
        if let Err(faults) = &self.charm.paas_config {
            return Err(blocked(faults.to_string()));
        }
        let settings = match &self.settings {
            Some(Ok(settings)) => settings,
            Some(Err(faults)) => {
                let detail = Some(faults.details());
                return Err(Hindrance { detail, ..blocked(faults.status()) });
            }
            None => return Err(blocked("paas-config.yaml cannot be used".to_owned())),
        };
        if let Some(problem) = problem::invalid(&self.seen) {
            return Err(hindered_by(&problem));
        }
        let (container, rock) = self
            .container()
            .zip(self.rock.as_ref())
            .ok_or_else(|| Hindrance::of(Status::waiting("Waiting for pebble ready")))?;
        let key = self.key().map_err(Hindrance::of)?;
        if let Some(problem) = problem::unready(&self.seen, &self.app()) {
            return Err(hindered_by(&problem));
        }
        if self.needs_database() {
            return Err(Hindrance {
                stops_services: true,
                ..Hindrance::of(Status::blocked("Django requires a database integration to work"))
            });
        }
        Ok(Ready { container, settings, key, rock })
    }

    fn needs_database(&self) -> bool {
        self.charm.profile.framework == super::framework::Framework::Django
            && !problem::has_database(&self.seen)
    }

    /// The app's environment.
    pub fn environment(&self, ready: &Ready<'_>) -> Variables {
        let profile = self.charm.profile;
        let context = &self.observed.context;
        let mut all = ready.settings.environment(profile, &self.base_url, &ready.key);
        all.extend(proxies::variables(integration_variables::proxy(&self.seen), &context.proxies));
        let units = &self.observed.planned_units;
        all.extend(peers::variables(profile.framework, units, &context.unit, &context.model_name));
        all.extend(self.integrations());
        all.extend(ready.settings.overriding(&ready.key));
        all
    }

    /// What the integrations give.
    pub fn integrations(&self) -> Variables {
        integration_variables::variables(&self.seen, &self.app())
    }

    /// Whether what is behind this endpoint may be what the app's script migrates.
    pub fn is_migrated(&self, endpoint: &EndpointName) -> bool {
        let of = |one: &&Integration| one.endpoint == *endpoint;
        self.charm.integrations.iter().find(of).is_some_and(|one| {
            one.interface.is_database()
                || matches!(
                    one.interface,
                    Interface::Redis
                        | Interface::Valkey
                        | Interface::S3
                        | Interface::Saml
                        | Interface::RabbitMq
                )
        })
    }

    /// What the integrations give that may be what the app's script migrates.
    pub fn migrated_integrations(&self) -> Variables {
        let seen = self.seen.iter().filter(|one| self.is_migrated(&one.integration.endpoint));
        integration_variables::variables(&seen.cloned().collect::<Vec<_>>(), &self.app())
    }

    /// The full name of a unit in the cluster.
    pub fn host(&self, unit: &UnitName) -> String {
        unit_host(unit, &self.observed.context.model_name)
    }
}

fn hindered_by(problem: &problem::Problem) -> Hindrance {
    Hindrance { stops_services: problem.stops_services(), ..Hindrance::of(problem.status()) }
}

fn container<'a>(charm: &Charm, observed: &'a Observed) -> Option<&'a Container> {
    let name = ContainerName::parse(charm.profile.container()).ok()?;
    observed.containers.get(&name)
}

/// The rock's services as they are remembered, else as the plan has them.
fn rock(charm: &Charm, container: &Container) -> Rock {
    let remembered = container.content(&layer::rock_file(charm.profile));
    remembered.and_then(|text| Rock::parse(text).ok()).unwrap_or_else(|| Rock::of(&container.plan))
}
