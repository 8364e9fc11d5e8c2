//! What the operator does to what runs: options and actions. Runs nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sidecharm::juju::metadata::{Actions, ConfigSchema, OptionValue};
use sidecharm::juju::names::{ApplicationName, UnitName};

use super::action::{Action, ActionStatus};
use super::life::Life;
use super::model::Model;

/// An option that the charm does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    #[error("unknown option \"{0}\"")]
    Unknown(String),
    #[error("option \"{name}\" expected {expected}, got \"{value}\"")]
    Value { name: String, expected: &'static str, value: String },
    #[error("application \"{0}\" not found")]
    NoApplication(ApplicationName),
}

/// An action that cannot be queued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    #[error("unit \"{0}\" not found")]
    NoUnit(UnitName),
    #[error("action \"{name}\" not defined on unit \"{unit}\"")]
    Undefined { name: String, unit: UnitName },
    #[error("validation failed: (root) : \"{parameter}\" property is missing and required, given {given}")]
    Missing { parameter: String, given: String },
    #[error("validation failed: (root) : additional property \"{parameter}\" is not allowed, given {given}")]
    Additional { parameter: String, given: String },
    #[error("validation failed: (root).{parameter} : must be of type {expected}, given {given}")]
    Type { parameter: String, expected: String, given: String },
}

/// Reads options as the operator writes them.
///
/// # Errors
/// When the charm has no such option, or it is of another type.
pub fn parse_options(
    schema: &ConfigSchema,
    texts: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, OptionError> {
    let parse = |(name, text): (&String, &String)| {
        let option = schema.options.get(name).ok_or_else(|| OptionError::Unknown(name.clone()))?;
        let value = option.option_type.parse_value(text).map_err(|_| OptionError::Value {
            name: name.clone(),
            expected: option.option_type.as_str(),
            value: text.clone(),
        })?;
        Ok((name.clone(), to_json(&value)))
    };
    texts.iter().map(parse).collect()
}

/// Sets options and gives others back their defaults.
///
/// # Errors
/// When there is no such application or option, or a value is of another type; nothing is set then.
pub fn set_options(
    model: &mut Model,
    name: &ApplicationName,
    schema: &ConfigSchema,
    texts: &BTreeMap<String, String>,
    reset: &[String],
) -> Result<(), OptionError> {
    let values = parse_options(schema, texts)?;
    if let Some(unknown) = reset.iter().find(|option| !schema.options.contains_key(*option)) {
        return Err(OptionError::Unknown(unknown.clone()));
    }
    let application =
        model.applications.get_mut(name).ok_or_else(|| OptionError::NoApplication(name.clone()))?;
    application.options.extend(values);
    application.options.retain(|option, _| !reset.contains(option));
    Ok(())
}

/// Queues an action on a unit and returns its id.
///
/// # Errors
/// When there is no such unit or action, or the parameters do not fit its schema.
pub fn queue_action(
    model: &mut Model,
    unit: &UnitName,
    name: &str,
    actions: &Actions,
    parameters: Map<String, Value>,
) -> Result<u64, ActionError> {
    let undefined = || ActionError::Undefined { name: name.to_owned(), unit: unit.clone() };
    let declared = actions.actions.iter().find(|(known, _)| known.as_str() == name).ok_or_else(undefined)?.1;
    let parameters = declared.with_defaults(parameters);
    check_parameters(&declared.schema, &parameters)?;
    queue(model, unit, name, parameters)
}

/// Queues a command (`juju exec`) on a unit and returns its id.
///
/// # Errors
/// When there is no such unit.
pub fn queue_command(model: &mut Model, unit: &UnitName, command: &str) -> Result<u64, ActionError> {
    let parameters = Map::from_iter([("command".to_owned(), Value::from(command))]);
    queue(model, unit, "juju-exec", parameters)
}

fn queue(
    model: &mut Model,
    unit: &UnitName,
    name: &str,
    parameters: Map<String, Value>,
) -> Result<u64, ActionError> {
    let alive = model.units.get(unit).is_some_and(|unit| unit.life != Life::Dead);
    if !alive {
        return Err(ActionError::NoUnit(unit.clone()));
    }
    model.next.action += 1;
    let id = model.next.action;
    let action = Action {
        id,
        unit: unit.clone(),
        name: name.to_owned(),
        parameters,
        status: ActionStatus::Pending,
        message: String::new(),
        results: Map::new(),
        log: Vec::new(),
        cancelled: false,
    };
    drop(model.actions.insert(id, action));
    Ok(id)
}

/// The parts of JSON schema that action files use at their top level: `required`, the type of each property, and whether
/// there may be others.
fn check_parameters(schema: &Map<String, Value>, parameters: &Map<String, Value>) -> Result<(), ActionError> {
    let given = || Value::Object(parameters.clone()).to_string();
    let required =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for parameter in required {
        if !parameters.contains_key(parameter) {
            return Err(ActionError::Missing { parameter: parameter.to_owned(), given: given() });
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    for (parameter, value) in parameters {
        let property = properties.and_then(|properties| properties.get(parameter));
        if property.is_none() && is_closed {
            return Err(ActionError::Additional { parameter: parameter.clone(), given: given() });
        }
        let Some(expected) = property.and_then(|property| property.get("type")).and_then(Value::as_str)
        else {
            continue;
        };
        if !is_of_type(value, expected) {
            let (parameter, expected) = (parameter.clone(), expected.to_owned());
            return Err(ActionError::Type { parameter, expected, given: value.to_string() });
        }
    }
    Ok(())
}

fn is_of_type(value: &Value, expected: &str) -> bool {
    match expected {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

/// An option's value as the model keeps it.
pub fn to_json(value: &OptionValue) -> Value {
    match value {
        OptionValue::Text(text) => Value::from(text.as_str()),
        OptionValue::Integer(number) => Value::from(*number),
        OptionValue::Float(number) => Value::from(*number),
        OptionValue::Boolean(flag) => Value::from(*flag),
        OptionValue::Secret(secret) => Value::from(secret.to_uri()),
    }
}
