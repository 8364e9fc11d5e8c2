//! Who belongs to the application, and since when. The leader keeps it in the peer application bag.
//!
//! Time is counted in generations: a new one begins whenever a unit leaves. A unit that was removed and comes back joins
//! in a later generation than the one its storage bears, so its old data, and what its sentinel had kept, are known to be
//! old; a unit that was there all the time is as young as ever, whoever left meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use crate::juju::wire::Databag;

/// The key with the present generation.
const GENERATION_KEY: &str = "generation";
/// The key with the members: `0:0,1:0,4:2` says that unit 4 joined in generation 2.
const MEMBERS_KEY: &str = "members";

/// The members that the leader saw last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    generation: u64,
    /// Unit number → the generation in which it joined.
    joined: BTreeMap<u32, u64>,
}

impl Roster {
    /// Reads it from the peer application bag. What is not there or cannot be read counts as nobody.
    pub fn read(bag: &Databag) -> Self {
        let text = |key: &str| bag.get(key).map_or("", String::as_str);
        let member = |text: &str| {
            let (number, joined) = text.split_once(':')?;
            Some((number.parse().ok()?, joined.parse().ok()?))
        };
        Self {
            generation: text(GENERATION_KEY).parse().unwrap_or(0),
            joined: text(MEMBERS_KEY).split(',').filter_map(member).collect(),
        }
    }

    /// The generation in which a unit joined; the present one for a unit that the leader has not seen yet.
    pub fn joined(&self, unit: u32) -> u64 {
        self.joined.get(&unit).copied().unwrap_or(self.generation)
    }

    /// The roster once these are the members.
    #[must_use]
    pub fn with(&self, planned: &BTreeSet<u32>) -> Self {
        let left = self.joined.keys().any(|unit| !planned.contains(unit));
        let generation = self.generation.saturating_add(u64::from(left));
        let joined = |unit: &u32| (*unit, self.joined.get(unit).copied().unwrap_or(generation));
        Self { generation, joined: planned.iter().map(joined).collect() }
    }

    /// As it stands in the bag.
    pub fn to_bag(&self) -> Databag {
        let members: Vec<String> =
            self.joined.iter().map(|(unit, joined)| format!("{unit}:{joined}")).collect();
        Databag::from([
            (GENERATION_KEY.to_owned(), self.generation.to_string()),
            (MEMBERS_KEY.to_owned(), members.join(",")),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: (&str, &str), planned: &[u32], expected: (&str, &str)) {
        let bag = |(generation, members): (&str, &str)| {
            Databag::from(
                [("generation", generation), ("members", members)].map(|(k, v)| (k.to_owned(), v.to_owned())),
            )
        };
        let roster = Roster::read(&bag(before)).with(&planned.iter().copied().collect());
        assert_eq!(roster.to_bag(), bag(expected), "{before:?} then {planned:?}");
        assert_eq!(Roster::read(&bag(expected)), roster);
    }

    #[test]
    fn who_comes_back_joins_in_a_later_generation() {
        check(("", ""), &[0, 1, 2], ("0", "0:0,1:0,2:0"));
        check(("0", "0:0,1:0,2:0"), &[0, 1, 2], ("0", "0:0,1:0,2:0"));
        check(("0", "0:0,1:0,2:0"), &[0], ("1", "0:0"));
        check(("1", "0:0"), &[0, 1, 2], ("1", "0:0,1:1,2:1"));
        check(("1", "0:0,1:1"), &[1, 3], ("2", "1:1,3:2"));
        check(("broken", "0:0,x,1,9:"), &[0, 1], ("0", "0:0,1:0"));
    }

    #[test]
    fn a_unit_that_the_leader_has_not_seen_has_just_joined() {
        let bag = Roster { generation: 3, joined: BTreeMap::from([(0, 1)]) }.to_bag();
        assert_eq!([0, 1].map(|unit| Roster::read(&bag).joined(unit)), [1, 3]);
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(generation in "\\PC*", members in "[0-9:,x-]*") {
            let bag = Databag::from([("generation".to_owned(), generation), ("members".to_owned(), members)]);
            drop(Roster::read(&bag).with(&BTreeSet::from([1])).to_bag());
        }
    }
}
