//! The status a charm shows: its precedence, merging and text limits. Nothing here sets or reads one.

use std::fmt;

/// The longest message that is shown, in characters; longer ones end in `…`.
///
/// Juju itself has no limit, but prints messages unwrapped in a table.
pub const MESSAGE_LIMIT: usize = 200;

/// What a charm may say of its unit or application, the better first.
///
/// The order is the precedence that Juju uses to derive an application's status from its units, and ops to merge
/// statuses: the greatest wins. `error`, `unknown` and `terminated` are Juju's own and cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// All is well.
    Active,
    /// Something outside must happen first, without the operator.
    Waiting,
    /// The charm is at work.
    Maintenance,
    /// The operator must act.
    Blocked,
}

impl Kind {
    /// The word that `status-set` takes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Waiting => "waiting",
            Self::Maintenance => "maintenance",
            Self::Blocked => "blocked",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A status with its message: one line, trimmed, at most [`MESSAGE_LIMIT`] characters.
///
/// Statuses order by precedence, then by message, so a set of them has one greatest.
///
/// ```
/// use sidecharm::juju::status::Status;
/// let merged = Status::worst([Status::active(""), Status::blocked("no storage\n"), Status::waiting("for Pebble")]);
/// assert_eq!(merged.unwrap().to_string(), "blocked: no storage");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status {
    kind: Kind,
    message: String,
}

impl Status {
    /// Makes a status; white space and control characters in the message become single spaces.
    pub fn new(kind: Kind, message: &str) -> Self {
        Self { kind, message: one_line(message) }
    }

    /// All is well; the message may be empty.
    pub fn active(message: &str) -> Self {
        Self::new(Kind::Active, message)
    }

    /// Something outside must happen first.
    pub fn waiting(message: &str) -> Self {
        Self::new(Kind::Waiting, message)
    }

    /// The charm is at work.
    pub fn maintenance(message: &str) -> Self {
        Self::new(Kind::Maintenance, message)
    }

    /// The operator must act; the message says how.
    pub fn blocked(message: &str) -> Self {
        Self::new(Kind::Blocked, message)
    }

    /// The word part.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The text part.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the status of the highest precedence, the first given of equals; nothing of nothing.
    pub fn worst(statuses: impl IntoIterator<Item = Self>) -> Option<Self> {
        statuses.into_iter().reduce(|worst, next| if next.kind > worst.kind { next } else { worst })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => self.kind.fmt(formatter),
            message => write!(formatter, "{}: {message}", self.kind),
        }
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() <= MESSAGE_LIMIT {
        return line;
    }
    let mut short: String = line.chars().take(MESSAGE_LIMIT - 1).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(message: &str, expected: &str) {
        assert_eq!(Status::active(message).message(), expected, "of {message:?}");
    }

    #[test]
    fn a_message_is_one_trimmed_line_of_bounded_length() {
        check("", "");
        check("  ready \n", "ready");
        check("one\r\n\ttwo\u{0}three\u{85}four", "one two three four");
        check("é😀", "é😀");
        check(&"x".repeat(200), &"x".repeat(200));
        check(&"x".repeat(201), &format!("{}…", "x".repeat(199)));
        check(&format!("{} tail", "x".repeat(198)), &format!("{}…", "x".repeat(198)));
    }

    #[test]
    fn the_worst_status_wins_and_the_first_of_equals() {
        let worst = Status::worst([
            Status::waiting("a"),
            Status::maintenance("b"),
            Status::active("c"),
            Status::maintenance("d"),
        ]);
        assert_eq!(worst, Some(Status::maintenance("b")));
        assert_eq!(Status::worst([]), None);
        let order = [Kind::Active, Kind::Waiting, Kind::Maintenance, Kind::Blocked];
        assert!(order.is_sorted());
        assert_eq!(order.map(Kind::as_str), ["active", "waiting", "maintenance", "blocked"]);
    }

    fn any_status() -> impl Strategy<Value = Status> {
        let kind = prop_oneof![
            Just(Kind::Active),
            Just(Kind::Waiting),
            Just(Kind::Maintenance),
            Just(Kind::Blocked)
        ];
        (kind, ".{0,250}").prop_map(|(kind, message)| Status::new(kind, &message))
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_bounded_line_and_stays_so(text in "\\PC{0,300}|(?s).{0,300}") {
            let status = Status::blocked(&text);
            prop_assert!(status.message().chars().count() <= MESSAGE_LIMIT);
            prop_assert!(!status.message().contains(char::is_control));
            prop_assert_eq!(status.message().trim(), status.message());
            prop_assert_eq!(Status::blocked(status.message()), status);
        }

        #[test]
        fn statuses_are_totally_ordered(a in any_status(), b in any_status(), c in any_status()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a.cmp(&b).is_eq(), a == b);
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
            if a.kind() < b.kind() {
                prop_assert!(a < b);
            }
        }

        #[test]
        fn merging_in_steps_or_at_once_is_the_same(statuses in prop::collection::vec(any_status(), 1..8), cut in 0..8_usize) {
            let (left, right) = statuses.split_at(cut.min(statuses.len()));
            let steps = [Status::worst(left.to_vec()), Status::worst(right.to_vec())];
            let whole = Status::worst(statuses.clone());
            prop_assert_eq!(Status::worst(steps.into_iter().flatten()), whole.clone());
            prop_assert!(statuses.iter().all(|status| whole.as_ref().is_some_and(|worst| status.kind() <= worst.kind())));
        }
    }
}
