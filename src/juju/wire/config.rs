//! `config-get`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{WireError, decode_or_empty};
use crate::juju::names::SecretId;

/// The options that have a value, by name.
pub type Config = BTreeMap<String, ConfigValue>;

/// The value of an option.
///
/// Juju carries every number as a float and prints whole ones without a fraction, so an option of type float may
/// arrive as an integer, and integers beyond 2^53 have lost digits.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigValue {
    /// Of type `string`, or the URI of a `secret`.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Of type `boolean`.
    Boolean(bool),
}

impl ConfigValue {
    /// The text of a `string` or `secret`.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Integer(_) | Self::Float(_) | Self::Boolean(_) => None,
        }
    }

    /// The value of an `int`.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Text(_) | Self::Float(_) | Self::Boolean(_) => None,
        }
    }

    /// The value of a `float`, also where it arrived as a whole number.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "Juju itself carried it as a float")]
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Text(_) | Self::Boolean(_) => None,
        }
    }

    /// The value of a `boolean`.
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(flag) => Some(*flag),
            Self::Text(_) | Self::Integer(_) | Self::Float(_) => None,
        }
    }

    /// The secret that a `secret` names.
    pub fn as_secret(&self) -> Option<SecretId> {
        self.as_text().and_then(|text| SecretId::parse(text).ok())
    }
}

impl<'de> Deserialize<'de> for ConfigValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self::Text(text)),
            serde_json::Value::Bool(flag) => Ok(Self::Boolean(flag)),
            serde_json::Value::Number(number) => {
                let float = number.as_f64().ok_or_else(|| D::Error::custom("no number"))?;
                Ok(number.as_i64().or_else(|| whole(float)).map_or(Self::Float(float), Self::Integer))
            }
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                Err(D::Error::custom("no scalar"))
            }
        }
    }
}

/// Reads `config-get --format=json`: unset options are left out, or `null` with `--all`.
///
/// # Errors
/// When it is no map of scalars.
pub fn config(answer: &[u8]) -> Result<Config, WireError> {
    let options: BTreeMap<String, Option<ConfigValue>> = decode_or_empty(answer, "a map of options")?;
    Ok(options.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

/// A float that is a whole number and exact.
fn whole(float: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    let integer = (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64);
    integer
}
