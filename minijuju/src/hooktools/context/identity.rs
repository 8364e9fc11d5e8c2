//! What a run is called and which relation it is about.

use sidecharm::juju::names::UnitName;

use super::HookContext;
use crate::controller::model::Model;
use crate::controller::profile::Profile;
use crate::hooktools::memory::AgentMemory;
use crate::run::{CheckHook, Hook, RelationHook, Run, SecretHook, StorageHook};

/// The relation of a relation hook, or of a command that names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CurrentRelation {
    pub(super) number: u32,
    pub(super) remote_unit: Option<UnitName>,
    /// Empty in a -broken after an agent restart, and in a command.
    pub(super) remote_application: String,
}

/// `<unit>-<hook or action>-<random>`.
pub(super) fn context_id(unit: &UnitName, name: &str, profile: Profile) -> String {
    let name = if name.is_empty() { "run-commands" } else { name };
    if profile.hexadecimal_context_ids {
        format!("{unit}-{name}-{:032x}", rand::random::<u128>())
    } else {
        format!("{unit}-{name}-{}", rand::random::<u64>() >> 1)
    }
}

/// The hook's full name, or the action's; empty for a command that is no action.
pub(super) fn run_name(model: &Model, memory: &AgentMemory, run: &Run) -> String {
    match run {
        Run::Hook(hook) => hook_name(memory, hook),
        Run::Action { id } | Run::Exec { action: Some(id), .. } => action_name(model, *id).to_owned(),
        Run::Exec { action: None, .. } => String::new(),
    }
}

fn action_name(model: &Model, id: u64) -> &str {
    model.actions.get(&id).map_or("", |action| action.name.as_str())
}

fn hook_name(memory: &AgentMemory, hook: &Hook) -> String {
    let plain = match hook {
        Hook::Relation { kind, relation, .. } => {
            let endpoint = memory.relations.get(relation).map(|known| known.id.endpoint().to_string());
            return format!("{}-relation-{}", endpoint.unwrap_or_default(), relation_kind(*kind));
        }
        Hook::Storage { kind, storage } => {
            let kind = match kind {
                StorageHook::Attached => "attached",
                StorageHook::Detaching => "detaching",
            };
            return format!("{}-storage-{kind}", storage.name());
        }
        Hook::PebbleReady { container } => return format!("{container}-pebble-ready"),
        Hook::PebbleCustomNotice { container, .. } => return format!("{container}-pebble-custom-notice"),
        Hook::PebbleCheck { container, kind: CheckHook::Failed, .. } => {
            return format!("{container}-pebble-check-failed");
        }
        Hook::PebbleCheck { container, kind: CheckHook::Recovered, .. } => {
            return format!("{container}-pebble-check-recovered");
        }
        Hook::Install => "install",
        Hook::Start => "start",
        Hook::ConfigChanged => "config-changed",
        Hook::UpdateStatus => "update-status",
        Hook::UpgradeCharm => "upgrade-charm",
        Hook::Stop => "stop",
        Hook::Remove => "remove",
        Hook::LeaderElected => "leader-elected",
        Hook::LeaderSettingsChanged => "leader-settings-changed",
        Hook::Secret { kind: SecretHook::Changed, .. } => "secret-changed",
        Hook::Secret { kind: SecretHook::Remove, .. } => "secret-remove",
        Hook::Secret { kind: SecretHook::Rotate, .. } => "secret-rotate",
        Hook::Secret { kind: SecretHook::Expired, .. } => "secret-expired",
    };
    plain.to_owned()
}

fn relation_kind(kind: RelationHook) -> &'static str {
    match kind {
        RelationHook::Created => "created",
        RelationHook::Joined => "joined",
        RelationHook::Changed => "changed",
        RelationHook::Departed => "departed",
        RelationHook::Broken => "broken",
    }
}

impl HookContext {
    /// The hook's relation, as a number.
    pub(in crate::hooktools) fn relation(&self) -> Option<u32> {
        self.current.as_ref().map(|current| current.number)
    }

    /// The hook's remote unit.
    pub(in crate::hooktools) fn remote_unit(&self) -> Option<&UnitName> {
        self.current.as_ref().and_then(|current| current.remote_unit.as_ref())
    }

    /// The hook's remote application, if it is told.
    pub(in crate::hooktools) fn remote_application(&self) -> Option<&str> {
        self.current
            .as_ref()
            .map(|current| current.remote_application.as_str())
            .filter(|name| !name.is_empty())
    }
}
