//! The controller's parts in one place: what all that runs in its process works with.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use sidecharm::juju::names::{ApplicationName, UnitName};
use time::OffsetDateTime;
use tokio::sync::{Notify, mpsc};

use super::intake::Intake;
use super::unit_handle::UnitHandle;
use crate::controller::log::{Level, LogLine};
use crate::controller::shared::SharedModel;
use crate::pod::folders::Folders;
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
    /// Those of a model; no unit has a keeper yet. Applications whose pods are to be replaced are named to `roll`.
    pub fn new(
        model: SharedModel,
        folders: Folders,
        node: Node,
        roll: mpsc::UnboundedSender<ApplicationName>,
    ) -> Self {
        Self {
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
        }
    }

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

    /// Whether everything of the model on this machine is gone.
    pub fn is_destroyed(&self) -> bool {
        self.destroyed.get()
    }

    /// Waits until there is nothing left to control.
    pub async fn ended(&self) {
        self.end.notified().await;
    }

    /// Ends the controller if there is nothing left to control; else returns at once.
    pub async fn end_if_destroyed(&self) {
        if self.destroyed.get() {
            self.end.notify_one();
            std::future::pending::<()>().await;
        }
    }
}
