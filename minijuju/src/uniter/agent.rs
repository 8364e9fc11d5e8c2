//! A unit's agent: one task that lives as long as its pod's charm container.
//!
//! It waits for something to do, lets [`super::resolver`] choose and `run` do it. Between two of its sessions it
//! forgets what Juju's agent forgets when its worker stops.

mod run;
mod start;
mod timer;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use sidecharm::juju::names::{ContainerName, UnitName};
use sidecharm::pebble::Client;
use time::OffsetDateTime;
use tokio::net::UnixListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::inbox::{AgentHandle, CommandError, CommandResult, Message};
use super::lease::{self, Leases};
use super::memory::{Command, Memory, WorkloadEvent};
use super::operation;
use super::pebble_events;
use super::process::CharmProcess;
use super::resolver::{self, End, Next};
use super::retry::{Retries, Timing};
use crate::controller::log::{Level, LogLine};
use crate::controller::shared::SharedModel;
use crate::hooktools::context::{FlushError, Flushed};
use crate::hooktools::surroundings::Surroundings;
use crate::run::Run;

/// What an agent is given.
pub struct Agent<P> {
    pub unit: UnitName,
    pub shared: SharedModel,
    pub handle: AgentHandle,
    pub leases: Leases,
    /// Runs the charm in the unit's charm container.
    pub process: P,
    /// Where the hook tools of that container connect.
    pub listener: UnixListener,
    pub surroundings: Surroundings,
    /// The charm's folder in the pod, as this process sees it.
    pub charm: PathBuf,
    /// The sockets of the workload containers' Pebbles, as this process sees them.
    pub pebbles: BTreeMap<ContainerName, PathBuf>,
    pub commits: Rc<dyn Commits>,
    pub timing: Timing,
    /// Decides where Juju's order and its timer are random.
    pub seed: u64,
}

/// Whether the agent's files are those it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The pod is new, and so are its volumes: the charm was just unpacked.
    NewPod,
    /// Only the process is new.
    SamePod,
}

/// Stands beside each commit.
pub trait Commits {
    /// A refusal in the controller's words that the next commit of this unit is to get: a fault on demand.
    fn refusal(&self, unit: &UnitName) -> Option<String>;

    /// A run's commit is over, as said.
    fn done(&self, unit: &UnitName, run: &Run, outcome: &Result<Flushed, FlushError>);
}

/// Commits are left alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainCommits;

impl Commits for PlainCommits {
    fn refusal(&self, _: &UnitName) -> Option<String> {
        None
    }

    fn done(&self, _: &UnitName, _: &Run, _: &Result<Flushed, FlushError>) {}
}

/// What an agent's session keeps.
struct Session {
    memory: Memory,
    retries: Retries,
    replies: Replies,
    next_number: u64,
}

/// Who waits for an event's or a command's end, by its number.
#[derive(Default)]
struct Replies {
    workload: BTreeMap<u64, oneshot::Sender<bool>>,
    commands: BTreeMap<u64, oneshot::Sender<Result<CommandResult, CommandError>>>,
}

/// Why a session ends.
enum SessionEnd {
    Agent(End),
    /// The worker failed, for this reason, and is started anew.
    Restart(String),
}

impl<P: CharmProcess> Agent<P> {
    /// Runs the agent until its unit is gone or its pod has been shut down. Dropping the future is the agent's sudden
    /// death.
    pub async fn run(&self, arrival: Arrival) -> End {
        let mut arrival = arrival;
        loop {
            if let Some(end) = start::prepare(self, arrival) {
                return end;
            }
            arrival = Arrival::SamePod;
            match self.session().await {
                SessionEnd::Agent(end) => {
                    self.log(Level::Info, "", &self.shutting_down("agent should be terminated"));
                    return end;
                }
                SessionEnd::Restart(reason) => {
                    self.log(Level::Error, "", &format!("resolver loop error: {reason}"));
                    self.log(Level::Info, "", &self.shutting_down(&reason));
                    let now = OffsetDateTime::now_utc();
                    self.shared.change(|model| operation::worker_failed(model, &self.unit, now));
                    sleep(self.timing.restart_delay).await;
                }
            }
        }
    }

    async fn session(&self) -> SessionEnd {
        let memory = start::memory(self);
        let mut session = Session {
            memory,
            retries: Retries::new(self.timing),
            replies: Replies::default(),
            next_number: 0,
        };
        self.log(Level::Info, "", &format!("unit \"{}\" started", self.unit));
        let mut watches = self.watch_pebbles();
        let told = RefCell::new(None);
        let tell = |leads| {
            if told.replace(Some(leads)) != Some(leads) {
                self.handle.leads(leads);
            }
        };
        tokio::select! {
            // What is due already goes before what the lease may bring, as in Juju.
            biased;
            end = self.work(&mut session) => end,
            () = lease::keep(&self.shared, &self.leases, &self.unit, tell) => {
                SessionEnd::Restart("the model is gone".to_owned())
            }
            () = timer::keep(self) => SessionEnd::Restart("the model is gone".to_owned()),
            () = drain(&mut watches) => SessionEnd::Restart("the Pebbles are no longer watched".to_owned()),
        }
    }

    /// The loop: take in what is new, choose, do.
    async fn work(&self, session: &mut Session) -> SessionEnd {
        let mut changes = self.shared.subscribe();
        loop {
            changes.mark_unchanged();
            self.take_in(session);
            let now = OffsetDateTime::now_utc();
            let next = self.shared.read(|model| resolver::next(model, &self.unit, &session.memory, now));
            match next {
                Next::Wait => {
                    self.settle(session, now);
                    tokio::select! {
                        outcome = changes.changed() => {
                            if outcome.is_err() {
                                return SessionEnd::Restart("the model is gone".to_owned());
                            }
                        }
                        () = self.handle.news() => {}
                        () = sleep_until(self.next_deadline(session, now)) => {}
                    }
                }
                Next::End(end) => return SessionEnd::Agent(end),
                Next::EnterScope(number) => self.shared.change(|model| {
                    operation::enter_scope(model, &self.unit, &mut session.memory, number, now);
                }),
                Next::AcceptLeadership => {
                    self.shared.change(|model| operation::accept_leadership(model, &self.unit));
                }
                Next::ResignLeadership => {
                    self.shared.change(|model| operation::resign_leadership(model, &self.unit));
                }
                Next::Skip(hook) => self.skip(session, hook),
                Next::AbandonAction(id) => self.abandon(id),
                Next::Run(chosen) => {
                    if let Some(end) = self.operate(session, chosen).await {
                        return end;
                    }
                }
            }
        }
    }

    /// Moves what arrived into the memory.
    fn take_in(&self, session: &mut Session) {
        session.memory.shutdown = self.handle.is_shutting_down();
        for message in self.handle.take() {
            let number = session.next_number;
            session.next_number += 1;
            match message {
                Message::Resolved(resolution) => {
                    session.memory.resolution = Some(resolution);
                    session.retries.reset();
                }
                Message::Command { run, reply } => {
                    session.replies.commands.insert(number, reply);
                    session.memory.commands.push_back(Command { number, run });
                }
                Message::Workload { hook, reply } => {
                    session.replies.workload.insert(number, reply);
                    session.memory.workload_events.push_back(WorkloadEvent { number, hook });
                }
                Message::Leads(leads) => session.memory.leader = leads,
                Message::Tick => session.memory.ticks.fired += 1,
            }
        }
        let now = OffsetDateTime::now_utc();
        self.shared.change_if(|model| ((), start::follow(model, &self.unit, &mut session.memory, now)));
        let failed = self.shared.read(|model| operation::failed_hook(model, &self.unit));
        match failed {
            Some(_) => session.memory.retry_due |= session.retries.is_due(),
            None => session.memory.resolution = None,
        }
    }

    /// Nothing to do: the status says so, and a failed hook's next try is set.
    fn settle(&self, session: &mut Session, now: OffsetDateTime) {
        let news = self.shared.change_if(|model| {
            let news = operation::settle(model, &self.unit, now);
            (news, news)
        });
        let (failed, retries) = self.shared.read(|model| {
            (operation::failed_hook(model, &self.unit), model.settings.automatically_retry_hooks)
        });
        let Some(name) = failed else { return };
        if news {
            self.log(Level::Info, "", &format!("awaiting error resolution for \"{name}\" hook"));
        }
        if retries {
            session.retries.schedule();
        }
    }

    /// When the clock alone may give the agent something to do.
    fn next_deadline(&self, session: &Session, now: OffsetDateTime) -> Instant {
        let far = Duration::from_hours(1);
        let due = self.shared.read(|model| resolver::next_due(model, &session.memory, now));
        let secrets = due.and_then(|due| Duration::try_from(due - now).ok()).unwrap_or(far).min(far);
        let secrets = Instant::now() + secrets;
        session.retries.due().map_or(secrets, |retry| retry.min(secrets))
    }

    fn watch_pebbles(&self) -> JoinSet<()> {
        let mut watches = JoinSet::new();
        for (container, socket) in &self.pebbles {
            let client = Client::new(socket);
            let (shared, agent) = (self.shared.clone(), self.handle.clone());
            let boots = pebble_events::watch_boots(shared, agent, container.clone(), client.clone());
            watches.spawn_local(boots);
            let notices = pebble_events::watch_notices(self.handle.clone(), container.clone(), client);
            watches.spawn_local(notices);
        }
        watches
    }

    fn shutting_down(&self, reason: &str) -> String {
        format!("unit \"{}\" shutting down: {reason}", self.unit)
    }

    fn log(&self, level: Level, logger: &str, message: &str) {
        let module = match logger {
            "" => "juju.worker.uniter".to_owned(),
            logger => format!("juju.worker.uniter.{logger}"),
        };
        let (entity, message) = (self.unit.tag(), message.to_owned());
        self.shared.log(LogLine { time: OffsetDateTime::now_utc(), entity, level, module, message });
    }
}

/// Watches do not end by themselves but when the session is about to; then it waits for the session.
async fn drain(watches: &mut JoinSet<()>) {
    while watches.join_next().await.is_some() {}
    std::future::pending::<()>().await;
}
