//! The client's own combining of layers against the daemon's, over random layers.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use sidecharm::pebble::types::{
    BackoffFactor, Check, CheckLevel, CheckStartup, Environment, ExecCheck, ExitAction, GoDuration,
    HttpCheck, Layer, LogTarget, LogTargetKind, Override, Plan, Service, Startup, TcpCheck, Unknown,
};

use crate::daemon::Daemon;

fn policy() -> impl Strategy<Value = Override> {
    prop_oneof![Just(Override::Merge), Just(Override::Replace)]
}

/// A text that is often empty and may hold anything that a header of YAML would stumble over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ -~é😀\u{85}\u{2028}]{0,12}"]
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("missing-[a-c]", 0..3)
}

fn map() -> impl Strategy<Value = Environment> {
    prop::collection::btree_map("[A-C]", text(), 0..3).prop_map(Environment::from_iter)
}

fn duration() -> impl Strategy<Value = Option<GoDuration>> {
    // A time-out of zero is refused.
    prop::option::of((1_i64..100_000_000_000).prop_map(GoDuration::from_nanoseconds))
}

fn action() -> impl Strategy<Value = Option<ExitAction>> {
    prop::option::of(prop_oneof![
        Just(ExitAction::Restart),
        Just(ExitAction::Ignore),
        Just(ExitAction::Shutdown)
    ])
}

fn service() -> impl Strategy<Value = Service> {
    let startup = prop::option::of(prop_oneof![
        Just(Startup::Enabled),
        Just(Startup::Disabled),
        Just(Startup::Other("sometimes".to_owned()))
    ]);
    let ids = (prop::option::of(0_i64..3), prop::option::of(0_i64..3));
    let backoff = (duration(), prop::option::of(1_u8..9), duration(), duration());
    let actions = (action(), action(), prop::collection::btree_map("[a-b]", Just(ExitAction::Restart), 0..2));
    let texts = (text(), text(), text(), text(), text());
    (policy(), startup, (names(), names()), map(), ids, backoff, actions, texts, any::<bool>()).prop_map(
        |(policy, startup, (after, before), environment, ids, backoff, actions, texts, has_command)| {
            Service {
                r#override: policy,
                summary: texts.0,
                description: texts.1,
                startup,
                // The plan needs a command; the base layer of each case has one.
                command: if has_command || policy == Override::Replace {
                    "cmd [ a ]".to_owned()
                } else {
                    String::new()
                },
                after,
                before,
                requires: Vec::new(),
                workload: String::new(),
                environment,
                user_id: ids.0,
                user: texts.2,
                group_id: ids.1,
                group: texts.3,
                working_dir: texts.4,
                on_success: actions.0,
                on_failure: actions.1,
                on_check_failure: actions.2,
                backoff_delay: backoff.0,
                backoff_factor: backoff.1.map(|factor| BackoffFactor(f64::from(factor) / 2.0 + 1.0)),
                backoff_limit: backoff.2,
                kill_delay: backoff.3,
                unknown: Unknown::new(),
            }
        },
    )
}

fn check() -> impl Strategy<Value = Check> {
    let level = prop::option::of(prop_oneof![Just(CheckLevel::Alive), Just(CheckLevel::Ready)]);
    let startup = prop::option::of(Just(CheckStartup::Disabled));
    let numbers = (prop_oneof![Just(0_i64), 1_i64..9], 1_i64..99);
    let texts = ("[a-z]{1,5}", text(), map());
    // All checks of one kind are of one type: a plan with two types in one check is refused.
    (policy(), level, startup, duration(), duration(), numbers, texts).prop_map(
        |(policy, level, startup, period, timeout, (threshold, _), _)| Check {
            level,
            startup,
            period,
            timeout,
            threshold,
            ..Check::new(policy)
        },
    )
}

fn typed_check(kind: &'static str) -> impl Strategy<Value = Check> {
    let port = 1_i64..99;
    (check(), text(), map(), port, "[a-z]{1,5}").prop_map(move |(check, odd, map, port, word)| match kind {
        "http" => {
            let http = HttpCheck { url: format!("http://{word}/"), headers: map, unknown: Unknown::new() };
            Check { http: Some(http), ..check }
        }
        "tcp" => Check { tcp: Some(TcpCheck { port, host: odd, unknown: Unknown::new() }), ..check },
        _ => {
            let exec =
                ExecCheck { command: word, environment: map, working_dir: odd, ..ExecCheck::default() };
            Check { exec: Some(exec), ..check }
        }
    })
}

fn target() -> impl Strategy<Value = LogTarget> {
    let services = prop::collection::vec(prop_oneof![Just("all".to_owned()), Just("-all".to_owned())], 0..3);
    (policy(), "[a-z]{1,5}", services, map()).prop_map(|(policy, host, services, labels)| LogTarget {
        r#override: policy,
        kind: Some(LogTargetKind::Loki),
        location: format!("http://{host}/"),
        services,
        labels,
        unknown: Unknown::new(),
    })
}

/// A layer whose names begin with a prefix, so that the layers of many cases do not meet in one daemon.
fn layer(prefix: String) -> impl Strategy<Value = Layer> {
    let services = prop::collection::btree_map("service-[a-b]", service(), 0..3);
    let checks = prop_oneof![
        Just(None),
        typed_check("http").prop_map(|check| Some(("http", check))),
        typed_check("tcp").prop_map(|check| Some(("tcp", check))),
        typed_check("exec").prop_map(|check| Some(("exec", check))),
    ];
    (services, checks, prop::option::of(target())).prop_map(move |(services, check, target)| {
        let named = |name: &str| format!("{prefix}-{name}");
        Layer {
            services: services.into_iter().map(|(name, service)| (named(&name), service)).collect(),
            checks: check.into_iter().map(|(name, check)| (named(name), check)).collect(),
            log_targets: target.into_iter().map(|target| (named("target"), target)).collect(),
            ..Layer::default()
        }
    })
}

/// The first layer of a case: what every service needs to be valid.
fn base(prefix: &str) -> Layer {
    let service = |name| (format!("{prefix}-{name}"), Service::replace("base"));
    Layer { services: [service("service-a"), service("service-b")].into(), ..Layer::default() }
}

/// Takes out of a layer what an older daemon would refuse it for.
async fn keep_what_is_known(daemon: &Daemon, layer: &mut Layer) {
    if daemon.is_before(19).await {
        layer.checks.values_mut().for_each(|check| check.startup = None);
    }
    if daemon.is_before(6).await {
        layer.log_targets.values_mut().for_each(|target| target.labels = Environment::default());
    }
    if daemon.is_before(5).await {
        // A check that merges had to be whole.
        layer.checks.clear();
    }
}

#[tokio::test]
async fn combining_gives_the_plan_that_the_daemon_shows() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let mut runner = TestRunner::new(Config::default());
    let mut all = Vec::new();
    for case in 0..100 {
        let prefix = format!("c{case}");
        let layers =
            prop::collection::vec(layer(prefix.clone()), 1..4).new_tree(&mut runner).unwrap().current();
        for (index, mut layer) in std::iter::once(base(&prefix)).chain(layers).enumerate() {
            keep_what_is_known(&daemon, &mut layer).await;
            client.add_layer(&format!("{prefix}-{index}"), &layer).await.unwrap();
            all.push(layer);
        }
        let shown = client.plan().await.unwrap();
        assert_eq!(shown, Plan::combine(&all), "the layers of case {case}: {:#?}", &all[all.len() - 4..]);
    }
}

#[tokio::test]
async fn what_a_layer_would_change_is_foreseen() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    client.add_layer("top", &base("x")).await.unwrap();
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..60 {
        let mut layer = layer("x".to_owned()).new_tree(&mut runner).unwrap().current();
        keep_what_is_known(&daemon, &mut layer).await;
        let before = client.plan().await.unwrap();
        client.add_layer("top", &layer).await.unwrap();
        let after = client.plan().await.unwrap();
        assert_eq!(after, before.with(&layer), "{layer:#?}");
        assert_eq!(after != before, before.is_changed_by(&layer), "{layer:#?}");
    }
}

#[tokio::test]
async fn a_plan_written_as_a_layer_makes_the_same_plan() {
    let (one, other) = (Daemon::start().await, Daemon::start().await);
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..20 {
        let mut layer = layer("x".to_owned()).new_tree(&mut runner).unwrap().current();
        keep_what_is_known(&one, &mut layer).await;
        let layer =
            Layer { services: base("x").services.into_iter().chain(layer.services).collect(), ..layer };
        let merges = |layer: &Layer| layer.services.values().any(|service| service.command.is_empty());
        if merges(&layer) {
            continue;
        }
        one.client().add_layer("a", &layer).await.unwrap();
        let plan = one.client().plan().await.unwrap();
        let text = sidecharm::yaml_json::render(&plan).unwrap();
        assert_eq!(Plan::parse(&text).unwrap(), plan);
        other.client().add_layer("a", &Layer::parse(&text).unwrap()).await.unwrap();
    }
}
