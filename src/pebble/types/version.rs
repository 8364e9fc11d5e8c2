//! Pebble's version, and what needs which version.

use std::fmt;

/// A released version of Pebble.
///
/// ```
/// use sidecharm::pebble::types::Version;
/// assert!(Version::parse("v1.9.1") < Version::parse("1.10.0"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number.
    pub patch: u32,
}

impl Version {
    /// A version from its numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `1.32.1`, `v1.32.1` and `1.32.1-dev`. `None` for a build that does not say (`unknown`).
    pub fn parse(text: &str) -> Option<Self> {
        let numbers = text.strip_prefix('v').unwrap_or(text);
        let end = numbers
            .find(|character: char| character != '.' && !character.is_ascii_digit())
            .unwrap_or(numbers.len());
        let mut parts = numbers.get(..end)?.split('.').map(|part| part.parse().ok());
        let version = Self::new(parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
        parts.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Something that daemons before a version do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The first version that has it.
    pub needs: Version,
    /// What it is, as a user would name it.
    pub feature: &'static str,
}

impl Requirement {
    /// States that `feature` exists since `1.minor`.
    pub const fn since(minor: u32, feature: &'static str) -> Self {
        Self { needs: Version::new(1, minor, 0), feature }
    }

    /// Whether a daemon of this version has it. A daemon that does not say its version is taken for a new one.
    pub fn is_met_by(&self, version: Option<Version>) -> bool {
        version.is_none_or(|version| version >= self.needs)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn released_and_odd_versions_are_read() {
        for (text, expected) in [
            ("v1.32.1", Some(Version::new(1, 32, 1))),
            ("1.1.1", Some(Version::new(1, 1, 1))),
            ("1.10", Some(Version::new(1, 10, 0))),
            ("v1.4.2-dev+gabc", Some(Version::new(1, 4, 2))),
            ("unknown", None),
            ("", None),
            ("1", None),
            ("1.2.3.4", None),
            ("1..2", None),
            ("99999999999.1.1", None),
        ] {
            assert_eq!(Version::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_daemon_that_does_not_say_is_taken_for_a_new_one() {
        let requirement = Requirement::since(20, "checks/refresh");
        assert!(requirement.is_met_by(None));
        assert!(requirement.is_met_by(Version::parse("1.20.0")));
        assert!(!requirement.is_met_by(Version::parse("1.19.9")));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = Version::parse(&text);
        }
    }
}
