//! Names that Juju checks, as types with their rules. Nothing here talks to Juju.
//!
//! A value of one of these types has passed the rule that Juju itself applies (juju/names, and the charm
//! metadata rules), so code that holds one need not ask again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {kind} name")]
pub struct InvalidName {
    /// What the name should have named: "unit", "application" …
    pub kind: &'static str,
    /// The text as it was given.
    pub value: String,
}

/// Defines a newtype over text with one rule, and its conversions.
macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $rule:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// Checks the rule and keeps the text.
            ///
            /// # Errors
            /// When the text breaks the rule of this kind of name.
            pub fn parse(value: &str) -> Result<Self, InvalidName> {
                if $rule(value) {
                    Ok(Self(value.to_owned()))
                } else {
                    Err(InvalidName { kind: $kind, value: value.to_owned() })
                }
            }

            /// The text as Juju writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        text_conversions!($type);
    };
}

/// `Display`, `FromStr` and serde through the text form, for a type with `parse`.
macro_rules! text_conversions {
    ($type:ident) => {
        impl FromStr for $type {
            type Err = InvalidName;

            fn from_str(value: &str) -> Result<Self, InvalidName> {
                Self::parse(value)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// An application: lower-case words joined by hyphens, each word with a letter (`redis-k8s`).
    ApplicationName, "application", is_application
);
name!(
    /// A relation endpoint as the metadata declares it (`redis-peers`, `my_db`).
    EndpointName, "endpoint", is_endpoint
);
name!(
    /// A workload container: the Kubernetes container name, at most 63 characters.
    ContainerName, "container", is_container
);
name!(
    /// An action (`get-initial-admin-password`).
    ActionName, "action", is_action
);
name!(
    /// A storage as the metadata declares it (`database`).
    StorageName, "storage", is_storage
);

/// A unit: application and ordinal (`redis-k8s/0`).
///
/// ```
/// use sidecharm::juju::names::UnitName;
/// let unit = UnitName::parse("redis-k8s/10").unwrap();
/// assert_eq!(unit.application().as_str(), "redis-k8s");
/// assert_eq!(unit.number(), 10);
/// assert!(UnitName::parse("redis-k8s").is_err());
/// ```
///
/// Units order as text, as Juju's own lists do (`a/10` before `a/2`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitName {
    text: String,
    slash: usize,
    number: u32,
}

impl UnitName {
    /// The unit with this ordinal of an application.
    pub fn new(application: &ApplicationName, number: u32) -> Self {
        Self { text: format!("{application}/{number}"), slash: application.as_str().len(), number }
    }

    /// Checks the rule: an application name, a slash, a decimal ordinal without leading zeros.
    ///
    /// # Errors
    /// When the text is not a unit name.
    pub fn parse(value: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName { kind: "unit", value: value.to_owned() };
        let (application, number) = value.rsplit_once('/').ok_or_else(invalid)?;
        let canonical = number == "0" || (number.starts_with(|c: char| c.is_ascii_digit() && c != '0'));
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_application(application) || !canonical || !digits {
            return Err(invalid());
        }
        let number = number.parse().map_err(|_| invalid())?;
        Ok(Self { text: value.to_owned(), slash: application.len(), number })
    }

    /// The text as Juju writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The application this unit belongs to.
    pub fn application(&self) -> ApplicationName {
        ApplicationName(self.text.get(..self.slash).unwrap_or_default().to_owned())
    }

    /// The ordinal; on Kubernetes also the pod's.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The name of the unit's pod, and its host name: `redis-k8s-0`.
    pub fn pod(&self) -> String {
        self.text.replace('/', "-")
    }

    /// The unit's tag, which names its agent's folder: `unit-redis-k8s-0`.
    pub fn tag(&self) -> String {
        format!("unit-{}", self.pod())
    }
}

text_conversions!(UnitName);

/// A relation as hook tools name it: `redis-peers:3`.
///
/// ```
/// use sidecharm::juju::names::RelationId;
/// let id = RelationId::parse("redis-peers:3").unwrap();
/// assert_eq!((id.endpoint().as_str(), id.number()), ("redis-peers", 3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationId {
    text: String,
    colon: usize,
    number: u32,
}

impl RelationId {
    /// The relation with this number, seen from this endpoint.
    pub fn new(endpoint: &EndpointName, number: u32) -> Self {
        Self { text: format!("{endpoint}:{number}"), colon: endpoint.as_str().len(), number }
    }

    /// Checks the rule: an endpoint name, a colon, a decimal number.
    ///
    /// # Errors
    /// When the text is not a relation id.
    pub fn parse(value: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName { kind: "relation", value: value.to_owned() };
        let (endpoint, number) = value.split_once(':').ok_or_else(invalid)?;
        if !is_endpoint(endpoint) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let number = number.parse().map_err(|_| invalid())?;
        Ok(Self { text: value.to_owned(), colon: endpoint.len(), number })
    }

    /// The text as hook tools take it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The local side's endpoint.
    pub fn endpoint(&self) -> EndpointName {
        EndpointName(self.text.get(..self.colon).unwrap_or_default().to_owned())
    }

    /// The number, unique in the model.
    pub fn number(&self) -> u32 {
        self.number
    }
}

text_conversions!(RelationId);

/// A storage instance: `database/0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorageId(String);

impl StorageId {
    /// Checks the rule: a storage name, a slash, a decimal number.
    ///
    /// # Errors
    /// When the text is not a storage id.
    pub fn parse(value: &str) -> Result<Self, InvalidName> {
        let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match value.split_once('/') {
            Some((name, ordinal)) if is_storage(name) && number(ordinal) => Ok(Self(value.to_owned())),
            _ => Err(InvalidName { kind: "storage instance", value: value.to_owned() }),
        }
    }

    /// The text as hook tools take it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The storage's name in the metadata.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(name, _)| name)
    }
}

text_conversions!(StorageId);

/// A secret by its bare 20-character id, whatever spelling it came in.
///
/// Juju writes the same secret as `ID`, `secret:ID`, `secret:UUID/ID` or `secret://UUID/ID`, depending on version
/// and event; only the id may be compared.
///
/// ```
/// use sidecharm::juju::names::SecretId;
/// let long = SecretId::parse("secret://5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11/9m4e2mr0ui3e8a215n4g").unwrap();
/// assert_eq!(long, SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap());
/// assert_eq!(long.to_uri(), "secret:9m4e2mr0ui3e8a215n4g");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretId(String);

impl SecretId {
    /// Accepts every spelling and keeps the id.
    ///
    /// # Errors
    /// When no valid id (an xid: 20 characters of `0-9a-v`, the last one `0` or `g`) is in it.
    pub fn parse(value: &str) -> Result<Self, InvalidName> {
        let rest = value.strip_prefix("secret:").unwrap_or(value);
        let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
        let id = rest.rsplit_once('/').map_or(rest, |(_, id)| id);
        let alphabet = id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'));
        if id.len() == 20 && alphabet && id.ends_with(['0', 'g']) {
            Ok(Self(id.to_owned()))
        } else {
            Err(InvalidName { kind: "secret", value: value.to_owned() })
        }
    }

    /// The bare id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The short URI, which every Juju with secrets accepts.
    pub fn to_uri(&self) -> String {
        format!("secret:{}", self.0)
    }
}

text_conversions!(SecretId);

/// `[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*`
fn is_application(value: &str) -> bool {
    let mut words = value.split('-');
    words
        .next()
        .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_lowercase()) && is_lower_alphanumeric(word))
        && words.all(|word| is_lower_alphanumeric(word) && word.contains(|c: char| c.is_ascii_lowercase()))
}

/// `[a-z][a-z0-9]*([_-][a-z0-9]+)*`
fn is_endpoint(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_lowercase()) && value.split(['-', '_']).all(is_lower_alphanumeric)
}

/// `[a-z0-9]([a-z0-9-]*[a-z0-9])?`, at most 63 characters
fn is_container(value: &str) -> bool {
    value.len() <= 63 && is_action(value)
}

/// `[a-z0-9]([a-z0-9-]*[a-z0-9])?`
fn is_action(value: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    value.starts_with(edge) && value.ends_with(edge) && value.chars().all(|c| edge(c) || c == '-')
}

/// `[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*`, the rule of applications
fn is_storage(value: &str) -> bool {
    is_application(value)
}

fn is_lower_alphanumeric(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: FromStr>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(text.parse::<T>().is_ok(), "{text:?} should be valid");
        }
        for text in bad {
            assert!(text.parse::<T>().is_err(), "{text:?} should be refused");
        }
    }

    #[test]
    fn each_kind_of_name_follows_jujus_rule() {
        check::<ApplicationName>(
            &["a", "redis-k8s", "a1-b2c"],
            &["", "A", "1a", "a-1", "a_b", "a-", "-a", "a/0"],
        );
        check::<EndpointName>(
            &["db", "my_db", "redis-peers", "a-1"],
            &["", "Db", "1a", "a--b", "a-", "_a", "a b"],
        );
        check::<ContainerName>(&["redis", "0a", "a-b"], &["", "-a", "a-", "a_b", &"a".repeat(64)]);
        check::<ActionName>(&["a", "get-password", "0-a"], &["", "-a", "a-", "A", "a_b"]);
        check::<UnitName>(
            &["a/0", "redis-k8s/12"],
            &["", "a", "a/", "a/01", "a/-1", "A/0", "a/0/1", "a/99999999999"],
        );
        check::<RelationId>(
            &["db:0", "my_db:12"],
            &["", "db", "db:", ":1", "db:x", "db:1:2", "db:99999999999"],
        );
        check::<StorageId>(&["data/0", "my-data/3"], &["", "data", "data/", "data/x", "1/2"]);
        check::<SecretId>(
            &["9m4e2mr0ui3e8a215n4g", "secret:9m4e2mr0ui3e8a215n4g", "secret:/9m4e2mr0ui3e8a215n4g?x=1"],
            &["", "secret:", "9m4e2mr0ui3e8a215n4", "9m4e2mr0ui3e8a215n4h", "secret:x/y"],
        );
    }

    #[test]
    fn a_unit_knows_its_pod_and_tag() {
        let unit = UnitName::parse("redis-k8s/3").unwrap();
        assert_eq!((unit.pod(), unit.tag()), ("redis-k8s-3".to_owned(), "unit-redis-k8s-3".to_owned()));
        assert_eq!(UnitName::new(&unit.application(), 3), unit);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in ".*") {
            drop((UnitName::parse(&text), RelationId::parse(&text), StorageId::parse(&text)));
            drop((SecretId::parse(&text), ApplicationName::parse(&text), ContainerName::parse(&text)));
        }

        #[test]
        fn what_parses_prints_itself(text in "[a-z]{1,5}(-[a-z0-9]{1,3}[a-z])?/[0-9]{1,3}") {
            if let Ok(unit) = UnitName::parse(&text) {
                proptest::prop_assert_eq!(unit.to_string(), text);
            }
        }
    }
}
