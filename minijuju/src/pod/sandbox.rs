//! One pod that exists: its containers are started, watched, signalled and removed here. When, others decide.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::{MetadataExt as _, chown, symlink};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use sidecharm::juju::metadata::CharmUser;
use sidecharm::juju::names::UnitName;

use super::copy::copy_tree;
use super::error::{Doing as _, PodError};
use super::folders::{PodFolders, make_open, make_private, remove_tree};
use super::launch;
use super::namespaces::Namespaces;
use super::network::Bridge;
use super::plan::{self, PEBBLE_SOCKET, PodPlan, VOLUME_GROUP};
use super::process::ProcessId;
use super::record::{PodRecord, replace_file};
use super::spec::ContainerSpec;

/// How long a killed container may take to end before something is wrong with the kernel.
const KILL_TIME: Duration = Duration::from_secs(20);

/// A pod on this machine.
#[derive(Debug)]
pub struct Sandbox {
    pub unit: UnitName,
    record: PodRecord,
    folders: PodFolders,
    namespaces: Namespaces,
    /// Whether it is being removed; held for reading while a container starts.
    closed: RwLock<bool>,
}

impl Sandbox {
    /// Makes the pod and starts all its containers at once. Blocks; call it where that is allowed.
    ///
    /// # Errors
    /// When a step fails; then [`remove`] takes away what was made.
    pub fn create(
        plan: &PodPlan,
        specs: Vec<ContainerSpec>,
        record: PodRecord,
        folders: PodFolders,
        bridge: &Bridge,
    ) -> Result<Self, PodError> {
        prepare(plan, &folders)?;
        for (index, spec) in specs.into_iter().enumerate() {
            write_spec(&folders.spec(index), &spec)?;
        }
        let namespaces = Namespaces::create(&plan.unit.pod())?;
        bridge.connect(record.serial, &namespaces, record.address)?;
        let unit = plan.unit.clone();
        let sandbox = Self { unit, record, folders, namespaces, closed: RwLock::new(false) };
        let (pod, indices) = (&sandbox, 0..sandbox.record.containers.len());
        thread::scope(|scope| {
            let starts: Vec<_> = indices.map(|index| scope.spawn(move || pod.start_index(index))).collect();
            starts.into_iter().try_for_each(|start| match start.join() {
                Ok(outcome) => outcome.map(drop),
                Err(_) => Err(PodError::Missing("a thread of the controller panicked".to_owned())),
            })
        })?;
        Ok(sandbox)
    }

    /// Takes over the pod of an earlier controller, or `None` when no container of it lives any more.
    pub fn adopt(unit: UnitName, record: PodRecord, folders: PodFolders) -> Option<Self> {
        let first = first_processes(&record, &folders).into_iter().find(ProcessId::is_alive)?;
        let namespaces = Namespaces::of_process(first.pid).ok()?;
        first.is_alive().then_some(Self { unit, record, folders, namespaces, closed: RwLock::new(false) })
    }

    pub fn address(&self) -> Ipv4Addr {
        self.record.address
    }

    /// The charm container first, then the workload containers by name.
    pub fn containers(&self) -> &[String] {
        &self.record.containers
    }

    /// The container's living first process.
    pub fn first_process(&self, container: &str) -> Option<ProcessId> {
        let index = self.index(container).ok()?;
        launch::read_record(&self.folders.record(index)).ok()?.filter(ProcessId::is_alive)
    }

    /// Starts a container whose first process has ended. Blocks.
    ///
    /// # Errors
    /// When there is no such container or it cannot be started.
    pub fn start(&self, container: &str) -> Result<ProcessId, PodError> {
        self.start_index(self.index(container)?)
    }

    /// Sends a signal to the first process of every container.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn signal_all(&self, signal: Signal) -> Result<(), PodError> {
        signal_all(&first_processes(&self.record, &self.folders), signal)
    }

    /// Kills a container and waits for its end.
    ///
    /// # Errors
    /// When there is no such container, or the kernel does not let it end.
    pub async fn kill(&self, container: &str) -> Result<(), PodError> {
        let record = self.folders.record(self.index(container)?);
        let first = launch::read_record(&record)?;
        kill_all(first.as_slice()).await
    }

    /// Lets no container start any more. Blocks until those that are just starting have started.
    pub fn close(&self) {
        *self.closed.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// The socket of the Pebble in a workload container, as this machine sees it.
    pub fn pebble_socket(&self, container: &str) -> Option<PathBuf> {
        let index = self.index(container).ok().filter(|index| *index > 0)?;
        Some(self.folders.shared(index).join(PEBBLE_SOCKET))
    }

    /// What the container was made from.
    ///
    /// # Errors
    /// When there is no such container.
    pub fn spec(&self, container: &str) -> Result<PathBuf, PodError> {
        self.index(container).map(|index| self.folders.spec(index))
    }

    /// Where processes of the charm container are asked for.
    pub fn init_socket(&self) -> PathBuf {
        self.folders.init_socket()
    }

    /// Whom the charm runs as: its folder is theirs.
    pub fn charm_user(&self) -> CharmUser {
        let owner = fs::metadata(self.agent_folder()).map(|folder| folder.uid());
        let users = [CharmUser::NonRoot, CharmUser::Sudoer];
        users.into_iter().find(|user| owner.as_ref().is_ok_and(|id| *id == user.id())).unwrap_or_default()
    }

    /// The folder of the unit's agent, as this machine sees it.
    pub fn agent_folder(&self) -> PathBuf {
        self.outside(&plan::agent_folder(&self.unit))
    }

    /// Listens on the socket on which the pod's hook tools find their agent. Blocks for a moment.
    ///
    /// # Errors
    /// When somebody listens there already.
    pub fn bind_agent_socket(&self) -> Result<UnixListener, PodError> {
        let name = plan::agent_socket(&self.unit);
        self.namespaces.inside(|| {
            SocketAddr::from_abstract_name(&name)
                .and_then(|address| UnixListener::bind_addr(&address))
                .doing(|| format!("listen on @{name} in the pod"))
        })
    }

    /// A path below the charm container's /var/lib/juju, as this machine sees it.
    fn outside(&self, path: &Path) -> PathBuf {
        self.folders.data().join(path.strip_prefix("/var/lib/juju").unwrap_or(path))
    }

    fn index(&self, container: &str) -> Result<usize, PodError> {
        self.record.containers.iter().position(|name| name == container).ok_or_else(|| {
            PodError::Missing(format!(
                "unit \"{}\" has no container \"{container}\": it has {}",
                self.unit,
                self.record.containers.join(", ")
            ))
        })
    }

    fn start_index(&self, index: usize) -> Result<ProcessId, PodError> {
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner);
        if *closed {
            return Err(PodError::Missing("the pod is being removed".to_owned()));
        }
        let path = self.folders.spec(index);
        let mut spec = launch::read_spec(&path)?;
        spec.scratch = self.folders.fresh_scratch(index)?;
        write_spec(&path, &spec)?;
        let started = self.namespaces.inside(|| launch::start(&path));
        drop(closed);
        started
    }
}

/// Removes what is left of a pod, also of one that was never finished.
///
/// # Errors
/// When the kernel or the disk refuses.
pub async fn remove(record: &PodRecord, folders: &PodFolders, bridge: &Bridge) -> Result<(), PodError> {
    kill_all(&first_processes(record, folders)).await?;
    let (serial, folders, bridge) = (record.serial, folders.clone(), bridge.clone());
    // The kernel takes its time for a link, and the disk for some hundred small files.
    let removed = tokio::task::spawn_blocking(move || {
        bridge.disconnect(serial)?;
        remove_tree(&folders.run)?;
        remove_tree(&folders.disk)
    });
    removed.await.map_err(io::Error::other).doing(|| "remove a pod".to_owned())?
}

/// The folders a pod needs before its first container.
fn prepare(plan: &PodPlan, folders: &PodFolders) -> Result<(), PodError> {
    make_private(&folders.disk)?;
    make_private(&folders.run)?;
    make_open(&folders.settings(), 0o755)?;
    for index in 1..=plan.containers.len() {
        make_open(&folders.shared(index), 0o777)?;
    }
    for storage in &plan.storage {
        make_volume(&storage.source)?;
    }
    if plan.charm_user != CharmUser::Root {
        let path = folders.settings().join("identities.yaml");
        fs::write(&path, plan::identities(plan.charm_user)).doing(|| format!("write {}", path.display()))?;
    }
    let inside = |path: PathBuf| folders.data().join(path.strip_prefix("/var/lib/juju").unwrap_or(&path));
    make_open(&folders.data(), 0o755)?;
    let (agent, tools) = (inside(plan::agent_folder(&plan.unit)), inside(plan::tools_folder(&plan.unit)));
    for folder in [&agent, &tools] {
        fs::create_dir_all(folder).doing(|| format!("make the folder {}", folder.display()))?;
    }
    for tool in &plan.tools {
        symlink("/charm/bin/containeragent", tools.join(tool)).doing(|| format!("link the tool {tool}"))?;
    }
    let id = plan.charm_user.id();
    chown(&agent, Some(id), Some(id)).doing(|| "give the agent its folder".to_owned())?;
    copy_tree(&plan.charm, &agent.join("charm"), (id, id)).doing(|| "copy the charm".to_owned())
}

/// Makes a volume as Kubernetes' local ones are: everybody may write, new files belong to the pod's group. One that was
/// there before keeps what the workload made of it.
fn make_volume(folder: &Path) -> Result<(), PodError> {
    if folder.is_dir() {
        return Ok(());
    }
    make_open(folder, 0o2777)?;
    let doing = || format!("give {} to the pod's group", folder.display());
    chown(folder, Some(0), Some(VOLUME_GROUP)).doing(doing)?;
    // A change of owner clears the bit that new files belong to the group.
    make_open(folder, 0o2777)
}

fn write_spec(path: &Path, spec: &ContainerSpec) -> Result<(), PodError> {
    let text = serde_json::to_vec(spec).map_err(io::Error::other);
    replace_file(path, &text.doing(|| format!("write {}", path.display()))?)
}

fn first_processes(record: &PodRecord, folders: &PodFolders) -> Vec<ProcessId> {
    let indices = 0..record.containers.len();
    indices.filter_map(|index| launch::read_record(&folders.record(index)).ok().flatten()).collect()
}

fn signal_all(processes: &[ProcessId], signal: Signal) -> Result<(), PodError> {
    processes.iter().try_for_each(|process| {
        process.signal(signal).doing(|| format!("send {signal} to process {}", process.pid))
    })
}

/// Kills containers and waits for their end: the kernel ends a PID 1 only when all its processes have ended.
async fn kill_all(processes: &[ProcessId]) -> Result<(), PodError> {
    signal_all(processes, Signal::SIGKILL)?;
    for process in processes {
        let doing = || format!("wait for the end of process {}", process.pid);
        match tokio::time::timeout(KILL_TIME, process.ended()).await {
            Ok(ended) => ended.doing(doing)?,
            Err(elapsed) => return Err(io::Error::other(elapsed)).doing(doing),
        }
    }
    Ok(())
}
