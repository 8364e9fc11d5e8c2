//! The agent of one unit, running on its pod: connects the uniter with the pod's charm container.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use sidecharm::juju::metadata::CharmUser;
use sidecharm::juju::names::{ContainerName, UnitName};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use super::controller::Controller;
use crate::controller::life::Life;
use crate::hooktools::surroundings::Surroundings;
use crate::pod::error::{Doing as _, PodError, chain};
use crate::pod::run::{self, Ending, Event, Output, RunRequest};
use crate::pod::sandbox::Sandbox;
use crate::uniter::agent::{self, Arrival, PlainCommits};
use crate::uniter::inbox::AgentHandle;
use crate::uniter::process::{CharmProcess, Exit, ProcessEvent, ProcessSpec, RunningProcess, Stream};
use crate::uniter::retry::Timing;

/// How an agent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentEnd {
    /// It has run its last hook.
    Finished,
    /// It gave up and is to be started again.
    Failed,
}

/// An agent at work. Dropped, it ends at once, and with it the hook that runs.
pub struct Agent {
    controller: Rc<Controller>,
    unit: UnitName,
    handle: AgentHandle,
    task: JoinHandle<AgentEnd>,
}

impl Agent {
    /// Starts the unit's agent in its pod; `handle` is how it is spoken to from outside the model.
    pub fn start(
        controller: &Rc<Controller>,
        pod: &Arc<Sandbox>,
        user: CharmUser,
        arrival: Arrival,
        handle: AgentHandle,
    ) -> Self {
        note_gone(controller, &pod.unit, false);
        let task = tokio::task::spawn_local(run_agent(
            Rc::clone(controller),
            Arc::clone(pod),
            user,
            arrival,
            handle.clone(),
        ));
        Self { controller: Rc::clone(controller), unit: pod.unit.clone(), handle, task }
    }

    /// The pod ends. A unit that stays has its agent run stop; one that goes is on its way already.
    pub fn terminate(&mut self) {
        let life = self.controller.model.read(|model| model.units.get(&self.unit).map(|unit| unit.life));
        if life == Some(Life::Alive) {
            self.handle.shut_down();
        }
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> AgentEnd {
        (&mut self.task).await.unwrap_or(AgentEnd::Failed)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.task.abort();
        note_gone(&self.controller, &self.unit, true);
    }
}

/// Notes whether the unit has an agent, as Juju's controller knows it by the agent's connection.
fn note_gone(controller: &Controller, unit: &UnitName, gone: bool) {
    controller.model.change_if(|model| {
        let Some(unit) = model.units.get_mut(unit) else { return ((), false) };
        ((), std::mem::replace(&mut unit.agent_gone, gone) != gone)
    });
}

async fn run_agent(
    controller: Rc<Controller>,
    pod: Arc<Sandbox>,
    user: CharmUser,
    arrival: Arrival,
    handle: AgentHandle,
) -> AgentEnd {
    let listener = match listen(&pod).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(unit = %pod.unit, error = chain(&error), "an agent cannot start");
            return AgentEnd::Failed;
        }
    };
    let pebbles = pod.containers().iter().filter_map(|name| {
        let container = ContainerName::parse(name).ok()?;
        Some((container, pod.pebble_socket(name)?))
    });
    let agent = agent::Agent {
        unit: pod.unit.clone(),
        shared: controller.model.clone(),
        handle,
        leases: controller.leases.clone(),
        process: InPod { init: pod.init_socket(), user },
        listener,
        surroundings: Surroundings::of(&pod.unit),
        charm: pod.agent_folder().join("charm"),
        pebbles: pebbles.collect(),
        commits: Rc::new(PlainCommits),
        timing: Timing::JUJU,
        seed: rand::random(),
    };
    let _end = agent.run(arrival).await;
    AgentEnd::Finished
}

/// Entering the pod's network blocks a thread for a moment.
async fn listen(pod: &Arc<Sandbox>) -> Result<UnixListener, PodError> {
    let pod = Arc::clone(pod);
    let bound = tokio::task::spawn_blocking(move || pod.bind_agent_socket()).await;
    let doing = || "listen for hook tools".to_owned();
    let listener = bound.map_err(io::Error::other).doing(doing)??;
    listener.set_nonblocking(true).doing(doing)?;
    UnixListener::from_std(listener).doing(doing)
}

/// Processes of one charm container.
struct InPod {
    init: PathBuf,
    user: CharmUser,
}

/// One of them: still heard, or not any more, with the end that is still to be told.
struct Process {
    running: Option<run::Running>,
    untold: Option<Exit>,
}

impl CharmProcess for InPod {
    type Running = Process;

    async fn start(&self, spec: ProcessSpec) -> Process {
        let ProcessSpec { arguments, environment, folder } = spec;
        let user = match self.user {
            CharmUser::Root => None,
            CharmUser::Sudoer | CharmUser::NonRoot => Some((self.user.id(), self.user.id())),
        };
        let request = RunRequest { arguments, environment, folder, user };
        match run::run(&self.init, &request).await {
            Ok(running) => Process { running: Some(running), untold: None },
            Err(error) => Process { running: None, untold: Some(Exit::NotStarted(error.to_string())) },
        }
    }
}

impl RunningProcess for Process {
    async fn next(&mut self) -> Option<ProcessEvent> {
        let Some(running) = &mut self.running else {
            return self.untold.take().map(ProcessEvent::Ended);
        };
        match running.next().await {
            Ok(Some(Event::Output(Output::Standard, bytes))) => {
                Some(ProcessEvent::Output(Stream::Standard, bytes))
            }
            Ok(Some(Event::Output(Output::Error, bytes))) => Some(ProcessEvent::Output(Stream::Error, bytes)),
            Ok(Some(Event::Ended(Ending::Exited(code)))) => Some(ProcessEvent::Ended(Exit::Code(code))),
            Ok(Some(Event::Ended(Ending::Signalled(signal)))) => {
                Some(ProcessEvent::Ended(Exit::Signal(signal)))
            }
            Ok(Some(Event::Refused(reason))) => Some(ProcessEvent::Ended(Exit::NotStarted(reason))),
            Ok(None) | Err(_) => {
                self.running = None;
                None
            }
        }
    }

    /// The init kills a process whose connection is gone.
    async fn kill(&mut self) {
        if self.running.take().is_some() {
            self.untold = Some(Exit::Signal(nix::sys::signal::Signal::SIGKILL as i32));
        }
    }
}
