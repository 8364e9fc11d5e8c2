//! What differs between the Juju versions that minijuju plays, derived from the agent version.
//!
//! The reference is late 3.6; the recordings that the tests replay come from 3.6-beta2. Nothing older than 3.6 is
//! played.

/// The version-dependent rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    pub secret_limits: SecretLimits,
    /// secret-add prints `secret://<uuid>/<id>` instead of `secret:<id>`.
    pub long_secret_uri: bool,
    /// Several secret-sets of one secret in one hook add up; else the last one replaces the others.
    pub merged_secret_sets: bool,
    /// The random part of a context id is 32 hexadecimal digits; else a decimal number.
    pub hexadecimal_context_ids: bool,
    /// relation-model-get exists (3.6.2).
    pub relation_model_get: bool,
    /// add-metric exists (until 3.6.11).
    pub metrics: bool,
    /// Leader settings, payloads, pod specs and the variables that went with them exist (until 4.0).
    pub before_four: bool,
}

/// How large a secret's content may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretLimits {
    /// Bytes of one value.
    pub value: usize,
    /// Bytes of all values.
    pub total: usize,
    /// Whether the base64 text is measured instead of the bytes it stands for.
    pub encoded: bool,
}

impl Profile {
    /// The rules of this agent version (`3.6.9`, `3.6-beta2`, `4.0-beta5.1`). What cannot be read counts as late 3.6.
    pub fn of(agent_version: &str) -> Self {
        let version = Version::parse(agent_version);
        let early = version.series < (3, 6) || (version.series == (3, 6) && version.released == 0);
        Self {
            secret_limits: if early {
                SecretLimits { value: 8 * 1024, total: 64 * 1024, encoded: false }
            } else {
                SecretLimits { value: 1_000_000, total: 1_000_000, encoded: true }
            },
            long_secret_uri: early,
            merged_secret_sets: !early,
            hexadecimal_context_ids: !early,
            relation_model_get: !early && (version.series > (3, 6) || version.released >= 2),
            metrics: version.series <= (3, 6) && version.released < 11,
            before_four: version.series < (4, 0),
        }
    }
}

struct Version {
    series: (u32, u32),
    /// The patch number of a release; 0 in front of the first one (`3.6-beta2`).
    released: u32,
}

impl Version {
    fn parse(text: &str) -> Self {
        let late = Self { series: (3, 6), released: 9 };
        let (numbers, tagged) = match text.split_once('-') {
            Some((numbers, _)) => (numbers, true),
            None => (text, false),
        };
        let mut parts = numbers.split('.').map(str::parse::<u32>);
        let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else { return late };
        // 4.0-beta is newer than all of 3.6: the tag makes only the series' own rules early.
        let released = match parts.next() {
            Some(Ok(patch)) if !tagged => patch,
            _ => 0,
        };
        Self { series: (major, minor), released }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_follow_the_version() {
        let beta = Profile::of("3.6-beta2");
        assert!(beta.long_secret_uri && !beta.merged_secret_sets && !beta.relation_model_get && beta.metrics);
        assert_eq!(beta.secret_limits.value, 8192);
        let late = Profile::of("3.6.9");
        assert!(!late.long_secret_uri && late.merged_secret_sets && late.relation_model_get && late.metrics);
        assert!(late.hexadecimal_context_ids && late.before_four);
        assert!(!Profile::of("3.6.11").metrics);
        let four = Profile::of("4.0-beta5.1");
        assert!(!four.before_four && !four.metrics && four.merged_secret_sets && four.relation_model_get);
        assert_eq!(Profile::of("whatever"), late);
    }
}
