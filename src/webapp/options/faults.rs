//! What is wrong with the options: a short text for the status, and the reasons for the log.

use std::collections::BTreeSet;

/// All that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptionFaults(BTreeSet<OptionFault>);

/// What is wrong with one option.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OptionFault {
    /// Its name.
    pub option: String,
    /// What is wrong.
    pub why: Why,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It has no value, and needs one.
    Missing,
    /// It has one that cannot be used.
    Invalid {
        /// What is wrong with it; never the value.
        why: String,
        /// What to do, where the option's name does not tell.
        remedy: Option<String>,
    },
    /// It has a text of its own.
    Told(String),
}

impl OptionFaults {
    pub(super) fn missing(&mut self, option: &str) {
        self.add(option, Why::Missing);
    }

    pub(super) fn invalid(&mut self, option: &str, why: impl Into<String>) {
        self.add(option, Why::Invalid { why: why.into(), remedy: None });
    }

    pub(super) fn invalid_with_remedy(&mut self, option: &str, why: String, remedy: String) {
        self.add(option, Why::Invalid { why, remedy: Some(remedy) });
    }

    pub(super) fn told(&mut self, option: &str, text: String) {
        self.add(option, Why::Told(text));
    }

    fn add(&mut self, option: &str, why: Why) {
        let _is_new = self.0.insert(OptionFault { option: option.to_owned(), why });
    }

    /// All is well only where nothing was found.
    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Each of them, by option.
    pub fn iter(&self) -> impl Iterator<Item = &OptionFault> {
        self.0.iter()
    }

    /// The text of the status: `missing options: a, b, invalid options: c (must be d)`, and what to do where that does not
    /// say it.
    pub fn status(&self) -> String {
        let names = |shown: fn(&OptionFault) -> Option<String>| {
            let names: BTreeSet<_> = self.iter().filter_map(shown).collect();
            names.into_iter().collect::<Vec<_>>().join(", ")
        };
        let missing = |fault: &OptionFault| (fault.why == Why::Missing).then(|| fault.option.clone());
        let invalid = |OptionFault { option, why }: &OptionFault| match why {
            Why::Invalid { why, remedy: None } => Some(format!("{option} ({why})")),
            Why::Invalid { .. } => Some(option.clone()),
            Why::Missing | Why::Told(_) => None,
        };
        let lists = [("missing", names(missing)), ("invalid", names(invalid))];
        let lists: Vec<_> = lists
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(word, names)| format!("{word} options: {names}"))
            .collect();
        let told = self.iter().filter_map(|fault| match &fault.why {
            Why::Missing => None,
            Why::Invalid { why: _, remedy } => remedy.as_deref(),
            Why::Told(text) => Some(text.as_str()),
        });
        let told: BTreeSet<_> = told.collect();
        let lists = Some(lists.join(", ")).filter(|text| !text.is_empty());
        let parts: Vec<_> = lists.iter().map(String::as_str).chain(told).collect();
        parts.join("; ")
    }

    /// The text of the log: why, for each option in a line of its own.
    pub fn details(&self) -> String {
        let lines = self.iter().map(|OptionFault { option, why }| match why {
            Why::Missing => format!("- {option}: is required and has no value"),
            Why::Invalid { why, remedy: _ } => format!("- {option}: {why}"),
            Why::Told(text) => format!("- {option}: {text}"),
        });
        let lines: Vec<_> = std::iter::once("invalid configuration:".to_owned()).chain(lines).collect();
        lines.join("\n")
    }
}
