//! The identifiers that go into request paths, checked before they do.
//!
//! Pebble's are decimal today; its own client accepts `[a-z0-9]+` (canonical/pebble `client/client.go`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {kind} id")]
pub struct InvalidId {
    /// What the id should have named.
    pub kind: &'static str,
    /// The text as it was given.
    pub value: String,
}

/// Defines one identifier type.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks the text and keeps it.
            ///
            /// # Errors
            /// When it is empty or has a character outside `[a-z0-9]`.
            pub fn parse(value: &str) -> Result<Self, InvalidId> {
                let valid = !value.is_empty()
                    && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
                if valid {
                    Ok(Self(value.to_owned()))
                } else {
                    Err(InvalidId { kind: $kind, value: value.to_owned() })
                }
            }

            /// The text on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(value: &str) -> Result<Self, InvalidId> {
                Self::parse(value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// The id of a change. Unique within one state file: a replaced pod starts again at 1.
    ChangeId,
    "change"
);
id!(
    /// The id of a task of a change.
    TaskId,
    "task"
);
id!(
    /// The id of a notice.
    NoticeId,
    "notice"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_leave_the_path_are_refused() {
        for text in ["", "1/../2", "A", "1 ", "é", "1?x"] {
            assert_eq!(
                ChangeId::parse(text),
                Err(InvalidId { kind: "change", value: text.to_owned() }),
                "{text:?}"
            );
        }
        assert_eq!(ChangeId::parse("42a").unwrap().as_str(), "42a");
    }
}
