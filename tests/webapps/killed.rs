//! The charm is killed at random moments while the operator changes things.

use crate::app::App;
use crate::beyond::INGRESS;
use crate::flask::FLASK;
use crate::killer::Killer;

/// Enough for a kill within a restart in turn, a migration's record and the databags.
const KILLS: usize = 15;

#[test]
fn two_units_whose_hooks_are_killed_at_random_end_as_they_would_without() {
    let seed = std::env::var("KILL_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    println!("KILL_SEED={seed}");
    let app = App::deploy(FLASK, 2, &[]);
    let killer = Killer::start(&app.model_name, seed);
    app.related_to("ingress", 1, &[INGRESS], None);
    let mut changes = 0;
    while killer.kills() < KILLS {
        changes += 1;
        let value = format!("change-{changes}");
        app.set(&[&format!("flask-env={value}")]);
        let before = killer.kills();
        app.model.until("a hook was killed, or the change is made", || {
            killer.kills() > before || app.each_unit().all(|unit| app.variable(&unit, "FLASK_ENV") == value)
        });
    }
    drop(killer);
    app.set(&["flask-env=at-last"]);
    app.has("FLASK_ENV", "at-last");
    app.has("FLASK_BASE_URL", "http://apps.test/shop");
    app.says("active: ");
    app.is_settled();
    let keys = app.each_unit().map(|unit| app.variable(&unit, "FLASK_SECRET_KEY"));
    let keys: std::collections::BTreeSet<String> = keys.collect();
    assert_eq!(keys.len(), 1, "one key for all units");
    assert_eq!(app.each_unit().filter(|unit| app.starts(unit).contains_key("clean-scheduler")).count(), 1);
}
