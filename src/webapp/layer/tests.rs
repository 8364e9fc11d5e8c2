use super::*;
use crate::webapp::framework::Framework;

const ROCK: &str = "
services:
  flask:
    override: replace
    startup: enabled
    after: [statsd-exporter]
    user: _daemon_
    command: /bin/python3 -m gunicorn -c /flask/gunicorn.conf.py 'app:create_app()' -k [ sync ]
    environment: {FROM_ROCK: 'yes', FLASK_BASE_URL: rock}
  statsd-exporter: {override: merge, startup: enabled, user: _daemon_, command: /bin/statsd_exporter}
  real-worker: {override: replace, startup: enabled, command: celery, environment: {FROM_ROCK: worker}}
  Another-Real-WorkeR: {override: replace, startup: enabled, command: celery, user-id: 7}
  real-scheduler: {override: replace, startup: enabled, command: celery beat, user: _daemon_}
  ANOTHER-REAL-SCHEDULER: {override: replace, startup: enabled, command: celery beat}
  not-worker-service: {override: replace, startup: enabled, command: nothing}
";
const PROFILE: Profile = Profile { framework: Framework::Flask, generation: Generation::First };

fn plan() -> Plan {
    Plan::parse(ROCK).unwrap()
}

fn variables(key: &str) -> Variables {
    let mut variables = Variables::new();
    variables.set("FLASK_BASE_URL", "http://flask-k8s.prod:8000");
    variables.set_secret("FLASK_SECRET_KEY", Secret::new(key));
    variables
}

/// What a layer is made from, as usual.
struct Case {
    rock: Rock,
    variables: Variables,
    salt: Secret,
    worker_class: Option<WorkerClass>,
    is_schedulers_unit: bool,
    has_processes: bool,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            rock: Rock::of(&plan()),
            variables: variables("hunter2"),
            salt: Secret::new("salt"),
            worker_class: None,
            is_schedulers_unit: true,
            has_processes: true,
        }
    }
}

impl Case {
    fn elsewhere() -> Self {
        Self { is_schedulers_unit: false, ..Self::default() }
    }

    fn try_build(&self) -> Result<AppLayer, Fault> {
        let wrapper = Wrapper { program: "/opt/sidecharm", folder: "/run/sidecharm", salt: &self.salt };
        Inputs {
            profile: PROFILE,
            rock: &self.rock,
            variables: &self.variables,
            worker_class: self.worker_class,
            is_schedulers_unit: self.is_schedulers_unit,
            wrapper,
            has_processes: self.has_processes,
            check: &checks::web(8000, None),
        }
        .build()
    }

    fn build(&self) -> AppLayer {
        self.try_build().unwrap()
    }
}

fn build() -> AppLayer {
    Case::default().build()
}

fn service(name: &str, current: &str) -> ServiceInfo {
    let text = format!(
        r#"{{"name":"{name}","startup":"enabled","current":"{current}","current-since":"2026-01-02T03:04:05Z"}}"#
    );
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_web_service_is_the_rocks_with_the_apps_variables() {
    let built = build();
    let layer = serde_yaml::to_string(&Layer {
        services: built.layer.services.into_iter().filter(|(name, _)| name == "flask").collect(),
        ..built.layer
    });
    insta::assert_snapshot!(layer.unwrap(), @"
    services:
      flask:
        override: replace
        startup: enabled
        command: /opt/sidecharm run --environment /run/sidecharm/_daemon_.json -- /bin/python3 -m gunicorn -c /flask/gunicorn.conf.py 'app:create_app()' -k [ sync ]
        after:
        - statsd-exporter
        environment:
          FLASK_BASE_URL: http://flask-k8s.prod:8000
          FROM_ROCK: yes
          SIDECHARM_SECRETS: 99d2ffce0204cc60
        user: _daemon_
    checks:
      sidecharm-web:
        override: replace
        level: ready
        threshold: 3
        tcp:
          port: 8000
    ");
}

#[test]
fn no_secret_is_in_the_layer_and_every_user_of_it_has_a_file() {
    let built = build();
    assert!(!built.layer.render().unwrap().contains("hunter2"));
    let files = built.files.iter().map(|file| {
        let Owner { user_id, user, .. } = &file.owner;
        format!("{} {user} {user_id:?} {}", file.path, file.content.expose())
    });
    insta::assert_snapshot!(files.collect::<Vec<_>>().join("\n"), @r#"
    /run/sidecharm/_daemon_.json _daemon_ None {"FLASK_SECRET_KEY":"hunter2"}
    /run/sidecharm/pebble.json  None {"FLASK_SECRET_KEY":"hunter2"}
    /run/sidecharm/7.json  Some(7) {"FLASK_SECRET_KEY":"hunter2"}
    "#);
    let alone = Case { has_processes: false, ..Case::default() }.build();
    assert_eq!(alone.files.len(), 3, "the web app's own user is one of them");
}

#[test]
fn a_changed_secret_changes_every_service_that_has_it_and_another_salt_every_digest() {
    let (one, other) = (build(), Case { variables: variables("hunter3"), ..Case::default() }.build());
    let changed = |other: &AppLayer| {
        let services =
            one.layer.services.iter().filter(|(name, service)| other.layer.services[*name] != **service);
        services.count()
    };
    assert_eq!(changed(&other), 5);
    let other = Case { salt: Secret::new("pepper"), ..Case::default() }.build();
    assert_eq!(changed(&other), 5);
    assert_eq!(changed(&build()), 0);
}

#[test]
fn without_secrets_nothing_stands_before_the_command() {
    let mut variables = Variables::new();
    variables.set("A", "1");
    let built = Case { variables, ..Case::default() }.build();
    assert_eq!(built.layer.services["flask"].command, plan().services["flask"].command);
    assert_eq!(built.files, []);
}

/// Defect 2 of paas-charm.
#[test]
fn the_rocks_own_variables_stay_under_the_apps() {
    let built = build();
    for (name, expected) in [("flask", "yes"), ("real-worker", "worker")] {
        let environment = &built.layer.services[name].environment;
        assert_eq!(environment["FROM_ROCK"], expected, "{name}");
        assert_eq!(environment["FLASK_BASE_URL"], "http://flask-k8s.prod:8000", "{name}");
    }
}

/// U064.
#[test]
fn workers_and_schedulers_are_known_by_the_end_of_their_names_in_any_case() {
    let built = build();
    let with_variables =
        |name: &&String| built.layer.services[*name].environment.contains_key("FLASK_BASE_URL");
    let names: Vec<_> = built.layer.services.keys().filter(with_variables).collect();
    let expected =
        ["ANOTHER-REAL-SCHEDULER", "Another-Real-WorkeR", "flask", "real-scheduler", "real-worker"];
    assert_eq!(names, expected);
    assert_eq!(built.layer.services.len(), expected.len(), "others are left to the rock");
    assert!(Rock::of(&plan()).has_scheduler());
}

/// U067.
#[test]
fn elsewhere_a_scheduler_is_disabled_and_as_the_rock_has_it() {
    let built = Case::elsewhere().build();
    for name in ["real-scheduler", "ANOTHER-REAL-SCHEDULER"] {
        let expected = Service { startup: Some(Startup::Disabled), ..plan().services[name].clone() };
        assert_eq!(built.layer.services[name], expected);
    }
    assert!(built.layer.services["real-worker"].environment.contains_key("FLASK_BASE_URL"));
}

/// I29.
#[test]
fn of_several_units_one_runs_schedulers_and_all_run_workers() {
    for units in [vec![0], vec![0, 1, 2], vec![3, 10, 9]] {
        let hosts = |name: &str| {
            let runs = |own: &&u32| {
                let others = units.iter().copied().filter(|other| other != *own);
                let is_schedulers_unit = is_schedulers_unit(**own, others);
                let built = Case { is_schedulers_unit, ..Case::default() }.build();
                built.layer.services[name].is_startup_enabled()
            };
            units.iter().filter(runs).copied().collect::<Vec<_>>()
        };
        assert_eq!(hosts("real-scheduler"), [*units.iter().min().unwrap()]);
        assert_eq!(hosts("real-worker"), units);
    }
}

/// Defect 19 of paas-charm. A replan would start the moved scheduler again, since it has changed.
#[test]
fn a_scheduler_that_has_moved_away_is_stopped_and_not_started_again() {
    let before = plan().with(&build().layer);
    let built = Case::elsewhere().build();
    let running: Vec<_> = before.services.keys().map(|name| service(name, "active")).collect();
    let changes = built.service_changes(&before, &running);
    let schedulers = ["ANOTHER-REAL-SCHEDULER", "real-scheduler"].map(str::to_owned);
    assert_eq!(changes, ServiceChanges { stop: schedulers.into(), restart: BTreeSet::new() });
    let stopped: Vec<_> = before
        .services
        .keys()
        .map(|name| service(name, if is_scheduler(name) { "inactive" } else { "active" }))
        .collect();
    assert!(built.service_changes(&before, &stopped).is_empty());
    let preview = before.with(&built.layer).replan_preview(&before, &stopped);
    assert_eq!(preview.starts.len(), 2, "a replan would do as well");
}

#[test]
fn a_scheduler_that_has_moved_here_is_started_and_what_has_changed_restarted() {
    let before = plan().with(&Case::elsewhere().build().layer);
    let running = ["flask", "statsd-exporter", "real-worker", "Another-Real-WorkeR", "not-worker-service"]
        .map(|name| service(name, "active"));
    let names = |names: &[&str]| -> BTreeSet<String> { names.iter().copied().map(str::to_owned).collect() };
    let changes = build().service_changes(&before, &running);
    assert_eq!(changes.restart, names(&["ANOTHER-REAL-SCHEDULER", "real-scheduler"]));
    let mut case = Case::elsewhere();
    case.variables.set("NEW", "1");
    let changes = case.build().service_changes(&before, &running);
    assert_eq!(changes.restart, names(&["flask", "real-worker", "Another-Real-WorkeR"]));
}

#[test]
fn a_settled_unit_is_not_changed() {
    let remembered = Rock::of(&plan()).remembered().unwrap();
    for is_schedulers_unit in [true, false] {
        let first = Case { is_schedulers_unit, ..Case::default() }.build();
        assert!(first.changes(&plan()));
        let settled = plan().with(&first.layer);
        let rock = Rock::parse(&remembered).unwrap();
        let again = Case { rock, is_schedulers_unit, ..Case::default() }.build();
        assert_eq!(again, first);
        assert!(!again.changes(&settled));
        assert!(
            Plan::parse(&serde_yaml::to_string(&settled).unwrap()).is_ok_and(|shown| !again.changes(&shown))
        );
    }
}

#[test]
fn where_the_rocks_services_are_forgotten_no_command_is_wrapped_twice() {
    let on_plan = plan().with(&build().layer);
    let recovered = Rock::of(&on_plan);
    for (name, service) in plan().services {
        assert_eq!(recovered.0[&name].command, service.command);
    }
    assert!(!recovered.0["flask"].environment.contains_key(SECRETS));
}

/// U005, U008, U065 and U066: the layer's part.
#[test]
fn a_worker_class_is_put_into_the_web_services_command_only() {
    let built = Case { worker_class: Some(WorkerClass::Gevent), ..Case::default() }.build();
    let command = &built.layer.services["flask"].command;
    assert!(command.ends_with(" 'app:create_app()' -k [ gevent ]"), "{command}");
    assert!(built.layer.services["real-worker"].command.ends_with(" celery"));
}

/// U066.
#[test]
fn what_the_rock_lacks_is_named() {
    let fault = |from: &str, to: &str| {
        let rock = Rock::of(&Plan::parse(&ROCK.replace(from, to)).unwrap());
        let case = Case { rock, worker_class: Some(WorkerClass::Sync), ..Case::default() };
        case.try_build().unwrap_err().to_string()
    };
    let faults = [
        fault("  flask:", "  web:"),
        fault("-k [ sync ]", ""),
        fault("command: celery beat", r#"command: "'celery""#),
    ];
    insta::assert_snapshot!(faults.join("\n"), @"
    the rock has no service 'flask': attach the rock of a flask app with `juju attach-resource`
    Worker class is set through `juju config` but the `-k` worker class argument is not in the service command.
    the command of service 'ANOTHER-REAL-SCHEDULER' in the rock: a quote is not closed
    ");
}

/// Defect 30 of paas-charm, which kept part of it in `/app/state`.
#[test]
fn all_that_is_remembered_in_the_container_is_in_one_directory() {
    for framework in Framework::ALL {
        let first = Profile { framework, generation: Generation::First };
        let files = [rock_file(first), crate::webapp::migration::state_file(first)];
        let expected = ["original-services.json", "database-migration-status"];
        assert_eq!(files, expected.map(|name| format!("/tmp/{framework}/state/{name}")));
        let second = Profile { framework, generation: Generation::Second };
        assert_eq!(state_dir(second), "/tmp/paas-charm");
    }
}
