//! SHAKE256 (FIPS 202), which the Python library derives ids of dashboards with. Nothing secret goes through it.

use std::array::from_fn;

const RATE: usize = 136;
const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];
const ROTATIONS: [u32; 25] =
    [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];

type State = [u64; 25];

/// The first `N` bytes, at most 136, of the digest.
pub(super) fn digest<const N: usize>(message: &[u8]) -> [u8; N] {
    let mut padded = message.to_vec();
    padded.push(0x1f);
    padded.resize(padded.len().next_multiple_of(RATE), 0);
    if let Some(last) = padded.last_mut() {
        *last |= 0x80;
    }
    let mut state: State = [0; 25];
    for block in padded.chunks(RATE) {
        for (lane, bytes) in state.iter_mut().zip(block.chunks(8)) {
            *lane ^= bytes.iter().rev().fold(0, |lane, byte| lane << 8 | u64::from(*byte));
        }
        state = ROUNDS.into_iter().fold(state, round);
    }
    let bytes: Vec<u8> = state.iter().flat_map(|lane| lane.to_le_bytes()).collect();
    from_fn(|place| bytes.get(place).copied().unwrap_or_default())
}

fn round(state: State, constant: u64) -> State {
    let column = |x: usize| (0..5).fold(0, |sum, y| sum ^ lane(&state, x, y));
    let columns: [u64; 5] = from_fn(column);
    let column = |x: usize| columns.get(x % 5).copied().unwrap_or_default();
    let mixed: State = from_fn(|place| {
        let (x, y) = (place % 5, place / 5);
        lane(&state, x, y) ^ column(x + 4) ^ column(x + 1).rotate_left(1)
    });
    let moved: State = from_fn(|place| {
        let (x, y) = ((place % 5 + 3 * (place / 5)) % 5, place % 5);
        lane(&mixed, x, y).rotate_left(ROTATIONS.get(x + 5 * y).copied().unwrap_or_default())
    });
    let mut next: State = from_fn(|place| {
        let (x, y) = (place % 5, place / 5);
        lane(&moved, x, y) ^ (!lane(&moved, x + 1, y) & lane(&moved, x + 2, y))
    });
    if let Some(first) = next.first_mut() {
        *first ^= constant;
    }
    next
}

fn lane(state: &State, x: usize, y: usize) -> u64 {
    state.get(x % 5 + 5 * y).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::identity::hex;

    #[test]
    fn digests_are_those_of_pythons_hashlib() {
        for (message, expected) in [
            (String::new(), "46b9dd2b0ba88d13233b3feb743eeb24"),
            ("redis-k8s-file:redis-exporter".to_owned(), "c4e2762379fc9b6019305666f1241bc7"),
            ("a".repeat(135), "55b991ece1e567b6e7c2c714444dd201"),
            ("a".repeat(136), "8fcc5a08f0a1f6827c9cf64ee8d16e04"),
            ("a".repeat(300), "542e4338ca18e43776834307a2b6158f"),
        ] {
            assert_eq!(hex(&digest::<16>(message.as_bytes())), expected);
        }
    }
}
