//! Juju's version numbers: reading, ordering, and what each version can do.

use std::fmt;
use std::str::FromStr;

/// A text that is no Juju version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Juju version")]
pub struct InvalidVersion(pub String);

/// A version of Juju: `3.6.9`, `3.6-beta2`, `4.0-beta5.1`, `3.1.8.2`.
///
/// They order as Juju orders them: a tagged version comes before every release of its major and minor number.
///
/// ```
/// use sidecharm::juju::environment::JujuVersion;
/// let version = JujuVersion::parse("3.6-beta2").unwrap();
/// assert!(version.has_secrets() && !version.has_check_events());
/// assert!(version < JujuVersion::parse("3.6.0").unwrap());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JujuVersion {
    major: u32,
    minor: u32,
    stage: Stage,
    patch: u32,
    build: u32,
}

/// Declared in their order: any tag precedes the release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    Tagged(String),
    Release,
}

impl JujuVersion {
    /// The release with these numbers.
    pub const fn release(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, stage: Stage::Release, patch, build: 0 }
    }

    /// Reads `MAJOR.MINOR`, `MAJOR.MINOR.PATCH[.BUILD]` or `MAJOR.MINOR-TAGPATCH[.BUILD]`.
    ///
    /// # Errors
    /// When the text has another form, or a number of more than nine digits.
    pub fn parse(text: &str) -> Result<Self, InvalidVersion> {
        Self::read(text).ok_or_else(|| InvalidVersion(text.to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        let (major, rest) = text.split_once('.')?;
        let minor_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (minor, rest) = rest.split_at_checked(minor_end)?;
        let (stage, numbers) = if let Some(tagged) = rest.strip_prefix('-') {
            let tag_end = tagged.find(|c: char| !c.is_ascii_lowercase()).filter(|end| *end > 0)?;
            let (tag, numbers) = tagged.split_at_checked(tag_end)?;
            (Stage::Tagged(tag.to_owned()), Some(numbers))
        } else if rest.is_empty() {
            (Stage::Release, None)
        } else {
            (Stage::Release, Some(rest.strip_prefix('.')?))
        };
        let (patch, build) = match numbers {
            None => (0, 0),
            Some(numbers) => match numbers.split_once('.') {
                None => (number(numbers)?, 0),
                Some((patch, build)) => (number(patch)?, number(build)?),
            },
        };
        Some(Self { major: number(major)?, minor: number(minor)?, stage, patch, build })
    }

    /// The first number: 2, 3, 4.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Secrets can be relied on (3.0.3).
    pub fn has_secrets(&self) -> bool {
        *self >= Self::release(3, 0, 3)
    }

    /// A config option can be a secret of the user's (3.4).
    pub fn has_secret_options(&self) -> bool {
        *self >= Self::release(3, 4, 0)
    }

    /// The owner of a secret reads the revision it tracks, as consumers do, and must refresh after a change
    /// (3.1.7 and 3.3.1; before, it always reads the latest).
    pub fn owner_tracks_revisions(&self) -> bool {
        *self >= Self::release(3, 3, 1) || (*self >= Self::release(3, 1, 7) && *self < Self::release(3, 2, 0))
    }

    /// Setting a secret to the content it has makes no new revision (3.6).
    pub fn ignores_equal_secret_content(&self) -> bool {
        *self >= Self::release(3, 6, 0)
    }

    /// `<container>-pebble-custom-notice` is sent (3.4).
    pub fn has_custom_notices(&self) -> bool {
        *self >= Self::release(3, 4, 0)
    }

    /// `<container>-pebble-check-failed` and `-recovered` are sent (3.6).
    pub fn has_check_events(&self) -> bool {
        *self >= Self::release(3, 6, 0)
    }

    /// A charm runs as its `charm-user` says (3.6); before, as root.
    pub fn has_charm_users(&self) -> bool {
        *self >= Self::release(3, 6, 0)
    }

    /// `open-port` reaches the Kubernetes Service (3.0.3).
    pub fn opens_ports_on_kubernetes(&self) -> bool {
        *self >= Self::release(3, 0, 3)
    }

    /// The tool `relation-model-get` exists (3.6.2).
    pub fn has_relation_model_get(&self) -> bool {
        *self >= Self::release(3, 6, 2)
    }

    /// `credential-get` answers on Kubernetes (3.6.10).
    pub fn has_credential_get_on_kubernetes(&self) -> bool {
        *self >= Self::release(3, 6, 10)
    }

    /// `leader-get`, `leader-set` and leader-settings-changed exist (until 4.0).
    pub fn has_leader_settings(&self) -> bool {
        self.major < 4
    }
}

impl FromStr for JujuVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        Self::parse(text)
    }
}

impl fmt::Display for JujuVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)?;
        match &self.stage {
            Stage::Tagged(tag) => write!(formatter, "-{tag}{}", self.patch)?,
            Stage::Release => write!(formatter, ".{}", self.patch)?,
        }
        match self.build {
            0 => Ok(()),
            build => write!(formatter, ".{build}"),
        }
    }
}

/// Juju's own limit: one to nine digits.
fn number(text: &str) -> Option<u32> {
    let digits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> JujuVersion {
        JujuVersion::parse(text).unwrap()
    }

    #[test]
    fn versions_read_and_print() {
        for (text, printed) in [
            ("3.6.9", "3.6.9"),
            ("3.6", "3.6.0"),
            ("3.6-beta2", "3.6-beta2"),
            ("4.0-beta5.1", "4.0-beta5.1"),
            ("2.9.49.1", "2.9.49.1"),
            ("123456789.0.0", "123456789.0.0"),
        ] {
            assert_eq!(version(text).to_string(), printed);
        }
        for text in [
            "",
            "3",
            "3.",
            ".6",
            "3.6.",
            "3.6-",
            "3.6-beta",
            "3.6-2",
            "3.6.9-ubuntu-amd64",
            "3.6.9.1.2",
            "3.x.1",
            "v3.6.1",
            "+3.6.1",
            "3.6.-1",
            "1234567890.0.0",
            "3.6-Beta2",
            " 3.6.9",
            "3.6.9\n",
        ] {
            assert_eq!(JujuVersion::parse(text), Err(InvalidVersion(text.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn a_tagged_version_precedes_its_release() {
        let texts = [
            "2.9.49",
            "3.0.3",
            "3.1.6",
            "3.1.7",
            "3.5.9",
            "3.6-alpha9",
            "3.6-beta1",
            "3.6-beta2",
            "3.6-beta2.1",
            "3.6-rc1",
            "3.6.0",
            "3.6.0.1",
            "3.6.9",
            "3.6.10",
            "4.0-beta5.1",
            "4.0.0",
        ];
        assert!(texts.map(version).is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn each_version_can_what_its_notes_say() {
        let check = |question: fn(&JujuVersion) -> bool, without: &[&str], with: &[&str]| {
            assert!(without.iter().all(|text| !question(&version(text))), "{without:?}");
            assert!(with.iter().all(|text| question(&version(text))), "{with:?}");
        };
        check(JujuVersion::has_secrets, &["2.9.49", "3.0.2"], &["3.0.3", "3.6-beta2", "4.0-beta5.1"]);
        check(JujuVersion::has_secret_options, &["3.3.7"], &["3.4.0"]);
        check(
            JujuVersion::owner_tracks_revisions,
            &["3.1.6", "3.2.4", "3.3.0"],
            &["3.1.7", "3.1.10", "3.3.1", "4.0.0"],
        );
        check(JujuVersion::ignores_equal_secret_content, &["3.5.9"], &["3.6.0"]);
        check(JujuVersion::has_custom_notices, &["3.3.9"], &["3.4.0"]);
        check(JujuVersion::has_check_events, &["3.5.4", "3.6-beta2"], &["3.6.0", "4.0-beta5.1"]);
        check(JujuVersion::has_charm_users, &["3.1.8", "3.5.9"], &["3.6.0", "4.0.1"]);
        check(JujuVersion::opens_ports_on_kubernetes, &["2.9.49"], &["3.0.3"]);
        check(JujuVersion::has_relation_model_get, &["3.6.1"], &["3.6.2"]);
        check(JujuVersion::has_credential_get_on_kubernetes, &["3.6.9"], &["3.6.10"]);
        check(JujuVersion::has_leader_settings, &["4.0-beta5.1"], &["3.6.9", "2.9.49"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9]{0,11}[.-]?.{0,12}|\\PC*") {
            if let Ok(version) = JujuVersion::parse(&text) {
                proptest::prop_assert_eq!(JujuVersion::parse(&version.to_string()), Ok(version));
            }
        }
    }
}
