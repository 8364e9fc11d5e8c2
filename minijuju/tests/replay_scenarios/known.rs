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

/// When `relate` was recorded, the machine could not start one process; the hook came with its retry, 10 s later.
const NOT_STARTED: &str = "the recording's process could not be started";
const CONTROLLER: &str = "the recordings' controller worded or placed resources in its own way";

const KNOWN: &[Known] = &[
    Known {
        scenario: "relate",
        step: "relate toy:db to store:db",
        unit: "store/0",
        text: "order in Relation(\"db:2\", \"toy/1\")",
        reason: NOT_STARTED,
    },
    Known {
        scenario: "relate",
        step: "relate toy:db to store:db",
        unit: "store/0",
        text: "status of agent: recorded (\"error\"",
        reason: NOT_STARTED,
    },
    Known {
        scenario: "relate",
        step: "relate toy:db to store:db",
        unit: "store/0",
        text: "status data of agent: recorded {\"hook\"",
        reason: NOT_STARTED,
    },
    Known {
        scenario: "relate",
        step: "store/0 writes its unit bag",
        unit: "store/0",
        text: "order in Relation(\"db:2\", \"toy/1\")",
        reason: NOT_STARTED,
    },
    Known {
        scenario: "flush-failure",
        step: "order of writes",
        unit: "toy/0",
        text: "https://controller/units/unit-toy-0/resources/nope",
        reason: CONTROLLER,
    },
    Known {
        scenario: "flush-failure",
        step: "order of writes",
        unit: "toy/0",
        text: "resources/blob.txtunits:",
        reason: CONTROLLER,
    },
    Known {
        scenario: "flush-failure",
        step: "order of writes",
        unit: "toy/0",
        text: "recorded \"WARNING ERROR private address not found\", ours \"DEBUG 10.1.0.11\"",
        reason: "the recordings disagree about unit-get; the hook-tool recordings have an address",
    },
];

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
