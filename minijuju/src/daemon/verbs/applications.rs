//! The verbs that act on applications and their units.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value, json};
use sidecharm::juju::metadata::{CharmFiles, Metadata, ResourceKind};
use sidecharm::juju::names::ApplicationName;
use time::OffsetDateTime;

use super::{find_application, to_answer};
use crate::controller::application::{Application, Resource};
use crate::controller::deploy::{self, Deployment};
use crate::controller::{assumes, operate, removal};
use crate::daemon::caller::Answer;
use crate::daemon::controller::Controller;
use crate::daemon::intake::Leave;
use crate::daemon::leavings::Leavings;
use crate::daemon::protocol::Deploy;
use crate::daemon::{charm, resources};
use crate::hooktools::surroundings::KUBERNETES_VERSION;
use crate::pod::error::chain;

/// A charm that was taken into the model's folder.
struct Taken {
    files: CharmFiles,
    folder: PathBuf,
}

pub async fn deploy(controller: &Rc<Controller>, wanted: Deploy) -> Answer {
    let name = wanted.name.as_deref().map(application_name).transpose()?;
    if let Some(name) = &name {
        refuse_taken(controller, name)?;
    }
    let leave = enter(controller).await?;
    let taken = take(controller, &leave, wanted.charm.clone()).await?;
    let name = name.unwrap_or_else(|| taken.files.metadata.name.clone());
    let deployed = deploy_taken(controller, &leave, &name, &taken, wanted).await;
    if deployed.is_err() {
        // A charm that is not deployed is in nobody's way; the next one has another folder.
        drop(tokio::fs::remove_dir_all(taken.folder).await);
    }
    Ok(json!({ "application": name, "charm": deployed? }))
}

/// Returns the charm's URL.
async fn deploy_taken(
    controller: &Controller,
    leave: &Leave,
    name: &ApplicationName,
    taken: &Taken,
    wanted: Deploy,
) -> Result<String, String> {
    refuse_taken(controller, name)?;
    let files = &taken.files;
    // What is refused for what it is or for its options is refused before anything is kept of it.
    check_assumes(controller, files)?;
    operate::parse_options(&files.config, &wanted.config).map_err(|error| error.to_string())?;
    let there = controller.model.read(|model| model.units.len());
    deploy::check_room(there, wanted.number).map_err(|error| error.to_string())?;
    let resources = take_resources(controller, leave, name, &files.metadata, wanted.resources).await?;
    let service_address = controller.node.service_address(name).map_err(|error| chain(&error))?;
    let charm_url = format!("local:{}-0", files.metadata.name);
    let deployment = Deployment {
        name: name.clone(),
        charm: files,
        charm_dir: keep(controller, name, &taken.folder, &charm_url)?,
        charm_url: charm_url.clone(),
        units: wanted.number,
        trust: wanted.trust,
        options: wanted.config,
        resources,
        service_address,
        volumes: &controller.folders.volumes(),
    };
    let now = OffsetDateTime::now_utc();
    let deployed = controller.model.change(|model| deploy::deploy(model, deployment, now));
    deployed.map(|_| charm_url).map_err(|error| chain(&error))
}

pub fn add_units(controller: &Controller, application: &str, number: u32) -> Answer {
    let name = application_name(application)?;
    let volumes = controller.folders.volumes();
    let added = controller
        .model
        .change(|model| deploy::add_units(model, &name, number, &volumes, OffsetDateTime::now_utc()));
    to_answer(added.map_err(|error| chain(&error))?)
}

pub fn remove_units(controller: &Controller, application: &str, number: u32) -> Answer {
    let name = application_name(application)?;
    let removed = controller.model.change(|model| removal::remove_units(model, &name, number));
    to_answer(removed.map_err(|error| chain(&error))?)
}

pub fn remove_application(controller: &Controller, application: &str) -> Answer {
    let name = application_name(application)?;
    let leavings = Leavings::of(controller, &name);
    let removed = controller.model.change(|model| removal::remove_application(model, &name));
    let removed = removed.map_err(|error| chain(&error))?;
    // One without units goes at once.
    leavings.remove_if_gone(controller);
    to_answer(removed)
}

/// The options as `juju config` shows them.
pub fn config(controller: &Controller, application: &str) -> Answer {
    let application = find_application(controller, application)?;
    let files = charm::files(&application.charm_dir).map_err(|error| chain(&error))?;
    let mut settings = Map::new();
    for (name, option) in &files.config.options {
        let default = application.option_defaults.get(name).filter(|value| !value.is_null());
        let set = application.options.get(name);
        let mut shown = Map::new();
        shown.extend(default.map(|value| ("default".to_owned(), value.clone())));
        shown.insert("description".to_owned(), json!(option.description));
        let source = match (set, default) {
            (Some(_), _) => "user",
            (None, Some(_)) => "default",
            (None, None) => "unset",
        };
        shown.insert("source".to_owned(), json!(source));
        shown.insert("type".to_owned(), json!(option.option_type.as_str()));
        shown.extend(set.or(default).map(|value| ("value".to_owned(), value.clone())));
        settings.insert(name.clone(), Value::Object(shown));
    }
    Ok(json!({ "application": application.name, "charm": files.metadata.name, "settings": settings }))
}

pub fn set_config(
    controller: &Controller,
    application: &str,
    set: &BTreeMap<String, String>,
    reset: &[String],
) -> Answer {
    let Application { name, charm_dir, .. } = find_application(controller, application)?;
    let files = charm::files(&charm_dir).map_err(|error| chain(&error))?;
    let changed =
        controller.model.change(|model| operate::set_options(model, &name, &files.config, set, reset));
    changed.map_err(|error| chain(&error))?;
    Ok(Value::Null)
}

pub fn trust(controller: &Controller, application: &str, trust: bool) -> Answer {
    let name = find_application(controller, application)?.name;
    controller.model.change(|model| {
        if let Some(application) = model.applications.get_mut(&name) {
            application.trust = trust;
        }
    });
    Ok(Value::Null)
}

/// Another revision of the charm, and of the resources given with it. The pods are replaced one after the other.
pub async fn refresh(
    controller: &Rc<Controller>,
    application: &str,
    charm: PathBuf,
    given: BTreeMap<String, String>,
) -> Answer {
    let leave = enter(controller).await?;
    let application = find_application(controller, application)?;
    let name = &application.name;
    let Taken { files, folder } = take(controller, &leave, charm).await?;
    if let Err(refusal) = check_assumes(controller, &files) {
        drop(tokio::fs::remove_dir_all(folder).await);
        return Err(refusal);
    }
    let url = format!("local:{}-{}", files.metadata.name, next_revision(&application));
    let folder = keep(controller, name, &folder, &url)?;
    for (resource, value) in given {
        attach(controller, &leave, &application, &files.metadata, &resource, value).await?;
    }
    let now = OffsetDateTime::now_utc();
    let refreshed =
        controller.model.change(|model| deploy::refresh(model, name, &files, folder, url.clone(), now));
    refreshed.map_err(|error| chain(&error))?;
    roll(controller, name);
    Ok(json!({ "charm": url }))
}

pub async fn attach_resource(
    controller: &Rc<Controller>,
    application: &str,
    resource: &str,
    value: String,
) -> Answer {
    let leave = enter(controller).await?;
    let application = find_application(controller, application)?;
    let files = charm::files(&application.charm_dir).map_err(|error| chain(&error))?;
    attach(controller, &leave, &application, &files.metadata, resource, value).await?;
    roll(controller, &application.name);
    Ok(Value::Null)
}

async fn attach(
    controller: &Controller,
    leave: &Leave,
    application: &Application,
    metadata: &Metadata,
    resource: &str,
    value: String,
) -> Result<(), String> {
    let known = application.resources.get(resource);
    let revision = known.map_or(1, |known| known.revision + 1);
    let taken =
        take_resource(controller, leave, &application.name, metadata, resource, value, revision).await?;
    let name = &application.name;
    let attached =
        controller.model.change(|model| deploy::attach_resource(model, name, resource, taken.path));
    attached.map_err(|error| chain(&error))
}

/// Leave to take something into the model's folder.
async fn enter(controller: &Controller) -> Result<Leave, String> {
    let name = || controller.model.read(|model| model.name.clone());
    controller.intake.enter().await.ok_or_else(|| format!("model \"{}\" is dying", name()))
}

/// Does what blocks, and goes on with it when the verb goes away.
async fn block<T: Send + 'static, E: std::error::Error + Send + 'static>(
    leave: &Leave,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, String> {
    let leave = leave.clone();
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(leave);
        done
    });
    done.await.map_err(|error| error.to_string())?.map_err(|error| chain(&error))
}

/// Copies or unpacks a charm into a folder of its own.
async fn take(controller: &Controller, leave: &Leave, charm: PathBuf) -> Result<Taken, String> {
    let folder = controller.folders.new_charms().join(controller.next_number().to_string());
    let to = folder.clone();
    let files = block(leave, move || charm::take(&charm, &to)).await?;
    Ok(Taken { files, folder })
}

/// Moves a charm to its application's, under its own name.
fn keep(
    controller: &Controller,
    application: &ApplicationName,
    folder: &Path,
    url: &str,
) -> Result<PathBuf, String> {
    let charms = controller.folders.charms(application);
    let kept = charms.join(url.strip_prefix("local:").unwrap_or(url));
    let moved = std::fs::create_dir_all(&charms).and_then(|()| std::fs::rename(folder, &kept));
    moved.map_err(|error| format!("cannot keep the charm in {}: {error}", kept.display()))?;
    Ok(kept)
}

fn next_revision(application: &Application) -> u32 {
    let (_, revision) = application.charm_url.rsplit_once('-').unwrap_or_default();
    revision.parse::<u32>().map_or(0, |revision| revision + 1)
}

/// Takes what is given, and for each image that is not given the one the charm names.
async fn take_resources(
    controller: &Controller,
    leave: &Leave,
    application: &ApplicationName,
    metadata: &Metadata,
    mut given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, Resource>, String> {
    for (name, resource) in &metadata.resources {
        if resource.kind == ResourceKind::OciImage && !given.contains_key(name) {
            let image = resource.upstream_source.clone().unwrap_or_else(|| name.clone());
            given.insert(name.clone(), image);
        }
    }
    let mut taken = BTreeMap::new();
    for (name, value) in given {
        let resource = take_resource(controller, leave, application, metadata, &name, value, 0).await?;
        taken.insert(name, resource);
    }
    Ok(taken)
}

async fn take_resource(
    controller: &Controller,
    leave: &Leave,
    application: &ApplicationName,
    metadata: &Metadata,
    name: &str,
    value: String,
    revision: u32,
) -> Result<Resource, String> {
    let folder = controller.folders.resources(application);
    let (metadata, name) = (metadata.clone(), name.to_owned());
    block(leave, move || resources::take(&metadata, &folder, &name, &value, revision)).await
}

fn roll(controller: &Controller, name: &ApplicationName) {
    // The roller ends with the controller: then nothing rolls any more.
    controller.roll.send(name.clone()).ok();
}

fn refuse_taken(controller: &Controller, name: &ApplicationName) -> Result<(), String> {
    if controller.model.read(|model| model.applications.contains_key(name)) {
        return Err(deploy::DeployError::Exists(name.clone()).to_string());
    }
    Ok(())
}

/// Whether the model offers what the charm assumes.
fn check_assumes(controller: &Controller, files: &CharmFiles) -> Result<(), String> {
    let version = controller.model.read(|model| model.settings.agent_version.clone());
    assumes::refusal(&files.metadata.assumes, &version, KUBERNETES_VERSION).map_or(Ok(()), Err)
}

fn application_name(text: &str) -> Result<ApplicationName, String> {
    ApplicationName::parse(text).map_err(|_| {
        format!("invalid application name \"{text}\": use lower-case words with letters, joined by hyphens")
    })
}
