//! What a plain scalar means in go-yaml v2: the part of YAML 1.1 that decides when a text must be quoted.

use crate::hooktools::go::number::{NumberError, parse_int};

/// Words that mean a boolean, a null, a float or a merge.
const WORDS: [&str; 40] = [
    "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n", "N", "no", "No", "NO",
    "false", "False", "FALSE", "off", "Off", "OFF", "", "~", "null", "Null", "NULL", ".nan", ".NaN", ".NAN",
    ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", "<<",
];

/// Whether a plain scalar stands for nothing: the empty text, `~`, `null`.
pub fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Whether a text, written plain, is read back as the same string.
pub fn is_string(text: &str) -> bool {
    if WORDS.contains(&text) {
        return false;
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    !numeric || !(is_integer(text) || is_float(text) || is_timestamp(text) || is_base_sixty(text))
}

fn is_integer(text: &str) -> bool {
    let plain = text.replace('_', "");
    match parse_int(&plain) {
        Ok(_) => true,
        // Beyond 64 bits only an unsigned number is still an integer to go-yaml.
        Err(NumberError::Range) => plain.parse::<u64>().is_ok(),
        Err(NumberError::Syntax) => false,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let plain = text.replace('_', "");
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = digits(whole)
        && fraction.is_none_or(digits)
        && (!whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty()));
    mantissa && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// `2001-1-2`, alone or with `T15:4:5.9Z` or ` 15:4:5.9` behind it.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at..)),
        None => (text, None),
    };
    is_date(date) && time.is_none_or(is_time)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let year: u32 = year.parse().unwrap_or(0);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest = match short_number(month) {
        Some(2) => 28 + u32::from(leap),
        Some(4 | 6 | 9 | 11) => 30,
        Some(1..=12) => 31,
        _ => return false,
    };
    short_number(day).is_some_and(|day| (1..=longest).contains(&day))
}

fn is_time(text: &str) -> bool {
    let zoned = !text.starts_with(' ');
    let clock = text.get(1..).unwrap_or_default();
    let clock = match (zoned, clock.find(['Z', '+', '-'])) {
        (false, _) => clock,
        (true, None) => return false,
        (true, Some(at)) => {
            let (clock, zone) = clock.split_at(at);
            if !is_zone(zone) {
                return false;
            }
            clock
        }
    };
    let (clock, fraction) =
        clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let parts: Vec<Option<u32>> = clock.split(':').map(short_number).collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [Some(0..24), Some(0..60), Some(0..60)]) && fraction.is_none_or(digits)
}

/// `Z` or `+07:00`.
fn is_zone(text: &str) -> bool {
    let hours_and_minutes = text.get(1..).and_then(|zone| zone.split_once(':'));
    text == "Z"
        || hours_and_minutes.is_some_and(|(hours, minutes)| {
            hours.len() == 2
                && minutes.len() == 2
                && short_number(hours).is_some()
                && short_number(minutes).is_some()
        })
}

/// One or two digits.
fn short_number(text: &str) -> Option<u32> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_sixty(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (sixties, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut parts = sixties.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && !rest.is_empty()
        && rest.iter().all(|part| short_number(part).is_some_and(|number| number < 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_reads_back_as_a_string_is_one() {
        let strings = [
            "a",
            "Yesterday",
            "1.2.3",
            "10.1.0.12/32",
            "2024-05-06 07:08:09Z",
            "2001-13-01",
            "1e",
            "-",
            "--",
            "+",
            ".",
            "..",
            "0x",
            "0xg",
            "1:60",
            "1:2:3:x",
            "a1",
            "-a",
            "=",
            "1 2",
            "2001-01-01x",
            "1_a",
        ];
        for text in strings {
            assert!(is_string(text), "{text:?} is a string");
        }
        let others = [
            "",
            "~",
            "null",
            "y",
            "N",
            "yes",
            "Off",
            "<<",
            ".inf",
            "-.INF",
            ".NaN",
            "1",
            "-5",
            "+7",
            "0777",
            "0x1F",
            "0b11",
            "1_000",
            "1.0",
            ".5",
            "1.",
            "1e3",
            "1E-3",
            "2001-01-01",
            "2001-1-2",
            "2001-01-01T10:11:12Z",
            "2001-01-01 10:11:12.5",
            "2001-01-01t10:11:12+02:00",
            "12:30",
            "1:2:3.5",
            "18446744073709551615",
        ];
        for text in others {
            assert!(!is_string(text), "{text:?} is no string");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_decided(text in ".*") {
            let _ = is_string(&text);
        }
    }
}
