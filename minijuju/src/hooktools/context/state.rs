//! The charm's own state (`state-…`) and the storage it asks for, as one run sees and changes them.

use std::collections::BTreeMap;

use super::HookContext;
use crate::controller::commit::StorageRequest;
use crate::controller::model::Model;

/// Juju's quotas for one key and one value, in bytes.
const LONGEST_KEY: usize = 256;
const LONGEST_VALUE: usize = 65_536;

/// The state with this run's changes.
#[derive(Debug, Clone, Default)]
pub(super) struct CharmState {
    data: BTreeMap<String, String>,
    /// Something was changed: the whole map goes into the flush.
    changed: bool,
}

impl CharmState {
    pub(super) fn to_flush(&self) -> Option<BTreeMap<String, String>> {
        self.changed.then(|| self.data.clone())
    }
}

impl HookContext {
    /// The state, with what waits to be written.
    pub(in crate::hooktools) fn charm_state(&mut self, model: &Model) -> &BTreeMap<String, String> {
        &self.loaded_state(model).data
    }

    /// Sets one key.
    ///
    /// # Errors
    /// When key or value are longer than Juju allows.
    pub(in crate::hooktools) fn set_state(
        &mut self,
        model: &Model,
        key: &str,
        value: &str,
    ) -> Result<(), String> {
        if key.len() > LONGEST_KEY {
            return Err(format!("max allowed key length ({LONGEST_KEY}) exceeded"));
        }
        if value.len() > LONGEST_VALUE {
            return Err(format!("max allowed value length ({LONGEST_VALUE}) exceeded"));
        }
        let state = self.loaded_state(model);
        let before = state.data.insert(key.to_owned(), value.to_owned());
        state.changed = state.changed || before.as_deref() != Some(value);
        Ok(())
    }

    /// Deletes one key.
    pub(in crate::hooktools) fn delete_state(&mut self, model: &Model, key: &str) {
        let state = self.loaded_state(model);
        let before = state.data.remove(key);
        state.changed = state.changed || before.is_some();
    }

    /// Asks for more storage at the flush.
    pub(in crate::hooktools) fn request_storage(&mut self, requests: Vec<StorageRequest>) {
        self.storage_requests.extend(requests);
    }

    fn loaded_state(&mut self, model: &Model) -> &mut CharmState {
        self.state.get_or_insert_with(|| {
            let stored = model.units.get(&self.unit).and_then(|unit| unit.charm_state.clone());
            CharmState { data: stored.unwrap_or_default(), changed: false }
        })
    }
}
