//! The action that a run carries out: its parameters, and the results that its end reports.

use serde_json::{Map, Value as Json};

use super::HookContext;
use crate::controller::action::ActionOutcome;
use crate::controller::model::Model;
use crate::run::Run;

/// A running action.
#[derive(Debug, Clone)]
pub(super) struct RunningAction {
    id: u64,
    parameters: Map<String, Json>,
    outcome: ActionOutcome,
}

impl RunningAction {
    pub(super) fn of(model: &Model, run: &Run) -> Option<Self> {
        let (Run::Action { id } | Run::Exec { action: Some(id), .. }) = run else { return None };
        let parameters = model.actions.get(id).map(|action| action.parameters.clone()).unwrap_or_default();
        Some(Self { id: *id, parameters, outcome: ActionOutcome::default() })
    }
}

impl HookContext {
    /// What the action's tools have set; kept whatever the exit code.
    pub fn action_outcome(&self) -> Option<&ActionOutcome> {
        self.action.as_ref().map(|action| &action.outcome)
    }

    pub(in crate::hooktools) fn action_id(&self) -> Option<u64> {
        self.action.as_ref().map(|action| action.id)
    }

    pub(in crate::hooktools) fn action_parameters(&self) -> Option<&Map<String, Json>> {
        self.action.as_ref().map(|action| &action.parameters)
    }

    /// Sets a result at a path of keys. A text on the way gives room to a map, a map to a text.
    pub(in crate::hooktools) fn set_result(&mut self, path: &[&str], value: &str) {
        let Some(action) = &mut self.action else { return };
        let Some((last, parents)) = path.split_last() else { return };
        let mut map = &mut action.outcome.results;
        for key in parents {
            let child = map.entry(*key).or_insert_with(|| Json::Object(Map::new()));
            if !child.is_object() {
                *child = Json::Object(Map::new());
            }
            let Json::Object(child) = child else { return };
            map = child;
        }
        map.insert((*last).to_owned(), Json::String(value.to_owned()));
    }

    pub(in crate::hooktools) fn fail_action(&mut self, message: &str) {
        if let Some(action) = &mut self.action {
            action.outcome.failed = Some(message.to_owned());
        }
    }
}
