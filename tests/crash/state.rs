//! What a settled application consists of, told so that two models can be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::model::Model;
use crate::target::APPLICATION;

/// The plan, what runs, and the files with their owners and modes. A server that rewrites its file changes the mode (the
/// folder keeps others out), the order of the lines, and the quotes.
const TELL: &str = "/charm/bin/pebble plan | nl
    /charm/bin/pebble services | awk '{ print $1, $2, $3 }'
    cd /
    list() { find etc/sidecharm opt/sidecharm var/lib/redis/sentinel var/lib/redis/.sidecharm-lineage.json \"$@\"; }
    { list ! -name '*.conf' -printf '%p %M %u %g\\n'; list -name '*.conf' -printf '%p %u %g\\n'; } 2>/dev/null
    for file in etc/sidecharm/*/* var/lib/redis/sentinel/*.conf var/lib/redis/.sidecharm-lineage.json; do
        [ ! -e $file ] || { tr -d '\"' <$file; echo; }
    done";
/// The model's name and identity, and the secret that the units are told of.
const NAMED: &str = "echo $JUJU_MODEL_NAME $JUJU_MODEL_UUID
    relation-get -r $(relation-ids redis-peers) --app passwords-secret $JUJU_UNIT_NAME";
/// Beginnings of lines that servers write into their files, and of such that are digests over a model's own.
const NOT_COMPARED: [&str; 13] = [
    "# ",
    "bind ",
    "sentinel myid ",
    "sentinel parallel-syncs ",
    "replicaof ",
    "replica-priority ",
    "user ",
    "latency-tracking-info-percentiles ",
    "sentinel config-epoch ",
    "sentinel leader-epoch ",
    "sentinel current-epoch ",
    "sentinel known-",
    "sentinel monitor ",
];

/// What each container of each unit runs and holds: lines, with names for all that differs from one model to another.
#[derive(Debug, PartialEq, Eq)]
pub struct State(BTreeMap<String, BTreeSet<String>>);

impl State {
    /// Fails unless there is exactly one secret, the one that the units are told of.
    pub fn of(model: &Model, units: usize) -> Self {
        let names = names(model);
        let mut state = BTreeMap::new();
        for unit in (0..units).map(|number| format!("{APPLICATION}/{number}")) {
            for container in ["redis", "sentinel"] {
                let told =
                    model.juju(&["exec", "--unit", &unit, "--container", container, "--", "sh", "-c", TELL]);
                state.insert(format!("{unit} {container}"), lines(&told, &names));
            }
        }
        Self(state)
    }

    /// Fails where this is not the other, with the lines that differ.
    pub fn check(&self, unharmed: &Self) {
        for (container, expected) in &unharmed.0 {
            let found = &self.0[container];
            let more: Vec<_> = found.difference(expected).collect();
            let less: Vec<_> = expected.difference(found).collect();
            assert!(found == expected, "{container} has\n{more:#?}\nand lacks\n{less:#?}");
        }
    }
}

/// What stands for each text that is this model's alone: its passwords, their digests, its identity and its name.
fn names(model: &Model) -> BTreeMap<String, String> {
    let secrets = model.json(&["secrets"]);
    let ids: Vec<&String> = secrets.as_object().unwrap().keys().collect();
    let [id] = ids.as_slice() else { panic!("{} secrets: {secrets}", ids.len()) };
    let unit = format!("{APPLICATION}/0");
    let known = model.juju(&["exec", "--unit", &unit, "--", "sh", "-c", NAMED]);
    let words: Vec<&str> = known.split_whitespace().collect();
    let [name, uuid, told] = words.as_slice() else { panic!("{known}") };
    assert!(told.ends_with(id.as_str()), "the units are told of {told}, and there is {id}");
    let secret = model.json(&["show-secret", id, "--reveal"]);
    let content = secret.pointer(&format!("/{id}/content")).and_then(Value::as_object).unwrap();
    let domain = format!(".{name}.svc.");
    let mut names = BTreeMap::from([(domain, ".<model>.svc.".into()), ((*uuid).to_owned(), "<uuid>".into())]);
    for (key, password) in content {
        let password = password.as_str().unwrap();
        names.insert(password.to_owned(), format!("<{key}>"));
        names.insert(format!("{:x}", Sha256::digest(password)), format!("<digest of {key}>"));
    }
    names
}

fn lines(text: &str, names: &BTreeMap<String, String>) -> BTreeSet<String> {
    let text = names.iter().fold(text.to_owned(), |text, (of_model, name)| text.replace(of_model, name));
    let kept = |line: &&str| !NOT_COMPARED.iter().any(|start| line.starts_with(start));
    text.lines().filter(kept).map(str::to_owned).collect()
}
