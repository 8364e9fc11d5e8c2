//! Puts log records together into as few entries as Juju's log and the length of an argument allow.

use crate::juju::tools::LogLevel;

/// Linux allows 128 KiB for one argument, its end included.
pub(super) const LONGEST: usize = 120 * 1024;

/// More entries than this, because levels alternate, are written as one of the highest level.
pub(super) const MOST: usize = 8;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) level: LogLevel,
    pub(super) text: String,
}

/// One use of `juju-log`: one or more lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) level: LogLevel,
    pub(super) text: String,
}

/// Neighbours of one level become one entry.
pub(super) fn batches(records: Vec<Record>) -> Vec<Batch> {
    let changes = records.windows(2).filter(|pair| matches!(pair, [a, b] if a.level != b.level)).count();
    let highest = records.iter().map(|record| record.level).max().unwrap_or(LogLevel::Info);
    let mut batches: Vec<Batch> = Vec::new();
    for Record { level, text } in records {
        let (level, text) =
            if changes < MOST { (level, text) } else { (highest, format!("{level:?}: {text}")) };
        for part in parts(&text) {
            match batches.last_mut() {
                Some(batch) if batch.level == level && batch.text.len() + 1 + part.len() <= LONGEST => {
                    batch.text.push('\n');
                    batch.text.push_str(part);
                }
                _ => batches.push(Batch { level, text: part.to_owned() }),
            }
        }
    }
    batches
}

/// A text in pieces that each fit, cut between characters; an empty text is one piece.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > LONGEST {
        let (head, tail) = rest.split_at(rest.floor_char_boundary(LONGEST));
        parts.push(head);
        rest = tail;
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(level: LogLevel, text: &str) -> Record {
        Record { level, text: text.to_owned() }
    }

    fn check(records: &[(LogLevel, &str)], expected: &[(LogLevel, &str)]) {
        let records = records.iter().map(|(level, text)| record(*level, text)).collect();
        let made = batches(records);
        let made: Vec<(LogLevel, &str)> =
            made.iter().map(|batch| (batch.level, batch.text.as_str())).collect();
        assert_eq!(made, expected);
    }

    #[test]
    fn neighbours_of_one_level_are_one_entry() {
        use LogLevel::{Error, Info, Warning};
        check(&[], &[]);
        check(&[(Info, "a"), (Info, "b")], &[(Info, "a\nb")]);
        check(
            &[(Info, "a"), (Warning, "b"), (Warning, "c"), (Info, ""), (Error, "e")],
            &[(Info, "a"), (Warning, "b\nc"), (Info, ""), (Error, "e")],
        );
    }

    #[test]
    fn levels_that_alternate_without_end_become_one_entry() {
        use LogLevel::{Info, Warning};
        let records: Vec<(LogLevel, &str)> = [(Info, "a"), (Warning, "b")].repeat(5);
        check(&records, &[(Warning, ["Info: a\nWarning: b"; 5].join("\n").as_str())]);
        let few: Vec<(LogLevel, &str)> = [(Info, "a"), (Warning, "b")].repeat(4);
        check(&few, &few);
    }

    #[test]
    fn what_is_too_long_for_an_argument_is_cut_between_characters() {
        let long = "é".repeat(LONGEST);
        let batches = batches(vec![record(LogLevel::Info, "x"), record(LogLevel::Info, &long)]);
        assert_eq!(batches.len(), 3);
        let whole: String = batches.iter().skip(1).map(|batch| batch.text.as_str()).collect();
        assert_eq!(whole, long);
    }

    fn any_records() -> impl Strategy<Value = Vec<Record>> {
        let level = prop_oneof![Just(LogLevel::Info), Just(LogLevel::Warning), Just(LogLevel::Error)];
        let text = prop_oneof![4 => "[a-zé ]{0,12}".boxed(), 1 => (0..3 * LONGEST).prop_map(|n| "ü".repeat(n)).boxed()];
        prop::collection::vec((level, text).prop_map(|(level, text)| Record { level, text }), 0..24)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nothing_is_lost_and_every_entry_fits(records in any_records()) {
            let batches = batches(records.clone());
            prop_assert!(batches.iter().all(|batch| batch.text.len() <= LONGEST));
            prop_assert!(batches.iter().zip(records.iter()).all(|(batch, _)| batch.level >= LogLevel::Info));
            let letters = |text: &str| text.chars().filter(|c| !c.is_ascii()).count();
            let (said, told): (usize, usize) = (
                records.iter().map(|record| letters(&record.text)).sum(),
                batches.iter().map(|batch| letters(&batch.text)).sum(),
            );
            prop_assert_eq!(said, told);
            if records.iter().map(|record| record.text.len() + 10).sum::<usize>() <= LONGEST {
                prop_assert!(batches.len() <= MOST);
            }
        }
    }
}
