//! Go's durations (`1h30m`), as secret-add's `--expire` takes them.

use time::Duration;

/// The units of Go's grammar, in nanoseconds.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Go's `time.ParseDuration`. `None` for what it refuses: no unit, a day, spaces, more than 292 years.
pub fn parse(text: &str) -> Option<Duration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (nanoseconds, remaining) = term(rest)?;
        total = total.checked_add(nanoseconds)?;
        rest = remaining;
    }
    let nanoseconds = i64::try_from(if negative { -total } else { total }).ok()?;
    Some(Duration::nanoseconds(nanoseconds))
}

/// One number with its unit, and what follows it.
fn term(text: &str) -> Option<(i128, &str)> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(number_end)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(unit_end)?;
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanoseconds = whole.checked_mul(*scale)?;
    let mut place = *scale;
    for digit in fraction.chars() {
        place /= 10;
        nanoseconds += i128::from(digit.to_digit(10)?) * place;
    }
    Some((nanoseconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_follow_gos_grammar() {
        let cases = [
            ("24h", Some(86_400.0)),
            ("1h30m", Some(5400.0)),
            ("1.5s", Some(1.5)),
            (".5s", Some(0.5)),
            ("1ms", Some(0.001)),
            ("0", Some(0.0)),
            ("-1h", Some(-3600.0)),
            ("+1h", Some(3600.0)),
            ("1d", None),
            (" 24h", None),
            ("24", None),
            ("", None),
            ("-", None),
            (".s", None),
            ("1..2s", None),
            ("h", None),
            ("9999999999h", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse(text).map(Duration::as_seconds_f64), seconds, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_duration_or_none(text in ".*") {
            let _ = parse(&text);
        }

        #[test]
        fn hours_minutes_and_seconds_add_up(hours in 0_i64..9999, minutes in 0_i64..60, seconds in 0_i64..60) {
            let duration = parse(&format!("{hours}h{minutes}m{seconds}s"));
            proptest::prop_assert_eq!(duration, Some(Duration::seconds(hours * 3600 + minutes * 60 + seconds)));
        }
    }
}
