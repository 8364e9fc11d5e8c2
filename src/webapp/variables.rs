//! The environment of the app: names and values, and which of the values are secrets.

use std::collections::BTreeMap;

use crate::secret::Secret;

/// The most bytes of a value. The kernel starts no program with a variable of 128 KiB, its name included.
const LONGEST: usize = 127 << 10;
const TOO_LONG: &str = "must be at most 127 KiB, which is what a process can be given in a variable";
const NUL: &str = "must hold no NUL byte, which no variable of a process can";

/// A variable's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// May be seen by everybody: it stands in Pebble's plan.
    Plain(String),
    /// May be seen by the app only.
    Secret(Secret),
}

impl Value {
    /// Why no process can be given it, where that is so.
    pub fn unfit(&self) -> Option<&'static str> {
        if self.expose().len() > LONGEST {
            Some(TOO_LONG)
        } else {
            self.expose().contains('\0').then_some(NUL)
        }
    }

    /// The text, whichever it is.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// Variables by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, Value>);

impl Variables {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a variable that everybody may see.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let _before = self.0.insert(name.into(), Value::Plain(value.into()));
    }

    /// Sets one that only the app may see.
    pub fn set_secret(&mut self, name: impl Into<String>, value: Secret) {
        let _before = self.0.insert(name.into(), Value::Secret(value));
    }

    /// Adds all of these; they win over those that are there.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// One that no process can be given, and why.
    pub fn unfit(&self) -> Option<(&str, &'static str)> {
        self.iter().find_map(|(name, value)| Some((name, value.unfit()?)))
    }

    /// All, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Value)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_wins_and_secrets_do_not_show() {
        let mut variables = Variables::new();
        variables.set("A", "1");
        variables.set("B", "1");
        let mut more = Variables::new();
        more.set_secret("B", Secret::new("hunter2"));
        variables.extend(more);
        let shown = format!("{variables:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let all: Vec<_> = variables.iter().map(|(name, value)| (name, value.expose())).collect();
        assert_eq!(all, [("A", "1"), ("B", "hunter2")]);
    }
}
