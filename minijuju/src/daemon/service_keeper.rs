//! What kube-proxy does: a connection to an application's Service, on a port that a unit of it has opened, goes to a pod of
//! it that is ready, to one after the other. TCP only.
//!
//! A pod is ready as Kubernetes sees it: the Pebble of each workload container says that its checks of level `ready` pass.
//! What has been opened by one unit is forwarded to all: a pod in which nobody listens refuses, and so does the Service.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sidecharm::juju::names::ApplicationName;
use sidecharm::pebble::Client;
use sidecharm::pebble::types::CheckLevel;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, spawn_local};

use super::controller::Controller;
use crate::controller::life::Life;
use crate::controller::log::Level;
use crate::controller::model::Model;
use crate::controller::unit::OpenedPort;
use crate::pod::error::{Doing as _, PodError, chain};
use crate::pod::sandbox::Sandbox;

/// How long a Pebble may take to say that it is well, and a pod to take a connection.
const PATIENCE: Duration = Duration::from_secs(1);
/// The pause after no connection could be taken, as when too many files are open.
const PAUSE: Duration = Duration::from_millis(100);

/// A port of a Service.
type Port = (ApplicationName, SocketAddrV4);

/// Listens on the ports that are open, until this future is dropped. Connections that were made live on when one closes.
pub async fn keep(controller: &Rc<Controller>) {
    let mut changes = controller.model.subscribe();
    // One that could not be listened on is not tried again before it is closed.
    let mut ports: BTreeMap<Port, Option<Listening>> = BTreeMap::new();
    loop {
        let open = controller.model.read(open_ports);
        ports.retain(|port, _| open.contains(port));
        for port in open {
            ports.entry(port).or_insert_with_key(|port| match listen(controller, port) {
                Ok(listening) => Some(listening),
                Err(error) => {
                    let text = format!("the Service of {} has no port: {}", port.0, chain(&error));
                    controller.log(Level::Warning, text);
                    None
                }
            });
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// What a port of a Service is listened on by, as long as this lives.
struct Listening {
    task: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the units of each application have opened, on the address of its Service.
fn open_ports(model: &Model) -> BTreeSet<Port> {
    // A Service has no ranges.
    let single = |port: &&OpenedPort| port.protocol == "tcp" && port.from == port.to && port.from > 0;
    let mut open = BTreeSet::new();
    for unit in model.units.values() {
        let application = unit.name.application();
        let service =
            model.applications.get(&application).and_then(|application| application.service_address);
        let Some(address) = service else { continue };
        let ports = unit.ports.iter().filter(single);
        open.extend(ports.map(|port| (application.clone(), SocketAddrV4::new(address, port.from))));
    }
    open
}

fn listen(controller: &Rc<Controller>, (application, address): &Port) -> Result<Listening, PodError> {
    let doing = || format!("listen on {address}");
    let listener = controller.node.listen(*address)?;
    listener.set_nonblocking(true).doing(doing)?;
    let listener = TcpListener::from_std(listener).doing(doing)?;
    let served = serve(Rc::clone(controller), application.clone(), listener, address.port());
    Ok(Listening { task: spawn_local(served) })
}

async fn serve(controller: Rc<Controller>, application: ApplicationName, listener: TcpListener, port: u16) {
    let mut turn = 0;
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                let pods = pods(&controller, &application, turn);
                turn = turn.wrapping_add(1);
                spawn_local(async move {
                    if let Err(error) = forward(client, &pods, port).await {
                        tracing::debug!(%error, port, "a connection to a Service is not forwarded");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, port, "a Service cannot take a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The application's pods that are not about to go, beginning with the one whose turn it is.
fn pods(controller: &Controller, application: &ApplicationName, turn: usize) -> Vec<Arc<Sandbox>> {
    let mut pods: Vec<Arc<Sandbox>> = controller.model.read(|model| {
        let units = controller.units.borrow();
        let alive = model.units.values().filter(|unit| unit.life == Life::Alive);
        alive
            .filter(|unit| unit.name.application() == *application)
            .filter_map(|unit| units.get(&unit.name)?.pod.borrow().clone())
            .collect()
    });
    if let Some(first) = turn.checked_rem(pods.len()) {
        pods.rotate_left(first);
    }
    pods
}

/// Connects a client with the first pod that is ready. Without one, or when it refuses, the client's connection is reset.
async fn forward(mut client: TcpStream, pods: &[Arc<Sandbox>], port: u16) -> io::Result<()> {
    let mut server = match connect(pods, port).await {
        Ok(server) => server,
        Err(error) => {
            client.set_zero_linger()?;
            return Err(error);
        }
    };
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}

async fn connect(pods: &[Arc<Sandbox>], port: u16) -> io::Result<TcpStream> {
    for pod in pods {
        if is_ready(pod).await {
            let address: (Ipv4Addr, u16) = (pod.address(), port);
            return tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await?;
        }
    }
    Err(io::Error::other("no pod is ready"))
}

async fn is_ready(pod: &Sandbox) -> bool {
    for socket in pod.containers().iter().filter_map(|container| pod.pebble_socket(container)) {
        let client = Client::new(socket).with_deadline(PATIENCE);
        if !client.health(Some(&CheckLevel::Ready), &[]).await.unwrap_or(false) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::sample::{self, unit};

    #[test]
    fn a_service_has_the_tcp_ports_of_all_units_each_once() {
        let mut model = sample::model();
        let mut open = |name: &str, protocol: &str, from: u16, to: u16| {
            let port = OpenedPort { endpoint: String::new(), protocol: protocol.to_owned(), from, to };
            model.units.get_mut(&unit(name)).unwrap().ports.insert(port);
        };
        open("web/0", "tcp", 80, 80);
        open("web/1", "tcp", 80, 80);
        open("web/1", "tcp", 443, 443);
        open("web/1", "udp", 53, 53);
        open("web/1", "tcp", 8000, 8010);
        open("web/1", "tcp", 0, 0);
        open("mysql/0", "tcp", 80, 80);
        let shown: Vec<String> = open_ports(&model).iter().map(|(_, address)| address.to_string()).collect();
        assert_eq!(shown, ["10.0.0.2:80", "10.0.0.1:80", "10.0.0.1:443"]);
    }
}
