//! What the controller does for each verb. The texts of refusals are Juju's.

mod applications;
mod look;
mod pods;

use std::rc::Rc;

use serde_json::Value;

use super::controller::Controller;
use super::protocol::Request;
use super::server::{Answer, Caller};

/// Does what a verb asks for.
///
/// # Errors
/// When it is refused or fails: the text after `ERROR `.
pub async fn answer(controller: &Rc<Controller>, request: Request, caller: &mut Caller) -> Answer {
    match request {
        Request::AddModel => Ok(Value::Null),
        Request::Deploy(deploy) => applications::deploy(controller, deploy).await,
        Request::Status => look::status(controller),
        Request::Watch => look::watch(controller, caller).await,
        Request::Log(filter) => look::log(controller, &filter, caller).await,
        Request::ModelConfig => look::model_config(controller),
        Request::SetModelConfig { set } => look::set_model_config(controller, &set),
        Request::Container { unit, container } => pods::container(controller, &unit, &container),
        Request::KillPod { unit } => pods::kill(controller, &unit).await,
        Request::DeletePod { unit } => pods::delete(controller, &unit).await,
        Request::RestartContainer { unit, container } => pods::restart(controller, &unit, container).await,
        Request::DestroyModel => pods::destroy_model(controller).await,
        other => Err(format!("not built yet: {other:?}")),
    }
}

/// Turns what serde makes of a value into an answer.
fn to_answer(value: impl serde::Serialize) -> Answer {
    serde_json::to_value(value).map_err(|error| error.to_string())
}
