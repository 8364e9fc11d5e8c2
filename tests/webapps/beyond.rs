//! What this charm does and paas-charm does not: restarts in turn, a plan, what a migration said.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::app::App;
use crate::flask::FLASK;
use crate::provider::Says;

pub const INGRESS: Says<'_> = Says {
    endpoint: "ingress",
    interface: "ingress",
    application: &[("ingress", r#"{"url": "http://apps.test/shop"}"#)],
    ..Says::NOTHING
};
const RUNS_AS_BEFORE: &str =
    "waiting: Runs as before: flask-k8s/0 is not well with the new settings, see its status";
/// An option that has the migration refused.
const REFUSED: (&str, &str, &str) =
    ("config.yaml", "  refused:\n    type: string\n    default: for now", "options:");

/// When each unit last started its web service, as its log has it.
fn last_starts(app: &App) -> Vec<String> {
    let logs = app.model.container_logs();
    let of = |unit: String| {
        let log = &logs[&format!("{}.flask-app.log", unit.replace('/', "-"))];
        let start = log.lines().rfind(|line| line.contains("[pebble] Service \"flask\" starting"));
        start.unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
    };
    app.each_unit().map(of).collect()
}

/// How many units answered, at the moment when the fewest did, while this was done.
fn fewest_that_answer(app: &App, change: impl FnOnce()) -> usize {
    let is_done = AtomicBool::new(false);
    let answers = |address: &str| TcpStream::connect(address).is_ok();
    let addresses: Vec<String> =
        app.each_unit().map(|unit| format!("{}:8000", app.model.address(&unit))).collect();
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut fewest = addresses.len();
            while !is_done.load(Ordering::Relaxed) {
                fewest = fewest.min(addresses.iter().filter(|address| answers(address)).count());
            }
            fewest
        });
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(change));
        is_done.store(true, Ordering::Relaxed);
        let fewest = watcher.join().unwrap();
        outcome.map_or_else(|panic| std::panic::resume_unwind(panic), |()| fewest)
    })
}

/// What an action gives.
fn run(app: &App, unit: &str, action: &str) -> Value {
    let told = app.model.json(&["run", unit, action]);
    let first = told.as_object().and_then(|units| units.values().next()?.get("results"));
    first.cloned().unwrap_or_default()
}

#[test]
fn units_behind_an_ingress_restart_in_turn_and_stay_as_they_are_when_the_first_fails() {
    let app = App::deploy(FLASK, 3, &[]);
    app.serves();
    app.related_to("ingress", 1, &[INGRESS], None);
    app.has("FLASK_BASE_URL", "http://apps.test/shop");
    app.says("active: ");
    app.is_settled();
    let before = app.all_starts();

    let plan = run(&app, &app.unit(1), "plan");
    assert_eq!((&plan["changes"], &plan["status"]), (&"nothing".into(), &"active".into()), "{plan}");
    let fewest = fewest_that_answer(&app, || {
        app.set(&["flask-env=staging"]);
        app.has("FLASK_ENV", "staging");
        app.says("active: ");
    });
    assert_eq!(fewest, 2, "of three units one was away at a time");
    app.is_settled();
    let starts = last_starts(&app);
    assert!(starts.is_sorted() && !starts.contains(&String::new()), "{starts:?}");
    for (unit, (before, after)) in before.iter().zip(app.all_starts()).enumerate() {
        assert_eq!(after["flask"], before["flask"] + 1, "unit {unit}");
    }

    app.set(&["flask-env=broken"]);
    app.model.until("the first unit has failed and the others have not followed", || {
        let told = app.model.statuses(&app.name);
        let said = |number| told.get(&app.unit(number)).map_or("", String::as_str);
        said(0).starts_with("blocked: ") && said(1) == RUNS_AS_BEFORE && said(2) == RUNS_AS_BEFORE
    });
    for unit in [app.unit(1), app.unit(2)] {
        assert_eq!(app.variable(&unit, "FLASK_ENV"), "staging");
    }
    app.set(&["flask-env=mended"]);
    app.has("FLASK_ENV", "mended");
    app.says("active: ");
}

#[test]
fn an_app_that_does_not_answer_its_check_after_a_change_keeps_the_change_from_the_other_unit() {
    let app = App::deploy(FLASK, 2, &[]);
    app.set(&["sidecharm-check-path=/healthz"]);
    app.serves();
    app.related_to("ingress", 1, &[INGRESS], None);
    app.has("FLASK_BASE_URL", "http://apps.test/shop");
    app.set(&["flask-env=unwell"]);
    let first = "blocked: service flask does not answer GET /healthz at port 8000 with 2xx: see `juju ssh \
                 --container flask-app flask-k8s/0 pebble logs flask`";
    app.model.until("the first unit has failed and the other has not followed", || {
        let told = app.model.statuses(&app.name);
        let said = |number| told.get(&app.unit(number)).map_or("", String::as_str);
        said(0) == first && said(1) == RUNS_AS_BEFORE
    });
    assert_eq!(app.variable(&app.unit(0), "FLASK_ENV"), "unwell");
    assert_eq!(app.variable(&app.unit(1), "FLASK_ENV"), "");

    // The operator has it all the same: what Pebble's check says is shown from then on.
    app.set(&["sidecharm-rolling-restart=false"]);
    app.has("FLASK_ENV", "unwell");
    app.model.until("the check that is down is in the status", || {
        let told = app.model.statuses(&app.name);
        told.get(&app.unit(0)).is_some_and(|said| *said == first.replacen("blocked", "waiting", 1))
    });
    app.set(&["flask-env=mended"]);
    app.has("FLASK_ENV", "mended");
    app.says("active: ");
    app.is_settled();
}

#[test]
fn a_migration_that_fails_tells_why_without_secrets_and_an_action_tells_more() {
    let app = App::deploy(FLASK, 1, &[REFUSED]);
    let unit = app.unit(0);
    app.says(
        "blocked: database migration command ['bash', '-eo', 'pipefail', 'migrate.sh'] failed, will retry in next \
         update-status: not with •••",
    );
    let failed = run(&app, &unit, "show-migration");
    assert_eq!((&failed["state"], &failed["output"]), (&"failed".into(), &"not with •••".into()), "{failed}");
    let plan = run(&app, &unit, "plan");
    let changes = plan["changes"].as_str().unwrap_or_default();
    assert!(changes.contains("migrate the database: bash -eo pipefail migrate.sh"), "{plan}");
    assert!(changes.contains("change service flask"), "{plan}");

    app.set(&["refused="]);
    app.serves();
    assert_eq!(run(&app, &unit, "show-migration")["state"], "completed");
    assert_eq!(app.migrations().lines().count(), 1);
}
