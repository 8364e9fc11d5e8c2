//! An application that plays the other side of relations: tests/charms/provider with its databags.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpStream;
use std::path::Path;

use crate::app;
use crate::model::Model;

/// Keys and their values.
pub type Pairs<'a> = &'a [(&'a str, &'a str)];

/// The password at every server of tests/servers, and as a URI holds it.
pub const PASSWORD: &str = "p/a#s?s@w%2F r+d";
pub const ENCODED: &str = "p%2Fa%23s%3Fs%40w%252F%20r%2Bd";

/// What it says over one endpoint; the charm's `dispatch` tells what may stand in it.
#[derive(Debug, Clone, Copy)]
pub struct Says<'a> {
    /// The name, here and there.
    pub endpoint: &'a str,
    pub interface: &'a str,
    /// It takes what the app provides: metrics, dashboards.
    pub requires: bool,
    pub application: Pairs<'a>,
    pub unit: Pairs<'a>,
    /// By the key that holds the secret's URI.
    pub secrets: &'a [(&'a str, Pairs<'a>)],
}

impl Says<'_> {
    pub const NOTHING: Self =
        Self { endpoint: "", interface: "", requires: false, application: &[], unit: &[], secrets: &[] };
}

/// One of tests/servers.
#[derive(Debug, Clone, Copy)]
pub struct Server {
    pub name: &'static str,
    pub port: u16,
}

/// Deploys it; with a server in its container it is there when every unit takes connections.
pub fn deploy(model: &Model, name: &str, units: usize, says: &[Says<'_>], server: Option<Server>) {
    let charm = model.charm(name, &endpoints(says));
    let folder = Path::new(&charm);
    let dispatch = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charms/provider/dispatch");
    fs::copy(dispatch, folder.join("dispatch")).unwrap();
    let write = |file: &str, pairs: Pairs<'_>| fs::write(folder.join(file), yaml(pairs)).unwrap();
    for kind in ["bags", "secrets"] {
        fs::create_dir(folder.join(kind)).unwrap();
    }
    for one in says {
        let endpoint = one.endpoint;
        for (bag, pairs) in [("app", one.application), ("unit", one.unit)] {
            if !pairs.is_empty() {
                write(&format!("bags/{endpoint}.{bag}.yaml"), pairs);
            }
        }
        for (key, content) in one.secrets {
            write(&format!("secrets/{endpoint}.{key}.yaml"), content);
        }
    }
    let count = units.to_string();
    let mut command = vec!["deploy", &charm, name, "-n", &count];
    let resource = server.map(|server| format!("image={}", app::rock(server.name).display()));
    if let Some(resource) = &resource {
        command.extend(["--resource", resource]);
    }
    model.juju(&command);
    let Some(Server { port, .. }) = server else { return };
    for unit in (0..units).map(|number| format!("{name}/{number}")) {
        let takes = || TcpStream::connect((model.address(&unit), port)).is_ok();
        model.until(&format!("the server of {unit} takes connections"), takes);
    }
}

/// JSON is YAML, in which no text is taken for a number.
fn yaml(pairs: Pairs<'_>) -> String {
    serde_json::to_string(&pairs.iter().copied().collect::<BTreeMap<_, _>>()).unwrap()
}

fn endpoints(says: &[Says<'_>]) -> String {
    let of_role = |role: &str, requires: bool| {
        let of_role = says.iter().filter(|one| one.requires == requires);
        let lines = of_role.map(|one| format!("  {}: {{interface: {}}}\n", one.endpoint, one.interface));
        let lines: String = lines.collect();
        if lines.is_empty() { lines } else { format!("{role}:\n{lines}") }
    };
    of_role("provides", false) + &of_role("requires", true)
}

/// Has a unit write other pairs from now on, instead of those of this endpoint's bag (`app` or `unit`).
pub fn says_instead(model: &Model, unit: &str, endpoint: &str, bag: &str, pairs: Pairs<'_>) {
    let script = format!("cat >bags/{endpoint}.{bag}.yaml <<'END'\n{}\nEND\n./dispatch", yaml(pairs));
    model.juju(&["exec", "--unit", unit, "--", "sh", "-c", &script]);
}

/// What is in a databag that this unit can see: `of` is a unit or an application.
pub fn reads(model: &Model, unit: &str, endpoint: &str, of: &str) -> BTreeMap<String, String> {
    let application = if of.contains('/') { "" } else { "--app" };
    let script = format!("relation-get --format json -r $(relation-ids {endpoint}) {application} - {of}");
    serde_json::from_str(&model.juju(&["exec", "--unit", unit, "--", "sh", "-c", &script])).unwrap()
}
