//! Where we differ from the recordings on purpose or cannot do otherwise, with the reason.

use std::fmt::Write as _;

use super::compare::Difference;

/// A difference that is as it should be.
struct Known {
    scenario: &'static str,
    /// The beginning of the step's name.
    step: &'static str,
    unit: &'static str,
    /// A part of the difference's text.
    text: &'static str,
    reason: &'static str,
}

const KNOWN: &[Known] = &[];

/// What is different and not known to be, and what is known to be different and is not.
pub fn complaints(scenario: &str, differences: &[Difference]) -> String {
    let mut complaints = String::new();
    let known: Vec<&Known> = KNOWN.iter().filter(|known| known.scenario == scenario).collect();
    let is = |known: &Known, difference: &Difference| {
        difference.step.starts_with(known.step)
            && difference.unit == known.unit
            && difference.text.contains(known.text)
    };
    for difference in differences {
        if !known.iter().any(|known| is(known, difference)) {
            let Difference { step, unit, text } = difference;
            writeln!(complaints, "- {unit} in \"{step}\": {text}").unwrap();
        }
    }
    for known in known {
        if !differences.iter().any(|difference| is(known, difference)) {
            let Known { step, unit, reason, .. } = known;
            writeln!(complaints, "- {unit} in \"{step}\" is known to differ ({reason}), but does not")
                .unwrap();
        }
    }
    complaints
}
