//! A model's place on this machine: bridge, names, programs, and the record of its pods. It decides nothing about units.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sidecharm::juju::names::{ApplicationName, UnitName};

use super::error::{Doing as _, PodError};
use super::etc::{self, Accounts};
use super::folders::{Folders, remove_file};
use super::host;
use super::name_server::NameServer;
use super::network::Bridge;
use super::plan::{Place, PodPlan};
use super::record::{PodRecord, Record};
use super::sandbox::{self, Sandbox};
use super::services::Services;
use super::spec::{HostRoot, RootSpec};

/// The programs every container finds at /charm/bin, as Juju names them.
const PEBBLE: &str = "pebble";
const OWN: &str = "containeragent";

/// A model on this machine.
#[derive(Debug)]
pub struct Node {
    pub folders: Folders,
    host: HostRoot,
    accounts: Accounts,
    bridge: Bridge,
    names: NameServer,
    services: Services,
    record: Mutex<Record>,
}

impl Node {
    /// Checks this machine, makes or takes over the bridge, and answers names. Blocks.
    ///
    /// # Errors
    /// When this machine lacks something (the text names the remedy) or refuses a step.
    pub fn start(folders: Folders, model: &str, pebble: &Path) -> Result<Self, PodError> {
        host::check()?;
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
            .doing(|| "become the parent of orphaned containers".to_owned())?;
        let mut record = Record::load(&record_path(&folders))?;
        let host = host::visible_root(Path::new("/"))?;
        let accounts = Accounts { passwd: read_text("/etc/passwd")?, group: read_text("/etc/group")? };
        provide(pebble, &folders.programs().join(PEBBLE))?;
        let own = std::env::current_exe().doing(|| "find our own program".to_owned())?;
        provide(&own, &folders.programs().join(OWN))?;
        let known = record.bridge.as_ref().map(|bridge| bridge.subnet);
        let bridge = Bridge::ensure(&folders.key, known, &Folders::addresses_lock())?;
        record.bridge = Some(bridge.clone());
        record.save(&record_path(&folders))?;
        let names = NameServer::start(bridge.subnet.gateway())?;
        names.change(|names| {
            model.clone_into(&mut names.model);
            names.services.clone_from(&record.services);
        });
        let services = Services::create(&bridge)?;
        record.services.values().try_for_each(|address| services.add(*address))?;
        Ok(Self { folders, host, accounts, bridge, names, services, record: Mutex::new(record) })
    }

    /// Makes a pod for a unit, with an address of its own. Blocks.
    ///
    /// # Errors
    /// When a step fails; [`Node::remove_pod`] takes away what was made.
    pub fn create_pod(&self, plan: &PodPlan) -> Result<Sandbox, PodError> {
        let record = self.reserve(plan)?;
        let folders = self.folders.pod(record.serial);
        let root = RootSpec {
            rock: Vec::new(),
            host: self.host.clone(),
            etc: etc::files(
                &plan.unit,
                &plan.model,
                record.address,
                self.bridge.subnet.gateway(),
                &self.accounts,
            ),
        };
        let specs = plan.specs(&Place { folders: &self.folders, pod: &folders, root: &root });
        self.names.change(|names| {
            names.pods.insert(plan.unit.clone(), record.address);
        });
        Sandbox::create(plan, specs, record, folders, &self.bridge)
    }

    /// Takes over the unit's pod if one of its containers still lives.
    pub fn adopt_pod(&self, unit: &UnitName) -> Option<Sandbox> {
        let record = self.lock().pods.get(unit).cloned()?;
        let address = record.address;
        let folders = self.folders.pod(record.serial);
        let sandbox = Sandbox::adopt(unit.clone(), record, folders)?;
        self.names.change(|names| {
            names.pods.insert(unit.clone(), address);
        });
        Some(sandbox)
    }

    /// Removes a unit's pod, finished or not: processes, link, folders and name.
    ///
    /// # Errors
    /// When the kernel or the disk refuses.
    pub async fn remove_pod(&self, unit: &UnitName) -> Result<(), PodError> {
        self.names.change(|names| {
            names.pods.remove(unit);
        });
        let Some(record) = self.lock().pods.get(unit).cloned() else {
            return Ok(());
        };
        sandbox::remove(&record, &self.folders.pod(record.serial), &self.bridge).await?;
        self.edit(|record| {
            record.pods.remove(unit);
        })
    }

    /// The units that have a pod, or had one when the last controller ended.
    pub fn units_with_pods(&self) -> Vec<UnitName> {
        self.lock().pods.keys().cloned().collect()
    }

    /// The address of an application's Service: handed out at the first call, the same ever after.
    ///
    /// # Errors
    /// When all are in use, or the disk refuses.
    pub fn service_address(&self, application: &ApplicationName) -> Result<Ipv4Addr, PodError> {
        let address = self.reserve_service(application)?;
        self.services.add(address)?;
        self.names.change(|names| {
            names.services.insert(application.clone(), address);
        });
        Ok(address)
    }

    /// Forgets an application's Service.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove_service(&self, application: &ApplicationName) -> Result<(), PodError> {
        self.names.change(|names| {
            names.services.remove(application);
        });
        let Some(address) = self.lock().services.get(application).copied() else { return Ok(()) };
        self.services.remove(address)?;
        self.edit(|record| {
            record.services.remove(application);
        })
    }

    /// Listens on a port of a Service of the model.
    ///
    /// # Errors
    /// When the Service is gone.
    pub fn listen(&self, address: SocketAddrV4) -> Result<TcpListener, PodError> {
        self.services.listen(address)
    }

    /// Removes everything that was made on this machine for the model, and its folders.
    ///
    /// # Errors
    /// When the kernel or the disk refuses; a second call goes on.
    pub async fn destroy(&self) -> Result<(), PodError> {
        for unit in self.units_with_pods() {
            self.remove_pod(&unit).await?;
        }
        self.bridge.remove()?;
        self.folders.remove()
    }

    /// Writes down that the pod exists before anything of it does.
    fn reserve(&self, plan: &PodPlan) -> Result<PodRecord, PodError> {
        let mut record = self.lock();
        let used: BTreeSet<Ipv4Addr> = record.pods.values().map(|pod| pod.address).collect();
        let free = self.bridge.subnet.pod_address(record.next_pod, &used);
        let (address, next) = free.ok_or_else(no_address)?;
        let pod = PodRecord { serial: record.next_serial, address, containers: plan.container_names() };
        record.next_pod = next;
        record.next_serial += 1;
        record.pods.insert(plan.unit.clone(), pod.clone());
        record.save(&record_path(&self.folders))?;
        Ok(pod)
    }

    fn reserve_service(&self, application: &ApplicationName) -> Result<Ipv4Addr, PodError> {
        let mut record = self.lock();
        if let Some(address) = record.services.get(application) {
            return Ok(*address);
        }
        let used = record.services.values().copied().collect();
        let free = self.bridge.subnet.service_address(record.next_service, &used);
        let (address, next) = free.ok_or_else(no_address)?;
        record.next_service = next;
        record.services.insert(application.clone(), address);
        record.save(&record_path(&self.folders))?;
        Ok(address)
    }

    fn edit(&self, edit: impl FnOnce(&mut Record)) -> Result<(), PodError> {
        let mut record = self.lock();
        edit(&mut record);
        record.save(&record_path(&self.folders))
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn record_path(folders: &Folders) -> PathBuf {
    folders.model.join("pods.json")
}

fn no_address() -> PodError {
    PodError::Missing("all addresses of the model are in use".to_owned())
}

fn read_text(path: &str) -> Result<String, PodError> {
    let bytes = fs::read(path).doing(|| format!("read {path}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Puts a program where containers find it: a second name for the same file, or a copy on another disk.
fn provide(program: &Path, target: &Path) -> Result<(), PodError> {
    let doing = || format!("put {} into {}", program.display(), target.display());
    remove_file(target)?;
    fs::hard_link(program, target).or_else(|_| fs::copy(program, target).map(drop)).doing(doing)
}
