//! The environment of a hook's process: exactly these variables, nothing inherited.

use std::collections::BTreeMap;

use super::HookContext;
use crate::controller::model::Model;
use crate::run::{Hook, Run, SecretHook};

type Variables = BTreeMap<String, String>;

pub(super) fn build(context: &HookContext, model: &Model) -> Variables {
    let mut variables = Variables::new();
    add_places(&mut variables, context);
    add_model(&mut variables, context, model);
    add_relation(&mut variables, context);
    match &context.run {
        Run::Hook(hook) => {
            set(&mut variables, "JUJU_DISPATCH_PATH", &format!("hooks/{}", context.name));
            set(&mut variables, "JUJU_HOOK_NAME", &context.name);
            add_hook(&mut variables, model, hook);
        }
        Run::Action { id } => {
            add_action(&mut variables, context, *id);
            set(&mut variables, "JUJU_DISPATCH_PATH", &format!("actions/{}", context.name));
        }
        Run::Exec { action: Some(id), .. } => add_action(&mut variables, context, *id),
        Run::Exec { action: None, .. } => {}
    }
    variables
}

fn set(variables: &mut Variables, name: &str, value: &str) {
    variables.insert(name.to_owned(), value.to_owned());
}

/// Where things are, and what the agent's own environment says.
fn add_places(variables: &mut Variables, context: &HookContext) {
    let surroundings = &context.surroundings;
    let charm_dir = surroundings.charm_dir();
    let charm_dir = charm_dir.to_string_lossy();
    set(variables, "CHARM_DIR", &charm_dir);
    set(variables, "JUJU_CHARM_DIR", &charm_dir);
    set(variables, "JUJU_AGENT_SOCKET_ADDRESS", &surroundings.socket);
    set(variables, "JUJU_AGENT_SOCKET_NETWORK", "unix");
    set(variables, "JUJU_API_ADDRESSES", &surroundings.api_addresses);
    set(variables, "CLOUD_API_VERSION", &surroundings.cloud_api_version);
    set(variables, "PATH", &format!("{}:{}", surroundings.tools.display(), surroundings.path));
    set(variables, "LANG", "C.UTF-8");
    set(variables, "TERM", "tmux-256color");
    set(variables, "DEBIAN_FRONTEND", "noninteractive");
    set(variables, "APT_LISTCHANGES_FRONTEND", "none");
    variables.extend(surroundings.kubernetes.clone());
}

/// What is the same in every run of the unit.
fn add_model(variables: &mut Variables, context: &HookContext, model: &Model) {
    set(variables, "JUJU_CONTEXT_ID", &context.id);
    set(variables, "JUJU_HOOK_NAME", "");
    set(variables, "JUJU_UNIT_NAME", context.unit.as_str());
    set(variables, "JUJU_MODEL_NAME", &model.name);
    set(variables, "JUJU_MODEL_UUID", &model.uuid);
    set(variables, "JUJU_VERSION", &model.settings.agent_version);
    for empty in ["JUJU_MACHINE_ID", "JUJU_PRINCIPAL_UNIT", "JUJU_AVAILABILITY_ZONE"] {
        set(variables, empty, "");
    }
    for proxy in ["JUJU_CHARM_HTTP_PROXY", "JUJU_CHARM_HTTPS_PROXY", "JUJU_CHARM_FTP_PROXY"] {
        set(variables, proxy, "");
    }
    set(variables, "JUJU_CHARM_NO_PROXY", "127.0.0.1,localhost,::1");
    if context.profile.before_four {
        set(variables, "JUJU_SLA", "");
        set(variables, "JUJU_METER_STATUS", "AMBER");
        set(variables, "JUJU_METER_INFO", "not set");
    }
}

fn add_relation(variables: &mut Variables, context: &HookContext) {
    let Some(current) = &context.current else { return };
    if let Some(known) = context.memory.relations.get(&current.number) {
        set(variables, "JUJU_RELATION", known.id.endpoint().as_str());
        set(variables, "JUJU_RELATION_ID", known.id.as_str());
    }
    let remote_unit = current.remote_unit.as_ref().map(ToString::to_string).unwrap_or_default();
    set(variables, "JUJU_REMOTE_UNIT", &remote_unit);
    set(variables, "JUJU_REMOTE_APP", &current.remote_application);
}

fn add_action(variables: &mut Variables, context: &HookContext, id: u64) {
    set(variables, "JUJU_ACTION_NAME", &context.name);
    set(variables, "JUJU_ACTION_UUID", &id.to_string());
    set(variables, "JUJU_ACTION_TAG", &format!("action-{id}"));
}

/// What only some hooks have.
fn add_hook(variables: &mut Variables, model: &Model, hook: &Hook) {
    match hook {
        Hook::Relation { departing_unit: Some(departing), .. } => {
            set(variables, "JUJU_DEPARTING_UNIT", departing.as_str());
        }
        Hook::Storage { storage, .. } => {
            set(variables, "JUJU_STORAGE_ID", storage.as_str());
            let instance = model.storage.get(storage);
            set(variables, "JUJU_STORAGE_LOCATION", instance.map_or("", |instance| &instance.location));
            set(variables, "JUJU_STORAGE_KIND", instance.map_or("", |instance| &instance.kind));
        }
        Hook::PebbleReady { container } => set(variables, "JUJU_WORKLOAD_NAME", container.as_str()),
        Hook::PebbleCustomNotice { container, id, key } => {
            set(variables, "JUJU_WORKLOAD_NAME", container.as_str());
            set(variables, "JUJU_NOTICE_ID", id);
            set(variables, "JUJU_NOTICE_TYPE", "custom");
            set(variables, "JUJU_NOTICE_KEY", key);
        }
        Hook::PebbleCheck { container, check, .. } => {
            set(variables, "JUJU_WORKLOAD_NAME", container.as_str());
            set(variables, "JUJU_PEBBLE_CHECK_NAME", check);
        }
        Hook::Secret { kind, secret, label, revision } => {
            let bare = *kind == SecretHook::Expired;
            set(variables, "JUJU_SECRET_ID", &if bare { secret.to_string() } else { secret.to_uri() });
            set(variables, "JUJU_SECRET_LABEL", label);
            if let Some(revision) = revision {
                set(variables, "JUJU_SECRET_REVISION", &revision.to_string());
            }
        }
        Hook::Relation { departing_unit: None, .. }
        | Hook::Install
        | Hook::Start
        | Hook::ConfigChanged
        | Hook::UpdateStatus
        | Hook::UpgradeCharm
        | Hook::Stop
        | Hook::Remove
        | Hook::LeaderElected
        | Hook::LeaderSettingsChanged => {}
    }
}
