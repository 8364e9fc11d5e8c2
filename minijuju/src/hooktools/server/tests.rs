//! Client and server together: what goes through the socket, and that one client cannot hold up another.

use std::io::{Cursor, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::controller::application::Resource;
use crate::controller::model::Model;
use crate::controller::sample::{model, unit};
use crate::hooktools::client::{self, Process};
use crate::hooktools::memory::{AgentMemory, KnownRelation};
use crate::hooktools::surroundings::Surroundings;
use crate::run::{Hook, Run};

/// A client's process: its folder, the agent's socket and the context it belongs to.
struct Charm {
    folder: tempfile::TempDir,
    id: String,
}

impl Charm {
    fn socket(&self) -> PathBuf {
        self.folder.path().join("agent.socket")
    }

    /// Runs a tool as the charm would; code, stdout, stderr.
    fn tool(&self, line: &str, stdin: &mut dyn Read) -> (u8, String, String) {
        let mut words = line.split(' ');
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let socket = self.socket().to_string_lossy().into_owned();
        let code = client::run(&mut Process {
            name: words.next().unwrap().to_owned(),
            args: words.map(Into::into).collect(),
            dir: self.folder.path().to_owned(),
            variable: &|name| match name {
                "JUJU_CONTEXT_ID" => Some(self.id.clone()),
                "JUJU_AGENT_SOCKET_ADDRESS" => Some(socket.clone()),
                "JUJU_AGENT_SOCKET_NETWORK" => Some("unix".to_owned()),
                _ => None,
            },
            stdin,
            stdout: &mut stdout,
            stderr: &mut stderr,
        });
        (code, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Runs a hook of web/0 in which the charm does this; gives the model afterwards, flushed.
fn with_hook(prepare: impl FnOnce(&Path, &mut Model), charm: impl FnOnce(&Charm) + Send + 'static) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let mut model = model();
    prepare(folder.path(), &mut model);
    let name = unit("web/0");
    let known = [0, 1].map(|number| (number, KnownRelation::learn(&model, &name, number).unwrap()));
    let memory = AgentMemory { relations: known.into() };
    let surroundings = Surroundings { base: folder.path().join("agent"), ..Surroundings::of(&name) };
    let context = HookContext::new(&model, &name, &Run::Hook(Hook::UpdateStatus), &surroundings, memory);
    let id = context.id().to_owned();
    let (context, model) = (RefCell::new(context), SharedModel::new(model));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let charm_end = Charm { folder, id };
        let listener = UnixListener::bind(charm_end.socket()).unwrap();
        let hook = tokio::task::spawn_blocking(move || charm(&charm_end));
        tokio::select! {
            error = serve(&listener, &context, &model, &|_| ()) => panic!("{error}"),
            ended = tokio::time::timeout(Duration::from_secs(30), hook) => ended.unwrap().unwrap(),
        }
    });
    let now = OffsetDateTime::now_utc();
    model.change(|model| context.borrow_mut().flush(model, now)).unwrap();
    model.read(Clone::clone)
}

fn own_bag(model: &Model) -> &std::collections::BTreeMap<String, String> {
    let side = model.relations[&1].side(&unit("web/0").application()).unwrap();
    &side.units[&unit("web/0")].bag.data
}

#[test]
fn stdin_and_files_are_read_where_the_charm_is() {
    let model = with_hook(
        |_, _| {},
        |charm| {
            let done = (0, String::new(), String::new());
            assert_eq!(charm.tool("relation-set -r 1 --file -", &mut Cursor::new("a: from stdin\n")), done);
            std::fs::write(charm.path("settings.yaml"), "b: from a file\n").unwrap();
            assert_eq!(charm.tool("relation-set -r 1 --file settings.yaml", &mut io::empty()), done);
            let (code, _, stderr) = charm.tool("state-set --file missing.yaml", &mut io::empty());
            let path = charm.path("missing.yaml");
            assert_eq!(
                (code, stderr),
                (1, format!("ERROR open {}: no such file or directory\n", path.display()))
            );
        },
    );
    assert_eq!(own_bag(&model)["a"], "from stdin");
    assert_eq!(own_bag(&model)["b"], "from a file");
}

#[test]
fn stdin_is_left_alone_unless_a_tool_wants_it() {
    with_hook(
        |_, _| {},
        |charm| {
            let mut stdin = Cursor::new("kept");
            assert_eq!(charm.tool("is-leader", &mut stdin).1, "True\n");
            assert_eq!(stdin.position(), 0);
        },
    );
}

#[test]
fn output_and_resources_are_written_where_the_charm_is() {
    with_hook(
        |folder, model| {
            let stored = folder.join("seed.rdb");
            std::fs::write(&stored, b"\xff\x00data").unwrap();
            let application = model.applications.get_mut(&unit("web/0").application()).unwrap();
            application.resources.insert("seed".to_owned(), Resource { path: stored, revision: 1 });
            let lost = Resource { path: folder.join("lost"), revision: 1 };
            application.resources.insert("lost".to_owned(), lost);
        },
        |charm| {
            assert_eq!(charm.tool("config-get -o out.txt port", &mut io::empty()).1, "");
            assert_eq!(std::fs::read_to_string(charm.path("out.txt")).unwrap(), "8080\n");
            let (code, path, _) = charm.tool("resource-get seed", &mut io::empty());
            assert_eq!((code, Path::new(&path)), (0, charm.path("agent/resources/seed/seed.rdb").as_path()));
            assert_eq!(std::fs::read(path).unwrap(), b"\xff\x00data");
            let (code, stdout, stderr) = charm.tool("resource-get lost", &mut io::empty());
            assert_eq!((code, stdout.as_str()), (1, ""));
            assert!(stderr.starts_with("ERROR could not download resource"), "{stderr}");
        },
    );
}

#[test]
fn a_client_that_says_nothing_holds_up_nobody() {
    with_hook(
        |_, _| {},
        |charm| {
            let mut silent = std::os::unix::net::UnixStream::connect(charm.socket()).unwrap();
            silent.write_all(&[0, 0]).unwrap();
            assert_eq!(charm.tool("is-leader", &mut io::empty()).1, "True\n");
            let mut liar = std::os::unix::net::UnixStream::connect(charm.socket()).unwrap();
            liar.write_all(&[0xff; 64]).unwrap();
            assert_eq!(liar.read(&mut [0]).unwrap_or(0), 0, "the server hangs up on nonsense");
            assert_eq!(charm.tool("is-leader", &mut io::empty()).1, "True\n");
        },
    );
}

#[test]
fn only_what_changes_the_model_wakes_those_who_watch_it() {
    let model = SharedModel::new(model());
    let mut watch = model.subscribe();
    let run = Run::Hook(Hook::UpdateStatus);
    let name = unit("web/0");
    let context = model
        .read(|model| HookContext::new(model, &name, &run, &Surroundings::of(&name), AgentMemory::default()));
    let context = RefCell::new(context);
    let call = |tool: &str, args: &[&str]| {
        let request = Request::new(context.borrow().id(), "/", tool, args);
        answer(&request, &context, &model, &|_| ());
    };
    call("config-get", &[]);
    call("juju-log", &["hello"]);
    assert!(!watch.has_changed().unwrap());
    call("status-set", &["active"]);
    assert!(watch.has_changed().unwrap());
    watch.mark_unchanged();
}
