//! A world to decide in: unit `web/N` of an application with a rock, which takes what is decided.

use std::collections::BTreeMap;

use crate::effects::{Bag, ContainerChange, Decision, Effect};
use crate::juju::environment::HookContext;
use crate::juju::event::{ActionEvent, Event};
use crate::juju::metadata::{CharmFiles, Sources};
use crate::juju::names::{ActionName, ContainerName, EndpointName, RelationId, SecretId, UnitName};
use crate::juju::wire::{ConfigValue, Databag, Parameters, ReportedStatus};
use crate::observed::{Container, Observed, Peer, Relation, SecretState};
use crate::pebble::types::{CheckInfo, CheckStatus, FileInfo, Plan, ServiceInfo, ServiceStatus, Startup};
use crate::secret::Secret;
use crate::webapp::charm::{Charm, Texts};
use crate::webapp::decide::{contents, decide};
use crate::webapp::effects::{Change, Command, Probe, WebEffect};
use crate::webapp::framework::{Framework, Profile};

const SECRET: &str = "secret:9m4e2mr0ui3e8a215n4g";

pub(super) struct World {
    pub(super) charm: Charm,
    pub(super) observed: Observed,
    /// What was done to the app's own container, in order.
    pub(super) done: Vec<String>,
}

/// The framework's charm with a few of its extension's options, and with more endpoints that it requires.
pub(super) fn charm(framework: Framework, requires: &str, paas_config: Option<&str>) -> Charm {
    let options = "flask-env: {type: string}, webserver-workers: {type: int}, \
                   webserver-worker-class: {type: string}, django-debug: {type: boolean}, \
                   token: {type: secret}, must: {type: string, optional: true}";
    charm_with_options(framework, requires, options, paas_config)
}

/// The same with these options and no others.
pub(super) fn charm_with_options(
    framework: Framework,
    requires: &str,
    options: &str,
    paas_config: Option<&str>,
) -> Charm {
    let container = match framework {
        Framework::Flask => "flask-app",
        Framework::Django => "django-app",
        _ => "app",
    };
    let metadata = format!(
        "{{name: web, summary: s, description: d, containers: {{{container}: {{resource: i}}}},
          resources: {{i: {{type: oci-image}}}}, peers: {{secret-storage: {{interface: secret-storage}}}},
          provides: {{metrics-endpoint: {{interface: prometheus_scrape}}}},
          requires: {{ingress: {{interface: ingress}}, {requires}}}}}"
    );
    let config = format!("options: {{{options}}}");
    let sources = Sources { metadata: Some(&metadata), config: Some(&config), ..Sources::default() };
    let CharmFiles { metadata, config, .. } = CharmFiles::parse(&sources).unwrap();
    let profile = Profile::of(framework, &metadata);
    let texts = Texts { paas_config: paas_config.map(|text| Ok(text.to_owned())), ..Texts::default() };
    Charm::new(profile, metadata, config, texts, "b1".to_owned())
}

impl World {
    /// The container has just started, with these services of the rock's, and nothing was done yet.
    pub(super) fn fresh(charm: Charm, rock: &str) -> Self {
        let shown = ReportedStatus { status: "unknown".to_owned(), message: String::new() };
        let plan = Plan::parse(rock).unwrap();
        let services = plan.services.iter().map(|(name, service)| ServiceInfo {
            name: name.clone(),
            startup: service.startup.clone().unwrap_or(Startup::Disabled),
            current: ServiceStatus::Inactive,
            current_since: None,
        });
        let container = Container {
            services: services.collect(),
            plan,
            contents: BTreeMap::new(),
            present: BTreeMap::new(),
            listed: Vec::new(),
            checks: Vec::new(),
        };
        let name = ContainerName::parse(charm.profile.container()).unwrap();
        let observed = Observed {
            context: context(0),
            event: Event::ConfigChanged,
            charm_name: "web".to_owned(),
            hosts_file: String::new(),
            config: BTreeMap::new(),
            is_leader: true,
            planned_units: vec![unit(0)],
            existing_units: 1,
            peer: Some(Peer {
                id: RelationId::parse("secret-storage:0").unwrap(),
                application: Databag::new(),
                units: BTreeMap::from([(unit(0), Databag::new())]),
            }),
            secret: SecretState::Unnamed,
            secrets: BTreeMap::new(),
            opened_ports: Vec::new(),
            fresh: Secret::new("fresh"),
            parameters: Parameters::new(),
            relations: BTreeMap::new(),
            joining: Vec::new(),
            shown_unit_status: shown,
            shown_application_status: None,
            containers: BTreeMap::from([(name, container)]),
        };
        Self { charm, observed, done: Vec::new() }
    }

    /// Passes until nothing is left to do, and forgets what was done.
    pub(super) fn settled(charm: Charm, rock: &str) -> Self {
        let mut world = Self::fresh(charm, rock);
        world.settle();
        world.done.clear();
        world
    }

    /// Passes until nothing is left to do; fails if that does not end.
    pub(super) fn settle(&mut self) {
        for _ in 0..5 {
            if self.pass().effects.is_empty() {
                return;
            }
        }
        panic!("it does not settle: {:?}", self.decide().effects);
    }

    pub(super) fn decide(&self) -> Decision<WebEffect> {
        decide(&self.charm, &self.observed)
    }

    pub(super) fn status(&self) -> String {
        self.decide().unit_status.unwrap().to_string()
    }

    /// One hook in which all goes well.
    pub(super) fn pass(&mut self) -> Decision<WebEffect> {
        let decision = self.decide();
        for effect in decision.effects.clone() {
            self.take(effect);
        }
        decision
    }

    fn take(&mut self, effect: Effect<WebEffect>) {
        match effect {
            Effect::Container(_, change) => self.change(change),
            Effect::Workload(WebEffect { change, .. }) => self.own(&change),
            Effect::Databag(id, bag, changes) => self.write(&id, bag, changes),
            Effect::CreateSecret { under, keys, .. } => {
                let content = keys.iter().map(|key| ((*key).to_owned(), Secret::new("made"))).collect();
                self.observed.secret = SecretState::Known(content);
                let peer = self.observed.peer.as_mut().unwrap();
                let _none = peer.application.insert(under.to_owned(), SECRET.to_owned());
            }
            Effect::RenewSecret { keys, .. } => {
                let content = keys.iter().map(|key| ((*key).to_owned(), Secret::new("renewed"))).collect();
                self.observed.secret = SecretState::Known(content);
            }
            Effect::Ports { open, close } => {
                self.observed.opened_ports.retain(|port| !close.contains(port));
                self.observed.opened_ports.extend(open);
            }
            Effect::WorkloadVersion(_) | Effect::ActionResults(_) | Effect::ActionFailure(_) => {}
        }
    }

    fn change(&mut self, change: ContainerChange) {
        let container = self.observed.containers.values_mut().next().unwrap();
        match change {
            ContainerChange::Push { path, content, .. } => {
                self.done.push(format!("push {path}"));
                // A pass sees the files that it asks for, and no others.
                if contents(&self.charm).contains(&path) {
                    let _before = container.contents.insert(path, content);
                }
            }
            ContainerChange::PushSelf { path } => {
                self.done.push("push itself".to_owned());
                let _before = container.present.insert(path, "root".to_owned());
            }
            ContainerChange::AddLayer { label, layer } => {
                self.done.push(format!("layer {label}"));
                container.plan = container.plan.with(&layer);
            }
            ContainerChange::Replan | ContainerChange::ReplanAndWait => {
                self.done.push("replan".to_owned());
                let plan = container.plan.clone();
                for info in &mut container.services {
                    if plan.services[&info.name].startup == Some(Startup::Enabled) {
                        info.current = ServiceStatus::Active;
                    }
                }
            }
            ContainerChange::Restart(names) => {
                self.done.push(format!("restart {}", names.join(" ")));
                self.set(&names, &ServiceStatus::Active);
            }
            ContainerChange::Stop(names) => {
                self.done.push(format!("stop {}", names.join(" ")));
                self.set(&names, &ServiceStatus::Inactive);
            }
            ContainerChange::Notify { key } => self.done.push(format!("notify {key}")),
            ContainerChange::MakeDirectory { .. } | ContainerChange::Own { .. } => {}
        }
    }

    fn own(&mut self, change: &Change) {
        let words = |command: &Command| command.exec.command.join(" ");
        let line = match change {
            Change::Check { command, .. } => format!("check {}", words(command)),
            Change::Migrate { command, file, completed, .. } => {
                let container = self.observed.containers.values_mut().next().unwrap();
                let _before = container.contents.insert(file.clone(), Secret::new(completed.as_str()));
                format!("migrate {}", words(command))
            }
            Change::Act { command } => format!("act {}", words(command)),
            Change::Prove(Probe { service, .. }) => format!("prove {service}"),
            Change::Reload { service } => format!("reload {service}"),
        };
        self.done.push(line);
    }

    fn write(&mut self, id: &RelationId, bag: Bag, changes: Databag) {
        let peer = self.observed.peer.as_mut().filter(|peer| peer.id == *id);
        let target = match (peer, bag) {
            (Some(peer), Bag::Application) => &mut peer.application,
            (Some(peer), Bag::Unit) => peer.units.entry(self.observed.context.unit.clone()).or_default(),
            (None, bag) => {
                let mut relations = self.observed.relations.values_mut().flatten();
                let relation = relations.find(|relation| relation.id == *id).unwrap();
                match bag {
                    Bag::Unit => relation.own_unit.get_or_insert_default(),
                    Bag::Application => relation.own_application.get_or_insert_default(),
                }
            }
        };
        target.extend(changes);
        target.retain(|_, value| !value.is_empty());
    }

    pub(super) fn set(&mut self, names: &[String], status: &ServiceStatus) {
        let container = self.observed.containers.values_mut().next().unwrap();
        for info in container.services.iter_mut().filter(|info| names.contains(&info.name)) {
            info.current = status.clone();
        }
    }

    /// The health check of the web app has this verdict.
    pub(super) fn check(&mut self, status: CheckStatus) {
        let check = CheckInfo {
            name: "sidecharm-web".to_owned(),
            level: None,
            startup: None,
            status,
            successes: None,
            failures: 0,
            threshold: 3,
            change_id: None,
            prev_change_id: None,
        };
        self.observed.containers.values_mut().next().unwrap().checks = vec![check];
    }

    pub(super) fn container(&self) -> &Container {
        self.observed.containers.values().next().unwrap()
    }

    /// What the app is given: its variables, and those of its file with secrets.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let service = &self.container().plan.services[self.charm.profile.framework.as_str()];
        let plain = service.environment.iter().filter(|(name, _)| *name != "SIDECHARM_SECRETS");
        let plain = plain.map(|(name, value)| (name.clone(), value.clone()));
        let secrets = self.container().content("/etc/sidecharm/secrets/_daemon_.json").unwrap_or("{}");
        let secrets: BTreeMap<String, String> = serde_json::from_str(secrets).unwrap();
        plain.chain(secrets).collect()
    }

    /// How often this was done.
    pub(super) fn times(&self, what: &str) -> usize {
        self.done.iter().filter(|done| done.starts_with(what)).count()
    }

    pub(super) fn has_file(&mut self, name: &str) {
        let text = format!(
            r#"{{"path": "/a/{name}", "name": "{name}", "type": "file", "size": 1, "permissions": "755",
            "last-modified": "2026-01-01T00:00:00Z"}}"#
        );
        let info: FileInfo = serde_json::from_str(&text).unwrap();
        self.observed.containers.values_mut().next().unwrap().listed.push(info);
    }

    pub(super) fn option(&mut self, name: &str, value: &str) {
        let _before = self.observed.config.insert(name.to_owned(), ConfigValue::Text(value.to_owned()));
    }

    /// The operator wants restarts in turn, or not.
    pub(super) fn rolls(&mut self, wanted: bool) {
        let name = "sidecharm-rolling-restart".to_owned();
        let _before = self.observed.config.insert(name, ConfigValue::Boolean(wanted));
    }

    /// A relation over which this was said.
    pub(super) fn relate(&mut self, endpoint: &str, said: &[(&str, &str)]) {
        let bag = said.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let relation = Relation {
            id: RelationId::parse(&format!("{endpoint}:7")).unwrap(),
            own_unit: Some(Databag::new()),
            own_application: Some(Databag::new()),
            address: Some("10.1.0.5".to_owned()),
            application: bag.collect(),
            units: BTreeMap::new(),
            in_other_model: false,
        };
        let _before = self.observed.relations.insert(EndpointName::parse(endpoint).unwrap(), vec![relation]);
    }

    /// The other side of a relation has a unit, which said this.
    pub(super) fn relate_unit(&mut self, endpoint: &str, said: &[(&str, &str)]) {
        self.relate(endpoint, &[]);
        let bag = said.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let endpoint = EndpointName::parse(endpoint).unwrap();
        let relation = &mut self.observed.relations.get_mut(&endpoint).unwrap()[0];
        let _none = relation.units.insert(UnitName::parse("far/0").unwrap(), bag);
    }

    /// This unit is number N of so many, and does not lead.
    pub(super) fn be(&mut self, number: u32, units: u32) {
        self.observed.context = context(number);
        self.observed.is_leader = false;
        self.observed.planned_units = (0..units).map(unit).collect();
        if let Some(peer) = &mut self.observed.peer {
            let _own = peer.units.entry(unit(number)).or_default();
        }
    }

    /// The calls that an action leads to.
    pub(super) fn act(&mut self, name: &str, parameters: &[(&str, &str)]) -> Vec<Effect<WebEffect>> {
        let name = ActionName::parse(name).unwrap();
        self.observed.event = Event::Action(ActionEvent { name, task: "1".to_owned() });
        self.observed.parameters =
            parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
        self.pass().effects
    }

    pub(super) fn secret_id() -> SecretId {
        SecretId::parse(SECRET).unwrap()
    }
}

pub(super) fn unit(number: u32) -> UnitName {
    UnitName::parse(&format!("web/{number}")).unwrap()
}

fn context(number: u32) -> HookContext {
    let variables = [
        ("JUJU_CONTEXT_ID", "web/0-start-1".to_owned()),
        ("JUJU_UNIT_NAME", format!("web/{number}")),
        ("JUJU_MODEL_NAME", "dev".to_owned()),
        ("JUJU_MODEL_UUID", "5e0a".to_owned()),
        ("JUJU_VERSION", "3.6.9".to_owned()),
        ("JUJU_CHARM_DIR", "/charm".to_owned()),
    ];
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    HookContext::parse(&variables).unwrap()
}
