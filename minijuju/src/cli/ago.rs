//! How long ago something was, in Juju's words. Pure.

use time::{Duration, OffsetDateTime};

/// `just now`, `5 minutes ago`; more than a day ago it is the date.
pub fn ago(when: OffsetDateTime, now: OffsetDateTime) -> String {
    let since = now - when;
    let units =
        [(since.whole_hours(), "hour"), (since.whole_minutes(), "minute"), (since.whole_seconds(), "second")];
    if since >= Duration::days(1) {
        return when.date().to_string();
    }
    match units.into_iter().find(|(count, _)| *count > 0) {
        None | Some((1, "second")) => "just now".to_owned(),
        Some((1, unit)) => format!("1 {unit} ago"),
        Some((count, unit)) => format!("{count} {unit}s ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn it_is_as_juju_says_it() {
        let now = datetime!(2026-11-25 10:20:00 UTC);
        let check = |since: Duration, expected: &str| assert_eq!(ago(now - since, now), expected);
        check(Duration::seconds(-5), "just now");
        check(Duration::seconds(1), "just now");
        check(Duration::seconds(59), "59 seconds ago");
        check(Duration::seconds(60), "1 minute ago");
        check(Duration::minutes(59), "59 minutes ago");
        check(Duration::minutes(60), "1 hour ago");
        check(Duration::minutes(1439), "23 hours ago");
        check(Duration::hours(24), "2026-11-24");
    }
}
