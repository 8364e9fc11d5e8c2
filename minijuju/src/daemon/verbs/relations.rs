//! The verbs that relate applications.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::controller::endpoints::{self, EndpointRef};
use crate::controller::removal;
use crate::daemon::caller::Answer;
use crate::daemon::controller::Controller;

pub fn integrate(controller: &Controller, one: &str, other: &str) -> Answer {
    let (one, other) = parse(one, other)?;
    let number =
        controller.model.change(|model| endpoints::integrate(model, &one, &other, OffsetDateTime::now_utc()));
    Ok(json!(number.map_err(|error| error.to_string())?))
}

pub fn remove(controller: &Controller, one: &str, other: &str) -> Answer {
    let (one, other) = parse(one, other)?;
    let removed = controller.model.change(|model| {
        endpoints::find(model, &one, &other).map(|number| removal::remove_relation(model, number))
    });
    removed.map_err(|error| error.to_string())?;
    Ok(Value::Null)
}

fn parse(one: &str, other: &str) -> Result<(EndpointRef, EndpointRef), String> {
    let parse = |text| EndpointRef::parse(text).map_err(|error| error.to_string());
    Ok((parse(one)?, parse(other)?))
}
