//! What `juju status` shows: the worst of what there is to say, each with what is wrong and what to do.

use crate::juju::status::Status;
use crate::observed::SecretState;
use crate::redis::acl::ClientAccess;
use crate::redis::layers;
use crate::redis::server_config::Durability;
use crate::redis::situation::Situation;
use crate::redis::topology::Topology;
use crate::redis::view::{ServerRole, View};

/// The unit's status.
pub(super) fn unit(situation: &Situation<'_>, problems: &[String]) -> Status {
    let mut all: Vec<Status> = blocking(situation);
    all.extend(problems.iter().map(|problem| Status::blocked(problem)));
    all.extend(configuration(situation));
    all.extend(containers(situation));
    all.push(servers(situation));
    Status::worst(all).unwrap_or_else(|| Status::active(""))
}

/// The application's status, by its leader.
pub(super) fn application(situation: &Situation<'_>, problems: &[String]) -> Status {
    let own = unit(situation, problems);
    if own.kind() != crate::juju::status::Kind::Active {
        return own;
    }
    let redundancy = match situation.unit_hosts.len() {
        0 | 1 => Some("no high availability: one unit"),
        2 => Some("no automatic failover: two units, three are needed"),
        _ => None,
    };
    let open = (situation.access() == ClientAccess::Open)
        .then_some("open to clients without a password (legacy-clients=open)");
    let words: Vec<&str> = redundancy.into_iter().chain(open).collect();
    Status::active(&words.join("; "))
}

/// What only the operator can mend.
fn blocking(situation: &Situation<'_>) -> Vec<Status> {
    let mut all: Vec<Status> =
        situation.option_problems.iter().map(|problem| Status::blocked(problem)).collect();
    if !situation.observed.context.juju_version.has_secrets() {
        all.push(Status::blocked("this charm needs Juju 3.1 or later: upgrade the model"));
    }
    if situation.is_foreign() {
        let owner = match &situation.lineage {
            Some(Ok(lineage)) => {
                format!("application {} of model {}", lineage.application, lineage.model_uuid)
            }
            Some(Err(())) | None => "an unknown application (its marker cannot be read)".to_owned(),
        };
        all.push(Status::blocked(&format!("the storage holds data of {owner}: attach another, or empty it")));
    }
    all
}

/// What is missing before the servers can be configured.
fn configuration(situation: &Situation<'_>) -> Option<Status> {
    if situation.observed.peer.is_none() {
        return Some(Status::waiting("waiting for the peer relation"));
    }
    match (&situation.observed.secret, &situation.passwords) {
        (_, Some(Err(missing))) => Some(Status::blocked(&format!(
            "the password secret lacks a usable {}, the servers keep theirs: set it on the leader with juju exec and secret-set",
            missing.key
        ))),
        (SecretState::Unnamed, _) if situation.bootstrapped => Some(Status::blocked(
            "the peer databag names no password secret: the servers keep theirs; name it on the leader with juju exec and \
             relation-set --app passwords-secret=ID",
        )),
        (SecretState::Unnamed, _) if situation.observed.is_leader => {
            Some(Status::maintenance("creating passwords"))
        }
        (SecretState::Unnamed, _) => Some(Status::waiting("waiting for the leader to create the passwords")),
        (SecretState::Vanished(id), _) => Some(Status::blocked(&format!(
            "password secret {} is gone: the servers keep theirs; restore it from the controller's backup",
            id.to_uri()
        ))),
        (SecretState::Unreadable(id, reason), _) => Some(Status::waiting(&format!(
            "password secret {} cannot be read, the servers keep theirs: {reason}",
            id.to_uri()
        ))),
        (SecretState::Known(_), _) => None,
    }
}

fn containers(situation: &Situation<'_>) -> Vec<Status> {
    let services = [
        ("redis", layers::SERVER),
        ("redis", layers::EXPORTER),
        ("redis", layers::WATCH),
        ("sentinel", layers::SENTINEL),
    ];
    let unreachable = ["redis", "sentinel"].into_iter().filter(|name| situation.container(name).is_none());
    let waiting = unreachable.map(|name| Status::waiting(&format!("waiting for Pebble in container {name}")));
    let failing = services.into_iter().filter(|(container, service)| {
        situation.container(container).is_some_and(|container| container.is_failing(service))
    });
    // With `appendfsync always` the server ends itself where it cannot write.
    let strict = situation.options.durability == Durability::Strict;
    let failing = failing.map(|(container, service)| {
        let hint =
            if strict && service == layers::SERVER { ", and whether storage database is full" } else { "" };
        let unit = situation.unit();
        Status::waiting(&format!(
            "{service} keeps ending: see juju ssh --container {container} {unit} pebble logs {service}{hint}"
        ))
    });
    waiting.chain(failing).collect()
}

fn servers(situation: &Situation<'_>) -> Status {
    let Some(view) = &situation.own.view else {
        return Status::waiting("waiting for redis to be configured");
    };
    if situation.own.refused {
        return Status::blocked(
            "redis refuses the charm's password: restart the redis container to load the right one",
        );
    }
    let Some(server) = &view.server else {
        return Status::waiting("waiting for redis to answer: see the log of container redis if it does not");
    };
    if server.loading {
        return Status::waiting("redis is loading its data");
    }
    if server.disk_trouble {
        return Status::blocked("redis cannot write to its disk: free or add space on storage database");
    }
    if let Some(master) = situation.lost_master() {
        let name = situation.name(master);
        return Status::blocked(&format!(
            "the last master, {name}, is gone, and the data here may be older: run promote-to-primary to accept them"
        ));
    }
    if situation.is_stranded() {
        return Status::blocked(
            "the units that had the data were removed: run promote-to-primary to go on with what is here",
        );
    }
    let answering = view.answers().count();
    if answering < view.majority() && !situation.bootstrapped {
        return Status::waiting("waiting for the sentinels of the other units to start");
    }
    if answering < view.majority() {
        let all = view.sentinels.len();
        return Status::waiting(&format!(
            "{answering} of {all} sentinels answer, no failover is possible: bring the other units back, or remove them"
        ));
    }
    role(situation, view, &server.role)
}

fn role(situation: &Situation<'_>, view: &View, role: &ServerRole) -> Status {
    let name = |host: &str| situation.name(host);
    let topology = Topology::of(view);
    match (&topology.master, role) {
        (None, _) => Status::waiting("waiting for the sentinels to agree on a master"),
        (Some(master), ServerRole::Master) if *master == situation.host => {
            blind(view).unwrap_or_else(|| Status::active("master"))
        }
        (Some(master), ServerRole::Master) => {
            Status::waiting(&format!("master, but the sentinels name {}", name(master)))
        }
        (Some(master), ServerRole::Replica { .. })
            if *master == situation.host && view.announced_epoch() < Some(situation.known_epoch()) =>
        {
            let last = situation.hinted_master().map_or_else(|| "another unit".to_owned(), name);
            Status::waiting(&format!("waiting for {last}, which was master after this unit"))
        }
        (Some(_), ServerRole::Replica { .. }) if situation.is_empty_alone() => Status::blocked(
            "the storage came back empty and there is no other unit: restore it, or run promote-to-primary to begin anew",
        ),
        (Some(_), ServerRole::Replica { .. }) if situation.has_lost_data() => Status::waiting(
            "the master's storage came back empty: the youngest copy takes over, other units have 30 s to come back",
        ),
        (Some(master), ServerRole::Replica { .. }) if *master == situation.host => {
            Status::waiting("waiting to become master")
        }
        (Some(_), ServerRole::Replica { .. }) if topology.is_in_step && topology.is_untold => {
            Status::waiting(
                "waiting to be eligible as master: see service watch in container redis if it lasts",
            )
        }
        (Some(master), ServerRole::Replica { .. }) if topology.is_in_step => {
            blind(view).unwrap_or_else(|| Status::active(&format!("replica of {}", name(master))))
        }
        (Some(master), ServerRole::Replica { .. }) => {
            let remedy = if situation.is_masters_unit_gone(master) {
                ", which was removed: if no other unit has them, remove all but one and run promote-to-primary on it"
            } else {
                ""
            };
            Status::waiting(&format!("waiting for the data of {}{remedy}", name(master)))
        }
    }
}

fn blind(view: &View) -> Option<Status> {
    let text = "waiting for the sentinel to learn of the other units: no failover is possible";
    view.is_blind().then(|| Status::waiting(text))
}
