//! The recorded environment of each state's hook against ours.

use minijuju::hooktools::context::HookContext;

use super::fixture::{self, Prepared};
use super::record::Recordings;
use super::replay::Places;

/// Variables whose recorded value depends on the recording's own surroundings: a system that was not recognised as
/// Ubuntu, a controller without metering.
const OTHER_VALUES: [&str; 4] = ["JUJU_METER_INFO", "JUJU_METER_STATUS", "JUJU_SLA", "TERM"];
/// Variables that the recording lacks for the same reason, and the one (the dispatch path) that Juju adds later on.
const ADDED: [&str; 9] = [
    "APT_LISTCHANGES_FRONTEND",
    "DEBIAN_FRONTEND",
    "JUJU_DISPATCH_PATH",
    "KUBERNETES_PORT_443_TCP",
    "KUBERNETES_PORT_443_TCP_ADDR",
    "KUBERNETES_PORT_443_TCP_PORT",
    "KUBERNETES_PORT_443_TCP_PROTO",
    "KUBERNETES_SERVICE_PORT",
    "KUBERNETES_SERVICE_PORT_HTTPS",
];

#[test]
fn each_hook_has_the_recorded_variables() {
    let recordings = Recordings::read();
    let places = Places::new(&recordings);
    let states = recordings.variables.iter().filter(|(state, _)| !state.contains("iaas"));
    for (state, recorded) in states {
        let mut record = recordings.records[0].clone();
        record.state.clone_from(state);
        let Prepared { model, memory, run } = fixture::prepare(&recordings, &record);
        let surroundings = fixture::surroundings(&places.base());
        let context = HookContext::new(&model, &fixture::unit(), &run, &surroundings, memory);
        let ours = context.environment();
        for (name, value) in recorded.iter().filter(|(name, _)| !OTHER_VALUES.contains(&name.as_str())) {
            let value = places.here(value);
            let given = ours.get(name).unwrap_or_else(|| panic!("{state}: {name} is missing"));
            match value.strip_suffix("${RANDOM}") {
                Some(start) => {
                    let random =
                        given.strip_prefix(start).unwrap_or_else(|| panic!("{state}: {name}: {given}"));
                    assert!(random.parse::<u64>().is_ok(), "{state}: {name}: {given}");
                }
                None => assert_eq!(*given, value, "{state}: {name}"),
            }
        }
        let extra = ours.keys().find(|name| !recorded.contains_key(*name) && !ADDED.contains(&name.as_str()));
        assert_eq!(extra, None, "{state}");
    }
}
