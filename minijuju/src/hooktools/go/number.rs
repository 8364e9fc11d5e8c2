//! Numbers as Go's `strconv` reads them and as its JSON and YAML encoders print them.

/// Why a text is no number, in `strconv`'s words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("invalid syntax")]
    Syntax,
    #[error("value out of range")]
    Range,
}

/// Go's `strconv.Atoi`: an optional sign and decimal digits, 64 bits.
///
/// # Errors
/// When the text is not that, or too large.
pub fn atoi(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Syntax);
    }
    text.parse().map_err(|_| NumberError::Range)
}

/// Go's `strconv.ParseInt(text, 0, 64)`: like [`atoi`], and with `0x`, `0o`, `0b` or a leading zero in that base.
/// Underscores between digits are allowed where a prefix gives the base.
///
/// # Errors
/// When the text is not that, or too large.
pub fn parse_int(text: &str) -> Result<i64, NumberError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..).unwrap_or_default()),
        Some("0o") => (8, lower.get(2..).unwrap_or_default()),
        Some("0b") => (2, lower.get(2..).unwrap_or_default()),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, lower.get(1..).unwrap_or_default()),
        _ => (10, lower.as_str()),
    };
    let plain = if base == 10 || !well_placed_underscores(digits) {
        digits.to_owned()
    } else {
        digits.replace('_', "")
    };
    if plain.is_empty() || !plain.chars().all(|c| c.is_digit(base)) {
        return Err(NumberError::Syntax);
    }
    let magnitude = i128::from_str_radix(&plain, base).map_err(|_| NumberError::Range)?;
    i64::try_from(if negative { -magnitude } else { magnitude }).map_err(|_| NumberError::Range)
}

/// A float as Go's `encoding/json` prints it: `%f`, or `%e` below 1e-6 and from 1e21 on.
pub fn json_float(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let (digits, exponent) = shortest(number);
        return format!("{digits}e{}{}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    format!("{number}")
}

/// A float as Go's YAML encoder prints it: `%g` with the shortest precision.
pub fn yaml_float(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let (digits, exponent) = shortest(number);
    // Go decides with a precision of 6 where the shortest form was asked for.
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{number}")
}

/// The shortest digits that give the number back (`1.234`), and the power of ten of the first one.
fn shortest(number: f64) -> (String, i32) {
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (digits.to_owned(), exponent.parse().unwrap_or(0))
}

/// Each underscore stands between two digits, or between the prefix and a digit.
fn well_placed_underscores(digits: &str) -> bool {
    !digits.ends_with('_') && !digits.contains("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_go_prints_them() {
        let cases = [
            (0.0, "0", "0"),
            (1.0, "1", "1"),
            (-5.0, "-5", "-5"),
            (0.5, "0.5", "0.5"),
            (999_999.0, "999999", "999999"),
            (1e6, "1000000", "1e+06"),
            (123_456_789.0, "123456789", "1.23456789e+08"),
            (9_007_199_254_740_992.0, "9007199254740992", "9.007199254740992e+15"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e21, "1e+21", "1e+21"),
            (1e-4, "0.0001", "0.0001"),
            (1e-6, "0.000001", "1e-06"),
            (1.5e-7, "1.5e-7", "1.5e-07"),
            (-2.5e-10, "-2.5e-10", "-2.5e-10"),
        ];
        for (number, json, yaml) in cases {
            assert_eq!((json_float(number).as_str(), yaml_float(number).as_str()), (json, yaml));
        }
    }

    #[test]
    fn integers_are_read_as_go_reads_them() {
        use NumberError::{Range, Syntax};
        let cases = [
            ("80", Ok(80), Ok(80)),
            ("+80", Ok(80), Ok(80)),
            ("-1", Ok(-1), Ok(-1)),
            ("080", Ok(80), Err(Syntax)),
            ("010", Ok(10), Ok(8)),
            ("0x1F", Err(Syntax), Ok(31)),
            ("-0b101", Err(Syntax), Ok(-5)),
            ("0x_f", Err(Syntax), Ok(15)),
            ("1_000", Err(Syntax), Err(Syntax)),
            ("", Err(Syntax), Err(Syntax)),
            ("-", Err(Syntax), Err(Syntax)),
            (" 1", Err(Syntax), Err(Syntax)),
            ("9223372036854775807", Ok(i64::MAX), Ok(i64::MAX)),
            ("9223372036854775808", Err(Range), Err(Range)),
            ("-9223372036854775808", Ok(i64::MIN), Ok(i64::MIN)),
            ("0xffffffffffffffffffffffffffffffffffff", Err(Syntax), Err(Range)),
        ];
        for (text, decimal, based) in cases {
            assert_eq!((atoi(text), parse_int(text)), (decimal, based), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_number_or_an_error(text in ".*") {
            let _ = (atoi(&text), parse_int(&text));
        }

        #[test]
        fn printed_floats_read_back(number in proptest::num::f64::NORMAL) {
            proptest::prop_assert_eq!(json_float(number).parse::<f64>(), Ok(number));
            proptest::prop_assert_eq!(yaml_float(number).parse::<f64>(), Ok(number));
        }
    }
}
