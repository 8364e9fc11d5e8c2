//! The controller's parts in one place, and its life: from the lock on the model's folder to its end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use nix::sys::stat::{Mode, umask};
use sidecharm::juju::names::{ApplicationName, UnitName};
use time::OffsetDateTime;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio::task::LocalSet;

use super::connection::READY;
use super::intake::Intake;
use super::pod_keeper::UnitHandle;
use super::{log_file, log_size, model_file, roller, server, service_keeper, units};
use crate::controller::log::{Level, LogLine};
use crate::controller::shared::SharedModel;
use crate::pod::error::{Doing as _, PodError, chain};
use crate::pod::folders::{Folders, remove_file};
use crate::pod::host;
use crate::pod::node::Node;
use crate::uniter::lease::Leases;

/// What every part of the controller works with.
pub struct Controller {
    pub model: SharedModel,
    pub folders: Folders,
    /// Shared with the threads that block on the kernel.
    pub node: Arc<Node>,
    /// Until when leaders are sure to lead.
    pub leases: Leases,
    /// The units that have a keeper.
    pub units: RefCell<BTreeMap<UnitName, UnitHandle>>,
    /// Told whenever a keeper has ended.
    pub unit_gone: Notify,
    /// Applications whose pods are to be replaced one after the other.
    pub roll: mpsc::UnboundedSender<ApplicationName>,
    /// What verbs take into the model's folder.
    pub intake: Intake,
    numbers: Cell<u64>,
    destroyed: Cell<bool>,
    end: Notify,
}

impl Controller {
    /// Adds a line to the model's log.
    pub fn log(&self, level: Level, message: impl Into<String>) {
        self.model.log(LogLine {
            time: OffsetDateTime::now_utc(),
            entity: "controller".to_owned(),
            level,
            module: "minijuju".to_owned(),
            message: message.into(),
        });
    }

    /// A number that nobody else has got in this process.
    pub fn next_number(&self) -> u64 {
        self.numbers.replace(self.numbers.get() + 1)
    }

    /// Waits until no unit has a keeper.
    pub async fn all_units_gone(&self) {
        loop {
            let gone = self.unit_gone.notified();
            if self.units.borrow().is_empty() {
                return;
            }
            gone.await;
        }
    }

    /// Notes that everything of the model on this machine is gone.
    pub fn note_destroyed(&self) {
        self.destroyed.set(true);
    }

    /// Ends the controller if there is nothing left to control; else returns at once.
    pub async fn end_if_destroyed(&self) {
        if self.destroyed.get() {
            self.end.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// The subcommand `controller FOLDER NAME`: runs until it is told to end or the model is destroyed.
pub fn run(folder: &Path, name: &str, environment: &Environment) -> ExitCode {
    match running(folder, name, environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever started us reads this; if nobody does, the log has it.
            drop(io::stdout().write_all(chain(&error).as_bytes()));
            tracing::error!(error = chain(&error), "the controller ends");
            ExitCode::FAILURE
        }
    }
}

/// What the controller takes from its process's environment.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `PEBBLE_BIN`
    pub pebble: Option<std::path::PathBuf>,
    /// `PATH`
    pub path: String,
}

fn running(folder: &Path, name: &str, environment: &Environment) -> Result<(), PodError> {
    // What is made for pods must not depend on the operator's mask; what is private says so itself.
    umask(Mode::from_bits_truncate(0o022));
    nix::unistd::setsid().doing(|| "start a session".to_owned())?;
    let own = std::env::current_exe().doing(|| "find our own program".to_owned())?;
    let pebble = host::find_pebble(environment.pebble.as_deref(), &own, &environment.path)?;
    let Some((folders, _held)) = Folders::open(folder)? else {
        // Another controller has the model: whoever started us finds it.
        return Ok(());
    };
    let log = log_to_file(&folders)?;
    let file = model_file::path(&folders);
    let model = SharedModel::new(model_file::load(&file, name)?);
    let node = Node::start(folders.clone(), name, &pebble)?;
    model_file::save(&model, &file)?;
    let (roll, rolls) = mpsc::unbounded_channel();
    let controller = Rc::new(Controller {
        model,
        folders,
        node: Arc::new(node),
        leases: Leases::default(),
        units: RefCell::default(),
        unit_gone: Notify::new(),
        roll,
        intake: Intake::default(),
        numbers: Cell::new(0),
        destroyed: Cell::new(false),
        end: Notify::new(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .doing(|| "start the runtime".to_owned())?;
    runtime.block_on(LocalSet::new().run_until(live(&controller, log, rolls)))?;
    // Threads that wait for containers would hold us up; the containers stay.
    runtime.shutdown_background();
    if controller.destroyed.get() { Ok(()) } else { model_file::save(&controller.model, &file) }
}

/// Serves until the end. The parts stop where they are: what they keep is in the model, the pods live on.
async fn live(
    controller: &Rc<Controller>,
    log: File,
    rolls: mpsc::UnboundedReceiver<ApplicationName>,
) -> Result<(), PodError> {
    let lines = controller.model.subscribe_log();
    let listener = listen(&controller.folders)?;
    let terminated = || signal(SignalKind::terminate()).doing(|| "listen for signals".to_owned());
    let mut terminate = terminated()?;
    tell_ready(&log).doing(|| "tell that the controller is ready".to_owned())?;
    controller.log(
        Level::Info,
        format!("the controller of model {} started", controller.model.read(|model| model.name.clone())),
    );
    let (model_file, log_file) = (model_file::path(&controller.folders), log_file::path(&controller.folders));
    tokio::select! {
        () = model_file::keep(&controller.model, &model_file) => {}
        outcome = log_file::keep(lines, &log_file) => {
            outcome.doing(|| "write the model's log".to_owned())?;
        }
        () = log_size::keep(controller.folders.logs()) => {}
        () = units::keep(controller) => {}
        () = service_keeper::keep(controller) => {}
        () = roller::keep(controller, rolls) => {}
        served = server::serve(controller, &listener) => match served {
            Ok(never) => match never {},
            Err(error) => return Err(error).doing(|| "take requests".to_owned()),
        },
        () = controller.end.notified() => {}
        _ = terminate.recv() => tracing::info!("told to end"),
    }
    Ok(())
}

fn log_to_file(folders: &Folders) -> Result<File, PodError> {
    let path = folders.logs().join("controller.log");
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
    let file = file.doing(|| format!("open {}", path.display()))?;
    let writer = file.try_clone().doing(|| "share the log".to_owned())?;
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_writer(std::sync::Mutex::new(writer)).finish();
    tracing::subscriber::set_global_default(subscriber)
        .map_err(io::Error::other)
        .doing(|| "log".to_owned())?;
    nix::unistd::dup2_stderr(&file).doing(|| "log".to_owned())?;
    Ok(file)
}

fn listen(folders: &Folders) -> Result<UnixListener, PodError> {
    let path = folders.control_socket();
    let doing = || format!("listen on {}", path.display());
    remove_file(&path)?;
    let listener = UnixListener::bind(&path).doing(doing)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).doing(doing)?;
    Ok(listener)
}

/// Whoever started us reads until our standard output closes.
fn tell_ready(log: &File) -> io::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_all(READY.as_bytes())?;
    stdout.flush()?;
    nix::unistd::dup2_stdout(log)?;
    Ok(())
}
