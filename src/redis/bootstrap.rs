//! Who is the first master. Decides nothing once a master was confirmed: then the sentinels do.

use crate::juju::names::UnitName;

/// Chooses the first master among the planned units.
///
/// With three or more units it is the lowest unit that is not Juju's leader, so that the death of one pod does not
/// take both; below that the lowest unit. A choice that was made stays, as long as its unit is planned.
pub fn first_master(planned: &[UnitName], leader: &UnitName, chosen: Option<&UnitName>) -> Option<UnitName> {
    if let Some(unit) = chosen.filter(|unit| planned.contains(unit)) {
        return Some(unit.clone());
    }
    let spared = planned.len() >= 3;
    planned.iter().filter(|unit| !spared || *unit != leader).min_by_key(|unit| unit.number()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(planned: &[u32], leader: u32, chosen: Option<u32>, expected: Option<u32>) {
        let unit = |number: u32| UnitName::parse(&format!("app/{number}")).unwrap();
        let planned: Vec<_> = planned.iter().copied().map(unit).collect();
        let found = first_master(&planned, &unit(leader), chosen.map(unit).as_ref());
        assert_eq!(found, expected.map(unit), "{planned:?} leader {leader} chosen {chosen:?}");
    }

    #[test]
    fn the_leader_is_spared_where_there_is_a_choice() {
        check(&[0], 0, None, Some(0));
        check(&[0, 1], 0, None, Some(0));
        check(&[0, 1, 2], 0, None, Some(1));
        check(&[10, 2, 0], 0, None, Some(2));
        check(&[0, 1, 2], 1, None, Some(0));
        check(&[], 0, None, None);
    }

    #[test]
    fn a_choice_stays_while_its_unit_is_planned() {
        check(&[0, 1, 2], 0, Some(2), Some(2));
        check(&[0, 1, 2], 0, Some(7), Some(1));
    }
}
