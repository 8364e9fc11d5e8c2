//! The natural order of map keys in go-yaml's output: `web/2` before `web/10`.

use std::cmp::Ordering;

/// Compares two keys at their first difference: letters by code point, other characters before letters, and digits
/// there by the number they begin.
pub(super) fn natural(left: &str, right: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let Some(at) = left.iter().zip(&right).position(|(a, b)| a != b) else {
        return left.len().cmp(&right.len());
    };
    let (Some(a), Some(b)) = (left.get(at), right.get(at)) else { return Ordering::Equal };
    match (a.is_alphabetic(), b.is_alphabetic()) {
        (true, true) => return a.cmp(b),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A zero inside a longer number must not look like a leading one.
    let inside = (*a == '0' || *b == '0') && is_inside_number(&left, at);
    let (first, first_length) = number(&left, at, inside);
    let (second, second_length) = number(&right, at, inside);
    first.cmp(&second).then(first_length.cmp(&second_length)).then(a.cmp(b))
}

fn is_inside_number(text: &[char], at: usize) -> bool {
    let before = text.iter().take(at).rev().take_while(|c| c.is_ascii_digit());
    before.into_iter().any(|c| *c != '0')
}

/// The number that begins here and how many digits it has.
fn number(text: &[char], at: usize, inside: bool) -> (u128, usize) {
    let digits: Vec<u32> = text.iter().skip(at).map_while(|c| c.to_digit(10)).collect();
    let start = u128::from(inside);
    let value =
        digits.iter().fold(start, |value, digit| value.saturating_mul(10).saturating_add(u128::from(*digit)));
    (value, digits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_naturally() {
        let mut keys = [
            "web/10",
            "web/2",
            "web/0",
            "a",
            "a-b",
            "a1",
            "B",
            "1",
            "10",
            "9",
            "a100",
            "a10",
            "a01",
            "",
            "unset-int",
            "unset",
        ];
        keys.sort_by(|left, right| natural(left, right));
        let expected = [
            "",
            "1",
            "9",
            "10",
            "B",
            "a",
            "a-b",
            "a1",
            "a01",
            "a10",
            "a100",
            "unset",
            "unset-int",
            "web/0",
            "web/2",
            "web/10",
        ];
        assert_eq!(keys, expected);
    }
}
