//! What verbs have of a unit's pod: who keeps it takes orders, and shows the pod and its agent.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::pod::sandbox::Sandbox;
use crate::uniter::inbox::AgentHandle;

/// The verbs' end of a keeper.
#[derive(Debug)]
pub struct UnitHandle {
    pub orders: mpsc::UnboundedSender<(Order, oneshot::Sender<Result<(), String>>)>,
    /// The pod while it lives.
    pub pod: watch::Receiver<Option<Arc<Sandbox>>>,
    /// The agent that was started last.
    pub agent: Rc<RefCell<AgentHandle>>,
}

/// What the operator may do to a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Kill everything at once, as a lost node does.
    Kill,
    /// Stop it as Kubernetes does; a new one comes.
    Delete,
    /// Kill the first process of a container.
    RestartContainer(String),
}
