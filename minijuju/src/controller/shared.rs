//! The model behind one door: whoever changes it through here wakes whoever waits for a change.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::sync::{broadcast, watch};

use super::log::LogLine;
use super::model::Model;

/// A handle on the model, cheap to clone; the controller is one thread.
#[derive(Clone)]
pub struct SharedModel {
    model: Rc<RefCell<Model>>,
    version: watch::Sender<u64>,
    log: broadcast::Sender<LogLine>,
}

impl SharedModel {
    pub fn new(model: Model) -> Self {
        Self {
            model: Rc::new(RefCell::new(model)),
            version: watch::Sender::new(0),
            log: broadcast::Sender::new(4096),
        }
    }

    /// Looks at the model. The closure must not call back into this handle.
    pub fn read<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(&self.model.borrow())
    }

    /// Changes the model and wakes the waiters. The closure must not call back into this handle.
    pub fn change<T>(&self, edit: impl FnOnce(&mut Model) -> T) -> T {
        let outcome = edit(&mut self.model.borrow_mut());
        self.version.send_modify(|version| *version += 1);
        outcome
    }

    /// Like [`SharedModel::change`], but wakes nobody if the closure says that it changed nothing.
    pub fn change_if<T>(&self, edit: impl FnOnce(&mut Model) -> (T, bool)) -> T {
        let (outcome, changed) = edit(&mut self.model.borrow_mut());
        if changed {
            self.version.send_modify(|version| *version += 1);
        }
        outcome
    }

    /// A receiver that becomes ready at each change made after this call.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Adds a line to the model's log.
    pub fn log(&self, line: LogLine) {
        // Nobody listening is no fault: the log file is one listener, `debug-log` another.
        drop(self.log.send(line));
    }

    pub fn subscribe_log(&self) -> broadcast::Receiver<LogLine> {
        self.log.subscribe()
    }
}
