//! What the controller does for each verb. The texts of refusals are Juju's.

mod applications;
mod look;
mod pods;
mod relations;
mod secrets;
mod show_unit;
mod tasks;
mod user_secrets;

use std::rc::Rc;

use serde_json::Value;
use sidecharm::juju::names::{ApplicationName, UnitName};

use super::caller::{Answer, Caller};
use super::controller::Controller;
use super::protocol::Request;
use crate::controller::application::Application;

/// Does what a verb asks for.
///
/// # Errors
/// When it is refused or fails: the text after `ERROR `.
pub async fn answer(controller: &Rc<Controller>, request: Request, caller: &mut Caller) -> Answer {
    match request {
        // That somebody answers is the answer.
        Request::AddModel => Ok(Value::Null),
        Request::Deploy(wanted) => applications::deploy(controller, wanted).await,
        Request::AddUnits { application, number } => {
            applications::add_units(controller, &application, number)
        }
        Request::RemoveUnits { application, number } => {
            applications::remove_units(controller, &application, number)
        }
        Request::RemoveApplication { application } => {
            applications::remove_application(controller, &application)
        }
        Request::Integrate { one, other } => relations::integrate(controller, &one, &other),
        Request::RemoveRelation { one, other } => relations::remove(controller, &one, &other),
        Request::Config { application } => applications::config(controller, &application),
        Request::Actions { application } => look::actions(controller, &application),
        Request::SetConfig { application, set, reset } => {
            applications::set_config(controller, &application, &set, &reset)
        }
        Request::Run { unit, action, parameters } => tasks::run(controller, &unit, &action, parameters),
        Request::Exec { unit, command } => tasks::exec(controller, &unit, &command),
        Request::Task { id } => tasks::wait(controller, id).await,
        Request::Status => look::status(controller),
        Request::Watch => look::watch(controller, caller).await,
        Request::ShowUnit { unit } => show_unit::show(controller, &unit),
        Request::Log(filter) => look::log(controller, &filter, caller).await,
        Request::Resolved { unit, retry } => tasks::resolved(controller, &unit, retry),
        Request::Refresh { application, charm, resources } => {
            applications::refresh(controller, &application, charm, resources).await
        }
        Request::AttachResource { application, name, value } => {
            applications::attach_resource(controller, &application, &name, value).await
        }
        Request::UserSecret(wanted) => user_secrets::answer(controller, wanted),
        Request::Secrets => Ok(secrets::list(controller)),
        Request::ShowSecret { secret, revision, reveal } => {
            secrets::show(controller, &secret, revision, reveal)
        }
        Request::ModelConfig => look::model_config(controller),
        Request::SetModelConfig { set } => look::set_model_config(controller, &set),
        Request::Trust { application, trust } => applications::trust(controller, &application, trust),
        Request::Container { unit, container } => pods::container(controller, &unit, &container),
        Request::KillPod { unit } => pods::kill(controller, &unit).await,
        Request::DeletePod { unit } => pods::delete(controller, &unit).await,
        Request::RestartContainer { unit, container } => pods::restart(controller, &unit, container).await,
        Request::DestroyModel => pods::destroy_model(controller).await,
    }
}

/// The unit of this name, which must be in the model.
fn find_unit(controller: &Controller, name: &str) -> Result<UnitName, String> {
    let unit = UnitName::parse(name).map_err(|_| format!("invalid unit name \"{name}\""))?;
    let exists = controller.model.read(|model| model.units.contains_key(&unit));
    if exists { Ok(unit) } else { Err(format!("unit \"{name}\" not found")) }
}

/// The application of this name, which must be in the model.
fn find_application(controller: &Controller, name: &str) -> Result<Application, String> {
    let absent = || format!("application \"{name}\" not found");
    let parsed = ApplicationName::parse(name).map_err(|_| absent())?;
    controller.model.read(|model| model.applications.get(&parsed).cloned()).ok_or_else(absent)
}

/// Turns what serde makes of a value into an answer.
fn to_answer(value: impl serde::Serialize) -> Answer {
    serde_json::to_value(value).map_err(|error| error.to_string())
}
