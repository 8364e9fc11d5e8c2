//! What the other side of a relation has said, and what it amounts to: an answer, or the reason why there is none.
//!
//! No message of this module holds a value: databags and secrets carry passwords.

use std::collections::BTreeMap;
use std::fmt;

use super::Databag;
use crate::juju::names::{SecretId, UnitName};
use crate::juju::wire::SecretContent;

/// All that one relation says to us.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Remote {
    /// The other application's bag.
    pub application: Databag,
    /// The bags of its units.
    pub units: BTreeMap<UnitName, Databag>,
    /// The contents of the Juju secrets that the bags name, those that Juju gave.
    pub secrets: BTreeMap<SecretId, SecretContent>,
}

impl Remote {
    /// The units by their numbers, so that every hook sees them in one order.
    pub(super) fn units_in_order(&self) -> Vec<(&UnitName, &Databag)> {
        let mut units: Vec<_> = self.units.iter().collect();
        units.sort_by_key(|(unit, _)| unit.number());
        units
    }
}

impl fmt::Debug for Remote {
    /// Keys only: some interfaces carry passwords in their bags.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units: BTreeMap<_, Vec<_>> =
            self.units.iter().map(|(unit, bag)| (unit.as_str(), bag.keys().collect())).collect();
        formatter
            .debug_struct("Remote")
            .field("application", &self.application.keys().collect::<Vec<_>>())
            .field("units", &units)
            .field("secrets", &self.secrets)
            .finish()
    }
}

/// The Juju secrets that bags name, each with the spelling to ask for it by: for a secret of another model it holds that
/// model's UUID.
pub type NamedSecrets = BTreeMap<SecretId, String>;

/// What an interface's `parse` gives.
pub type Answer<T> = Result<T, NotReady>;

/// Why a relation cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// Nothing was written yet, or half of it: the keys that are missing, as `KEY`, `SECRET KEY/KEY IN IT` or `UNIT: KEY`.
    #[error("not there yet: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// Something was written that nobody could use.
    #[error("{key}: {why}")]
    Broken {
        /// Which key, spelled as in `Missing`.
        key: String,
        /// What is wrong with it; never the value.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{bag, remote};

    #[test]
    fn what_is_printed_holds_no_value() {
        let mut said =
            remote(&[("password", "hunter2")], &[("secret:9m4e2mr0ui3e8a215n4g", "token", "hunter2")]);
        said.units.insert(UnitName::parse("a/0").unwrap(), bag(&[("password", "hunter2")]));
        insta::assert_snapshot!(format!("{said:?}"), @r#"Remote { application: ["password"], units: {"a/0": ["password"]}, secrets: {SecretId("9m4e2mr0ui3e8a215n4g"): {"token": •••}} }"#);
    }

    #[test]
    fn units_are_in_the_order_of_their_numbers() {
        let mut said = Remote::default();
        for unit in ["a/10", "a/9", "a/0"] {
            said.units.insert(UnitName::parse(unit).unwrap(), Databag::new());
        }
        let names: Vec<_> = said.units_in_order().into_iter().map(|(unit, _)| unit.as_str()).collect();
        assert_eq!(names, ["a/0", "a/9", "a/10"]);
    }
}
