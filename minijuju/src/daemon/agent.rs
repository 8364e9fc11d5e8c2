//! The agent of one unit, running on its pod.

use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::watch;

use super::controller::Controller;
use crate::pod::sandbox::Sandbox;

pub const TOOLS: &[&str] = &["status-set"];

/// How an agent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentEnd {
    /// It has run its last hook.
    Finished,
    /// It gave up and is to be started again.
    Failed,
}

#[derive(Debug)]
pub struct Agent {
    terminated: watch::Sender<bool>,
}

impl Agent {
    pub fn start(_controller: &Rc<Controller>, _pod: &Arc<Sandbox>) -> Self {
        Self { terminated: watch::Sender::new(false) }
    }

    pub fn terminate(&mut self) {
        self.terminated.send_replace(true);
    }

    pub async fn ended(&mut self) -> AgentEnd {
        let _ = self.terminated.subscribe().wait_for(|terminated| *terminated).await;
        AgentEnd::Finished
    }
}
