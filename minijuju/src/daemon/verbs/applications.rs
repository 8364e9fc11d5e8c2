//! The verbs that act on applications and their units.

use std::rc::Rc;

use serde_json::Value;

use crate::daemon::controller::Controller;
use crate::daemon::protocol::Deploy;
use crate::daemon::server::Answer;

pub async fn deploy(_controller: &Rc<Controller>, _deploy: Deploy) -> Answer {
    Ok(Value::Null)
}
