//! Layers read, written and combined.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::pebble::types::{Environment, GoDuration, Plan, Startup, Version};

fn layer(yaml: &str) -> Layer {
    Layer::parse(yaml).unwrap()
}

#[test]
fn nothing_is_an_empty_layer() {
    for text in ["", "null", "{}", "---\n", "services:\nchecks: {}\n", "summary: ~"] {
        assert_eq!(layer(text), Layer::default(), "{text:?}");
    }
    assert_eq!(Layer::default().render().unwrap(), "{}", "empty sections would be refused");
}

#[test]
fn what_is_not_known_is_kept() {
    let text = r#"{"services":{"a":{"override":"replace","command":"b","user-id":0,"new":{"deep":[1,"x"]}}},"future":{"k":true}}"#;
    assert_eq!(layer(text).render().unwrap(), text);
    let below = layer("{future: {a: 1}, services: {s: {override: replace, command: c, new: 1, old: 2}}}");
    let above = layer("{future: {b: 2}, services: {s: {override: merge, new: 3}}}");
    let plan = Plan::combine(&[below, above]);
    assert_eq!(plan.unknown["future"], serde_json::json!({"b": 2}));
    assert_eq!(plan.services["s"].unknown["new"], 3);
    assert_eq!(plan.services["s"].unknown["old"], 2);
}

#[test]
fn null_and_empty_mean_not_set_and_zero_means_zero() {
    let service = &layer(
        "services: {a: {override: merge, command: ~, startup: '', after: ~, environment: ~, user-id: 0}}",
    )
    .services["a"];
    assert_eq!(*service, Service { user_id: Some(0), ..Service::merge() });
}

#[test]
fn texts_are_taken_as_they_are_written() {
    let service =
        &layer("services: {a: {override: merge, command: 012, user: yes, environment: {1: 1e3, b: 0x1}}}")
            .services["a"];
    assert_eq!((service.command.as_str(), service.user.as_str()), ("012", "yes"));
    assert_eq!(service.environment, Environment::from([("1", "1e3"), ("b", "0x1")]));
}

#[test]
fn what_the_daemon_would_refuse_to_read_is_an_error() {
    for text in [
        "services: {a: {command: b}}",
        "services: {a: {override: other}}",
        "services: {a: ~}",
        "services: [a]",
        "services: {a: {override: merge, kill-delay: 5}}",
        "services: {a: {override: merge, user-id: x}}",
        "checks: {a: {override: merge, tcp: 1}}",
        "text",
        "{",
    ] {
        assert!(Layer::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_layer_is_rendered_without_what_is_not_set() {
    let mut layer = Layer::default();
    let service = Service {
        startup: Some(Startup::Enabled),
        environment: Environment::from([("PASSWORD", "hunter2 \u{7f}")]),
        kill_delay: Some(GoDuration::parse("1m").unwrap()),
        ..Service::replace("redis-server /etc/redis.conf")
    };
    layer.services.insert("redis".to_owned(), service);
    assert_snapshot!(
        layer.render().unwrap(),
        @r#"{"services":{"redis":{"override":"replace","startup":"enabled","command":"redis-server /etc/redis.conf","environment":{"PASSWORD":"hunter2 \u007f"},"kill-delay":"1m0s"}}}"#
    );
    assert!(!format!("{layer:?}").contains("hunter2"), "values of the environment do not show");
}

#[test]
fn each_newer_feature_is_named() {
    for (yaml, expected) in [
        ("{}", vec![]),
        ("services: {a: {override: merge, command: b, on-failure: shutdown}}", vec![]),
        ("services: {a: {override: merge, working-dir: /}}", vec![3]),
        ("services: {a: {override: merge, on-success: failure-shutdown}}", vec![6]),
        ("services: {a: {override: merge, on-check-failure: {c: success-shutdown}}}", vec![6]),
        ("{services: {a: {override: merge, workload: w}}, workloads: {w: {override: merge}}}", vec![20, 20]),
        ("checks: {c: {override: merge, startup: enabled, exec: {service-context: a}}}", vec![19, 3]),
        ("log-targets: {t: {override: merge, type: loki, labels: {a: b}}}", vec![4, 6]),
        ("log-targets: {t: {override: merge, type: opentelemetry}}", vec![24]),
        ("log-targets: {t: {override: merge, type: syslog}}", vec![27]),
    ] {
        let needs: Vec<_> = layer(yaml).requirements().iter().map(|requirement| requirement.needs).collect();
        let expected: Vec<_> = expected.into_iter().map(|minor| Version::new(1, minor, 0)).collect();
        assert_eq!(needs, expected, "{yaml}");
    }
}

#[test]
fn a_layer_only_replaces_if_every_entry_does() {
    assert!(Layer::default().only_replaces());
    assert!(
        layer("{summary: x, services: {a: {override: replace}}, checks: {b: {override: replace}}}")
            .only_replaces()
    );
    for yaml in [
        "{services: {a: {override: replace}}, checks: {b: {override: merge}}}",
        "services: {a: {override: merge}, b: {override: replace}}",
        "log-targets: {a: {override: merge}}",
        "workloads: {a: {override: merge}}",
        "future: 1",
    ] {
        assert!(!layer(yaml).only_replaces(), "{yaml}");
    }
}

#[test]
fn the_fields_that_are_set_above_count() {
    let below = "services: {a: {override: replace, command: one, summary: kept, after: [x], environment: {A: 1, B: 2},
                  user-id: 5, startup: enabled, kill-delay: 1s, on-check-failure: {c: restart}}}";
    let above =
        "services: {a: {override: merge, command: two, after: [x, y], environment: {B: 3}, user-id: 0,
                  backoff-factor: 1.5, on-check-failure: {c: ignore, d: restart}}}";
    let plan = Plan::combine(&[layer(below), layer(above)]);
    assert_snapshot!(
        yaml_json::render(&plan).unwrap(),
        @r#"{"services":{"a":{"override":"replace","summary":"kept","startup":"enabled","command":"two","after":["x","x","y"],"environment":{"A":"1","B":"3"},"user-id":0,"on-check-failure":{"c":"ignore","d":"restart"},"backoff-factor":1.5,"kill-delay":"1s"}}}"#
    );
    let replaced = Plan::combine(&[layer(below), layer(above), layer("services: {a: {override: replace}}")]);
    assert_eq!(replaced.services["a"], Service::replace(""));
}

#[test]
fn checks_get_the_defaults_that_the_daemon_shows() {
    let plan = Plan::combine(&[layer(
        "checks: {a: {override: replace, timeout: 20s}, b: {override: replace, period: 5s, timeout: 20s, threshold: 1}}",
    )]);
    let shown = |name: &str| {
        let check = &plan.checks[name];
        (check.period.map(|period| period.to_string()), check.timeout.unwrap().to_string(), check.threshold)
    };
    assert_eq!(shown("a"), (None, "10s".to_owned(), 3));
    assert_eq!(shown("b"), (Some("5s".to_owned()), "5s".to_owned(), 1));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        drop(Layer::parse(&text));
        drop(Plan::parse(&text));
    }

    #[test]
    fn no_near_layer_makes_it_panic(text in r"(services|checks|log-targets|a|override|: |\{|\}|merge|replace|, |[0-9]|~|\[|\]|\n){0,30}") {
        drop(Layer::parse(&text));
        drop(Plan::parse(&text));
    }
}
