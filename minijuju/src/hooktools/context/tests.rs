//! What one hook sees and what it leaves, as late 3.6 plays it; Juju's recorded answers are replayed elsewhere.

use sidecharm::juju::names::{ContainerName, SecretId, StorageId};

use super::*;
use crate::controller::life::Life;
use crate::controller::sample::{NOW, model, texts, unit};
use crate::controller::secret::SecretValues;
use crate::controller::storage::StorageInstance;
use crate::hooktools::call::{Answer, Request};
use crate::hooktools::memory::KnownRelation;
use crate::run::{CheckHook, RelationHook, SecretHook, StorageHook};

/// An agent of the sample model.
struct Agent {
    model: Model,
    name: UnitName,
    memory: AgentMemory,
}

impl Agent {
    fn of(name: &str) -> Self {
        let (model, name) = (model(), unit(name));
        let relations = [0, 1]
            .into_iter()
            .filter_map(|number| Some((number, KnownRelation::learn(&model, &name, number)?)));
        Self { memory: AgentMemory { relations: relations.collect() }, model, name }
    }

    fn hook(&mut self, run: &Run) -> Hooked<'_> {
        let memory = std::mem::take(&mut self.memory);
        let context = HookContext::new(&self.model, &self.name, run, &Surroundings::of(&self.name), memory);
        Hooked { agent: self, context }
    }

    fn update_status(&mut self) -> Hooked<'_> {
        self.hook(&Run::Hook(Hook::UpdateStatus))
    }
}

/// A running hook.
struct Hooked<'a> {
    agent: &'a mut Agent,
    context: HookContext,
}

impl Hooked<'_> {
    /// stdout of a tool that does not fail.
    fn tool(&mut self, line: &str) -> String {
        let (code, out) = self.answer(line);
        assert_eq!(code, 0, "{line}: {out}");
        out
    }

    /// stderr of a tool that fails.
    fn fails(&mut self, line: &str) -> String {
        let (code, out) = self.answer(line);
        assert_ne!(code, 0, "{line}: {out}");
        out
    }

    fn answer(&mut self, line: &str) -> (u8, String) {
        let words: Vec<&str> = line.split(' ').collect();
        let request = Request::new(self.context.id(), "/charm", words[0], &words[1..]);
        match self.context.call(&mut self.agent.model, &request, NOW) {
            Answer::Done(response) => (response.code, response.stdout + &response.stderr),
            other => panic!("{line}: {other:?}"),
        }
    }

    fn flush(mut self) -> Result<Flushed, FlushError> {
        let flushed = self.context.flush(&mut self.agent.model, NOW);
        self.agent.memory = self.context.into_memory();
        flushed
    }

    fn fail(self) {
        self.agent.memory = self.context.into_memory();
    }
}

fn relation_hook(kind: RelationHook, remote_unit: Option<&str>) -> Run {
    Run::Hook(Hook::Relation {
        kind,
        relation: 1,
        remote_application: "mysql".to_owned(),
        remote_unit: remote_unit.map(unit),
        departing_unit: remote_unit.filter(|_| kind == RelationHook::Departed).map(unit),
    })
}

fn set_remote(agent: &mut Agent, host: &str) {
    let relation = agent.model.relations.get_mut(&1).unwrap();
    let side = relation.side_mut(&unit("mysql/0").application()).unwrap();
    side.units.get_mut(&unit("mysql/0")).unwrap().bag.write(&texts(&[("host", host)]));
}

#[test]
fn a_remote_units_bag_is_the_one_last_announced() {
    let mut agent = Agent::of("web/0");
    set_remote(&mut agent, "one");
    let read = "relation-get -r 1 host mysql/0";
    let mut hook = agent.update_status();
    assert_eq!(hook.tool(read), "one\n");
    hook.flush().unwrap();
    set_remote(&mut agent, "two");
    let mut hook = agent.update_status();
    assert_eq!(hook.tool(read), "one\n", "kept across hooks");
    hook.fail();
    let mut hook = agent.hook(&relation_hook(RelationHook::Changed, Some("mysql/0")));
    assert_eq!(hook.tool("relation-get host"), "two\n");
    hook.flush().unwrap();
    set_remote(&mut agent, "three");
    let mut hook = agent.hook(&relation_hook(RelationHook::Departed, Some("mysql/0")));
    assert_eq!(
        (hook.tool("relation-get host"), hook.tool("relation-list")),
        ("three\n".to_owned(), String::new())
    );
}

#[test]
fn writes_wait_for_the_flush_and_die_with_a_failed_hook() {
    let mut agent = Agent::of("web/0");
    let writes =
        ["relation-set -r 1 a=b", "state-set s=1", "open-port 80", "secret-add abc=x", "storage-add data"];
    let before = agent.model.clone();
    let mut hook = agent.update_status();
    for write in writes {
        hook.tool(write);
    }
    assert_eq!(hook.tool("relation-get -r 1 a web/0"), "b\n", "the hook sees its own writes");
    hook.fail();
    let counters = std::mem::replace(&mut agent.model.next, before.next.clone());
    assert_eq!(agent.model, before, "nothing is written");
    assert_eq!(counters.secret, 1, "but an id is used up");

    let mut hook = agent.update_status();
    for write in writes {
        hook.tool(write);
    }
    hook.flush().unwrap();
    let side = agent.model.relations[&1].side(&unit("web/0").application()).unwrap();
    assert_eq!(side.units[&unit("web/0")].bag.data["a"], "b");
    assert_eq!(agent.model.units[&unit("web/0")].ports.len(), 1);
    assert_eq!(agent.model.secrets.len(), 1);
}

#[test]
fn a_hook_that_only_reads_sends_nothing() {
    let mut agent = Agent::of("web/0");
    let mut hook = agent.update_status();
    hook.tool("config-get");
    hook.tool("relation-get -r 1 - mysql/0");
    hook.tool("is-leader");
    assert!(hook.flush().unwrap().is_empty());
    let mut hook = agent.update_status();
    hook.tool("relation-get -r 1 - web/0");
    let flushed = hook.flush().unwrap();
    assert!(flushed.relations[&1].unit.is_some(), "reading the own bag writes it back");
}

#[test]
fn leadership_lost_in_the_middle_fails_the_flush() {
    let mut agent = Agent::of("web/0");
    let mut hook = agent.update_status();
    hook.tool("relation-set -r 1 --app a=b");
    let application = unit("web/0").application();
    hook.agent.model.applications.get_mut(&application).unwrap().leadership.leader = Some(unit("web/1"));
    assert_eq!(hook.tool("is-leader"), "False\n");
    hook.agent.model.applications.get_mut(&application).unwrap().leadership.leader = Some(unit("web/0"));
    assert_eq!(hook.tool("is-leader"), "False\n", "a no holds for the rest of the hook");
    hook.agent.model.applications.get_mut(&application).unwrap().leadership.leader = Some(unit("web/1"));
    let error = hook.flush().unwrap_err();
    assert_eq!(error.message, "checking leadership continuity: \"web/0\" is not leader of \"web\"");
    assert!(!error.changes.is_empty());
}

#[test]
fn late_secrets_have_short_uris_and_add_up() {
    let mut agent = Agent::of("web/0");
    let mut hook = agent.update_status();
    let uri = hook.tool("secret-add --label one abc=x");
    let uri = uri.trim_end().to_owned();
    let id = SecretId::parse(uri.strip_prefix("secret:").unwrap()).unwrap();
    hook.flush().unwrap();
    let mut hook = agent.update_status();
    hook.tool(&format!("secret-set {uri} abc=y"));
    hook.tool(&format!("secret-set {uri} --description d"));
    let flushed = hook.flush().unwrap();
    let update = &flushed.secret_updates[&id];
    assert_eq!(update.details.description.as_deref(), Some("d"));
    assert_eq!(update.content, Some(SecretValues(texts(&[("abc", "eQ==")]))));
    let secret = &agent.model.secrets[&id];
    assert_eq!((secret.latest(), secret.label.as_str(), secret.description.as_str()), (2, "one", "d"));
}

#[test]
fn a_late_context_id_is_hexadecimal() {
    let mut agent = Agent::of("web/0");
    let hook = agent.hook(&relation_hook(RelationHook::Joined, Some("mysql/0")));
    let random = hook.context.id().strip_prefix("web/0-db-relation-joined-").unwrap();
    assert!(random.len() == 32 && u128::from_str_radix(random, 16).is_ok(), "{random}");
}

#[test]
fn tools_come_and_go_with_the_version() {
    let mut agent = Agent::of("web/0");
    let expected = "uuid: 5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11\n";
    assert_eq!(agent.update_status().tool("relation-model-get -r 1"), expected);
    assert_eq!(agent.update_status().tool("leader-get"), "{}\n");
    agent.model.settings.agent_version = "4.0.1".to_owned();
    assert_eq!(agent.update_status().fails("leader-get"), "ERROR bad request: unknown command: leader-get\n");
}

#[test]
fn statuses_are_set_at_once() {
    let mut agent = Agent::of("web/0");
    let mut hook = agent.update_status();
    hook.tool("status-set blocked why");
    assert_eq!(
        hook.tool("status-get --application"),
        "blocked\n",
        "derived from the units while none is set"
    );
    let effects = hook.context.take_effects();
    assert!(
        matches!(effects.as_slice(), [Effect::UnitStatus { status, message }] if status == "blocked" && message == "why")
    );
    assert_eq!(agent.model.units[&unit("web/0")].workload_status.status, "blocked");
    assert!(agent.model.units[&unit("web/0")].agent.status_set);
}

#[test]
fn config_is_one_snapshot_of_set_options_over_defaults() {
    let mut agent = Agent::of("web/0");
    let application = unit("web/0").application();
    let mut hook = agent.update_status();
    assert_eq!(hook.tool("config-get --format=json"), "{\"port\":8080}\n");
    let options = &mut hook.agent.model.applications.get_mut(&application).unwrap().options;
    options.insert("port".to_owned(), 9090.into());
    assert_eq!(hook.tool("config-get port"), "8080\n");
    hook.flush().unwrap();
    assert_eq!(agent.update_status().tool("config-get port"), "9090\n");
}

/// The variables that only some hooks have.
fn check_variables(run: &Run, expected: &[(&str, &str)]) {
    let mut agent = Agent::of("web/0");
    let instance = StorageInstance {
        id: StorageId::parse("data/0").unwrap(),
        unit: unit("web/0"),
        kind: "filesystem".to_owned(),
        location: "/srv/data".to_owned(),
        source: std::path::PathBuf::new(),
        life: Life::Alive,
        provisioned: true,
    };
    agent.model.storage.insert(instance.id.clone(), instance);
    let always = [
        "APT_LISTCHANGES_FRONTEND",
        "CHARM_DIR",
        "CLOUD_API_VERSION",
        "DEBIAN_FRONTEND",
        "JUJU_AGENT_SOCKET_ADDRESS",
        "JUJU_AGENT_SOCKET_NETWORK",
        "JUJU_API_ADDRESSES",
        "JUJU_AVAILABILITY_ZONE",
        "JUJU_CHARM_DIR",
        "JUJU_CHARM_FTP_PROXY",
        "JUJU_CHARM_HTTPS_PROXY",
        "JUJU_CHARM_HTTP_PROXY",
        "JUJU_CHARM_NO_PROXY",
        "JUJU_CONTEXT_ID",
        "JUJU_HOOK_NAME",
        "JUJU_MACHINE_ID",
        "JUJU_METER_INFO",
        "JUJU_METER_STATUS",
        "JUJU_MODEL_NAME",
        "JUJU_MODEL_UUID",
        "JUJU_PRINCIPAL_UNIT",
        "JUJU_SLA",
        "JUJU_UNIT_NAME",
        "JUJU_VERSION",
        "KUBERNETES_PORT",
        "KUBERNETES_PORT_443_TCP",
        "KUBERNETES_PORT_443_TCP_ADDR",
        "KUBERNETES_PORT_443_TCP_PORT",
        "KUBERNETES_PORT_443_TCP_PROTO",
        "KUBERNETES_SERVICE_HOST",
        "KUBERNETES_SERVICE_PORT",
        "KUBERNETES_SERVICE_PORT_HTTPS",
        "LANG",
        "PATH",
        "TERM",
    ];
    let hook = agent.hook(run);
    let mut given = hook.context.environment().clone();
    for name in always {
        assert!(given.remove(name).is_some(), "{name} is missing in {run:?}");
    }
    assert_eq!(given, texts(expected), "{run:?}");
}

#[test]
fn a_relation_hook_tells_its_relation() {
    check_variables(
        &relation_hook(RelationHook::Departed, Some("mysql/0")),
        &[
            ("JUJU_DEPARTING_UNIT", "mysql/0"),
            ("JUJU_DISPATCH_PATH", "hooks/db-relation-departed"),
            ("JUJU_RELATION", "db"),
            ("JUJU_RELATION_ID", "db:1"),
            ("JUJU_REMOTE_APP", "mysql"),
            ("JUJU_REMOTE_UNIT", "mysql/0"),
        ],
    );
    let command = |relation| Run::Exec { action: None, command: String::new(), relation, remote_unit: None };
    check_variables(&command(None), &[]);
    check_variables(
        &command(Some(1)),
        &[
            ("JUJU_RELATION", "db"),
            ("JUJU_RELATION_ID", "db:1"),
            ("JUJU_REMOTE_APP", ""),
            ("JUJU_REMOTE_UNIT", "mysql/0"),
        ],
    );
}

#[test]
fn storage_and_secret_hooks_tell_theirs() {
    let secret = SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap();
    check_variables(&Run::Hook(Hook::Install), &[("JUJU_DISPATCH_PATH", "hooks/install")]);
    check_variables(
        &Run::Hook(Hook::Storage {
            kind: StorageHook::Detaching,
            storage: StorageId::parse("data/0").unwrap(),
        }),
        &[
            ("JUJU_DISPATCH_PATH", "hooks/data-storage-detaching"),
            ("JUJU_STORAGE_ID", "data/0"),
            ("JUJU_STORAGE_KIND", "filesystem"),
            ("JUJU_STORAGE_LOCATION", "/srv/data"),
        ],
    );
    check_variables(
        &Run::Hook(Hook::Secret {
            kind: SecretHook::Expired,
            secret,
            label: String::new(),
            revision: Some(2),
        }),
        &[
            ("JUJU_DISPATCH_PATH", "hooks/secret-expired"),
            ("JUJU_SECRET_ID", "9m4e2mr0ui3e8a215n4g"),
            ("JUJU_SECRET_LABEL", ""),
            ("JUJU_SECRET_REVISION", "2"),
        ],
    );
}

#[test]
fn pebble_hooks_tell_what_pebble_noticed() {
    let container = ContainerName::parse("redis").unwrap();
    check_variables(
        &Run::Hook(Hook::PebbleCustomNotice {
            container: container.clone(),
            id: "3".to_owned(),
            key: "a.b/c".to_owned(),
        }),
        &[
            ("JUJU_DISPATCH_PATH", "hooks/redis-pebble-custom-notice"),
            ("JUJU_NOTICE_ID", "3"),
            ("JUJU_NOTICE_KEY", "a.b/c"),
            ("JUJU_NOTICE_TYPE", "custom"),
            ("JUJU_WORKLOAD_NAME", "redis"),
        ],
    );
    check_variables(
        &Run::Hook(Hook::PebbleCheck { container, kind: CheckHook::Failed, check: "up".to_owned() }),
        &[
            ("JUJU_DISPATCH_PATH", "hooks/redis-pebble-check-failed"),
            ("JUJU_PEBBLE_CHECK_NAME", "up"),
            ("JUJU_WORKLOAD_NAME", "redis"),
        ],
    );
}

#[test]
fn no_secret_shows_in_debug() {
    let mut agent = Agent::of("web/0");
    let mut hook = agent.update_status();
    let uri = hook.tool("secret-add abc=hunter2");
    let debug = format!("{:?}", hook.context);
    let flushed = format!("{:?}", hook.flush().unwrap());
    let model = format!("{:?}", agent.model.secrets);
    let mut hook = agent.update_status();
    let request = Request::new(hook.context.id(), "/", "secret-get", &[uri.trim_end(), "abc"]);
    let answer = format!("{request:?} {:?}", hook.context.call(&mut hook.agent.model, &request, NOW));
    let add = format!("{:?}", Request::new("", "/", "secret-add", &["abc=hunter2"]));
    for shown in [debug, flushed, model, answer, add] {
        assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg=="), "{shown}");
    }
}
