//! Times as Pebble writes them: RFC 3339 with up to nine decimals. All of them are kept, since the `after` of
//! notices compares nanoseconds.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A text that is not an RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an RFC 3339 time")]
pub struct InvalidTimestamp(pub String);

/// A moment with nanosecond precision, printed in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Parses RFC 3339, with any offset.
    ///
    /// # Errors
    /// When the text is not in that form.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp(text.to_owned()))?;
        moment.checked_to_offset(UtcOffset::UTC).map(Self).ok_or_else(|| InvalidTimestamp(text.to_owned()))
    }

    /// How long after `earlier` this moment is; zero if it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).try_into().unwrap_or(Duration::ZERO)
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        Self(moment)
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        Self::parse(text)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.0.checked_to_offset(UtcOffset::UTC).unwrap_or(self.0);
        formatter.write_str(&utc.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let shown = Timestamp::parse(text).ok().map(|timestamp| timestamp.to_string());
        assert_eq!(shown.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn nanoseconds_and_offsets_are_kept() {
        check("2026-11-25T19:42:05Z", Some("2026-11-25T19:42:05Z"));
        check("2026-11-25T19:42:05.123456789+01:00", Some("2026-11-25T18:42:05.123456789Z"));
        check("2026-11-25T19:42:05.1-09:30", Some("2026-11-26T05:12:05.1Z"));
        check("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z"));
        check("2026-11-25t19:42:05z", Some("2026-11-25T19:42:05Z"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "now", "2026-11-25", "2026-11-25T19:42:05", "2026-13-25T19:42:05Z", "2026-11-25T25:00:00Z"]
        {
            check(text, None);
        }
    }

    #[test]
    fn spans_are_never_negative() {
        let early = Timestamp::parse("2026-11-25T19:42:05Z").unwrap();
        let late = Timestamp::parse("2026-11-25T19:42:05.000000001Z").unwrap();
        assert_eq!(late.since(early), Duration::from_nanos(1));
        assert_eq!(early.since(late), Duration::ZERO);
        assert!(early < late);
    }

    proptest! {
        #[test]
        fn every_moment_reads_back(seconds in -60_000_000_000_i64..250_000_000_000, nanosecond in 0_u32..1_000_000_000) {
            let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap().replace_nanosecond(nanosecond).unwrap();
            let timestamp = Timestamp::from(moment);
            prop_assert_eq!(Timestamp::parse(&timestamp.to_string()), Ok(timestamp));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            drop(Timestamp::parse(&text));
        }
    }
}
