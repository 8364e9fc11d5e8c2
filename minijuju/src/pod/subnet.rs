//! Which addresses a model uses: a private /20 that nothing on this machine uses. Pure; it asks nobody.
//!
//! The first three quarters are for pods, the last for Services, the very first address is the bridge's own.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

/// Bits of a model's prefix: room for 3,070 pods and 1,022 Services.
const PREFIX: u32 = 20;
const SIZE: u32 = 1 << (32 - PREFIX);
const FIRST_SERVICE: u32 = SIZE / 4 * 3 + 1;

/// The private ranges in the order they are tried: 10/8 offers the most room.
const PRIVATE: [Range; 3] = [
    Range { base: u32::from_be_bytes([10, 0, 0, 0]), prefix: 8 },
    Range { base: u32::from_be_bytes([172, 16, 0, 0]), prefix: 12 },
    Range { base: u32::from_be_bytes([192, 168, 0, 0]), prefix: 16 },
];

/// A block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    base: u32,
    prefix: u32,
}

impl Range {
    /// Reads `10.1.0.0/16` or a single address, as routes are printed.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, prefix.parse().ok().filter(|prefix| *prefix <= 32)?),
            None => (text, 32),
        };
        let base = u32::from(address.parse::<Ipv4Addr>().ok()?);
        Some(Self { base: base & mask(prefix), prefix })
    }

    fn overlaps(self, other: Self) -> bool {
        let mask = mask(self.prefix.min(other.prefix));
        self.base & mask == other.base & mask
    }
}

fn mask(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32 - prefix).unwrap_or(0)
}

/// A model's block, by its first address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    base: Ipv4Addr,
}

impl Subnet {
    /// Chooses a block that overlaps none of those in use; `seed` spreads models over the ranges.
    ///
    /// `None` when this machine's routes cover every private address.
    pub fn choose(used: &[Range], seed: u32) -> Option<Self> {
        PRIVATE.iter().find_map(|private| {
            let blocks = 1 << (PREFIX - private.prefix);
            (0..blocks)
                .map(|step| private.base + (seed.wrapping_add(step) % blocks) * SIZE)
                .find(|base| {
                    let range = Range { base: *base, prefix: PREFIX };
                    !used.iter().any(|other| other.overlaps(range))
                })
                .map(|base| Self { base: Ipv4Addr::from(base) })
        })
    }

    /// Whether any address of the range is of this model.
    pub fn overlaps(self, range: Range) -> bool {
        range.overlaps(Range { base: u32::from(self.base), prefix: PREFIX })
    }

    /// The bridge's own address, where the name server listens.
    pub fn gateway(self) -> Ipv4Addr {
        self.nth(1)
    }

    /// The next pod address after `counter` handed out so far, and the counter to keep; those in use are skipped.
    ///
    /// `None` when all are in use.
    pub fn pod_address(self, counter: u32, used: &BTreeSet<Ipv4Addr>) -> Option<(Ipv4Addr, u32)> {
        self.next_free(counter, used, 2, FIRST_SERVICE - 3)
    }

    /// The same for the Service of an application.
    pub fn service_address(self, counter: u32, used: &BTreeSet<Ipv4Addr>) -> Option<(Ipv4Addr, u32)> {
        self.next_free(counter, used, FIRST_SERVICE, SIZE - FIRST_SERVICE - 1)
    }

    /// The address as an interface takes it: `10.1.0.7/20`.
    pub fn with_prefix(address: Ipv4Addr) -> String {
        format!("{address}/{PREFIX}")
    }

    fn next_free(
        self,
        counter: u32,
        used: &BTreeSet<Ipv4Addr>,
        first: u32,
        count: u32,
    ) -> Option<(Ipv4Addr, u32)> {
        (0..count).map(|step| counter.wrapping_add(step)).find_map(|number| {
            let address = self.nth(first + number % count);
            (!used.contains(&address)).then_some((address, number.wrapping_add(1)))
        })
    }

    fn nth(self, index: u32) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.base) + index)
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{PREFIX}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ranges(texts: &[&str]) -> Vec<Range> {
        texts.iter().map(|text| Range::parse(text).unwrap()).collect()
    }

    #[test]
    fn a_block_avoids_what_is_in_use() {
        let check = |used: &[&str], seed, expected: Option<&str>| {
            let chosen = Subnet::choose(&ranges(used), seed).map(|subnet| subnet.to_string());
            assert_eq!(chosen.as_deref(), expected, "{used:?} {seed}");
        };
        check(&[], 0, Some("10.0.0.0/20"));
        check(&[], 4095, Some("10.255.240.0/20"));
        check(&[], 4096, Some("10.0.0.0/20"));
        check(&["10.0.3.0/24"], 0, Some("10.0.16.0/20"));
        check(&["10.255.255.255"], 4095, Some("10.0.0.0/20"));
        check(&["10.0.0.0/8"], 7, Some("172.16.112.0/20"));
        check(&["10.0.0.0/8", "172.16.0.0/12"], 0, Some("192.168.0.0/20"));
        check(&["0.0.0.0/0"], 0, None);
    }

    #[test]
    fn addresses_are_given_in_order_and_wrap_around_those_in_use() {
        let subnet = Subnet::choose(&[], 0).unwrap();
        assert_eq!(subnet.gateway(), Ipv4Addr::new(10, 0, 0, 1));
        let used = BTreeSet::from([Ipv4Addr::new(10, 0, 0, 3), Ipv4Addr::new(10, 0, 12, 1)]);
        assert_eq!(subnet.pod_address(0, &used), Some((Ipv4Addr::new(10, 0, 0, 2), 1)));
        assert_eq!(subnet.pod_address(1, &used), Some((Ipv4Addr::new(10, 0, 0, 4), 3)));
        assert_eq!(subnet.pod_address(3069, &used), Some((Ipv4Addr::new(10, 0, 11, 255), 3070)));
        assert_eq!(subnet.pod_address(3070, &used), Some((Ipv4Addr::new(10, 0, 0, 2), 3071)));
        assert_eq!(subnet.service_address(0, &used), Some((Ipv4Addr::new(10, 0, 12, 2), 2)));
        assert_eq!(subnet.service_address(1021, &used), Some((Ipv4Addr::new(10, 0, 15, 254), 1022)));
        assert_eq!(subnet.service_address(1022, &used), Some((Ipv4Addr::new(10, 0, 12, 2), 1024)));
    }

    proptest! {
        #[test]
        fn a_chosen_block_never_overlaps(
            used in proptest::collection::vec((any::<u32>(), 0_u32..=32), 0..20),
            seed: u32,
        ) {
            let used: Vec<Range> =
                used.into_iter().map(|(base, prefix)| Range { base: base & mask(prefix), prefix }).collect();
            if let Some(subnet) = Subnet::choose(&used, seed) {
                let chosen = Range::parse(&subnet.to_string()).unwrap();
                prop_assert!(used.iter().all(|range| !range.overlaps(chosen)));
                prop_assert!(subnet.overlaps(chosen));
            }
        }

        #[test]
        fn any_text_of_a_route_is_survived(text in ".{0,30}") {
            let _ = Range::parse(&text);
        }
    }
}
