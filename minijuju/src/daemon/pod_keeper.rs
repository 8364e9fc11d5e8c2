//! Keeps the pod of one unit: makes it, has its agent run, replaces it when it is lost, removes it with its unit.
//!
//! ```text
//!            ┌──────────── killed, deleted ────────────┐
//!            ▼                                         │
//! unit ── making ── living ── (agent runs hooks) ── stopping ── removed
//!                     ▲  │
//!                     └──┘ a container ended: it is started again; with the charm container the agent too
//! ```
//!
//! Stopping is Kubernetes': every container's first process gets SIGTERM at the moment the agent is told, and what is
//! left when the grace period ends is killed, whatever hook runs. Which hooks run is the agent's business.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::Signal;
use sidecharm::juju::names::UnitName;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::agent::{Agent, AgentEnd};
use super::container_keeper::{self, ContainerEvent};
use super::controller::Controller;
use super::leavings::Leavings;
use super::unit_handle::{Order, UnitHandle};
use super::{charm, pod_plan};
use crate::controller::life::Life;
use crate::controller::log::Level;
use crate::controller::removal;
use crate::controller::status::StatusInfo;
use crate::hooktools;
use crate::pod::error::chain;
use crate::pod::plan::CHARM;
use crate::pod::sandbox::Sandbox;
use crate::uniter::agent::Arrival;
use crate::uniter::inbox::AgentHandle;

/// How long to wait before a pod that could not be made is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// How long to wait before an agent that gave up starts again (Juju's agent does after 3 s).
const AGENT_PAUSE: Duration = Duration::from_secs(3);

type Orders = mpsc::UnboundedReceiver<(Order, oneshot::Sender<Result<(), String>>)>;

/// One unit's keeper.
pub struct PodKeeper {
    controller: Rc<Controller>,
    unit: UnitName,
    orders: Orders,
    shown: watch::Sender<Option<Arc<Sandbox>>>,
    agent: Rc<RefCell<AgentHandle>>,
}

/// Why a pod is not there any more.
enum End {
    Replace,
    UnitGone,
}

impl PodKeeper {
    /// A keeper and its handle.
    pub fn new(controller: &Rc<Controller>, unit: &UnitName) -> (Self, UnitHandle) {
        let (orders, received) = mpsc::unbounded_channel();
        let (shown, pod) = watch::channel(None);
        let agent = Rc::new(RefCell::new(AgentHandle::default()));
        let handle = UnitHandle { orders, pod, agent: Rc::clone(&agent) };
        (
            Self { controller: Rc::clone(controller), unit: unit.clone(), orders: received, shown, agent },
            handle,
        )
    }

    /// Keeps the unit's pod until the unit is gone from the model.
    pub async fn keep(mut self) {
        while let Some((pod, arrival)) = self.make().await {
            let pod = Arc::new(pod);
            self.controller.model.change(|model| {
                if let Some(unit) = model.units.get_mut(&self.unit) {
                    unit.address = Some(pod.address());
                }
            });
            self.shown.send_replace(Some(Arc::clone(&pod)));
            let end = self.live(&pod, arrival).await;
            self.shown.send_replace(None);
            close(pod).await;
            self.remove_pod().await;
            match end {
                End::Replace => self.await_replacement().await,
                End::UnitGone => break,
            }
        }
        let leavings = Leavings::of(&self.controller, &self.unit.application());
        self.controller.model.change(|model| removal::unit_gone(model, &self.unit));
        leavings.remove_if_gone(&self.controller);
        self.controller.log(Level::Info, format!("unit {} is gone", self.unit));
    }

    /// As long as Kubernetes would take to notice and to schedule another.
    async fn await_replacement(&self) {
        let delay = self.controller.model.read(|model| model.settings.pod_replacement_delay);
        tokio::time::sleep(Duration::try_from_secs_f64(delay).unwrap_or_default()).await;
    }

    /// Takes over the unit's pod, or makes a new one, again and again. `None` when the unit is gone.
    async fn make(&self) -> Option<(Sandbox, Arrival)> {
        if let Some(pod) = self.controller.node.adopt_pod(&self.unit) {
            self.controller.log(Level::Info, format!("took over the pod of {}", self.unit));
            return Some((pod, Arrival::SamePod));
        }
        loop {
            // What an earlier controller or a failed attempt left.
            self.remove_pod().await;
            // A unit that is to go before it had a pod has no hooks to run.
            if self.life()? != Life::Alive {
                return None;
            }
            match self.make_once().await {
                Ok(pod) => return Some((pod, Arrival::NewPod)),
                Err(text) => {
                    self.tell_failure(&text);
                    self.pause().await;
                }
            }
        }
    }

    /// Shows why there is no pod yet, where Juju shows what Kubernetes has to say.
    fn tell_failure(&self, text: &str) {
        self.controller.log(Level::Error, format!("cannot make the pod of {}: {text}", self.unit));
        self.controller.model.change(|model| {
            if let Some(unit) = model.units.get_mut(&self.unit) {
                unit.agent_status = StatusInfo::new("allocating", text, OffsetDateTime::now_utc());
            }
        });
    }

    /// Waits a while, or until the unit is to go.
    async fn pause(&self) {
        let mut changes = self.controller.model.subscribe();
        let leaving = async { while self.life() == Some(Life::Alive) && changes.changed().await.is_ok() {} };
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = leaving => {}
        }
    }

    async fn make_once(&self) -> Result<Sandbox, String> {
        let (node, unit) = (Arc::clone(&self.controller.node), self.unit.clone());
        let (model, application) = self
            .controller
            .model
            .read(|model| (model.clone(), model.applications.get(&unit.application()).cloned()));
        let application = application.ok_or("its application is gone")?;
        let made = tokio::task::spawn_blocking(move || {
            let files = charm::files(&application.charm_dir).map_err(|error| chain(&error))?;
            let plan = pod_plan::plan(&model, &application, &unit, &files, &hooktools::names());
            node.create_pod(&plan).map_err(|error| chain(&error))
        });
        made.await.map_err(|error| error.to_string())?
    }

    /// Lives with the pod until it has to go; then nothing of it runs any more that should be asked.
    async fn live(&mut self, pod: &Arc<Sandbox>, arrival: Arrival) -> End {
        let (stopping, stop) = watch::channel(false);
        let (tell, mut told) = mpsc::unbounded_channel();
        // They end when this pod has ended.
        let _keepers = self.keep_containers(pod, &stop, &tell);
        let mut agent = Some(self.start_agent(pod, arrival));
        // When an agent that gave up starts again.
        let mut again: Option<Instant> = None;
        let mut changes = self.controller.model.subscribe();
        loop {
            if self.life().is_none_or(|life| life == Life::Dead) {
                return End::UnitGone;
            }
            if self.life() == Some(Life::Dying) {
                stopping.send_replace(true);
                self.stop(pod, agent.take()).await;
                return End::UnitGone;
            }
            tokio::select! {
                // The agent starts again with the charm container, and not before.
                Some((container, event)) = told.recv() => {
                    if container == CHARM {
                        again = None;
                        drop(agent.take());
                        agent = (event == ContainerEvent::Started).then(|| self.start_agent(pod, Arrival::SamePod));
                    }
                }
                Some((order, done)) = self.orders.recv() => {
                    let end = self.obey(order, pod, &stopping, &mut agent).await;
                    done.send(end.as_ref().map(drop).map_err(Clone::clone)).ok();
                    if let Ok(Some(end)) = end {
                        return end;
                    }
                }
                ended = wait(&mut agent) => {
                    agent = None;
                    again = (ended == AgentEnd::Failed).then(|| Instant::now() + AGENT_PAUSE);
                }
                () = at(again) => {
                    again = None;
                    agent = Some(self.start_agent(pod, Arrival::SamePod));
                }
                _ = changes.changed() => {}
            }
        }
    }

    fn keep_containers(
        &self,
        pod: &Arc<Sandbox>,
        stop: &watch::Receiver<bool>,
        tell: &mpsc::UnboundedSender<(String, ContainerEvent)>,
    ) -> JoinSet<()> {
        let mut keepers = JoinSet::new();
        for container in pod.containers() {
            let (controller, pod, tell) = (Rc::clone(&self.controller), Arc::clone(pod), tell.clone());
            let (container, stop) = (container.clone(), stop.clone());
            keepers.spawn_local(async move {
                container_keeper::keep(&controller, pod, container, stop, tell).await;
            });
        }
        keepers
    }

    fn start_agent(&self, pod: &Arc<Sandbox>, arrival: Arrival) -> Agent {
        let handle = AgentHandle::default();
        self.agent.replace(handle.clone());
        Agent::start(&self.controller, pod, pod.charm_user(), arrival, handle)
    }

    /// Obeys the operator; tells how the pod ended, if it did.
    async fn obey(
        &self,
        order: Order,
        pod: &Sandbox,
        stopping: &watch::Sender<bool>,
        agent: &mut Option<Agent>,
    ) -> Result<Option<End>, String> {
        match order {
            Order::Kill => {
                stopping.send_replace(true);
                agent.take();
                pod.signal_all(Signal::SIGKILL).map_err(|error| chain(&error))?;
                Ok(Some(End::Replace))
            }
            Order::Delete => {
                stopping.send_replace(true);
                self.stop(pod, agent.take()).await;
                Ok(Some(End::Replace))
            }
            Order::RestartContainer(container) => {
                pod.kill(&container).await.map_err(|error| chain(&error))?;
                Ok(None)
            }
        }
    }

    /// SIGTERM to every container, and as long for the agent's last hooks and the workloads' own ends as the grace period
    /// lasts.
    async fn stop(&self, pod: &Sandbox, agent: Option<Agent>) {
        if let Err(error) = pod.signal_all(Signal::SIGTERM) {
            tracing::warn!(error = chain(&error), "cannot tell the containers to end");
        }
        let hooks = async {
            if let Some(mut agent) = agent {
                agent.terminate();
                agent.ended().await;
            }
        };
        let workloads = async {
            for container in pod.containers().iter().filter(|container| *container != CHARM) {
                container_keeper::wait_for_end(pod, container).await;
            }
        };
        let grace = self.controller.model.read(|model| model.settings.termination_grace_period);
        let grace = Duration::try_from_secs_f64(grace).unwrap_or_default();
        let ended = async { tokio::join!(hooks, workloads) };
        if tokio::time::timeout(grace, ended).await.is_err() {
            self.controller.log(Level::Warning, format!("the grace period of {} is over: killed", self.unit));
        }
    }

    async fn remove_pod(&self) {
        if let Err(error) = self.controller.node.remove_pod(&self.unit).await {
            let text = format!("cannot remove the pod of {}: {}", self.unit, chain(&error));
            self.controller.log(Level::Error, text);
        }
    }

    fn life(&self) -> Option<Life> {
        self.controller.model.read(|model| model.units.get(&self.unit).map(|unit| unit.life))
    }
}

/// Waits for what is just being started, so that nothing starts behind the back of the removal.
async fn close(pod: Arc<Sandbox>) {
    if let Err(error) = tokio::task::spawn_blocking(move || pod.close()).await {
        tracing::error!(%error, "cannot close a pod");
    }
}

/// Never ends where there is no such moment.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Never ends where there is no agent.
async fn wait(agent: &mut Option<Agent>) -> AgentEnd {
    match agent {
        Some(agent) => agent.ended().await,
        None => std::future::pending().await,
    }
}
