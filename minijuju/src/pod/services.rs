//! The addresses of a model's Services: on the bridge, in namespaces of their own in which nothing runs.
//!
//! On the bridge itself a server of this machine that listens on all addresses would have their ports. The namespaces live
//! as long as the controller that holds them; the next one makes others.

use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

use super::error::{Doing as _, PodError};
use super::namespaces::Namespaces;
use super::network::{Bridge, batch};

/// Where the Services of a model have their addresses.
#[derive(Debug)]
pub struct Services {
    namespaces: Namespaces,
}

impl Services {
    /// Connects them to the bridge. Blocks.
    ///
    /// # Errors
    /// When the kernel or `ip` refuses.
    pub fn create(bridge: &Bridge) -> Result<Self, PodError> {
        let namespaces = Namespaces::create("services")?;
        bridge.connect_services(&namespaces)?;
        Ok(Self { namespaces })
    }

    /// Gives a Service its address. Blocks for a moment, as all here.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn add(&self, address: Ipv4Addr) -> Result<(), PodError> {
        self.namespaces.inside(|| batch(&format!("addr replace {address}/32 dev eth0\n")))
    }

    /// Takes it away.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn remove(&self, address: Ipv4Addr) -> Result<(), PodError> {
        self.namespaces.inside(|| batch(&format!("addr del {address}/32 dev eth0\n")))
    }

    /// Listens on a port of a Service.
    ///
    /// # Errors
    /// When it has not this address, or somebody listens there already.
    pub fn listen(&self, address: SocketAddrV4) -> Result<TcpListener, PodError> {
        self.namespaces.inside(|| TcpListener::bind(address).doing(|| format!("listen on {address}")))
    }
}
