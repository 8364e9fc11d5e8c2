//! What reaches a running agent from outside the model, and the handle by which it is sent.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use sidecharm::juju::names::UnitName;
use tokio::sync::{Notify, oneshot};

use super::memory::Resolution;
use crate::run::{Hook, Run};

/// Speaks to a unit's agent, also between two starts of its worker; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct AgentHandle(Rc<Inbox>);

/// How a command of `exec` ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandResult {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Why the controller refused what it set.
    pub error: Option<String>,
}

/// Why a command did not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("command execution aborted")]
    Aborted,
    #[error("{0}")]
    NotRun(String),
}

#[derive(Debug, Default)]
struct Inbox {
    messages: RefCell<VecDeque<Message>>,
    news: Notify,
    shutdown: Cell<bool>,
}

/// One thing for the agent to know.
#[derive(Debug)]
pub(super) enum Message {
    Resolved(Resolution),
    Command {
        run: Run,
        reply: oneshot::Sender<Result<CommandResult, CommandError>>,
    },
    /// The reply says whether the hook ran and ended well.
    Workload {
        hook: Hook,
        reply: oneshot::Sender<bool>,
    },
    Leads(bool),
    Tick,
}

impl AgentHandle {
    /// The pod got SIGTERM and will come back: the agent runs stop, whatever state it is in, and ends.
    pub fn shut_down(&self) {
        self.0.shutdown.set(true);
        self.0.news.notify_one();
    }

    /// The operator's word on the failed hook; without one it is forgotten.
    pub fn resolve(&self, resolution: Resolution) {
        self.send(Message::Resolved(resolution));
    }

    /// The update-status timer fires.
    pub fn tick(&self) {
        self.send(Message::Tick);
    }

    /// Runs a shell command in the charm container, when its turn comes.
    ///
    /// # Errors
    /// When the agent ended before it ran, or it could not be started.
    pub async fn exec(
        &self,
        command: String,
        relation: Option<u32>,
        remote_unit: Option<UnitName>,
    ) -> Result<CommandResult, CommandError> {
        let (reply, answer) = oneshot::channel();
        let run = Run::Exec { action: None, command, relation, remote_unit };
        self.send(Message::Command { run, reply });
        answer.await.unwrap_or(Err(CommandError::Aborted))
    }

    /// Tells the charm of something in a workload container, and whether its hook ended well.
    pub(super) async fn tell(&self, hook: Hook) -> bool {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Workload { hook, reply });
        answer.await.unwrap_or(false)
    }

    pub(super) fn leads(&self, leads: bool) {
        self.send(Message::Leads(leads));
    }

    pub(super) fn is_shutting_down(&self) -> bool {
        self.0.shutdown.get()
    }

    pub(super) fn take(&self) -> VecDeque<Message> {
        std::mem::take(&mut self.0.messages.borrow_mut())
    }

    /// Waits for the next message or order.
    pub(super) async fn news(&self) {
        self.0.news.notified().await;
    }

    fn send(&self, message: Message) {
        self.0.messages.borrow_mut().push_back(message);
        self.0.news.notify_one();
    }
}
