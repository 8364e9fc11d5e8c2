//! The page of Juju's events: what each charm does in each, found by asking the code.

use std::collections::BTreeMap;

use sidecharm::effects::Decision;
use sidecharm::juju::environment::{HookContext, Variables};
use sidecharm::juju::event::{Event, PebbleKind, RelationKind, SecretKind, StorageEventKind};
use sidecharm::juju::metadata::CharmFiles;
use sidecharm::juju::names::UnitName;
use sidecharm::juju::wire::{Parameters, ReportedStatus};
use sidecharm::observed::{Observed, SecretState, Wants};
use sidecharm::reconcile::Workload as _;
use sidecharm::redis;
use sidecharm::secret::Secret;
use sidecharm::webapp::charm::{Charm, Texts};
use sidecharm::webapp::framework::{Framework, Generation, Profile};
use sidecharm::webapp::{self, workload::WebApp};

use crate::charm_pages::files;
use crate::reference::{origin, table};

/// Hooks that are about nothing in particular.
const SIMPLE: [&str; 13] = [
    "install",
    "start",
    "stop",
    "remove",
    "upgrade-charm",
    "config-changed",
    "update-status",
    "leader-elected",
    "leader-settings-changed",
    "collect-metrics",
    "meter-status-changed",
    "pre-series-upgrade",
    "post-series-upgrade",
];
const RELATION: [&str; 5] = ["created", "joined", "changed", "departed", "broken"];
const PEBBLE: [&str; 4] = ["ready", "custom-notice", "check-failed", "check-recovered"];
const SECRET: [&str; 4] = ["changed", "rotate", "remove", "expired"];

/// A charm, asked.
struct Asked {
    files: CharmFiles,
    wants: Wants,
    /// Whether the event changes or shows anything at all, of a unit that has everything to do.
    acts: Box<dyn Fn(&Event) -> Acts>,
}

/// What comes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acts {
    /// Neither effects nor statuses.
    Not,
    /// Effects without a status.
    Answers,
    /// A whole pass.
    Passes,
}

/// The page.
pub fn page() -> String {
    [
        "# Juju's events, and what is done in each\n\n".to_owned(),
        origin("the charm files, the events that the program knows, and its decisions"),
        INTRODUCTION.to_owned(),
        format!("\n## redis-k8s\n\n{}", rows(&redis_charm())),
        "\nA unit that is leaving hands the role of master over, in every hook, and does nothing else.\n"
            .to_owned(),
        format!(
            "\n## Web apps\n\nOf Flask's charm; the others differ in the name of the container.\n\n{}",
            rows(&flask())
        ),
    ]
    .concat()
}

const INTRODUCTION: &str = "
What a hook does depends on what it finds, not on its name: nearly every one makes the same **pass** ([what that \
is](../explanation/pass.md)). The event only narrows it.

| word | meaning |
| --- | --- |
| a pass | reads everything, decides, changes what differs, sets the status if it differs |
| a pass, or nothing | nothing where the hook before found nothing to do: this one tells of nothing that is read |
| the action | what the action asks for, and nothing else |
| nothing | Juju may be taking the pod down |
| may fail | ends with code 1 when Juju did not do its part, and Juju runs it again |
| always ends well | ends with code 0 whatever happens: Juju would repeat it without end, or lose what follows. The status tells |

In `juju exec` and `juju debug-hooks` the program is started by hand: it makes a pass.
";

fn rows(asked: &Asked) -> String {
    let mut groups: Vec<(String, Event)> = Vec::new();
    let mut add = |name: &str, more: &[(&str, &str)]| {
        let mut variables = Variables::from([("JUJU_DISPATCH_PATH".to_owned(), name.to_owned())]);
        variables.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let event = Event::parse(&variables, "dispatch").unwrap();
        assert!(!matches!(event, Event::Unknown(_)), "{name} is not known");
        let shown = if event.action().is_some() { "an action".to_owned() } else { event.to_string() };
        groups.push((shown, event));
    };
    for name in SIMPLE {
        add(&format!("hooks/{name}"), &[]);
    }
    for endpoint in asked.files.metadata.endpoints.keys() {
        for kind in RELATION {
            let (id, unit) = (format!("{endpoint}:1"), ("JUJU_REMOTE_UNIT", "other/0"));
            let hook = format!("hooks/{endpoint}-relation-{kind}");
            let more = [
                ("JUJU_RELATION_ID", id.as_str()),
                ("JUJU_REMOTE_APP", "other"),
                unit,
                ("JUJU_DEPARTING_UNIT", "other/0"),
            ];
            add(&hook, &more);
        }
    }
    for storage in asked.files.metadata.storage.keys() {
        for kind in ["attached", "detaching"] {
            let id = format!("{storage}/0");
            add(&format!("hooks/{storage}-storage-{kind}"), &[("JUJU_STORAGE_ID", &id)]);
        }
    }
    for container in asked.files.metadata.containers.keys() {
        let more = [
            ("JUJU_NOTICE_ID", "1"),
            ("JUJU_NOTICE_KEY", "sidecharm.dev/x"),
            ("JUJU_PEBBLE_CHECK_NAME", "x"),
        ];
        for kind in PEBBLE {
            add(&format!("hooks/{container}-pebble-{kind}"), &more);
        }
    }
    let secret = [("JUJU_SECRET_ID", "secret:9m4e2mr0ui3e8a215n4g"), ("JUJU_SECRET_REVISION", "1")];
    for kind in SECRET {
        add(&format!("hooks/secret-{kind}"), &secret);
    }
    for action in asked.files.actions.actions.keys() {
        add(&format!("actions/{action}"), &[("JUJU_ACTION_NAME", action.as_str())]);
    }
    groups.dedup_by(|one, before| one.0 == before.0);
    let lines = groups.iter().map(|(name, event)| {
        let fails = if event.must_exit_zero() { "always ends well" } else { "may fail" };
        vec![
            format!("`{name}`").replace("`an action`", "an action"),
            does(asked, event).to_owned(),
            fails.to_owned(),
            when(event).to_owned(),
        ]
    });
    table(&["event", "what is done", "if Juju fails", "when it comes"], lines)
}

fn does(asked: &Asked, event: &Event) -> &'static str {
    match ((asked.acts)(event), asked.wants.hears(event)) {
        (Acts::Not, _) => "nothing",
        (Acts::Answers, _) => "the action",
        (Acts::Passes, true) => "a pass",
        (Acts::Passes, false) => "a pass, or nothing",
    }
}

/// When Juju sends it. A new event has to be told of here.
fn when(event: &Event) -> &'static str {
    match event {
        Event::Install => "once, before all others",
        Event::Start => "after the first config-changed, and after every start of the agent",
        Event::Stop => "the pod ends, or the unit is removed",
        Event::Remove => "the unit's last",
        Event::UpgradeCharm => "a new charm or image, or a new pod",
        Event::ConfigChanged => "an option, trust or an address may have changed",
        Event::UpdateStatus => "every five minutes, unless the model says otherwise",
        Event::LeaderElected => "this unit leads now",
        Event::LeaderSettingsChanged => "Juju 3: another unit leads",
        Event::CollectMetrics | Event::MeterStatusChanged => "Juju 3.6.10 and older",
        Event::PreSeriesUpgrade | Event::PostSeriesUpgrade => "machines only",
        Event::Relation(event) => match event.kind {
            RelationKind::Created => "there is a relation; nobody may be in it yet",
            RelationKind::Joined => "a unit of the other side came",
            RelationKind::Changed => "a databag of the other side changed",
            RelationKind::Departed => "a unit goes",
            RelationKind::Broken => "the relation goes",
        },
        Event::Storage(event) => match event.kind {
            StorageEventKind::Attached => "the storage is there",
            StorageEventKind::Detaching => "the unit is removed, and the storage with it",
        },
        Event::Pebble(event) => match event.kind {
            PebbleKind::Ready => "Pebble answers in a container that is new, or new to the agent",
            PebbleKind::CustomNotice { .. } => "something in the container asks for a hook",
            PebbleKind::CheckFailed { .. } => "a health check reached its threshold",
            PebbleKind::CheckRecovered { .. } => "it passes again",
        },
        Event::Secret(event) => match event.kind {
            SecretKind::Changed => "a secret has a revision that was not read",
            SecretKind::Rotate => "a secret's rotation is due",
            SecretKind::Remove { .. } => "nobody reads a revision any more",
            SecretKind::Expired { .. } => "a secret has expired",
        },
        Event::Action(_) => "the operator runs one",
        Event::Unknown(_) => "a newer Juju's",
    }
}

fn acts<E>(decision: &Decision<E>) -> Acts {
    match (&decision.unit_status, decision.effects.is_empty()) {
        (Some(_), _) => Acts::Passes,
        (None, false) => Acts::Answers,
        (None, true) => Acts::Not,
    }
}

fn redis_charm() -> Asked {
    let own = redis::situation::RedisObserved::default();
    Asked {
        files: files("."),
        wants: redis::workload::Redis::new(String::new()).unwrap().wants(),
        acts: Box::new(move |event| acts(&redis::decide::decide(&fresh("redis-k8s", event), &own))),
    }
}

fn flask() -> Asked {
    let read = files("charms/flask");
    let profile = Profile { framework: Framework::Flask, generation: Generation::First };
    let charm = || {
        let CharmFiles { metadata, config, .. } = read.clone();
        Charm::new(profile, metadata, config, Texts::default(), String::new())
    };
    let (workload, charm) = (WebApp::new(charm(), BTreeMap::new()).unwrap(), charm());
    Asked {
        wants: workload.wants(),
        files: read,
        acts: Box::new(move |event| acts(&webapp::decide::decide(&charm, &fresh("flask-k8s", event)))),
    }
}

/// The leader and only unit of a new application, without containers.
fn fresh(application: &str, event: &Event) -> Observed {
    let unit = format!("{application}/0");
    let variables = [
        ("JUJU_CONTEXT_ID", "x"),
        ("JUJU_UNIT_NAME", unit.as_str()),
        ("JUJU_MODEL_NAME", "demo"),
        ("JUJU_MODEL_UUID", "2d5d3bd6-4e6c-4f0f-8f27-e21e7f5ffb0f"),
        ("JUJU_VERSION", "3.6.8"),
        ("JUJU_CHARM_DIR", "/charm"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Observed {
        context: HookContext::parse(&variables.into()).unwrap(),
        event: event.clone(),
        charm_name: application.to_owned(),
        hosts_file: String::new(),
        config: BTreeMap::new(),
        is_leader: true,
        planned_units: vec![UnitName::parse(&unit).unwrap()],
        existing_units: 1,
        peer: None,
        secret: SecretState::Unnamed,
        secrets: BTreeMap::new(),
        opened_ports: Vec::new(),
        fresh: Secret::new(""),
        parameters: Parameters::new(),
        relations: BTreeMap::new(),
        joining: Vec::new(),
        shown_unit_status: ReportedStatus { status: "unknown".to_owned(), message: String::new() },
        shown_application_status: None,
        containers: BTreeMap::new(),
    }
}
