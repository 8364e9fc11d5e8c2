//! What a layer would change, and what a replan would do.

use super::*;

const SERVICES: &str = "services:
    a: {override: replace, command: a, startup: enabled, requires: [b]}
    b: {override: replace, command: b, requires: [c]}
    c: {override: replace, command: c, workload: w}
    d: {override: replace, command: d}
workloads: {w: {override: replace, user: redis}}";

fn plan(yaml: &str) -> Plan {
    Plan::parse(yaml).unwrap()
}

/// Services by name and status; a star means that it was started before.
fn services(text: &str) -> Vec<ServiceInfo> {
    let words = text.split_whitespace().map(|word| {
        let (name, status) = word.split_once('=').unwrap();
        let (status, started) = status.strip_suffix('*').map_or((status, false), |status| (status, true));
        let since = (started || status == "active").then_some("2026-11-25T19:42:05Z");
        serde_json::from_value(serde_json::json!({
            "name": name, "startup": "disabled", "current": status, "current-since": since,
        }))
        .unwrap()
    });
    words.collect()
}

fn check(change: &str, now: &str, stops: &str, starts: &str) {
    let started = plan(SERVICES);
    let after = started.with(&Layer::parse(change).unwrap());
    let preview = after.replan_preview(&started, &services(now));
    let show = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        (show(&preview.stops).as_str(), show(&preview.starts).as_str()),
        (stops, starts),
        "{change} at {now}"
    );
    assert_eq!(preview.is_empty(), stops.is_empty() && starts.is_empty());
}

#[test]
fn a_replan_starts_what_is_enabled_with_what_it_requires() {
    check("{}", "a=inactive b=inactive c=inactive d=inactive", "", "a b c");
    check("{}", "a=active b=active c=inactive d=inactive", "", "c");
    check("{}", "a=active b=active c=active d=active", "", "");
    check("{}", "a=backoff b=active c=active d=active", "", "");
    check("{}", "a=error* b=active c=active d=active", "", "a");
}

#[test]
fn a_replan_restarts_what_changed_and_stops_what_requires_it() {
    let changed = |name: &str| format!("services: {{{name}: {{override: merge, summary: other}}}}");
    let active = "a=active b=active c=active d=active";
    check(&changed("d"), active, "d", "d");
    check(&changed("a"), active, "a", "a");
    // All that require it are stopped; those that are enabled come back with what they require.
    check(&changed("c"), active, "a b c", "a b c");
    check(&changed("d"), "a=active b=active c=active d=inactive", "", "");
    check(&changed("d"), "a=active b=active c=active d=inactive*", "", "d");
    check(&changed("d"), "a=active b=active c=active d=backoff", "d", "d");
    check("workloads: {w: {override: merge, user: other}}", active, "a b c", "a b c");
}

#[test]
fn a_dependant_that_is_not_enabled_stays_stopped() {
    let started = plan("services: {front: {override: replace, requires: [back]}, back: {override: replace}}");
    let after = started.with(&Layer::parse("services: {back: {override: replace, command: x}}").unwrap());
    let preview = after.replan_preview(&started, &services("front=active back=active"));
    assert_eq!(preview.stops, ["back".to_owned(), "front".to_owned()].into());
    assert_eq!(preview.starts, ["back".to_owned()].into());
}

#[test]
fn a_layer_that_is_there_changes_nothing() {
    let layer = |yaml: &str| Layer::parse(yaml).unwrap();
    let plan = plan(SERVICES);
    assert!(!plan.is_changed_by(&layer("{summary: only words}")));
    assert!(!plan.is_changed_by(&layer("services: {d: {override: replace, command: d}}")));
    assert!(plan.is_changed_by(&layer("services: {d: {override: replace, command: e}}")));
    assert!(plan.is_changed_by(&layer("services: {new: {override: replace, command: e}}")));
    assert!(!plan.is_changed_by(&layer("services: {d: {override: merge, command: d}}")));
    assert!(plan.is_changed_by(&layer("services: {d: {override: merge, after: [a]}}")));
    let check = "checks: {c: {override: replace, timeout: 1m, tcp: {port: 1}}}";
    assert!(!plan.with(&layer(check)).is_changed_by(&layer(check)), "the daemon's defaults are no change");
}

#[test]
fn the_longest_change_counts_kill_delays() {
    let plan = plan("services: {a: {override: replace, kill-delay: 1m}, b: {override: replace}}");
    assert_eq!(plan.longest_change(), Duration::from_secs(5 + (60 + 5 + 2) + (5 + 5 + 2)));
    assert_eq!(Plan::default().longest_change(), Duration::from_secs(5));
}
