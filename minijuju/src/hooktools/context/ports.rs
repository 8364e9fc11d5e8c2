//! The ports of the unit as one run sees and changes them.

use std::collections::BTreeSet;

use super::HookContext;
use crate::controller::model::Model;
use crate::controller::unit::OpenedPort;

/// What waits to be opened and closed.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingPorts {
    pub(super) open: BTreeSet<OpenedPort>,
    pub(super) close: BTreeSet<OpenedPort>,
}

impl HookContext {
    /// Opens a port at the flush: nothing if it is open; a pending close of it is taken back.
    pub(in crate::hooktools) fn open_port(&mut self, model: &Model, port: OpenedPort) {
        let is_open = model.units.get(&self.unit).is_some_and(|unit| unit.ports.contains(&port));
        if !self.ports.close.remove(&port) && !is_open {
            self.ports.open.insert(port);
        }
    }

    /// Closes a port at the flush, open or not; but nothing is sent if no unit of the application has any port.
    pub(in crate::hooktools) fn close_port(&mut self, model: &Model, port: OpenedPort) {
        self.ports.open.remove(&port);
        let application = self.unit.application();
        let mut units = model.units.iter().filter(|(name, _)| name.application() == application);
        if units.any(|(_, unit)| !unit.ports.is_empty()) {
            self.ports.close.insert(port);
        }
    }

    /// The ports of the unit, with what waits.
    pub(in crate::hooktools) fn opened_ports(&self, model: &Model) -> BTreeSet<OpenedPort> {
        let committed = model.units.get(&self.unit).map(|unit| unit.ports.clone()).unwrap_or_default();
        committed
            .into_iter()
            .chain(self.ports.open.clone())
            .filter(|port| !self.ports.close.contains(port))
            .collect()
    }
}
