//! The world a scenario plays in: a model, pods made of folders and Pebbles, and the agents of their units.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use minijuju::controller::application::Resource;
use minijuju::controller::deploy::{Deployment, add_units, deploy};
use minijuju::controller::model::{Model, Settings};
use minijuju::controller::shared::SharedModel;
use minijuju::hooktools::context::{FlushError, Flushed};
use minijuju::hooktools::surroundings::Surroundings;
use minijuju::run::Run;
use minijuju::uniter::agent::{Agent, Arrival, Commits};
use minijuju::uniter::inbox::AgentHandle;
use minijuju::uniter::lease::Leases;
use minijuju::uniter::resolver::End;
use minijuju::uniter::retry::Timing;
use sidecharm::juju::metadata::{CharmFiles, ResourceKind, Sources};
use sidecharm::juju::names::{ApplicationName, ContainerName, UnitName};
use sidecharm::pebble::Client;
use sidecharm::pebble::types::CheckStatus;
use time::OffsetDateTime;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use super::diary::Diary;
use super::host_process::HostProcess;
use super::{flush, record};

/// The hook tools' program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_minijuju");
/// Recorded waits of 5 s (retries, looks at Pebble) last this long here.
pub const FIVE_SECONDS: Duration = Duration::from_millis(500);

/// What a scenario needs of the clock, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A deposed leader hears of it half of this later.
    pub leader_lease: f64,
    pub pebble_poll_interval: f64,
}

/// The world.
pub struct Stage {
    /// Stands for the root of every pod.
    pub root: tempfile::TempDir,
    pub shared: SharedModel,
    pub diary: Rc<RefCell<Diary>>,
    pub faults: Rc<Faults>,
    leases: Leases,
    agents: BTreeMap<String, RunningAgent>,
    pebbles: BTreeMap<(String, String), Child>,
    /// By container.
    layers: BTreeMap<String, String>,
}

struct RunningAgent {
    handle: AgentHandle,
    task: JoinHandle<End>,
}

/// Keeps what is committed, and refuses a commit where the scenario says so.
pub struct Faults {
    pub refuse_next: RefCell<Option<String>>,
    /// Of all relations that were ever seen.
    tags: RefCell<BTreeMap<u32, String>>,
    diary: Rc<RefCell<Diary>>,
    shared: SharedModel,
}

impl Commits for Faults {
    fn refusal(&self, _: &UnitName) -> Option<String> {
        self.refuse_next.borrow_mut().take()
    }

    fn done(&self, unit: &UnitName, _: &Run, outcome: &Result<Flushed, FlushError>) {
        let (changes, error) = match outcome {
            Ok(changes) => (changes, None),
            Err(error) => (&*error.changes, Some(error.message.clone())),
        };
        let now = self.shared.read(|model| {
            model.relations.values().map(|relation| (relation.number, relation.tag())).collect::<Vec<_>>()
        });
        let mut tags = self.tags.borrow_mut();
        tags.extend(now);
        let flushed = flush::render(changes, &tags, unit);
        self.diary.borrow_mut().commit(unit.as_str(), flushed, error);
    }
}

impl Stage {
    pub fn new(pace: Pace) -> Self {
        let root = tempfile::Builder::new().prefix("replay").tempdir_in("/tmp").unwrap();
        let shared = SharedModel::new(model(pace));
        let diary = Rc::new(RefCell::new(Diary::default()));
        let (own_diary, own_model) = (Rc::clone(&diary), shared.clone());
        let faults = Faults {
            refuse_next: RefCell::default(),
            tags: RefCell::default(),
            diary: own_diary,
            shared: own_model,
        };
        std::fs::create_dir_all(root.path().join("tmp")).unwrap();
        let stage = Self {
            root,
            shared,
            diary,
            faults: Rc::new(faults),
            leases: Leases::default(),
            agents: BTreeMap::new(),
            pebbles: BTreeMap::new(),
            layers: BTreeMap::new(),
        };
        let default = std::fs::read_to_string(record::folder().join("charms/default.sh")).unwrap();
        stage.script("", "default", &default);
        stage
    }

    /// Writes a script that the charm of an application or unit runs for a hook; an empty one is taken away.
    pub fn script(&self, whose: &str, hook: &str, text: &str) {
        let path = self.root.path().join("scn/scripts").join(whose.replace('/', "-")).join(hook);
        if text.is_empty() {
            std::fs::remove_file(path).unwrap();
            return;
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, self.localised(text)).unwrap();
    }

    pub fn deploy(&self, name: &str, url: &str, options: BTreeMap<String, String>) {
        let charm = read_charm(&charm_folder(url));
        let number = self.shared.read(|model| model.applications.len());
        let wanted = Deployment {
            name: ApplicationName::parse(name).unwrap(),
            charm: &charm,
            charm_dir: charm_folder(url),
            charm_url: url.to_owned(),
            units: 0,
            trust: false,
            options,
            resources: self.resources(&charm),
            service_address: Ipv4Addr::new(10, 152, 183, 50 + u8::try_from(number).unwrap()),
            volumes: &self.root.path().join("volumes"),
        };
        self.shared.change(|model| deploy(model, wanted, now())).unwrap();
    }

    /// Whatever files the charm wants, attached.
    fn resources(&self, charm: &CharmFiles) -> BTreeMap<String, Resource> {
        let attached = charm.metadata.resources.iter().filter_map(|(name, resource)| {
            let ResourceKind::File { filename } = &resource.kind else { return None };
            let path = self.root.path().join(filename);
            std::fs::write(&path, "blob").unwrap();
            Some((name.clone(), Resource { path, revision: 1 }))
        });
        attached.collect()
    }

    pub fn add_unit(&self, unit: &str) {
        let wanted = name(unit);
        let volumes = self.root.path().join("volumes");
        let added =
            self.shared.change(|model| add_units(model, &wanted.application(), 1, &volumes, now())).unwrap();
        // A recorded application counts on where one of ours would take the number of a unit that went.
        if added != [wanted.clone()] {
            self.shared.change(|model| {
                let mut unit = model.units.remove(&added[0]).unwrap();
                unit.name = wanted.clone();
                model.units.insert(wanted.clone(), unit);
                for storage in model.storage.values_mut().filter(|storage| storage.unit == added[0]) {
                    storage.unit = wanted.clone();
                }
            });
        }
        self.new_pod(unit);
    }

    /// Empties the unit's folders and unpacks the charm there.
    pub fn new_pod(&self, unit: &str) {
        let surroundings = self.surroundings(unit);
        self.shared.change(|model| {
            model.next.address += 1;
            let address = Ipv4Addr::new(10, 1, 0, u8::try_from(10 + model.next.address).unwrap());
            model.units.get_mut(&name(unit)).unwrap().address = Some(address);
        });
        drop(std::fs::remove_dir_all(&surroundings.base));
        let charm = surroundings.charm_dir();
        std::fs::create_dir_all(&charm).unwrap();
        std::fs::create_dir_all(&surroundings.tools).unwrap();
        let source =
            self.shared.read(|model| model.applications[&name(unit).application()].charm_dir.clone());
        for entry in std::fs::read_dir(source).unwrap() {
            let entry = entry.unwrap();
            let target = charm.join(entry.file_name());
            let text = self.localised(&std::fs::read_to_string(entry.path()).unwrap());
            std::fs::write(&target, text).unwrap();
            std::fs::set_permissions(&target, entry.metadata().unwrap().permissions()).unwrap();
        }
        for tool in super::TOOLS {
            let link = surroundings.tools.join(tool);
            if !link.exists() {
                std::os::unix::fs::symlink(PROGRAM, link).unwrap();
            }
        }
    }

    /// Starts the agent; its pod is new if no agent has run in it yet.
    pub async fn start_agent(&mut self, unit: &str) {
        // A recorded agent may have crashed where ours did not.
        self.stop_agent(unit).await;
        let surroundings = self.surroundings(unit);
        let ran = surroundings.base.join("ran");
        let arrival = if ran.exists() { Arrival::SamePod } else { Arrival::NewPod };
        std::fs::write(ran, "").unwrap();
        let containers = self
            .shared
            .read(|model| model.applications[&name(unit).application()].declared.containers.clone());
        let socket = |container: ContainerName| {
            let socket = self.pebble_folder(unit, container.as_str()).join("socket");
            (container, socket)
        };
        let handle = AgentHandle::default();
        let agent = Agent {
            unit: name(unit),
            shared: self.shared.clone(),
            handle: handle.clone(),
            leases: self.leases.clone(),
            process: HostProcess { unit: unit.to_owned(), diary: Rc::clone(&self.diary) },
            listener: listener(&surroundings.socket).await,
            charm: surroundings.charm_dir(),
            surroundings,
            pebbles: containers.into_iter().map(socket).collect(),
            commits: Rc::clone(&self.faults) as Rc<dyn Commits>,
            timing: Timing { first_retry: FIVE_SECONDS, ..Timing::JUJU },
            seed: 1,
        };
        let task = tokio::task::spawn_local(async move { agent.run(arrival).await });
        self.agents.insert(unit.to_owned(), RunningAgent { handle, task });
    }

    /// The agent dies, and with it the process it runs.
    pub async fn stop_agent(&mut self, unit: &str) {
        let Some(agent) = self.agents.remove(unit) else { return };
        agent.task.abort();
        drop(agent.task.await);
        self.diary.borrow_mut().kill(unit);
    }

    /// Waits for the end of an agent that was told to end.
    pub async fn await_end(&mut self, unit: &str) -> Option<End> {
        let agent = self.agents.remove(unit)?;
        let end = tokio::time::timeout(super::LIMIT, agent.task).await;
        Some(end.unwrap_or_else(|_| panic!("the agent of {unit} did not end")).unwrap())
    }

    pub fn agent(&self, unit: &str) -> &AgentHandle {
        &self.agents[unit].handle
    }

    /// Starts a Pebble as the first process of a process namespace, so that its boot has an id of its own.
    pub async fn start_pebble(&mut self, unit: &str, container: &str) {
        let folder = self.pebble_folder(unit, container);
        std::fs::create_dir_all(folder.join("layers")).unwrap();
        if let Some(layer) = self.layers.get(container) {
            std::fs::write(folder.join("layers/001-image.yaml"), layer).unwrap();
        }
        let child = Command::new("unshare")
            .args(["--pid", "--fork", "--kill-child=KILL"])
            .arg(pebble())
            .args(["run", "--create-dirs"])
            .env("PEBBLE", &folder)
            .env("PEBBLE_SOCKET", folder.join("socket"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.pebbles.insert((unit.to_owned(), container.to_owned()), child);
        let client = self.pebble(unit, container);
        super::eventually("Pebble answers", async || client.system_info().await.is_ok()).await;
    }

    /// What the image of a container brings along for its Pebble, in the recordings' own words.
    pub fn put_layer(&mut self, container: &str, words: &str) {
        let mut layer = String::new();
        for part in words.split("; ") {
            let (what, how) = part.split_once(": ").unwrap();
            match what.split_once(' ').unwrap() {
                ("service", service) => {
                    layer += &format!("services: {{{service}: {{override: replace, command: {how}}}}}\n");
                }
                ("check", check) => {
                    let mut how = how.split(", ");
                    let command = how.next().unwrap().strip_prefix("exec ").unwrap();
                    let command = self.localised(command);
                    let settings: Vec<String> = how.map(|setting| setting.replace(' ', ": ")).collect();
                    let settings = settings.join(", ");
                    layer += &format!(
                        "checks: {{{check}: {{override: replace, timeout: 200ms, {settings}, exec: {{command: {command}}}}}}}\n"
                    );
                }
                (other, _) => panic!("unknown part of a layer: {other}"),
            }
        }
        self.layers.insert(container.to_owned(), layer);
        self.set_check("alive", true);
    }

    /// Lets a check pass or fail, and waits until it does.
    pub async fn turn_check(&self, check: &str, passes: bool) {
        self.set_check(check, passes);
        for (unit, container) in
            self.pebbles.keys().filter(|(_, container)| self.layers.contains_key(container))
        {
            let client = self.pebble(unit, container);
            super::eventually("the check turns", async || {
                let checks = client.checks(None, &[check]).await.unwrap_or_default();
                let wanted = if passes { CheckStatus::Up } else { CheckStatus::Down };
                checks.first().is_some_and(|check| check.status == wanted)
            })
            .await;
        }
    }

    fn set_check(&self, check: &str, passes: bool) {
        let input = self.root.path().join("tmp").join(format!("{check}-web"));
        if passes {
            std::fs::write(input, "").unwrap();
        } else {
            drop(std::fs::remove_file(input));
        }
    }

    /// Kills a Pebble and forgets its files.
    pub fn stop_pebble(&mut self, unit: &str, container: &str) {
        let Some(mut child) = self.pebbles.remove(&(unit.to_owned(), container.to_owned())) else { return };
        child.kill().unwrap();
        child.wait().unwrap();
        drop(std::fs::remove_dir_all(self.pebble_folder(unit, container)));
    }

    pub fn pebble(&self, unit: &str, container: &str) -> Client {
        Client::new(self.pebble_folder(unit, container).join("socket"))
    }

    pub fn surroundings(&self, unit: &str) -> Surroundings {
        let real = Surroundings::of(&name(unit));
        let below = |path: &Path| self.root.path().join(path.strip_prefix("/").unwrap());
        Surroundings {
            base: below(&real.base),
            tools: below(&real.tools),
            socket: real.socket.replace("@/", &format!("@{}/", self.root.path().display())),
            api_addresses: real.api_addresses.replace("controller-minijuju", "controller-micro"),
            ..real
        }
    }

    /// The recorded scripts say `/scn` and `/tmp`.
    pub fn localised(&self, text: &str) -> String {
        let root = self.root.path().display();
        let text = text.replace("/tmp/", &format!("{root}/tmp/")).replace("/scn/", &format!("{root}/scn/"));
        ["1", "2", "3", "7"].iter().fold(text, |text, seconds| {
            let shorter = seconds.parse::<f64>().unwrap() * 0.3;
            text.replace(&format!("sleep {seconds}\n"), &format!("sleep {shorter}\n"))
        })
    }

    /// Our output as the recordings would have it.
    pub fn recorded(&self, text: &str) -> String {
        let text = text.replace(self.root.path().to_str().unwrap(), "");
        let diary = self.diary.borrow();
        (1..)
            .zip(&diary.secrets)
            .fold(text, |text, (number, secret)| text.replace(secret, &format!("${{SECRET{number}}}")))
    }

    fn pebble_folder(&self, unit: &str, container: &str) -> PathBuf {
        self.root.path().join("pebble").join(unit.replace('/', "-")).join(container)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for child in self.pebbles.values_mut() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

pub fn name(unit: &str) -> UnitName {
    UnitName::parse(unit).unwrap()
}

pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The folder of a recorded charm: `charms/toy` of `ch:amd64/jammy/toy-1`, `charms/toy-next` of later revisions.
pub fn charm_folder(url: &str) -> PathBuf {
    let (name, revision) = url.rsplit('/').next().unwrap().rsplit_once('-').unwrap();
    let folder = if revision == "1" { name.to_owned() } else { format!("{name}-next") };
    record::folder().join("charms").join(folder)
}

pub fn read_charm(folder: &Path) -> CharmFiles {
    let file = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let (metadata, config, actions) = (file("metadata.yaml"), file("config.yaml"), file("actions.yaml"));
    let sources = Sources {
        metadata: metadata.as_deref(),
        charmcraft: None,
        config: config.as_deref(),
        actions: actions.as_deref(),
        manifest: None,
    };
    CharmFiles::parse(&sources).unwrap()
}

fn model(pace: Pace) -> Model {
    Model {
        settings: Settings {
            agent_version: "3.6-beta2".to_owned(),
            pebble_poll_interval: pace.pebble_poll_interval,
            // Only ticks that a scenario asks for.
            update_status_hook_interval: 1e6,
            leader_lease: pace.leader_lease,
            ..Settings::default()
        },
        ..Model::empty("oracle", "f1f4b1d2-3c0a-4b63-9a5e-0d6c7a8b9c1e")
    }
}

/// A process that is just being started elsewhere may hold the old one open for a moment.
async fn listener(socket: &str) -> UnixListener {
    use std::os::linux::net::SocketAddrExt as _;
    let name = socket.strip_prefix('@').unwrap();
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap();
    let mut bound = None;
    super::eventually("the agent's socket is free", async || {
        bound = std::os::unix::net::UnixListener::bind_addr(&address).ok();
        bound.is_some()
    })
    .await;
    let listener = bound.unwrap();
    listener.set_nonblocking(true).unwrap();
    UnixListener::from_std(listener).unwrap()
}

/// Pebble: `PEBBLE_BIN`, else the one that `make setup` built.
fn pebble() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/bin/pebble");
    let path = std::env::var_os("PEBBLE_BIN").map_or_else(own, PathBuf::from);
    assert!(path.exists(), "pebble is missing: run 'make setup'");
    path
}
