//! The controller's process: from the lock on the model's folder to its end.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use nix::sys::stat::{Mode, umask};
use sidecharm::juju::names::ApplicationName;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use super::connection::READY;
use super::controller::Controller;
use super::{log_file, log_size, model_file, roller, server, service_keeper, units};
use crate::controller::log::Level;
use crate::controller::shared::SharedModel;
use crate::pod::error::{Doing as _, PodError, chain};
use crate::pod::folders::{Folders, remove_file};
use crate::pod::host;
use crate::pod::node::Node;

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
    let controller = Rc::new(Controller::new(model, folders, node, roll));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .doing(|| "start the runtime".to_owned())?;
    runtime.block_on(LocalSet::new().run_until(live(&controller, log, rolls)))?;
    // Threads that wait for containers would hold us up; the containers stay.
    runtime.shutdown_background();
    if controller.is_destroyed() { Ok(()) } else { model_file::save(&controller.model, &file) }
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
        () = controller.ended() => {}
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
