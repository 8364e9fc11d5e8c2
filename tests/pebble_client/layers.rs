//! Adding layers: what the daemon makes of them, and what it refuses.

use sidecharm::pebble::types::{Environment, Layer, LayerPlace, Override, Service, Startup};
use sidecharm::pebble::{Error, ErrorKind};

use crate::daemon::{Daemon, layer};

const REPLACING: &str = "services: {one: {override: replace, command: sleep 100, requires: [two]},
                                   two: {override: replace, command: sleep 100}}";
const MERGING: &str = "services: {one: {override: merge, command: sleep 100, requires: [two]},
                                 two: {override: merge, command: sleep 100}}";

#[tokio::test]
async fn a_layer_that_replaces_is_needed_once() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let layer = layer(REPLACING);
    assert!(client.plan().await.unwrap().is_changed_by(&layer));
    client.add_layer("mine", &layer).await.unwrap();
    let plan = client.plan().await.unwrap();
    assert!(!plan.is_changed_by(&layer));
    client.add_layer("mine", &layer).await.unwrap();
    assert_eq!(client.plan().await.unwrap(), plan, "adding it again changes nothing, as was said");
}

#[tokio::test]
async fn a_layer_that_merges_lists_is_never_the_same_again() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let layer = layer(MERGING);
    client.add_layer("mine", &layer).await.unwrap();
    let plan = client.plan().await.unwrap();
    assert!(plan.is_changed_by(&layer));
    client.add_layer("mine", &layer).await.unwrap();
    let again = client.plan().await.unwrap();
    assert_eq!(again, plan.with(&layer), "the client foresees what the daemon does");
    assert_eq!(again.services["one"].requires, ["two", "two"]);
}

#[tokio::test]
async fn a_default_threshold_counts_over_the_one_below() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    if daemon.is_before(5).await {
        // A check that merges had to be whole.
        return;
    }
    let check = |policy: &str, rest: &str| layer(&format!("checks: {{c: {{override: {policy}, {rest}}}}}"));
    client.add_layer("below", &check("replace", "threshold: 7, exec: {command: 'true'}")).await.unwrap();
    client.add_layer("above", &check("merge", "period: 1m")).await.unwrap();
    assert_eq!(client.plan().await.unwrap().checks["c"].threshold, 7);
    client.add_layer("above", &check("merge", "period: 2m")).await.unwrap();
    assert_eq!(client.plan().await.unwrap().checks["c"].threshold, 3, "combining has baked the default in");
}

#[tokio::test]
async fn each_refusal_has_its_kind() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    client.add_layer("mine", &layer(REPLACING)).await.unwrap();
    let before = client.plan().await.unwrap();
    let kind = async |label: &str, layer: &Layer, place| match client.place_layer(label, layer, place).await {
        Err(Error::Api { source, .. }) => (source.status, source.kind),
        other => panic!("{other:?}"),
    };
    let exists = ErrorKind::LabelExists("mine".to_owned());
    assert_eq!(kind("mine", &before_layer(), LayerPlace::Appended).await, (400, exists));
    for invalid in [
        "services: {x: {override: merge, summary: no command}}",
        "services: {x: {override: replace, command: \"'\"}}",
        "services: {x: {override: replace, command: a, on-failure: odd}}",
        "services: {x: {override: replace, command: a, future-key: 1}}",
        "services: {x: {override: replace, command: a, requires: [missing]}}",
        "services: {a: {override: replace, command: a, after: [b]}, b: {override: replace, command: b, after: [a]}}",
        "checks: {c: {override: replace, period: 1s}}",
        "checks: {c: {override: replace, http: {url: ''}}}",
        "checks: {c: {override: replace, exec: {command: 'true', user: nobody-here}}}",
        "log-targets: {t: {override: replace, type: odd, location: x}}",
    ] {
        let (status, kind) = kind("other", &layer(invalid), LayerPlace::Combined).await;
        assert_eq!((status, &kind), (400, &ErrorKind::InvalidPlan), "{invalid}");
    }
    for label in ["", "pebble-mine"] {
        if label == "pebble-mine" && daemon.is_before(11).await {
            continue;
        }
        let (status, _) = kind(label, &before_layer(), LayerPlace::Combined).await;
        assert_eq!(status, 400, "{label:?}");
    }
    assert_eq!(client.plan().await.unwrap(), before, "a refused layer changes nothing");
}

fn before_layer() -> Layer {
    layer("services: {other: {override: replace, command: sleep 1}}")
}

#[tokio::test]
async fn what_the_daemon_does_not_check_is_accepted() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    for odd in [
        "{}",
        "services: {x: {override: replace, command: 'a [ b'}}",
        "services: {x: {override: replace, command: a, startup: whenever}}",
        "services: {x: {override: replace, command: a, after: [missing], before: [missing]}}",
        "services: {x: {override: replace, command: a, user: nobody-here}}",
    ] {
        client.add_layer("odd label, with a space", &layer(odd)).await.unwrap();
    }
    let plan = client.plan().await.unwrap();
    assert_eq!(plan.services["x"].startup, None);
    assert_eq!(plan.services["x"].user, "nobody-here");
}

#[tokio::test]
async fn texts_arrive_as_they_are() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let mut texts: Vec<String> = [
        "yes",
        "no",
        "~",
        "null",
        "",
        "012",
        "0x1F",
        "1_000",
        "1e3",
        "1:30",
        "2001-12-14",
        "<<",
        "=",
        "# c",
        "a: b",
        " lead",
        "trail ",
        "\\",
        "\"",
        "'",
        "{}",
        "$HOME",
        "%",
        "\t",
        "line\nline\n",
        "\r\n",
        "é",
        "😀",
        "a \u{2028} b",
    ]
    .map(str::to_owned)
    .to_vec();
    // Every character that YAML readers stumble over, blanks around it.
    texts.extend(
        ('\u{7f}'..='\u{9f}')
            .chain(['\u{85}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{ffff}'])
            .map(|character| format!("a {character} b")),
    );
    let environment: Environment =
        texts.iter().enumerate().map(|(index, text)| (format!("V{index}"), text)).collect();
    let mut layer = Layer::default();
    let service = Service { environment, startup: Some(Startup::Disabled), ..Service::replace("sleep 1") };
    layer.services.insert("yes".to_owned(), service);
    client.add_layer("texts", &layer).await.unwrap();
    let plan = client.plan().await.unwrap();
    assert_eq!(*plan.services["yes"].environment, *layer.services["yes"].environment);
    assert!(!plan.is_changed_by(&layer));
}

#[tokio::test]
async fn an_inner_layer_joins_the_end_of_its_group() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let summary =
        |text: &str| layer(&format!("services: {{x: {{override: replace, command: a, summary: {text}}}}}"));
    if daemon.is_before(17).await {
        let error = client.place_layer("g/a", &summary("x"), LayerPlace::Inner).await.unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
        return;
    }
    client.add_layer("g/a", &summary("first")).await.unwrap();
    client.add_layer("top", &summary("top")).await.unwrap();
    let error = client.add_layer("g/b", &summary("second")).await.unwrap_err();
    assert!(matches!(&error, Error::Api { source, .. } if source.status == 500), "{error:?}");
    client.place_layer("g/b", &summary("second"), LayerPlace::Inner).await.unwrap();
    assert_eq!(client.plan().await.unwrap().services["x"].summary, "top");
}

#[tokio::test]
async fn layers_live_as_long_as_the_daemon() {
    let mut daemon = Daemon::start().await;
    let client = daemon.client();
    std::fs::create_dir(daemon.path("layers")).unwrap();
    let baked = "services: {baked: {override: replace, command: sleep 1}}";
    std::fs::write(daemon.path("layers/001-baked.yaml"), baked).unwrap();
    client.add_layer("mine", &layer(REPLACING)).await.unwrap();
    daemon.signal(rustix::process::Signal::TERM);
    daemon.wait().await;
    daemon.start_again().await;
    let plan = client.plan().await.unwrap();
    assert_eq!(plan.services.keys().collect::<Vec<_>>(), ["baked"]);
    assert_eq!(plan.services["baked"].r#override, Override::Replace);
}
