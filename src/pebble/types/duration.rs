//! Durations in Go's grammar (`300ms`, `1m30s`, `-1.5h`), as `time.ParseDuration` and `Duration.String` have it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not a Go duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration such as 300ms or 1m30s")]
pub struct InvalidDuration(pub String);

/// A signed span of time with nanosecond precision, at most about 292 years.
///
/// ```
/// use sidecharm::pebble::types::GoDuration;
/// let duration: GoDuration = "1.5m".parse()?;
/// assert_eq!(duration.to_string(), "1m30s");
/// # Ok::<(), sidecharm::pebble::types::InvalidDuration>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoDuration {
    nanoseconds: i64,
}

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

impl GoDuration {
    /// Takes nanoseconds, which may be negative.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self { nanoseconds }
    }

    /// The length as a `Duration`; a negative one is zero.
    pub fn as_duration(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.nanoseconds).unwrap_or(0))
    }

    /// Parses Go's grammar: an optional sign, then numbers with units, or a lone `0`.
    ///
    /// # Errors
    /// When the text is not in that grammar or does not fit 63 bits of nanoseconds.
    pub fn parse(text: &str) -> Result<Self, InvalidDuration> {
        parse_nanoseconds(text).map(Self::from_nanoseconds).ok_or_else(|| InvalidDuration(text.to_owned()))
    }
}

impl From<Duration> for GoDuration {
    /// Longer than Go can hold becomes the longest it can.
    fn from(duration: Duration) -> Self {
        Self { nanoseconds: i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX) }
    }
}

impl FromStr for GoDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        Self::parse(text)
    }
}

impl fmt::Display for GoDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.nanoseconds.unsigned_abs();
        if self.nanoseconds < 0 {
            formatter.write_str("-")?;
        }
        match length {
            0 => formatter.write_str("0s"),
            1..MICROSECOND => write!(formatter, "{length}ns"),
            MICROSECOND..MILLISECOND => write_decimal(formatter, length, MICROSECOND, "µs"),
            MILLISECOND..SECOND => write_decimal(formatter, length, MILLISECOND, "ms"),
            _ => {
                if length >= HOUR {
                    write!(formatter, "{}h", length / HOUR)?;
                }
                if length >= MINUTE {
                    write!(formatter, "{}m", length % HOUR / MINUTE)?;
                }
                write_decimal(formatter, length % MINUTE, SECOND, "s")
            }
        }
    }
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Writes `length` counted in `unit`, with as many decimals as it has.
fn write_decimal(formatter: &mut fmt::Formatter<'_>, length: u64, unit: u64, suffix: &str) -> fmt::Result {
    let (whole, rest) = (length / unit, length % unit);
    if rest == 0 {
        return write!(formatter, "{whole}{suffix}");
    }
    let width = usize::try_from(unit.ilog10()).unwrap_or_default();
    let decimals = format!("{rest:0width$}");
    write!(formatter, "{whole}.{}{suffix}", decimals.trim_end_matches('0'))
}

fn parse_nanoseconds(text: &str) -> Option<i64> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if unsigned == "0" {
        return Some(0);
    }
    if unsigned.is_empty() {
        return None;
    }
    let mut rest = unsigned;
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (length, after) = parse_component(rest)?;
        total += i128::from(length);
        // Go stops at the first sum that leaves 63 bits, but lets the smallest negative number through.
        if total > i128::from(i64::MAX) + 1 {
            return None;
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// Parses one number with its unit and returns its nanoseconds and the text after it.
fn parse_component(text: &str) -> Option<(u64, &str)> {
    let (whole, after_whole) = split_digits(text);
    let (decimals, after_number) = after_whole.strip_prefix('.').map_or(("", after_whole), split_digits);
    if whole.is_empty() && decimals.is_empty() {
        return None;
    }
    let unit_end = after_number
        .find(|character: char| character == '.' || character.is_ascii_digit())
        .unwrap_or(after_number.len());
    let (suffix, rest) = after_number.split_at_checked(unit_end)?;
    let unit = unit_of(suffix)?;
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let total = whole.checked_mul(unit)?.checked_add(fraction_of(decimals, unit))?;
    Some((total, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn unit_of(suffix: &str) -> Option<u64> {
    match suffix {
        "ns" => Some(1),
        "us" | "µs" | "μs" => Some(MICROSECOND),
        "ms" => Some(MILLISECOND),
        "s" => Some(SECOND),
        "m" => Some(MINUTE),
        "h" => Some(HOUR),
        _ => None,
    }
}

/// The nanoseconds of a decimal fraction of a unit. Digits too small to count are dropped, as Go drops them.
fn fraction_of(decimals: &str, unit: u64) -> u64 {
    let mut nanoseconds: u128 = 0;
    let mut scale: u128 = 1;
    // 18 digits are far below a nanosecond of the largest unit and fit 128 bits with room.
    for digit in decimals.bytes().take(18) {
        nanoseconds = nanoseconds * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    u64::try_from(nanoseconds * u128::from(unit) / scale).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        let parsed = GoDuration::parse(text);
        assert_eq!(parsed.map(|duration| duration.to_string()).ok().as_deref(), Some(expected), "{text:?}");
    }

    #[test]
    fn every_form_of_the_grammar_is_understood() {
        for (text, expected) in [
            ("0", "0s"),
            ("-0", "0s"),
            ("+5s", "5s"),
            ("1m", "1m0s"),
            ("90s", "1m30s"),
            ("1.5h", "1h30m0s"),
            (".5s", "500ms"),
            ("5.s", "5s"),
            ("1h2m3.004s", "1h2m3.004s"),
            ("-1.5ms", "-1.5ms"),
            ("12us", "12µs"),
            ("12µs", "12µs"),
            ("12μs", "12µs"),
            ("999ns", "999ns"),
            // Go, which counts fractions in floating point, says 20m0s.
            ("0.3333333333333333333h", "19m59.999999999s"),
            ("9007199254.740993ms", "2501h59m59.254740993s"),
            ("9223372036854775807ns", "2562047h47m16.854775807s"),
            ("-9223372036854775808ns", "-2562047h47m16.854775808s"),
            ("3ns3ns", "6ns"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "3",
            "-",
            "s",
            ".",
            "-.",
            ".s",
            "+.s",
            "1d",
            "1 s",
            "1s ",
            "1,5s",
            "\u{85}\u{85}",
            "é",
            "1e3s",
            "9223372036854775808ns",
            "9223372036854775.808us",
            "-9223372036854775809ns",
            "3000000000000000000000h",
            "2562048h",
        ] {
            assert_eq!(GoDuration::parse(text), Err(InvalidDuration(text.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn conversions_saturate() {
        assert_eq!(GoDuration::from(Duration::MAX), GoDuration::from_nanoseconds(i64::MAX));
        assert_eq!(GoDuration::from_nanoseconds(-5).as_duration(), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn every_duration_reads_back(nanoseconds in any::<i64>()) {
            let duration = GoDuration::from_nanoseconds(nanoseconds);
            prop_assert_eq!(GoDuration::parse(&duration.to_string()), Ok(duration));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            drop(GoDuration::parse(&text));
        }

        #[test]
        fn no_near_duration_makes_it_panic(text in "[-+]?([0-9]{0,25}[.]?[0-9]{0,25}(ns|us|ms|s|m|h|x)?){0,4}") {
            drop(GoDuration::parse(&text));
        }
    }
}
