//! Calls made through client and server, as a charm's process makes them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::mpsc;

use minijuju::controller::shared::SharedModel;
use minijuju::hooktools::call::Response;
use minijuju::hooktools::client::{self, Process};
use minijuju::hooktools::context::HookContext;
use minijuju::hooktools::server;
use serde_json::Map;
use tokio::sync::oneshot;

use super::fixture::{self, Prepared};
use super::record::Record;
use super::replay::{Places, arguments, compare};

/// The recorded context id.
const RECORDED: &str = "web/0-oracle-0123456789";

/// Runs the client with the record's variables beside a server, and says what differs.
pub fn call(record: &Record, prepared: &Prepared, places: &Places) -> Option<String> {
    let name = places.here("${SOCK}-agent2.socket");
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
    let (tell_id, id) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let (mut response, id) = std::thread::scope(|scope| {
        scope.spawn(|| serve(listener, prepared, places, &tell_id, stopped));
        let id: String = id.recv().unwrap();
        let response = run(record, places, &id);
        stop.send(()).unwrap();
        (response, id)
    });
    response.stderr = response.stderr.replace(&id, RECORDED);
    compare(record, places, &response, &Map::new())
}

fn serve(
    listener: UnixListener,
    prepared: &Prepared,
    places: &Places,
    tell_id: &mpsc::Sender<String>,
    stopped: oneshot::Receiver<()>,
) {
    let surroundings = fixture::surroundings(&places.base());
    let Prepared { model, memory, run } = prepared;
    let context = HookContext::new(model, &fixture::unit(), run, &surroundings, memory.clone());
    tell_id.send(context.id().to_owned()).unwrap();
    let (context, model) = (RefCell::new(context), SharedModel::new(model.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::UnixListener::from_std(listener).unwrap();
        tokio::select! {
            error = server::serve(&listener, &context, &model, &|_| ()) => panic!("{error}"),
            _ = stopped => {}
        }
    });
}

fn run(record: &Record, places: &Places, id: &str) -> Response {
    let variables: BTreeMap<String, String> = record.env.clone().unwrap_or_default();
    let variables =
        variables.into_iter().map(|(name, value)| (name, places.here(&value).replace(RECORDED, id)));
    let variables: BTreeMap<String, String> = variables.collect();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let code = client::run(&mut Process {
        name: record.tool.clone(),
        args: arguments(record, places).into_iter().map(Into::into).collect(),
        dir: places.charm(),
        variable: &|name| variables.get(name).cloned(),
        stdin: &mut io::empty(),
        stdout: &mut stdout,
        stderr: &mut stderr,
    });
    Response {
        code,
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
        writes: Vec::new(),
    }
}
