//! The client: builds a request, has it sent, decodes the answer. Files, commands, logs, notices and waiting are
//! in modules of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use super::change::Pending;
use super::error::Error;
use super::request::{self, Call, CheckAction, ServiceAction};
use super::response;
use super::transport::{Deadline, Transport};
use super::types::{
    CheckInfo, CheckLevel, Layer, LayerPlace, Plan, RefreshedCheck, Requirement, ServiceInfo, Signal,
    SystemInfo,
};

/// How long a call may take if nothing else was said.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// A client of one Pebble daemon. Cheap to clone; holds no connection.
///
/// Every call has a deadline, [`Client::with_deadline`] or ten seconds, within which calls that may be repeated
/// are, if the connection breaks. A daemon that is not there is told at once, as [`Error::NotRunning`].
///
/// Calls are meant for one task at a time but may be made from several: each has its own connection.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) transport: Transport,
    pub(super) deadline: Duration,
    /// The daemon's answer to the first question that needed its version.
    about: Arc<OnceCell<SystemInfo>>,
}

impl Client {
    /// A client of the daemon at this socket. Nothing is opened yet.
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self { transport: Transport::new(socket.into()), deadline: DEFAULT_DEADLINE, about: Arc::default() }
    }

    /// The same client with another deadline for each call.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// The socket of the daemon.
    pub fn socket(&self) -> &Path {
        self.transport.socket()
    }

    /// Asks for the daemon's version and boot id.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn system_info(&self) -> Result<SystemInfo, Error> {
        self.sync(request::system_info()?).await
    }

    /// Asks whether all checks are well; those of one level if it is given (`ready` includes `alive`), and those
    /// of these names if there are any. Without checks the answer is yes.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn health(&self, level: Option<&CheckLevel>, names: &[&str]) -> Result<bool, Error> {
        let call = request::health(level, names)?;
        let answer = self.fetch(&call).await?;
        response::decode_health(call.name, answer.status().as_u16(), answer.body())
    }

    /// Asks for the combined plan. For administrators.
    ///
    /// # Errors
    /// When the daemon cannot be reached, refuses, or shows a plan that cannot be read.
    pub async fn plan(&self) -> Result<Plan, Error> {
        let call = request::plan()?;
        let name = call.name;
        let text: String = self.sync(call).await?;
        Plan::parse(&text)
            .map_err(|_| Error::Protocol { call: name, detail: "a plan that cannot be read".into() })
    }

    /// Combines a layer into the one of this label, or adds it on top if there is none.
    ///
    /// Checks and log targets change at once, services with the next replan or restart. The layer lives until the
    /// daemon ends.
    ///
    /// # Errors
    /// When the daemon cannot be reached, is too old for the layer, or refuses it: [`ErrorKind::InvalidPlan`].
    ///
    /// [`ErrorKind::InvalidPlan`]: super::ErrorKind::InvalidPlan
    pub async fn add_layer(&self, label: &str, layer: &Layer) -> Result<(), Error> {
        self.place_layer(label, layer, LayerPlace::Combined).await
    }

    /// Adds a layer at a place of one's choice.
    ///
    /// # Errors
    /// As [`Client::add_layer`]; and when the label exists and the place is [`LayerPlace::Appended`].
    pub async fn place_layer(&self, label: &str, layer: &Layer, place: LayerPlace) -> Result<(), Error> {
        for requirement in layer.requirements() {
            self.require(requirement).await?;
        }
        if place == LayerPlace::Inner {
            self.require(Requirement::since(17, "inner layers")).await?;
        }
        self.sync::<bool>(request::add_layer(label, layer, place)?).await.map(|_| ())
    }

    /// Asks for the state of services, sorted by name: those named, or all. Unknown names are left out.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn services(&self, names: &[&str]) -> Result<Vec<ServiceInfo>, Error> {
        self.list(request::services(names)?).await
    }

    /// Starts services and what they require. Running ones are left alone.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not know a service. How the start ends is told by
    /// [`Client::wait_change`], as for the other actions.
    pub async fn start(&self, services: &[&str]) -> Result<Pending, Error> {
        self.act(request::services_action(ServiceAction::Start, services)?).await
    }

    /// Stops services and what requires them.
    ///
    /// # Errors
    /// As [`Client::start`].
    pub async fn stop(&self, services: &[&str]) -> Result<Pending, Error> {
        self.act(request::services_action(ServiceAction::Stop, services)?).await
    }

    /// Stops services, then starts them and what they require.
    ///
    /// # Errors
    /// As [`Client::start`].
    pub async fn restart(&self, services: &[&str]) -> Result<Pending, Error> {
        self.act(request::services_action(ServiceAction::Restart, services)?).await
    }

    /// Restarts services whose definition changed since they were started, and starts what is enabled.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn replan(&self) -> Result<Pending, Error> {
        self.act(request::services_action(ServiceAction::Replan, &[])?).await
    }

    /// Starts what is enabled.
    ///
    /// # Errors
    /// When the daemon cannot be reached, or nothing is enabled: [`ErrorKind::NoDefaultServices`].
    ///
    /// [`ErrorKind::NoDefaultServices`]: super::ErrorKind::NoDefaultServices
    pub async fn autostart(&self) -> Result<Pending, Error> {
        self.act(request::services_action(ServiceAction::Autostart, &[])?).await
    }

    /// Sends a signal to the main process, not the group, of running services.
    ///
    /// # Errors
    /// When the daemon cannot be reached, or one of the services does not run.
    pub async fn send_signal(&self, signal: Signal, services: &[&str]) -> Result<(), Error> {
        self.sync::<bool>(request::signal(signal, services)?).await.map(|_| ())
    }

    /// Asks for checks, sorted by name: those of exactly this level, and of these names, if given.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn checks(&self, level: Option<&CheckLevel>, names: &[&str]) -> Result<Vec<CheckInfo>, Error> {
        self.list(request::checks(level, names)?).await
    }

    /// Starts checks (1.19) and returns the names of those that did not run before.
    ///
    /// # Errors
    /// When the daemon cannot be reached, is too old, or does not know a check.
    pub async fn start_checks(&self, checks: &[&str]) -> Result<Vec<String>, Error> {
        self.act_on_checks(CheckAction::Start, checks).await
    }

    /// Stops checks (1.19) and returns the names of those that ran before.
    ///
    /// # Errors
    /// As [`Client::start_checks`].
    pub async fn stop_checks(&self, checks: &[&str]) -> Result<Vec<String>, Error> {
        self.act_on_checks(CheckAction::Stop, checks).await
    }

    /// Runs a check now (1.20) and returns how it went. Its own failure is not an error of the call.
    ///
    /// # Errors
    /// When the daemon cannot be reached, is too old, does not know the check, or the check takes too long.
    pub async fn refresh_check(&self, name: &str) -> Result<RefreshedCheck, Error> {
        self.require(Requirement::since(20, "refresh of checks")).await?;
        self.sync(request::refresh_check(name)?).await
    }

    /// Refuses what the daemon is too old for. Its version is asked once per client and its clones.
    pub(super) async fn require(&self, requirement: Requirement) -> Result<(), Error> {
        let about = self.about.get_or_try_init(|| self.system_info()).await?;
        if requirement.is_met_by(about.parsed_version()) {
            return Ok(());
        }
        Err(Error::Unsupported { requirement, has: about.version.clone() })
    }

    /// Sends a call and decodes its plain answer.
    pub(super) async fn sync<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let answer = self.fetch(&call).await?;
        response::decode_sync(call.name, answer.status().as_u16(), answer.body())
    }

    /// Sends a call and decodes a list, which some daemons write as null when it is empty.
    pub(super) async fn list<T: DeserializeOwned>(&self, call: Call) -> Result<Vec<T>, Error> {
        self.sync::<Option<Vec<T>>>(call).await.map(Option::unwrap_or_default)
    }

    pub(super) async fn fetch(&self, call: &Call) -> Result<Response<Bytes>, Error> {
        self.transport.fetch(call, Deadline::after(self.deadline)).await
    }

    /// Sends a call that makes a change. The boot id is asked first: afterwards it might be a later daemon's.
    async fn act(&self, call: Call) -> Result<Pending, Error> {
        let boot_id = self.system_info().await?.boot_id;
        let answer = self.fetch(&call).await?;
        let (id, _) =
            response::decode_async::<serde_json::Value>(call.name, answer.status().as_u16(), answer.body())?;
        Ok(Pending { id, boot_id: Some(boot_id) })
    }

    async fn act_on_checks(&self, action: CheckAction, checks: &[&str]) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Changed {
            /// Null before 1.28 when nothing changed.
            changed: Option<Vec<String>>,
        }
        self.require(Requirement::since(19, "start and stop of checks")).await?;
        let answer: Changed = self.sync(request::checks_action(action, checks)?).await?;
        Ok(answer.changed.unwrap_or_default())
    }
}
